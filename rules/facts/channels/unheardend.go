package channels

import (
	"go/ast"
	"go/types"
)

// unheardEnd returns where the loop around a Wait asks for the end of a context that its function
// gets, of which nobody tells the Cond: a Wait does not hear of it.
//
//	for len(q.items) == 0 && ctx.Err() == nil {
//		q.cond.Wait() // sleeps on when ctx ends
//	}
//
// The function does nothing else with the context, as to hand it to context.AfterFunc; and
// no function that signals, or calls one that does, knows of contexts or of the time: a
// Broadcast now and then wakes who waits, too.
func (f *Facts) unheardEnd(c *condClass, w *condCall) ast.Node {
	loop := loopAroundWait(w)
	if loop == nil || f.inTest(w.call) {
		return nil
	}
	asks, ctx := f.asksEnd(loop)
	if asks == nil || ctx.Kind() != types.ParamVar {
		return nil
	}
	for _, m := range f.mentions(ctx) {
		sel, ok := m.around(0).(*ast.SelectorExpr)
		if owner, _ := functionAt(m.stack); !ok && owner != nil && m.around(0) != nil && !isFieldOf(m) || ok && sel.Sel.Name != "Err" {
			return nil
		}
	}
	for _, s := range c.signals {
		if f.knowsEnds(s.stack) {
			return nil
		}
	}
	return asks
}

// isFieldOf reports whether a mention declares a parameter.
func isFieldOf(m mention) bool {
	_, ok := m.around(0).(*ast.Field)
	return ok
}

// loopAroundWait returns the loop around a Wait, in its function.
func loopAroundWait(w *condCall) *ast.ForStmt {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch around := w.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return nil
		case *ast.ForStmt:
			return around
		}
	}
	return nil
}

// asksEnd returns a call of a context's Err in a condition of a loop, and the context.
func (f *Facts) asksEnd(loop *ast.ForStmt) (asks ast.Node, ctx *types.Var) {
	find := func(cond ast.Node) {
		f.pkg.Inspect(cond, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || asks != nil {
				return asks == nil
			}
			sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Err" && len(call.Args) == 0 {
				if v := f.Variable(sel.X); v != nil && isContext(v.Type()) {
					asks, ctx = call, v
				}
			}
			return true
		})
	}
	if loop.Cond != nil {
		find(loop.Cond)
	}
	for _, st := range loop.Body.List {
		if branch, ok := st.(*ast.IfStmt); ok {
			if branch.Init != nil {
				find(branch.Init)
			}
			find(branch.Cond)
		}
	}
	return asks, ctx
}

// knowsEnds reports whether a signal may be given because a context ends, or time goes on: one of
// the functions around it, or one that calls its function, has to do with either.
func (f *Facts) knowsEnds(stack []ast.Node) bool {
	for _, around := range stack {
		switch around := around.(type) {
		case *ast.FuncDecl:
			if f.waitsForEnds(around) || f.isValue(around) {
				return true
			}
			for _, call := range f.callsOf(around) {
				if by := f.declAround(call.Pos()); by == nil || f.waitsForEnds(by) {
					return true
				}
			}
		case *ast.FuncLit:
			if f.waitsForEnds(around) {
				return true
			}
		}
	}
	return false
}

// waitsForEnds reports whether a function mentions Done of a context, or anything of package time or
// context that calls it back.
func (f *Facts) waitsForEnds(fn ast.Node) (found bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || found {
			return !found
		}
		switch obj := f.pkg.Use(sel.Sel).(type) {
		case *types.Func:
			found = obj.Pkg() != nil && (obj.Pkg().Path() == "context" && (obj.Name() == "Done" || obj.Name() == "AfterFunc") ||
				obj.Pkg().Path() == "time" && (obj.Name() == "AfterFunc" || obj.Name() == "Sleep" || obj.Name() == "NewTimer" || obj.Name() == "After"))
		case *types.Var:
			found = obj.Pkg() != nil && obj.Pkg().Path() == "time" && obj.Name() == "C"
		}
		return !found
	})
	return found
}
