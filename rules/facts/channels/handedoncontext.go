package channels

import (
	"go/ast"
	"go/types"
)

// handedOnlyOn is about a context that a loop without a way out only hands to what it calls: that
// may hear of the end and return, and the loop calls it again. It must be a context of this goroutine,
// which its starter cancels, or keeps the cancel of.
//
//	ctx, p.stop = context.WithCancel(ctx)
//	go p.loop(ctx)                        // for range ticker.C { p.probe(ctx) }
func (f *Facts) handedOnlyOn(fn ast.Node, loop ast.Stmt) *DeafLoop {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || f.endsTheProgram(fn) {
		return nil
	}
	ctx := f.contextOfOwn(decl)
	if ctx == nil || !f.onlyHandedOn(ctx, loop) {
		return nil
	}
	for _, s := range f.startedOnly(fn) {
		if !f.endsTheProgram(s.in) && !f.inTest(s.stmt) && f.cancelledHere(s, decl, ctx) != nil {
			return &DeafLoop{f.declaredAt(ctx), ctx.Name()}
		}
	}
	return nil
}

// onlyHandedOn reports whether all that is done with a context is to give it, within a loop, to calls
// that return nothing: what they hear of, nobody learns.
func (f *Facts) onlyHandedOn(ctx *types.Var, loop ast.Stmt) bool {
	for _, m := range f.mentions(ctx) {
		switch around := m.around(0).(type) {
		case *ast.Field:
		case *ast.CallExpr:
			_, alone := m.around(1).(*ast.ExprStmt)
			if !alone || f.pkg.Body(around) == nil || !contains(loop, around) || f.mayFail(f.pkg.Body(around).Body) {
				return false
			}
		default:
			return false
		}
	}
	return true
}
