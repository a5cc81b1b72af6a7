package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/syntax"
)

// An Access is one use of a variable that more than one function can reach: a
// field, a variable at package level, or a captured local.
type Access struct {
	Var  *types.Var // a field as its generic type declares it
	Expr ast.Expr   // what names it: s.items, counter
	Use  ast.Node   // the expression or statement that reads or writes it: s.items[k], s.n++
	Func ast.Node   // *ast.FuncDecl or *ast.FuncLit that it stands in

	Read, Write bool
	// Content says that it is the elements of the map in the variable that are
	// read or written, Element those of a slice or array.
	Content, Element bool
	// Object says that the content is the state of an object whose methods take
	// no lock, as of a bytes.Buffer.
	Object bool
	// Line says that it is the state of a connection, of which others may read at the
	// same time; Apart, that it is one of these: it does not mind who writes.
	Line, Apart bool
	// Whole says that the map itself goes elsewhere: passed on, returned, copied.
	Whole bool
	// Address says that its address is taken, by & or a method with a pointer
	// receiver; Atomic, that a function of sync/atomic gets it.
	Address, Atomic bool
	// Returned says that a return statement gives the variable, a named result,
	// the value of Expr.
	Returned bool

	fn  *function
	far *distant // of an access as a caller sees it
	// foreign is of one that a function of another package makes, which is called here.
	foreign *foreign
	said    *opinion // kept by counts
}

// name notes a use of an identifier.
func (w *walker) name(id *ast.Ident) {
	if sel, ok := w.parent(0).(*ast.SelectorExpr); ok && sel.Sel == id {
		if w.pkg.Info.Selections[sel] == nil {
			w.variable(sel, id)
		}
		return
	}
	w.variable(id, id)
}

// variable notes a use of a function, or of a variable that is no field.
func (w *walker) variable(e ast.Expr, id *ast.Ident) {
	obj := w.pkg.Use(id)
	if loop, ok := w.parent(0).(*ast.RangeStmt); ok && obj == nil && (loop.Key == e || loop.Value == e) {
		obj = w.pkg.Def(id) // the loop gives it a value on each turn
	}
	switch obj := obj.(type) {
	case *types.Func:
		w.asValue(e)
	case *types.Var:
		if obj.IsField() || w.current() == nil {
			return
		}
		if _, isFunc := obj.Type().Underlying().(*types.Signature); isFunc && obj.Kind() != types.PackageVar {
			w.funcVariable(obj, e)
		}
		if obj.Kind() == types.PackageVar && obj.Pkg() != w.pkg.Types {
			return
		}
		w.note(obj, e)
	}
}

// funcVariable notes a use of a local variable of func type.
func (w *walker) funcVariable(v *types.Var, e ast.Expr) {
	switch parent := w.parent(0).(type) {
	case *ast.CallExpr:
		if ast.Unparen(parent.Fun) == e {
			return
		}
		if runs, at, once := w.given(parent, e); runs == started && !once {
			w.calledVars[v] = append(w.calledVars[v], site{in: w.current(), call: parent, runs: started, stmt: at})
			return
		}
	case *ast.AssignStmt:
		for i, lhs := range parent.Lhs {
			if lhs == e && len(parent.Lhs) == len(parent.Rhs) {
				if _, lit := ast.Unparen(parent.Rhs[i]).(*ast.FuncLit); lit {
					return
				}
				if w.functionValue(parent.Rhs[i]) != nil {
					return // asValue keeps it
				}
			}
		}
	case *ast.BinaryExpr:
		return // compared with nil
	}
	w.otherUses[v] = true
}

// selector notes a use of a field or a method.
func (w *walker) selector(sel *ast.SelectorExpr) {
	selection := w.pkg.Info.Selections[sel]
	if selection == nil {
		return
	}
	if selection.Kind() != types.FieldVal {
		w.asValue(sel)
		return
	}
	if w.current() != nil {
		w.note(selection.Obj().(*types.Var).Origin(), sel)
	}
}

// note classifies and keeps an access.
func (w *walker) note(v *types.Var, e ast.Expr) {
	if synchronises(v.Type()) {
		return
	}
	a := &Access{Var: v, Expr: e, fn: w.current(), Func: w.current().node}
	if !w.classify(a) {
		return
	}
	if _, known := w.accesses[v]; !known {
		w.vars = append(w.vars, v)
	}
	if node := a.Func; v.IsField() || v.Kind() == types.PackageVar || v.Pos() < node.Pos() || v.Pos() >= node.End() {
		w.shared[v] = true
	}
	w.accesses[v] = append(w.accesses[v], a)
	w.at[e] = a
}

// synchronises reports whether a type is one whose values take care of
// themselves: a lock, an atomic, a channel.
func synchronises(t types.Type) bool {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	path := named.Obj().Pkg().Path()
	return path == "sync" || path == "sync/atomic" || strings.HasSuffix(path, "/atomic")
}

// classify says what the code around an expression does with the variable;
// false if it only leads on to another one, of which it is a part.
func (w *walker) classify(a *Access) bool {
	var child ast.Node = a.Expr
	a.Use = a.Expr
	for k := len(w.stack) - 1; k >= 0; k-- {
		switch p := w.stack[k].(type) {
		case *ast.ParenExpr:
		case *ast.IndexExpr:
			if p.X != child || !a.enters(w.pkg.TypeOf(p.X)) {
				return a.reads()
			}
			a.Use = p
		case *ast.SelectorExpr:
			if call := w.calledAt(k, p, child); call != nil && w.operates(a, call) {
				return true
			}
			if a.Element && p.X == child && w.writesPart(a, k) {
				return true
			}
			return w.selects(a, p, child)
		default:
			return w.ends(a, p, child, k)
		}
		child = w.stack[k]
	}
	return a.reads()
}

func (a *Access) reads() bool { a.Read = true; return true }

// enters goes on to the element of a value of type t; false if that is none of
// the variable's.
func (a *Access) enters(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Map:
		if a.Element {
			return false
		}
		a.Content = true
		return true
	case *types.Slice, *types.Array:
		if a.Content || a.Element {
			return false
		}
		a.Element = true
		return true
	}
	return false
}

// selects classifies x.f and x.m().
func (w *walker) selects(a *Access, p *ast.SelectorExpr, child ast.Node) bool {
	if p.X != child || a.Content || a.Element {
		return a.reads()
	}
	selection := w.pkg.Info.Selections[p]
	if _, pointer := w.pkg.TypeOf(p.X).Underlying().(*types.Pointer); pointer || selection == nil {
		return a.reads()
	}
	if selection.Kind() == types.FieldVal {
		return false
	}
	fn, ok := selection.Obj().(*types.Func)
	if !ok {
		return a.reads()
	}
	if _, pointer := fn.Signature().Recv().Type().(*types.Pointer); pointer {
		a.Address = true
		return true
	}
	return a.reads()
}

// writesPart classifies a write of a field of an element, which lies in the array:
//
//	s.backends[i].Up = false
func (w *walker) writesPart(a *Access, k int) bool {
	for ; k > 0; k-- {
		p, ok := w.stack[k].(*ast.SelectorExpr)
		if !ok {
			return false
		}
		selection := w.pkg.Info.Selections[p]
		if selection == nil || selection.Kind() != types.FieldVal || selection.Indirect() {
			return false
		}
		switch st := w.stack[k-1].(type) {
		case *ast.AssignStmt:
			return slices.Contains(st.Lhs, ast.Expr(p)) && a.assigned(st, p)
		case *ast.IncDecStmt:
			return w.ends(a, st, p, k-1)
		}
	}
	return false
}

// ends classifies an access by the statement or expression that takes it.
func (w *walker) ends(a *Access, p, child ast.Node, depth int) bool {
	switch p := p.(type) {
	case *ast.AssignStmt:
		return a.assigned(p, child)
	case *ast.IncDecStmt:
		a.Read, a.Write, a.Use = true, true, p
		return true
	case *ast.RangeStmt:
		return w.ranges(a, p, child)
	case *ast.UnaryExpr:
		if p.Op == token.AND && !a.Content && !a.Element {
			if w.goesToKnown(a, p, depth) || w.goesToDecoder(a, p, depth) {
				return true
			}
			a.Address = true
			a.Atomic = depth > 0 && w.isAtomic(w.stack[depth-1])
			return true
		}
	case *ast.CallExpr:
		return w.argument(a, p, child, depth)
	case *ast.KeyValueExpr:
		if _, name := child.(*ast.Ident); name && p.Key == child && a.Var.IsField() {
			return false // of a struct; that of a map may be s.n
		}
	case *ast.BinaryExpr:
		return a.reads()
	case *ast.SliceExpr:
		if w.shifts(p, child, depth) {
			a.Element, a.Read, a.Write, a.Use = true, true, true, p
			return true
		}
		if _, array := w.pkg.TypeOf(p.X).Underlying().(*types.Array); array && p.X == child {
			a.Address = true
			return true
		}
	}
	a.Whole = !a.Content && isMap(a.Var.Type())
	return a.reads()
}

func (a *Access) assigned(p *ast.AssignStmt, child ast.Node) bool {
	i := slices.IndexFunc(p.Lhs, func(e ast.Expr) bool { return e == child })
	if i < 0 {
		a.Whole = !a.Content && isMap(a.Var.Type())
		return a.reads()
	}
	a.Write, a.Use = true, p
	a.Read = p.Tok != token.ASSIGN && p.Tok != token.DEFINE
	return true
}

func (w *walker) ranges(a *Access, p *ast.RangeStmt, child ast.Node) bool {
	if p.Key == child || p.Value == child {
		a.Write, a.Use = true, p
		return true
	}
	if t := w.pkg.TypeOf(p.X); isMap(t) && !a.Content {
		a.Content, a.Use = true, p
	}
	return a.reads()
}

// argument classifies an argument, or the function of a call.
func (w *walker) argument(a *Access, p *ast.CallExpr, child ast.Node, depth int) bool {
	a.Read = true
	if p.Fun == child || w.givesMap(a, p, child, depth) {
		return true
	}
	builtin, _ := w.pkg.Callee(p).(*types.Builtin)
	if builtin == nil && w.fills(p, child) && w.pkg.Unsynchronised(w.pkg.TypeOf(a.Expr)) {
		a.operate(p, true)
		return true
	}
	if builtin == nil && w.fills(p, child) && isSlice(w.pkg.TypeOf(a.Expr)) && a.Expr == child {
		a.Element, a.Write, a.Use = true, true, p
		return true
	}
	if sort := w.sortsAs(p, depth); sort != nil && isSlice(w.pkg.TypeOf(a.Expr)) && a.Expr == child {
		a.Element, a.Write, a.Use = true, true, sort
		return true
	}
	if builtin == nil {
		a.Whole = !a.Content && isMap(a.Var.Type())
		return true
	}
	first := p.Args[0] == child
	switch builtin.Name() {
	case "delete", "clear":
		switch {
		case first && isMap(w.pkg.TypeOf(p.Args[0])):
			a.Content, a.Write, a.Read, a.Use = true, true, false, p
		case first && builtin.Name() == "clear":
			a.Write = w.wholeSlice(a, p, child)
		}
	case "len":
		if isMap(w.pkg.TypeOf(p.Args[0])) {
			a.Content, a.Use = true, p
		}
	case "copy":
		a.Write = first && (a.Element || w.wholeSlice(a, p, child))
	case "append":
		a.Whole = !a.Content && isMap(a.Var.Type())
	}
	return true
}

// wholeSlice notes that a call writes the elements of the slice that it gets, and reports whether it
// does.
func (w *walker) wholeSlice(a *Access, call *ast.CallExpr, arg ast.Node) bool {
	if a.Content || a.Expr != arg || !isSlice(w.pkg.TypeOf(a.Expr)) {
		return false
	}
	a.Element, a.Use = true, call
	return true
}

// shifts reports whether a part of a slice is appended to, from its start: that writes
// the elements behind the part in place.
//
//	s.subs = append(s.subs[:i], s.subs[i+1:]...)
func (w *walker) shifts(p *ast.SliceExpr, child ast.Node, depth int) bool {
	if p.X != child || p.Low != nil || p.High == nil || p.Slice3 || depth == 0 {
		return false
	}
	call, ok := w.stack[depth-1].(*ast.CallExpr)
	if !ok || len(call.Args) < 2 || call.Args[0] != p {
		return false
	}
	builtin, ok := w.pkg.Callee(call).(*types.Builtin)
	return ok && builtin.Name() == "append" && w.pkg.Info.Types[p.High].Value == nil // s[:0] begins anew
}

// isAtomic reports whether a node is a call of a function of sync/atomic, that works on
// what it gets the address of. To a method of an atomic.Pointer that is a value like others.
func (w *walker) isAtomic(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := w.pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" && fn.Signature().Recv() == nil
}

func isSlice(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Slice)
	return ok
}

func isMap(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// AccessAt returns the access that an expression makes, nil if it makes none.
func (f *Facts) AccessAt(e ast.Expr) *Access { return f.at[e] }

// Shared reports whether an expression is an access of a variable that more than
// one function can reach: a field, a variable at package level, or a local one
// that some literal captures.
func (f *Facts) Shared(e ast.Expr) bool {
	if id := nameOf(e); id == nil || !f.sharedNames().Has(id.Pos()) {
		return false // most are
	}
	a := f.at[e]
	if a == nil || f.shared[a.Var] {
		return a != nil
	}
	_, raced := f.RaceAt(e) // what a parameter leads to
	return raced
}

// sharedNames marks the names at which Shared can be true.
func (f *Facts) sharedNames() *syntax.Marks {
	if f.marked != nil {
		return f.marked
	}
	marked := syntax.NewMarks(f.pkg.Names())
	mark := func(e ast.Expr) {
		if id := nameOf(e); id != nil {
			marked.Add(id.Pos())
		}
	}
	for v := range f.shared {
		for _, a := range f.accesses[v] {
			mark(a.Expr)
		}
	}
	f.RaceAt(nil) // finds all
	for e := range f.races {
		mark(e)
	}
	f.marked = marked
	return marked
}

// nameOf is the identifier that names the variable of an access; nil for another expression.
func nameOf(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}
