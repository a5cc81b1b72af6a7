package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// CloneGuarded copies the entries of a map or slice, and not only the reference,
// where that gets out of the lock:
//
//	s.mu.Lock()                s.mu.Lock()
//	m := s.m             →     m := maps.Clone(s.m)
//	s.mu.Unlock()              s.mu.Unlock()
//	for k, v := range m {      for k, v := range m {
//
// A clone of nil is nil, and has the same type. A local that is only read is
// worth what the original is, as long as nobody writes that: what this function
// calls meanwhile must not be able to.
func CloneGuarded(s *edit.Site) error {
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return errors.New("internal: the match names no variable")
	}
	h, ok := sharing.Of(s.Match.Pkg).HeaderAt(at)
	if !ok {
		return errors.New("internal: the match names no map")
	}
	if h.Part != nil {
		return fmt.Errorf("the copy has %s in common with %s, which has to be copied apart", h.Part.Name(), edit.ExprText(h.Value))
	}
	pkg, entry := "maps", types.Type(nil)
	switch t := s.Pkg.Info.TypeOf(h.Value).Underlying().(type) {
	case *types.Slice:
		pkg, entry = "slices", t.Elem()
	case *types.Map:
		entry = t.Elem()
	}
	if entry == nil || around.CopiesLock(entry) {
		return errors.New("the entries hold locks or atomics, which must not be copied")
	}
	if line := writesThrough(s, h); line > 0 {
		return fmt.Errorf("line %d writes through %s: into a clone it would be lost", line, h.Local.Name())
	}
	clone, err := cloneOf(s, pkg, h.Value)
	if err != nil {
		return err
	}
	ownersOf(s, h)
	s.ReplaceExpr(s.Expr(h.Value), clone())
	return nil
}

// cloneOf returns what makes a clone of a map or slice. Before Go 1.21 that of a slice is
//
//	append(s.list[:0:0], s.list...)
//
// which is nil where the slice is, too.
func cloneOf(s *edit.Site, pkg string, value ast.Expr) (func() dst.Expr, error) {
	if s.AtLeast("go1.21") {
		return func() dst.Expr { return edit.Call(s.Qualified(pkg, "Clone"), s.Use(value)) }, nil
	}
	if pkg != "slices" || !s.Match.Pkg.Pure(value) {
		return nil, errors.New("maps.Clone and slices.Clone need go1.21")
	}
	if s.Hides()["append"] {
		return nil, errors.New("append is something else here")
	}
	return func() dst.Expr {
		zero := func() dst.Expr { return &dst.BasicLit{Kind: token.INT, Value: "0"} }
		none := &dst.SliceExpr{X: edit.Fitted(s.Copy(value), &dst.SliceExpr{}, "X"), High: zero(), Max: zero(), Slice3: true}
		call := edit.Call(edit.Ident("append"), none, s.Copy(value))
		call.Ellipsis = true
		return call
	}, nil
}

// ownersOf lowers the level where the clone may be told from the original.
func ownersOf(s *edit.Site, h sharing.Header) {
	if h.Local == nil {
		s.Downgrade(rules.Unsafe, "callers get a copy: what they write into it reaches nobody else")
		return
	}
	for _, use := range h.Uses {
		if !onlyReads(s, use, h) || inLiteral(s, use, h) {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d does with %s reaches the copy alone", around.Line(s, use), h.Local.Name()))
			return
		}
	}
	if read, write := sharedWith(s, h); read != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d reads %s, which the copy shares with the original, and line %d changes it", around.Line(s, read), edit.ExprText(read.(ast.Expr)), around.Line(s, write)))
		return
	}
	noteAwaited(s, h)
	if line := writesOriginal(s, h); line > 0 {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d writes may be an entry of the original, and the copy does not show it", line))
		return
	}
	if c := foreignCall(s, h); c != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, called meanwhile, may write the original", edit.ExprText(c.Fun)))
	}
}

// inLiteral reports whether a use of the local stands in a function literal, which
// may run when the original holds something else.
func inLiteral(s *edit.Site, use *ast.Ident, h sharing.Header) bool {
	inside := false
	ast.Inspect(h.Access.Func, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		inside = inside || ok && lit != h.Access.Func && edit.Within(lit, use)
		return !inside
	})
	return inside
}

// writesThrough returns the line on which an entry is written through the local,
// 0 if there is none.
func writesThrough(s *edit.Site, h sharing.Header) int {
	return firstWrite(s, h.Access.Func, func(into ast.Expr, _ ast.Node) bool {
		id, ok := into.(*ast.Ident)
		return ok && h.Local != nil && s.Pkg.Info.Uses[id] == h.Local
	})
}

// writesOriginal returns the line, behind the copy, on which an entry is written
// of what may be the original by its type.
func writesOriginal(s *edit.Site, h sharing.Header) int {
	t := s.Pkg.Info.TypeOf(h.Value).Underlying()
	return firstWrite(s, h.Access.Func, func(into ast.Expr, at ast.Node) bool {
		other := s.Pkg.Info.TypeOf(into)
		return at.End() > h.Access.Expr.Pos() && (other == nil || types.Identical(other.Underlying(), t))
	})
}

// onlyReads reports whether a use of the local ranges over it, reads an entry or
// asks for its length, and keeps nothing of it.
func onlyReads(s *edit.Site, use *ast.Ident, h sharing.Header) bool {
	reads := false
	written := map[ast.Expr]bool{}
	ast.Inspect(h.Access.Func, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				written[ast.Unparen(lhs)] = true
			}
		case *ast.IncDecStmt:
			written[ast.Unparen(n.X)] = true
		case *ast.UnaryExpr:
			written[ast.Unparen(n.X)] = true
		case *ast.RangeStmt:
			reads = reads || ast.Unparen(n.X) == use
		case *ast.IndexExpr:
			reads = reads || ast.Unparen(n.X) == use && !written[n]
		case *ast.BinaryExpr:
			reads = reads || ast.Unparen(n.X) == use || ast.Unparen(n.Y) == use
		case *ast.CallExpr:
			builtin, _ := s.Match.Pkg.Callee(n).(*types.Builtin)
			reads = reads || builtin != nil && builtin.Name() == "len" && ast.Unparen(n.Args[0]) == use
		}
		return true
	})
	return reads
}

// foreignCall returns a call, behind the copy, of which it is not known that it
// cannot write the original.
func foreignCall(s *edit.Site, h sharing.Header) (found *ast.CallExpr) {
	ast.Inspect(h.Access.Func, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || found != nil || c.Pos() < h.Access.Expr.Pos() || s.Pkg.Info.Types[c.Fun].IsType() {
			return found == nil
		}
		switch callee := s.Match.Pkg.Callee(c).(type) {
		case *types.Builtin:
		case *types.Func:
			if !harmless(s, c, callee) {
				found = c
			}
		default:
			found = c
		}
		return found == nil
	})
	return found
}

// harmless reports whether a function is one of the standard library's that
// calls nothing of the program: it gets no function, and no value with methods.
func harmless(s *edit.Site, c *ast.CallExpr, callee *types.Func) bool {
	if callee.Pkg() == nil || !callsNothing[callee.Pkg().Path()] {
		return false
	}
	for _, arg := range c.Args {
		t := s.Pkg.Info.TypeOf(arg)
		if t == nil {
			return false
		}
		if _, basic := t.Underlying().(*types.Basic); !basic || types.NewMethodSet(t).Len() > 0 {
			return false
		}
	}
	return true
}

// callsNothing are packages whose functions call back nothing but what they are
// given; of sync those that take and release locks.
var callsNothing = map[string]bool{
	"fmt": true, "log": true, "math": true, "path": true, "path/filepath": true, "strconv": true, "strings": true, "sync": true, "time": true,
	"unicode": true, "unicode/utf8": true, "bytes": true, "errors": true,
}
