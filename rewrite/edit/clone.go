package edit

import (
	"go/ast"

	"github.com/dave/dst"
)

// Use returns the twin of an expression for a new place. The first time it is
// the twin itself, so that its comments survive; after that, clones without any.
func (s *Site) Use(n ast.Expr) dst.Expr {
	x := s.Expr(n)
	if x == nil {
		return nil
	}
	if s.moved[x] {
		return Bare(x)
	}
	s.MarkMoved(x)
	// Line breaks belong to the old place: ReplaceExpr will ask for them.
	d := x.Decorations()
	s.spaces[x] = [2]dst.SpaceType{d.Before, d.After}
	d.Before, d.After = dst.None, dst.None
	return x
}

// UseStmt is Use for a statement.
func (s *Site) UseStmt(n ast.Stmt) dst.Stmt {
	st := s.Stmt(n)
	if st == nil {
		return nil
	}
	if s.moved[st] {
		return Bare(st)
	}
	s.MarkMoved(st)
	return st
}

// Copy returns a clone of the twin of an expression, without its comments.
func (s *Site) Copy(n ast.Expr) dst.Expr {
	x := s.Expr(n)
	if x == nil {
		return nil
	}
	return Bare(x)
}

// MarkMoved notes that a twin and what is below it live on in a new place.
func (s *Site) MarkMoved(n dst.Node) {
	for _, below := range nodes(n) {
		s.moved[below] = true
	}
}

// space returns the line breaks around an expression in its old place.
func (s *Site) space(x dst.Expr) (before, after dst.SpaceType) {
	if old, ok := s.spaces[x]; ok {
		return old[0], old[1]
	}
	d := x.Decorations()
	return d.Before, d.After
}

// Bare clones a node and clears every decoration of the clone: a comment must
// not appear twice. Function literals and composite literals keep their lines.
func Bare[N dst.Node](n N) N {
	clone := dst.Clone(n).(N)
	for _, below := range nodes(clone) {
		for _, p := range points(below) {
			*p = nil
		}
	}
	d := clone.Decorations()
	d.Before, d.After = dst.None, dst.None
	return clone
}
