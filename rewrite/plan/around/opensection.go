package around

import (
	"go/ast"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// OpenSection begins a section before a statement. One that begins right where a section of the
// same lock ends goes on with that instead:
//
//	s.mu.Unlock()    →
//	use(s.n)         →    use(s.n)
//	                      s.mu.Unlock()
//
// Nothing stands between the two, so nothing else comes under the lock.
func OpenSection(s *edit.Site, at ast.Stmt, lock, unlock dst.Stmt, more ...dst.Stmt) {
	end, twin := SectionEnd(s, at, unlock), s.Stmt(at)
	if end == nil {
		s.InsertBefore(twin, slices.Insert(more, 0, lock)...)
		return
	}
	above := s.Stmt(end).Decorations().Before
	below := max(s.Stmt(end).Decorations().After, twin.Decorations().Before)
	s.Delete(s.Stmt(end))
	twin.Decorations().Before = above
	s.InsertBefore(twin, more...)
	if len(more) > 0 { // the unlock is among them: what stood behind the old one stands behind it
		twin.Decorations().Before = below
	}
}

// SectionEnd returns the statement right before one that is the given unlock, nil where
// there is none, or where it has a comment.
func SectionEnd(s *edit.Site, at ast.Stmt, unlock dst.Stmt) ast.Stmt {
	list, _ := s.ListAround(at)
	i := slices.Index(list, at)
	if i < 1 {
		return nil
	}
	st, ok := list[i-1].(*ast.ExprStmt)
	if !ok {
		return nil
	}
	twin, ok := s.Stmt(st).(*dst.ExprStmt)
	if !ok || len(twin.Decs.Start)+len(twin.Decs.End) > 0 || PathText(twin.X) == "" || PathText(twin.X) != PathText(unlock.(*dst.ExprStmt).X) {
		return nil
	}
	return st
}

// PathText spells a call without arguments of what is selected from a name, "" for
// anything else.
func PathText(e dst.Expr) string {
	switch e := e.(type) {
	case *dst.Ident:
		return e.Name
	case *dst.SelectorExpr:
		if x := PathText(e.X); x != "" {
			return x + "." + e.Sel.Name
		}
	case *dst.CallExpr:
		if x := PathText(e.Fun); x != "" && len(e.Args) == 0 {
			return x + "()"
		}
	}
	return ""
}
