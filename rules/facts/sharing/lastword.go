package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// isLastWord reports whether a write is the last that a goroutine does which anybody can hear of:
// whatever its starter has waited for, the goroutine gave before, and nothing puts the write before
// what the starter does then.
//
//	go func() {
//		close(ready)
//		err = serve()
//	}()
//	<-ready
//	return err
func (f *Facts) isLastWord(goroutine *function, a *Access) bool {
	if a == nil || a.fn != goroutine || a.far != nil || a.foreign != nil || !a.Write || f.groupOf(goroutine) != nil {
		return false
	}
	if goroutine.abroad || goroutine.handed || goroutine.elsewhere || goroutine.served || goroutine.joined {
		return false
	}
	if _, plain := goroutine.at.(*ast.GoStmt); !plain {
		return false
	}
	set, ok := a.Use.(*ast.AssignStmt)
	return ok && f.nothingBehind(goroutine, set)
}

// nothingBehind reports whether a function does nothing behind a statement but compute, and defers
// nothing.
func (f *Facts) nothingBehind(fn *function, st ast.Node) bool {
	flow := f.pkg.Flow(fn.node)
	from, ok := flow.At(st)
	if !ok {
		return false
	}
	silent := true
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		_, defers := n.(*ast.DeferStmt)
		silent = silent && !defers
		return silent
	})
	return silent && !f.leads(flow, from, func(p facts.Point) bool { return !f.onlyComputes(p.Block.Nodes[p.Index]) }, func(ast.Node) bool { return false })
}

// onlyComputes reports whether a node does nothing that another goroutine could wait for.
func (f *Facts) onlyComputes(n ast.Node) bool {
	computes := true
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt, *ast.GoStmt, *ast.FuncLit:
			computes = false
		case *ast.UnaryExpr: // who sends on a channel without room waits for that; not a call's, as ctx.Done()
			_, ofCall := ast.Unparen(n.X).(*ast.CallExpr)
			computes = computes && (n.Op != token.ARROW || ofCall)
		case *ast.CallExpr:
			computes = computes && f.computes(n) && !f.isCloseCall(n)
		}
		return computes
	})
	return computes
}

// isCloseCall reports whether a call closes a channel.
func (f *Facts) isCloseCall(call *ast.CallExpr) bool {
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && builtin.Name() == "close"
}
