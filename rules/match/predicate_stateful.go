package match

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

var statefulPredicate = predicate{
	doc: "the value refers to an object with a state of its own, so that two of them are not one: it holds a lock, an atomic or a channel, it can be closed, or the package changes it after it was made",
	params: []parameter{
		{name: "value", doc: "an expression"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		for _, n := range a.nodes("value") {
			if proof, ok := a.stateful(a.typeAt(n)); ok {
				return yield(answer{evidence: proof})
			}
		}
		return true
	},
}

// typeAt returns the type of an expression; of a variable of interface type that of what it was
// given last, in the text.
func (q *query) typeAt(n ast.Node) types.Type {
	t := q.typeOf(n)
	id, ok := n.(*ast.Ident)
	if !ok || t == nil || !types.IsInterface(t) || q.variableOf(id) == nil {
		return t
	}
	v, last := q.variableOf(id), ast.Expr(nil)
	for _, file := range q.pkg.Files {
		if n.Pos() < file.FileStart || file.FileEnd <= n.Pos() {
			continue
		}
		q.pkg.Inspect(file, func(m ast.Node) bool {
			set, ok := m.(*ast.AssignStmt)
			if !ok || len(set.Lhs) != len(set.Rhs) || set.Pos() >= n.Pos() {
				return true
			}
			for i, left := range set.Lhs {
				if name, ok := left.(*ast.Ident); ok && q.pkg.ObjectOf(name) == types.Object(v) {
					last = set.Rhs[i]
				}
			}
			return true
		})
	}
	if last == nil {
		return t
	}
	return q.typeOf(last)
}

// stateful reports whether values of a type refer to objects with a state, and
// where that shows.
func (q *query) stateful(t types.Type) (proof []Evidence, ok bool) {
	if t == nil {
		return nil, false
	}
	if _, ok := t.Underlying().(*types.Chan); ok {
		return nil, true
	}
	pointer, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return nil, false
	}
	if holder := holdsSync(pointer.Elem(), 0); holder != "" {
		return nil, true
	}
	if canClose(t) {
		return nil, true
	}
	return q.changed(pointer.Elem())
}

// depth is how far a struct is searched through the structs in it.
const depth = 4

// holdsSync returns the lock, atomic or channel that a value of type t holds
// itself, "" if there is none. What it points to is not its own.
func holdsSync(t types.Type, level int) string {
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil {
		switch named.Obj().Pkg().Path() {
		case "sync", "sync/atomic":
			return named.Obj().Name()
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "chan"
	case *types.Array:
		if u.Len() == 0 {
			return "" // a mark for vet: messages of protobuf have [0]sync.Mutex
		}
		return holdsSync(u.Elem(), level+1)
	case *types.Struct:
		if level == depth {
			return ""
		}
		for field := range u.Fields() {
			if holder := holdsSync(field.Type(), level+1); holder != "" {
				return holder
			}
		}
	}
	return ""
}

// canClose reports whether a value has a method Close without parameters: who
// drops one leaks it.
func canClose(t types.Type) bool {
	object, _, _ := types.LookupFieldOrMethod(t, true, nil, "Close")
	fn, ok := object.(*types.Func)
	return ok && fn.Signature().Params().Len() == 0
}

// changed reports whether the package changes a field of a struct type after
// the value was made, and where.
func (q *query) changed(t types.Type) ([]Evidence, bool) {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil, false
	}
	if q.changes == nil {
		q.changes = q.fieldChanges()
	}
	for field := range s.Fields() {
		if at, ok := q.changes[field.Origin()]; ok {
			message := fmt.Sprintf("%s of the stored value is changed here", field.Name())
			return []Evidence{{at.Pos(), at.End(), message}}, true
		}
	}
	return nil, false
}

// fieldChanges returns the fields that functions of the package assign to, other
// than those that make the value, each with the first place.
func (q *query) fieldChanges() map[*types.Var]ast.Node {
	changes := map[*types.Var]ast.Node{}
	for _, file := range q.pkg.Files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || makes(fn.Name.Name) {
				continue
			}
			q.pkg.Inspect(fn, func(n ast.Node) bool {
				for _, left := range assigned(n) {
					q.noteChange(changes, fn, left)
				}
				return true
			})
		}
	}
	return changes
}

// makes reports whether a function of that name makes values by convention.
func makes(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "new") || strings.HasPrefix(name, "make") || strings.HasPrefix(name, "init")
}

// copies reports whether a function of that name returns a copy by convention.
func copies(name string) bool {
	switch strings.ToLower(name) {
	case "clone", "copy", "deepcopy":
		return true
	}
	return false
}

// assigned returns the operands that a statement assigns to.
func assigned(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	}
	return nil
}

// noteChange notes the fields on the path of an operand that is assigned to.
func (q *query) noteChange(changes map[*types.Var]ast.Node, fn *ast.FuncDecl, left ast.Expr) {
	at, own := left, true // own: no pointer, slice or map leads from the variable to it
	var fields []*types.Var
	for {
		switch x := ast.Unparen(left).(type) {
		case *ast.SelectorExpr:
			own = own && isStruct(q.typeOf(x.X))
			if field := q.variableOf(x); field != nil && field.IsField() {
				fields = append(fields, field.Origin())
			}
			left = x.X
			continue
		case *ast.IndexExpr:
			left, own = x.X, false
			continue
		case *ast.StarExpr:
			left, own = x.X, false
			continue
		case *ast.Ident:
			if q.isFresh(fn, x) || own && q.isCopy(x) || q.isElement(fn, x) || q.fillsFresh(fn, x) {
				return
			}
		}
		break
	}
	for _, field := range fields {
		if _, ok := changes[field]; !ok {
			changes[field] = at
		}
	}
}

// isCopy reports whether a variable of a function is a struct itself: who changes it changes a copy.
//
//	clone := *f
//	clone.index = index
func (q *query) isCopy(id *ast.Ident) bool {
	v := q.variableOf(id)
	return v != nil && v.Kind() != types.PackageVar && isStruct(v.Type())
}

// isElement reports whether a variable is that of a range over a collection: who goes through all
// of them makes them ready, and has them from elsewhere than from one key.
//
//	for _, f := range table.fields { f.column = column(f.name) }
func (q *query) isElement(fn *ast.FuncDecl, id *ast.Ident) (is bool) {
	v := q.variableOf(id)
	q.pkg.Inspect(fn, func(n ast.Node) bool {
		loop, ok := n.(*ast.RangeStmt)
		value, named := ast.Expr(nil), false
		if ok {
			value = loop.Value
		}
		if at, isID := value.(*ast.Ident); isID {
			named = q.pkg.Def(at) == types.Object(v)
		}
		is = is || named && v != nil
		return !is
	})
	return is
}

func isStruct(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

// isFresh reports whether a local variable holds what its function has made.
func (q *query) isFresh(fn *ast.FuncDecl, id *ast.Ident) bool {
	v := q.variableOf(id)
	if v == nil || v.Kind() != types.LocalVar {
		return false
	}
	value, found := q.initial(fn, v)
	return found && (value == nil || q.isMade(value))
}

// fillsFresh reports whether a variable is the receiver of a method that makes objects ready: all
// that call it, in functions of the package, have just made one.
//
//	r := &route{}
//	err := r.decode(text)
func (q *query) fillsFresh(fn *ast.FuncDecl, id *ast.Ident) bool {
	v := q.variableOf(id)
	if v == nil || v.Kind() != types.RecvVar || fn.Name.IsExported() {
		return false
	}
	method, calls, others := q.pkg.Def(fn.Name), 0, false
	for _, file := range q.pkg.Files {
		for _, decl := range file.Decls {
			q.pkg.Inspect(decl, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && q.pkg.Use(sel.Sel) == method && method != nil {
					maker, declared := decl.(*ast.FuncDecl)
					at, named := ast.Unparen(sel.X).(*ast.Ident)
					others = others || !declared || !named || !q.isFresh(maker, at)
					calls++
				}
				return !others
			})
		}
	}
	return calls > 0 && !others
}

// initial returns what a variable is declared with, nil for its zero value;
// found is false if that is no expression of its own.
func (q *query) initial(fn ast.Node, v *types.Var) (value ast.Expr, found bool) {
	q.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && q.pkg.Def(id) == types.Object(v) {
					found = true
					value = n.Rhs[min(i, len(n.Rhs)-1)]
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if q.pkg.Def(name) != types.Object(v) {
					continue
				}
				found = len(n.Values) == 0 || len(n.Values) == len(n.Names)
				if len(n.Values) == len(n.Names) {
					value = n.Values[i]
				}
			}
		}
		return !found
	})
	return value, found
}

// isMade reports whether an expression makes a new object.
func (q *query) isMade(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, literal := ast.Unparen(x.X).(*ast.CompositeLit)
		return x.Op == token.AND && literal
	case *ast.CallExpr:
		callee := q.objectOf(x)
		return callee != nil && (makes(callee.Name()) || copies(callee.Name())) // new and make among them
	}
	return false
}
