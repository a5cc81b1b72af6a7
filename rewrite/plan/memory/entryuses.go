package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// What an entry of a map or slice points to is shared with it: a lock that is
// held while the entry is looked up alone leaves p.age++ in no order,
//
//	p := t.people[name]
//	p.age++
//
// where others do the same. It needs none where nobody changes it once it can be
// reached, or where it has a lock of its own.

// An entryUse is an expression by which a function uses what an entry leads to:
// t.people[name].age, or p.age of a local that holds the entry.
type entryUse struct {
	name *ast.Ident // the local; nil where the entry is named
	top  ast.Expr   // all that is selected from it
	// through says that it follows a pointer, or is in a map or slice of the entry.
	through bool
	write   bool
	out     ast.Node // where it gets to code that is not seen; nil where it stays
}

// An entrySearch finds the entryUses that come from one use of the variable.
type entrySearch struct {
	u     *variable
	x     *use
	found []entryUse
	seen  map[*types.Var]bool
}

// entryUses returns how the function of a use goes on with the entry.
func (u *variable) entryUses(x *use) []entryUse {
	s := &entrySearch{u: u, x: x, seen: map[*types.Var]bool{}}
	switch p := x.up(0).(type) {
	case *ast.IndexExpr:
		if ast.Unparen(p.X) == x.expr {
			s.follow(nil, x.path)
		}
	case *ast.RangeStmt:
		if id, ok := p.Value.(*ast.Ident); ok && ast.Unparen(p.X) == x.expr {
			s.local(id)
		}
	}
	return s.found
}

// follow climbs from an entry, or a local that holds one, to what is done with it.
func (s *entrySearch) follow(name *ast.Ident, path []ast.Node) {
	use := entryUse{name: name, top: s.x.expr}
	if name != nil {
		use.top = name
	}
	first := name == nil // the index that looks the entry up is no step in it
	for i := len(path) - 1; i >= 0; i-- {
		e, ok := path[i].(ast.Expr)
		if !ok || !s.selects(e, use.top) {
			s.end(&use, path[i])
			s.found = append(s.found, use)
			return
		}
		use.through = use.through || !first && s.derefs(e)
		_, paren := e.(*ast.ParenExpr)
		use.top, first = e, first && paren
	}
}

// selects reports whether an expression names a part of another one.
func (s *entrySearch) selects(e, part ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return true
	case *ast.SelectorExpr:
		return e.X == part
	case *ast.IndexExpr:
		return e.X == part
	case *ast.StarExpr:
		return e.X == part
	case *ast.SliceExpr:
		return e.X == part
	}
	return false
}

// derefs reports whether a step leaves the memory of the value that it begins with.
func (s *entrySearch) derefs(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StarExpr:
		return true
	case *ast.SelectorExpr:
		selection := s.u.pkg.Info.Selections[e]
		return selection != nil && selection.Indirect()
	case *ast.IndexExpr:
		_, array := s.u.pkg.TypeOf(e.X).Underlying().(*types.Array)
		return !array
	}
	return false
}

// end says what becomes of the whole expression in the node around it.
func (s *entrySearch) end(use *entryUse, around ast.Node) {
	switch p := around.(type) {
	case *ast.IncDecStmt:
		use.write = true
	case *ast.UnaryExpr:
		if p.Op == token.AND {
			use.write, use.out = true, p
		}
	case *ast.AssignStmt:
		s.assigned(use, p)
	case *ast.ValueSpec:
		for _, name := range p.Names {
			s.local(name)
		}
	case *ast.CallExpr:
		s.passed(use, p)
	case *ast.BinaryExpr, *ast.RangeStmt, *ast.ExprStmt, *ast.IfStmt, *ast.SwitchStmt, *ast.CaseClause:
		if loop, ok := p.(*ast.RangeStmt); ok {
			use.write = loop.Key == use.top || loop.Value == use.top
			if id, ok := loop.Value.(*ast.Ident); ok && loop.X == use.top {
				s.local(id)
			}
		}
	default:
		if s.leads(use.top) {
			use.out = around
		}
	}
}

// assigned is end of an assignment: a local goes on, the entry itself comes back,
// everything else is out of sight.
func (s *entrySearch) assigned(use *entryUse, st *ast.AssignStmt) {
	for i, lhs := range st.Lhs {
		if ast.Unparen(lhs) == use.top {
			use.write = true
			return
		}
		if len(st.Lhs) == len(st.Rhs) && st.Rhs[i] != use.top || len(st.Rhs) == 1 && i > 0 {
			continue
		}
		if id, ok := ast.Unparen(lhs).(*ast.Ident); ok && s.ownLocal(id) != nil {
			s.local(id)
			continue
		}
		if index, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok && s.u.useIn(index.X) != nil {
			continue
		}
		if s.leads(use.top) {
			use.out = st
		}
	}
}

// passed is end of a call: what the standard library reads or sorts comes back.
func (s *entrySearch) passed(use *entryUse, call *ast.CallExpr) {
	if ast.Unparen(call.Fun) == use.top || s.u.pkg.IsType(call.Fun) || !s.leads(use.top) {
		return
	}
	switch callee := s.u.pkg.Callee(call).(type) {
	case *types.Builtin:
		use.write = callee.Name() == "delete" || callee.Name() == "clear" || callee.Name() == "copy" && call.Args[0] == use.top
		use.through = use.through || use.write
		return
	case *types.Func:
		if pkg := callee.Pkg(); pkg != nil && (callsNothing[pkg.Path()] || pkg.Path() == "sort" || pkg.Path() == "slices") {
			use.write = !callsNothing[pkg.Path()] && !s.u.pkg.Pure(call)
			use.through = use.through || use.write
			return
		}
	}
	use.write, use.out = true, call
}

// leads reports whether a value leads to memory that others have too.
func (s *entrySearch) leads(e ast.Expr) bool {
	t := s.u.pkg.TypeOf(e)
	return t != nil && leadsToShared(t, 0)
}

func leadsToShared(t types.Type, depth int) bool {
	switch t := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return true
	case *types.Array:
		return leadsToShared(t.Elem(), depth)
	case *types.Struct:
		for f := range t.Fields() {
			if depth > 3 || leadsToShared(f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// ownLocal returns the local variable of the function of the use that a name is.
func (s *entrySearch) ownLocal(id *ast.Ident) *types.Var {
	v, ok := s.u.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar || s.x.fn == nil || v.Pos() < s.x.fn.Pos() || v.Pos() >= s.x.fn.End() {
		return nil
	}
	return v
}

// local goes on with a local variable that has got the entry.
func (s *entrySearch) local(id *ast.Ident) {
	v := s.ownLocal(id)
	if v == nil || s.seen[v] || !leadsToShared(v.Type(), 0) {
		return
	}
	s.seen[v] = true
	ast.PreorderStack(s.x.fn, nil, func(n ast.Node, stack []ast.Node) bool {
		used, ok := n.(*ast.Ident)
		if !ok || s.u.pkg.Use(used) != v {
			return true
		}
		if st, ok := stack[len(stack)-1].(*ast.AssignStmt); ok && onLeft(st, used) {
			return true // it gets another value
		}
		before := len(s.found)
		s.follow(used, stack)
		for i := range s.found[before:] {
			if lit := literalAround(stack, s.x.fn); lit != nil {
				s.found[before+i].out = lit
			}
		}
		return true
	})
}

func onLeft(st *ast.AssignStmt, id *ast.Ident) bool {
	for _, lhs := range st.Lhs {
		if ast.Unparen(lhs) == ast.Expr(id) {
			return true
		}
	}
	return false
}

// literalAround returns the function literal in a function that holds the end of
// a path.
func literalAround(path []ast.Node, fn ast.Node) ast.Node {
	for _, n := range path {
		if lit, ok := n.(*ast.FuncLit); ok && ast.Node(lit) != fn {
			return lit
		}
	}
	return nil
}

// entriesChange returns a place that changes, without a lock, what entries of the
// variable lead to, once others can reach it; nil where nobody does.
func (u *variable) entriesChange() ast.Node {
	for _, x := range u.uses {
		if u.early(x) {
			continue
		}
		for _, e := range u.entryUses(x) {
			if e.write && (e.through || e.out != nil && u.maybeWritten(e.top)) {
				return e.top
			}
		}
	}
	return u.fieldsChange()
}

// maybeWritten reports whether code that gets a value may write what it leads to
// in place: the elements of a map or slice.
func (u *variable) maybeWritten(e ast.Expr) bool {
	switch u.pkg.TypeOf(e).Underlying().(type) {
	case *types.Map, *types.Slice:
		return true
	}
	return false
}

// fieldsChange is entriesChange of entries that are pointers: a function that
// writes a field of such an object, of whatever one, without a lock.
func (u *variable) fieldsChange() ast.Node {
	var entry types.Type
	switch t := u.v.Type().Underlying().(type) {
	case *types.Map:
		entry = t.Elem()
	case *types.Slice:
		entry = t.Elem()
	}
	if entry == nil {
		return nil
	}
	pointer, ok := entry.Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	if u.pkg.Unsynchronised(entry) && len(u.uses) > 0 {
		return u.uses[0].id
	}
	object, ok := pointer.Elem().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range object.Fields() {
		if at := u.writtenBare(f); at != nil {
			return at
		}
	}
	return nil
}

// writtenBare returns a write of a field that holds no lock and comes after the
// object can be reached.
func (u *variable) writtenBare(field *types.Var) (at ast.Node) {
	for _, file := range u.pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok || at != nil {
				return at == nil
			}
			access := u.shared.AccessAt(e)
			if access == nil || access.Var != field.Origin() || !access.Write || u.shared.Early(access) {
				return true
			}
			if held, sure := u.shared.LocksAt(access); sure && len(held) == 0 {
				at = e
			}
			return at == nil
		})
	}
	return at
}

// guardEntries adds to the accesses that need a lock those of what the entries
// lead to; it refuses where these get out of it.
func (n *newGuard) guardEntries(uses []*use) (all []sharing.Unguarded, err error) {
	for _, x := range uses {
		for _, e := range n.entryUses(x) {
			if e.out != nil && n.leads(e.top) {
				return nil, fmt.Errorf("what %s leads to gets out of the lock at %s, and %s changes it", edit.ExprText(e.top), n.line(e.out), n.line(n.changed))
			}
			access := *n.shared.AccessAt(x.expr)
			access.Use, access.Write = e.top, e.write
			if e.name != nil {
				access.Expr = e.name
			}
			all = append(all, sharing.Unguarded{Access: &access, Guard: &sharing.Guard{Lock: n.lock}})
		}
	}
	return all, nil
}

func (u *variable) leads(e ast.Expr) bool {
	t := u.pkg.TypeOf(e)
	return t != nil && leadsToShared(t, 0)
}
