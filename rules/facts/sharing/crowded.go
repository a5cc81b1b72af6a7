package sharing

import (
	"go/ast"
	"slices"
)

// Crowded reports whether several goroutines may be in a function at once, as far as is known: other
// packages or nobody knows who call it, several goroutines come to it, or many that one place starts. It is
// not where all its callers hold a lock, or where it says that they do.
func (f *Facts) Crowded(node ast.Node) bool {
	fn := f.funcs[node]
	if fn == nil || fn.says() || fn.saysEarly() || len(f.entryOf(fn).locks) > 0 {
		return false
	}
	roots := f.rootsOf(fn)
	return len(roots) > 1 || f.StartedOften(node) || slices.ContainsFunc(roots, Root.Outside)
}

// StartedOften reports whether many goroutines that one place starts come to a function, which may be
// that function itself.
//
//	for _, n := range o.next { go w.visit(n) }
func (f *Facts) StartedOften(node ast.Node) bool {
	fn := f.funcs[node]
	if fn == nil {
		return false
	}
	return slices.ContainsFunc(f.rootsOf(fn), func(r Root) bool { return !r.Outside() && r.Many && !f.startsOwners(r.Start) }) ||
		slices.ContainsFunc(fn.sites, func(s site) bool {
			return s.in == fn && s.runs == started && f.loops(fn, s.stmt) && !f.startsOwners(s.stmt)
		})
}

// startsOwners reports whether a loop starts goroutines each of which gets an object that its turn has made:
// they are many, but only one works on each.
//
//	for {
//		conn, err := l.Accept()
//		…
//		c := newChild(conn)
//		go c.serve()
//	}
func (f *Facts) startsOwners(start ast.Node) (own bool) {
	st, ok := start.(*ast.GoStmt)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(st.Call.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return false
	}
	made := f.pkg.Use(id)
	for _, file := range f.pkg.Files {
		if st.Pos() < file.FileStart || file.FileEnd <= st.Pos() {
			continue
		}
		f.pkg.Inspect(file, func(n ast.Node) bool {
			var body *ast.BlockStmt
			switch n := n.(type) {
			case *ast.ForStmt:
				body = n.Body
			case *ast.RangeStmt:
				body = n.Body
			}
			own = own || body != nil && made != nil && within(body, st) && body.Pos() < made.Pos() && made.Pos() < body.End()
			return !own && n != nil && n.Pos() <= st.Pos() && st.End() <= n.End()
		})
	}
	return own
}
