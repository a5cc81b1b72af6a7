package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// beforeUnlock reads the results of a return before the unlock that stands right above it:
//
//	s.n++                     s.n++
//	                          n := s.n
//	s.mu.Unlock()      →      s.mu.Unlock()
//	return s.n                return n
//
// The lock is held there, in whatever mode and on whichever way, or the unlock would fail. All
// accesses of the function must stand so.
func (g *guarding) beforeUnlock() (func(), error) {
	var returns []*ast.ReturnStmt
	for _, e := range g.places() {
		ret := g.returnOf(e)
		if ret == nil {
			return nil, fmt.Errorf("line %d is in no return", g.line(e))
		}
		if !slices.Contains(returns, ret) {
			returns = append(returns, ret)
		}
	}
	var edits []func()
	for _, ret := range returns {
		edit, err := g.readAbove(ret)
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	return func() {
		for _, edit := range edits {
			edit()
		}
	}, nil
}

// returnOf returns the return statement of the function itself that an expression stands in.
func (g *guarding) returnOf(e ast.Expr) *ast.ReturnStmt {
	for _, n := range slices.Backward(g.s.PathTo(e)) {
		switch n := n.(type) {
		case *ast.ReturnStmt:
			return n
		case ast.Stmt, *ast.FuncLit:
			return nil
		}
	}
	return nil
}

// readAbove reads the results of a return above the unlock before it.
func (g *guarding) readAbove(ret *ast.ReturnStmt) (func(), error) {
	end := around.SectionEnd(g.s, ret, edit.ExprStmt(g.call("Unlock")))
	if end == nil {
		end = around.SectionEnd(g.s, ret, edit.ExprStmt(g.call("RUnlock")))
		if end != nil && g.writesIn(ret) != nil {
			return nil, fmt.Errorf("line %d writes, and the lock is held to read", g.line(ret))
		}
	}
	if end == nil {
		return nil, errors.New("no unlock stands right above the return")
	}
	if err := g.harmless(ret); err != nil {
		return nil, err
	}
	if because := g.fails(ret); because != "" {
		return nil, errors.New(because) // a deferred unlock may do
	}
	results, err := around.Hoist(g.s, g.u.Func, ret)
	if err != nil {
		return nil, err
	}
	return func() { g.s.InsertBefore(g.s.Stmt(end), results.Apply()...) }, nil
}
