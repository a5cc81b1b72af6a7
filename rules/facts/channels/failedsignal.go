package channels

import (
	"go/ast"
)

// failedSignal returns how the only goroutine that signals a Cond can end without: at an
// error, say, which nobody who waits hears of.
//
//	go func() {
//		data, err := read()
//		if err != nil {
//			return
//		}
//		…
//		cond.Broadcast()
//	}()
//	for !ready {
//		cond.Wait()
//	}
func (f *Facts) failedSignal(c *condClass, w *condCall) ast.Node {
	if f.conditionOf(w) == nil || f.inTest(w.call) || len(c.waits) > 2 {
		return nil
	}
	fn := c.signals[0].fn
	anchors := map[ast.Node]bool{}
	for _, s := range c.signals {
		if s.fn != fn || fn == w.fn || len(loopsOf(s.stack)) > 0 || inDefer(s.stack) {
			return nil
		}
		anchors[s.call] = true
	}
	if !f.oneRun(fn) || f.leavesWait(w) {
		return nil
	}
	flow := f.pkg.Flow(fn)
	if flow == nil {
		return nil
	}
	s := &search{f: f, fn: fn, flow: flow, covered: func(n ast.Node) bool { return holdsAny(n, anchors) }}
	return s.out()
}

// holdsAny reports whether one of some calls stands in a node.
func holdsAny(n ast.Node, calls map[ast.Node]bool) (found bool) {
	ast.Inspect(n, func(m ast.Node) bool {
		found = found || calls[m]
		return !found
	})
	return found
}

// inDefer reports whether a defer statement is around a call.
func inDefer(stack []ast.Node) bool {
	for _, n := range stack {
		if _, ok := n.(*ast.DeferStmt); ok {
			return true
		}
	}
	return false
}

// oneRun reports whether one go statement, in no loop, is all that runs a function.
func (f *Facts) oneRun(fn ast.Node) bool {
	starts, others := 0, 0
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !f.runsFunc(call, fn) {
				return true
			}
			if g, isGo := innermost(stack).(*ast.GoStmt); isGo && g.Call == call && len(loopsOf(stack)) == 0 {
				starts++
			} else {
				others++
			}
			return true
		})
	}
	if decl, ok := fn.(*ast.FuncDecl); ok && (decl.Name.IsExported() || f.usedAsValue(decl)) {
		return false
	}
	return starts == 1 && others == 0
}

func innermost(stack []ast.Node) ast.Node {
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

// runsFunc reports whether a call is of a function: a literal where it stands, or a
// declared one.
func (f *Facts) runsFunc(call *ast.CallExpr, fn ast.Node) bool {
	if ast.Unparen(call.Fun) == fn {
		return true
	}
	decl, ok := fn.(*ast.FuncDecl)
	return ok && f.pkg.Callee(call) == f.pkg.Def(decl.Name)
}

// usedAsValue reports whether a declared function is named otherwise than to be called.
func (f *Facts) usedAsValue(decl *ast.FuncDecl) bool {
	calls, uses := 0, 0
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f.runsFunc(n, decl) {
					calls++
				}
			case *ast.Ident:
				if f.pkg.Use(n) == f.pkg.Def(decl.Name) {
					uses++
				}
			}
			return true
		})
	}
	return uses > calls
}

// leavesWait reports whether the loop around a Wait has another way out than its condition.
func (f *Facts) leavesWait(w *condCall) bool {
	for i := len(w.stack) - 1; i >= 0; i-- {
		if loop, ok := w.stack[i].(*ast.ForStmt); ok {
			return f.leavesBody(loop.Body)
		}
	}
	return true
}

func (f *Facts) leavesBody(body *ast.BlockStmt) (leaves bool) {
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt:
			leaves = true
		}
		return !leaves
	})
	return leaves
}
