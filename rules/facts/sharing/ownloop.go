package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

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
				f.addRunning(running{p, fieldAt(p.at), fn, fn}, recv, all)
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
// is a loop that ends when it is told: it has a select in a loop without end, by which it hears
// of a context, or of a channel of its object.
func (f *Facts) worksUntilTold(fn *function) bool {
	if fn.obj == nil || !fn.public || fn.test || fn.valued || fn.obj.Signature().Recv() == nil || !loopName.MatchString(fn.name()) || len(f.realSites(fn)) > 0 {
		return false
	}
	told := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt:
			told = told || f.inEndlessLoop(fn, n) && f.hearsEnd(n)
		}
		return !told
	})
	return told
}

// hearsEnd reports whether a case of a select, by which it is left, receives from a context or a
// channel that says nothing but that it is over.
func (f *Facts) hearsEnd(s *ast.SelectStmt) bool {
	for _, clause := range s.Body.List {
		comm := clause.(*ast.CommClause)
		stmt, ok := comm.Comm.(*ast.ExprStmt)
		if !ok {
			continue
		}
		receive, ok := ast.Unparen(stmt.X).(*ast.UnaryExpr)
		if !ok || receive.Op != token.ARROW {
			continue
		}
		channel, ok := f.typeOf(receive.X).(*types.Chan)
		if !ok {
			continue
		}
		if st, ok := channel.Elem().Underlying().(*types.Struct); ok && st.NumFields() == 0 && ends(comm.Body) {
			return true
		}
	}
	return false
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

var loopName = lazyregexp.New(`^(Run|Serve|Loop|Watch|Poll|Monitor|Listen|Work|Process|Consume|Start|Sync|Collect|Maintain)([A-Z]\w*)?$`)
