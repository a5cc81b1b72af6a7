package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/sections"
)

// What a function does behind the store is done for the new entry, which may be dropped. What is set right
// behind it belongs to it, and moves with it:
//
//	c.m[k] = e
//	c.order = append(c.order, k)

// storedWith returns the last statement that sets something right behind the store of an entry.
func storedWith(s *edit.Site, entry sections.Overtake) ast.Stmt {
	var last ast.Stmt = entry.Assign
	list, _ := s.ListAround(entry.Assign)
	for _, st := range list {
		if st.Pos() <= last.Pos() {
			continue
		}
		if !setsOnly(s, st) {
			break
		}
		last = st
	}
	return last
}

// setsOnly reports whether a statement sets or counts something, and calls nothing but predeclared
// functions.
func setsOnly(s *edit.Site, st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.IncDecStmt:
	case *ast.AssignStmt:
		if st.Tok == token.DEFINE {
			return false
		}
	default:
		return false
	}
	only := true
	s.Match.Pkg.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			tv := s.Match.Pkg.Info.Types[n.Fun]
			only = only && (tv.IsBuiltin() || tv.IsType())
		case *ast.UnaryExpr:
			only = only && n.Op != token.ARROW
		case *ast.FuncLit:
			only = false
		}
		return only
	})
	return only
}

// forNewAlone refuses where the section that stores an entry, or what the function does behind it for a new
// one alone, does more than to store it: that would be done for one that is dropped, too.
func forNewAlone(s *edit.Site, entry sections.Overtake, last ast.Stmt) (err error) {
	from, to := sectionOf(s, entry), behindStore(s.Match.Decl, entry)
	s.Match.Pkg.Inspect(around.BodyOf(s.Match.Decl), func(n ast.Node) bool {
		if n == nil || err != nil || n.End() <= from || n.Pos() >= to || n.Pos() >= entry.Assign.Pos() && n.End() <= last.End() {
			return false
		}
		if st, ok := n.(ast.Stmt); ok && st.Pos() >= from && hasEffect(s, entry, st) {
			err = fmt.Errorf("what line %d does is done for a new entry, and would be for one that is dropped, too", around.Line(s, st))
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return err
}

// sectionOf returns where the section begins that stores an entry.
func sectionOf(s *edit.Site, entry sections.Overtake) token.Pos {
	from := entry.Assign.Pos()
	held, _ := s.Match.Pkg.Held(s.Match.Decl, entry.Assign)
	for _, h := range held {
		for _, lock := range h.By {
			from = min(from, lock.End())
		}
	}
	return max(from, entry.Look.End())
}

// behindStore returns where the statements end that a function comes to with a new entry alone.
func behindStore(fn ast.Node, entry sections.Overtake) token.Pos {
	for _, within := range []ast.Stmt{entry.Test.Body, entry.Test.Else} {
		if within != nil && within.Pos() <= entry.Assign.Pos() && entry.Assign.End() <= within.End() {
			return within.End()
		}
	}
	return around.BodyOf(fn).End()
}

// hasEffect reports whether a statement itself does something that others can see: it sets what is not its
// own, calls something but the lock, sends, or starts a goroutine.
func hasEffect(s *edit.Site, entry sections.Overtake, st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.GoStmt, *ast.SendStmt:
		return true
	case *ast.DeferStmt:
		return !ofSync(s, st.Call)
	case *ast.ExprStmt:
		call, ok := ast.Unparen(st.X).(*ast.CallExpr)
		return ok && !ofSync(s, call)
	case *ast.IncDecStmt:
		return true
	case *ast.AssignStmt:
		return st.Tok != token.DEFINE && !makesMap(s, st) && (st.Pos() > entry.Assign.Pos() || !setsNew(s, st))
	}
	return false
}

func ofSync(s *edit.Site, call *ast.CallExpr) bool {
	fn, ok := s.Match.Pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync"
}

// makesMap reports whether an assignment gives a map to something that has none yet.
func makesMap(s *edit.Site, st *ast.AssignStmt) bool {
	if len(st.Rhs) != 1 || !around.IsMapType(s.Match.Pkg.TypeOf(st.Lhs[0])) {
		return false
	}
	switch value := ast.Unparen(st.Rhs[0]).(type) {
	case *ast.CallExpr:
		return s.Match.Pkg.Info.Types[value.Fun].IsBuiltin()
	case *ast.CompositeLit:
		return len(value.Elts) == 0
	}
	return false
}

// setsNew reports whether an assignment makes a value, and keeps it in a variable of the function.
func setsNew(s *edit.Site, st *ast.AssignStmt) bool {
	for _, lhs := range st.Lhs {
		v := around.VariableIn(s.Match.Pkg, lhs)
		if v == nil || v.IsField() || v.Kind() == types.PackageVar {
			return false
		}
	}
	for _, rhs := range st.Rhs {
		switch ast.Unparen(rhs).(type) {
		case *ast.CallExpr, *ast.UnaryExpr, *ast.CompositeLit:
		default:
			return false
		}
	}
	return true
}
