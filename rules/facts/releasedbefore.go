package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// releasedJustBefore reports whether the statements in front of a release release the same lock,
// with nothing in between by which somebody else could have taken it for this function: whoever
// else has to do with the lock, one of the two is wrong.
//
//	pool.Drain(func(err error) {
//		mu.Unlock() // Lock was meant
//		defer mu.Unlock()
//		errs = append(errs, err)
//	})
func (p *Package) releasedJustBefore(call *ast.CallExpr, lock Lock) bool {
	path := p.Syntax().Path(call)
	for i := len(path) - 1; i > 0; i-- {
		stmt, ok := path[i].(ast.Stmt)
		if !ok {
			continue
		}
		list := statementsOf(path[i-1])
		at := slices.Index(list, stmt)
		for _, before := range slices.Backward(list[:max(at, 0)]) {
			if p.spellsSame(before, call) {
				return true
			}
			if _, touches := p.TouchesLock(before, lock); touches || !p.runsOn(before) {
				return false
			}
		}
		return false
	}
	return false
}

// statementsOf returns the statements of a block or clause.
func statementsOf(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// spellsSame reports whether a statement makes the same call of a lock's method, as it is spelled.
func (p *Package) spellsSame(stmt ast.Stmt, call *ast.CallExpr) bool {
	expr, ok := stmt.(*ast.ExprStmt)
	if !ok {
		return false
	}
	other, ok := ast.Unparen(expr.X).(*ast.CallExpr)
	return ok && types.ExprString(other) == types.ExprString(call)
}

// runsOn reports whether control goes from a statement to the next one, without waiting.
func (p *Package) runsOn(stmt ast.Stmt) bool {
	on := true
	p.Inspect(stmt, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			on = on && n.Op != token.ARROW
		case *ast.SendStmt, *ast.SelectStmt, *ast.GoStmt, *ast.DeferStmt, *ast.BranchStmt, *ast.ReturnStmt:
			on = false
		}
		return on
	})
	return on
}
