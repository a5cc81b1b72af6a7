package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// cloneGuarded copies the entries of a map or slice, and not only the reference,
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
func cloneGuarded(s *Site) error {
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return errors.New("internal: the match names no variable")
	}
	h, ok := sharing.Of(s.Match.Pkg).HeaderAt(at)
	if !ok {
		return errors.New("internal: the match names no map")
	}
	if !s.AtLeast("go1.21") {
		return errors.New("maps.Clone and slices.Clone need go1.21")
	}
	if line := s.writesThrough(h); line > 0 {
		return fmt.Errorf("line %d writes through %s: into a clone it would be lost", line, h.Local.Name())
	}
	s.ownersOf(h)
	pkg := "maps"
	if _, isSlice := s.Pkg.Info.TypeOf(h.Value).Underlying().(*types.Slice); isSlice {
		pkg = "slices"
	}
	clone := s.Qualified(pkg, "Clone")
	s.ReplaceExpr(s.Expr(h.Value), call(clone, s.Use(h.Value)))
	return nil
}

// ownersOf lowers the level where the clone may be told from the original.
func (s *Site) ownersOf(h sharing.Header) {
	if h.Local == nil {
		s.Downgrade(rules.Unsafe, "callers get a copy: what they write into it reaches nobody else")
		return
	}
	for _, use := range h.Uses {
		if !s.onlyReads(use, h) {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d does with %s reaches the copy alone", s.Match.Pkg.Fset.Position(use.Pos()).Line, h.Local.Name()))
			return
		}
	}
	if c := s.foreignCall(h); c != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, called meanwhile, may write the original", exprText(c.Fun)))
	}
}

// writesThrough returns the line on which the local is written through, 0 if
// none: m[k] = v, m[k]++, delete(m, k).
func (s *Site) writesThrough(h sharing.Header) (line int) {
	through := func(e ast.Expr) bool {
		x, ok := ast.Unparen(e).(*ast.IndexExpr)
		return ok && h.Local != nil && s.Pkg.Info.Uses[rootIdent(x.X)] == h.Local
	}
	ast.Inspect(h.Access.Func, func(n ast.Node) bool {
		wrote := false
		switch n := n.(type) {
		case *ast.AssignStmt:
			wrote = slices.ContainsFunc(n.Lhs, through)
		case *ast.IncDecStmt:
			wrote = through(n.X)
		case *ast.UnaryExpr:
			wrote = n.Op == token.AND && through(n.X)
		case *ast.CallExpr:
			builtin, _ := s.Match.Pkg.Callee(n).(*types.Builtin)
			wrote = builtin != nil && (builtin.Name() == "delete" || builtin.Name() == "clear" || builtin.Name() == "copy") && h.Local != nil && s.Pkg.Info.Uses[rootIdent(n.Args[0])] == h.Local
		}
		if wrote && line == 0 {
			line = s.Match.Pkg.Fset.Position(n.Pos()).Line
		}
		return true
	})
	return line
}

// rootIdent returns the identifier that an expression begins with, nil if with
// none.
func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// onlyReads reports whether a use of the local ranges over it, reads an entry or
// asks for its length, and keeps nothing of it.
func (s *Site) onlyReads(use *ast.Ident, h sharing.Header) bool {
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
func (s *Site) foreignCall(h sharing.Header) (found *ast.CallExpr) {
	ast.Inspect(h.Access.Func, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || found != nil || c.Pos() < h.Access.Expr.Pos() || s.Pkg.Info.Types[c.Fun].IsType() {
			return found == nil
		}
		switch callee := s.Match.Pkg.Callee(c).(type) {
		case *types.Builtin:
		case *types.Func:
			if !s.harmless(c, callee) {
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
func (s *Site) harmless(c *ast.CallExpr, callee *types.Func) bool {
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
