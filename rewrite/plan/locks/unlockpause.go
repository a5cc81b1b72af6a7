package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// UnlockPause releases a lock while a loop that waits under it pauses:
//
//	for !s.ready {                       for !s.ready {
//		time.Sleep(interval)     →           s.mu.Unlock()
//	}                                        time.Sleep(interval)
//	                                         s.mu.Lock()
//	                                     }
//
// The loop asks with the lock held, as before, and the lock is held behind the loop.
// It is never safe: what the function has seen before the loop may have changed
// behind it. It refuses where the loop pauses at more than one place or in the middle
// of a statement, and where the name of the lock may come to mean another one.
func UnlockPause(s *edit.Site) error {
	h, err := heldBy(s)
	if err != nil {
		return err
	}
	loop, ok := s.Bound("$loop").(*ast.ForStmt)
	if !ok {
		return errors.New("internal: the match names no loop")
	}
	pause, err := h.pauseOf(loop)
	if err != nil {
		return err
	}
	taken, ok := ast.Unparen(h.Call.Fun).(*ast.SelectorExpr)
	if !ok || h.stmt() == nil {
		return errors.New("the lock is not taken by a statement of its own")
	}
	if err := h.steadyAt(pause.Pos()); err != nil {
		return err
	}
	again := edit.Call(edit.Sel(s.Copy(taken.X), taken.Sel.Name))
	s.InsertBefore(s.Stmt(pause), edit.ExprStmt(h.unlock()))
	s.InsertAfter(s.Stmt(pause), edit.ExprStmt(again))
	return nil
}

// pauseOf returns the statement by which a loop lets time pass.
func (h *holding) pauseOf(loop *ast.ForStmt) (ast.Stmt, error) {
	var found []ast.Node
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if fn, ok := h.pkg.Callee(n).(*types.Func); ok && (facts.IsFunc(fn, "time.Sleep") || facts.IsFunc(fn, "runtime.Gosched")) {
				found = append(found, n)
			}
		case *ast.UnaryExpr, *ast.SelectStmt:
			if isWait(n) {
				found = append(found, n)
				return false
			}
		}
		return true
	})
	if len(found) != 1 {
		return nil, fmt.Errorf("the loop pauses at %d places", len(found))
	}
	return h.statementOf(found[0])
}

// isWait reports whether a node receives, or is a select statement.
func isWait(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return n.Op.String() == "<-"
	case *ast.SelectStmt:
		return true
	}
	return false
}

// statementOf returns the statement, in a list, that is all of a pause.
func (h *holding) statementOf(pause ast.Node) (ast.Stmt, error) {
	stmt, ok := pause.(ast.Stmt)
	if !ok {
		path := h.s.PathTo(pause)
		expr, alone := path[len(path)-1].(*ast.ExprStmt)
		if !alone {
			return nil, fmt.Errorf("the pause at line %d is no statement of its own", h.line(pause))
		}
		stmt = expr
	}
	if _, listed := h.s.ListAround(stmt); !listed {
		return nil, fmt.Errorf("there is no place for an unlock before line %d", h.line(pause))
	}
	if _, isSelect := stmt.(*ast.SelectStmt); isSelect {
		return nil, fmt.Errorf("the select at line %d does more than pause", h.line(pause))
	}
	return stmt, nil
}
