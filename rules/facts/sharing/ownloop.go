package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// addLoops adds what a method does, again and again, that works until it is told to end: who
// calls it gives it a goroutine, wherever that is, and all the other methods are called from
// elsewhere meanwhile.
//
//	func (p *Poller) Run(ctx context.Context) {
//		for {
//			select {
//			case <-ctx.Done():
//				return
//			case <-p.ticker.C:
//				p.err = p.poll()
//			}
//		}
//	}
//	func (p *Poller) Err() error { return p.err }
func (f *Facts) addLoops(all map[fieldOf][]running) {
	for _, fn := range f.order {
		if !f.worksUntilTold(fn) {
			continue
		}
		recv := fn.obj.Signature().Recv()
		for _, p := range f.passagesOf(fn) {
			if p.access.Write && p.by == nil && p.at.root == recv && f.endless(fn, p.access) && f.writesAgain(fn, p.access) {
				f.addRunning(running{passage: p, field: fieldAt(p.at), launcher: fn, goroutine: fn}, recv, all)
			}
		}
	}
}

// writesAgain reports whether a function can make an access again when it has made it: what
// it writes last of all is its result.
func (f *Facts) writesAgain(fn *function, a *Access) bool {
	if f.loops(a.fn, a.Expr) {
		return true
	}
	for _, c := range f.callsOf(fn) {
		called := map[*function]bool{}
		f.reach(c.callee, passageDepth, called)
		if c.site.in == fn && called[a.fn.outermost()] && f.loops(fn, c.site.stmt) {
			return true
		}
	}
	return false
}

// worksUntilTold reports whether an exported method of which the package makes no use itself
// is a loop that ends when it is told, and not before: a select in a loop without end hears of
// a context, or of a channel of its object, and nothing else leaves the loop but an error. What
// ends when it has done its work is waited for, and so is what has more to return than that error.
//
//	func (c *Client) Start(ctx context.Context) error {
//		for {
//			c.attempts++
//			if c.dial() == nil { return nil }
//			select { case <-ctx.Done(): return ctx.Err(); case <-time.After(wait): }
//		}
//	}
func (f *Facts) worksUntilTold(fn *function) bool {
	if fn.obj == nil || !fn.public || fn.test || fn.valued || fn.obj.Signature().Recv() == nil || !isLoopName(fn.name()) || len(f.realSites(fn)) > 0 {
		return false
	}
	if results := fn.obj.Signature().Results(); results.Len() > 1 || results.Len() == 1 && !types.Identical(results.At(0).Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	told := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			told = told || n.Init == nil && n.Cond == nil && n.Post == nil && f.leftWhenTold(fn, n)
		}
		return !told
	})
	return told && !f.showsItself(fn)
}

// leftWhenTold reports whether a loop is left by cases of selects that hear of the end, and by
// nothing else but errors.
func (f *Facts) leftWhenTold(fn *function, loop *ast.ForStmt) bool {
	told, other := false, false
	f.pkg.PreorderStack(loop.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CommClause:
			if f.hearsEnd(n) {
				told = true
				return false
			}
		case *ast.ReturnStmt:
			other = other || len(n.Results) == 0 || f.pkg.IsNil(n.Results[0])
		case *ast.BranchStmt:
			other = other || n.Tok == token.GOTO || n.Tok == token.BREAK && (n.Label != nil || !slices.ContainsFunc(stack, takesBreak))
		}
		return true
	})
	return told && !other
}

// takesBreak reports whether a break without a label ends such a statement.
func takesBreak(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
		return true
	}
	return false
}

// showsItself reports whether a method gives its object to what is not seen, which may ask it
// right there: for _, step := range s.steps { step.Do(s) }.
func (f *Facts) showsItself(fn *function) bool {
	recv, shown := fn.obj.Signature().Recv(), false
	work := map[*function]bool{}
	f.reach(fn, passageDepth, work)
	for part := range work {
		own := part.receiver()
		f.pkg.Inspect(part.body(), func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			shown = shown || ok && f.unseen(call) && !f.ofStandardLibrary(call) && slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
				return f.isVariable(arg, recv) || own != nil && f.isVariable(arg, own) && types.Identical(own.Type(), recv.Type())
			})
			return !shown
		})
	}
	return shown
}

// receiver returns the receiver of a method, nil of what is none.
func (fn *function) receiver() *types.Var {
	if fn.obj == nil {
		return nil
	}
	return fn.obj.Signature().Recv()
}

// hearsEnd reports whether a case of a select, by which it is left, receives from a context or a
// channel that says nothing but that it is over.
func (f *Facts) hearsEnd(clause *ast.CommClause) bool {
	stmt, ok := clause.Comm.(*ast.ExprStmt)
	if !ok {
		return false
	}
	receive, ok := ast.Unparen(stmt.X).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return false
	}
	channel, ok := f.typeOf(receive.X).(*types.Chan)
	if !ok {
		return false
	}
	st, ok := channel.Elem().Underlying().(*types.Struct)
	return ok && st.NumFields() == 0 && ends(clause.Body)
}

func ends(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch last := body[len(body)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return last.Tok == token.BREAK && last.Label != nil
	}
	return false
}

// isLoopName reports whether a method is called as a loop of a service is: RunFor and
// ConsumeUntil end by themselves.
func isLoopName(name string) bool {
	return loopName.MatchString(name) && !boundedName.MatchString(name)
}

var (
	loopName    = lazyregexp.New(`^(Run|Serve|Loop|Watch|Poll|Monitor|Listen|Work|Process|Consume|Start|Sync|Collect|Maintain)([A-Z]\w*)?$`)
	boundedName = lazyregexp.New(`For$|Until|Once|One$|All$`)
)
