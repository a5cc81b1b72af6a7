package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// selfConcurrent reports whether a function runs on several goroutines at once
// that share the place: a literal around started in a loop.
func (f *Facts) selfConcurrent(at place, fn *function) bool {
	for steps := 0; fn != nil && fn.around != nil && steps < deepest; steps++ {
		if at.root.Pos() >= fn.node.Pos() && at.root.Pos() < fn.node.End() {
			return false // each has its own
		}
		if fn.runs == bound && f.calledAtOnce(at, fn) || f.branches(at, fn) {
			return true
		}
		home, runs, start := fn.out()
		if fn.putAway() {
			return false
		}
		if fn.served && f.askedAtOnce(fn, at) {
			return true
		}
		if runs == started && (fn.runs == bound && f.startsTwice(fn) || f.startsAgain(fn, home, start, at) && !f.endedNextTurn(fn, home, start)) {
			return true
		}
		fn = home
	}
	return false
}

// calledAtOnce reports whether two of the calls of a literal that a variable holds can be made
// at the same time.
func (f *Facts) calledAtOnce(at place, fn *function) bool {
	if fn.pairing || fn.handed {
		return false
	}
	fn.pairing = true // in recursion: it is being found out
	defer func() { fn.pairing = false }()
	for i, s := range fn.sites {
		for _, t := range fn.sites[:i] {
			if s.in == nil || t.in == nil || s.runs != inPlace || t.runs != inPlace || within(fn.node, s.call) || within(fn.node, t.call) {
				continue
			}
			one, other := &Access{Var: at.root, Expr: s.call, Use: s.call, Func: s.in.node, fn: s.in}, &Access{Var: at.root, Expr: t.call, Use: t.call, Func: t.in.node, fn: t.in}
			if innermostAround(one, other) != nil && s.in != t.in && f.concurrent(at, one, other) {
				return true
			}
		}
	}
	return false
}

// branches reports whether a literal that a variable holds starts itself on several
// goroutines: one for each branch of a tree.
//
//	visit = func(n *node) {
//		for _, b := range n.below {
//			go visit(b)
//		}
//	}
func (f *Facts) branches(at place, fn *function) bool {
	return fn.runs == bound && slices.ContainsFunc(fn.sites, func(s site) bool {
		if s.in == fn {
			_, branch := s.stmt.(*ast.GoStmt)
			return branch && f.startsAgain(fn, fn, s.stmt, at)
		}
		if s.in == nil || s.in.around != fn || s.runs != inPlace {
			return false
		}
		home, runs, start := s.in.out()
		return runs == started && home == fn && f.startsAgain(s.in, fn, start, at)
	})
}

// forks reports whether a literal starts itself by a go statement.
func (fn *function) forks() bool {
	return fn.runs == bound && slices.ContainsFunc(fn.sites, func(s site) bool {
		_, branch := s.stmt.(*ast.GoStmt)
		return branch && within(fn.node, s.stmt)
	})
}

// startsAgain reports whether a start can be reached again, for the same
// variable, before the goroutine that it started has ended.
func (f *Facts) startsAgain(lit, home *function, start ast.Node, at place) bool {
	if lit.elsewhere && f.startedOnce(f.funcs[lit.node]) {
		return false
	}
	if lit.many || f.offered(lit, home, at) {
		return true
	}
	if lit.joined {
		return false
	}
	if call, ok := start.(*ast.CallExpr); ok && (&walker{Facts: f}).handles(call) {
		return true
	}
	flow := f.pkg.Flow(home.node)
	from, ok := flow.At(start)
	if !ok || !f.inCircle(flow, from) || f.freshEachTurn(home, start, at.root, nil) || f.hasOneTurn(home, start) {
		return false
	}
	joins := f.joins(home, lit)
	if lit.elsewhere && (lit.above || declares(f.pkg.Info, from.Block.Nodes[from.Index], at.root)) {
		return false // or each start makes an object of its own
	}
	return f.leads(flow, from, func(p facts.Point) bool { return p == from }, func(n ast.Node) bool {
		return joins(n) || declares(f.pkg.Info, n, at.root)
	})
}

// inCircle reports whether a function can come to a point of it twice.
func (f *Facts) inCircle(flow *facts.Flow, at facts.Point) bool {
	again, known := f.again[at]
	if !known {
		again = f.leads(flow, at, func(p facts.Point) bool { return p == at }, func(ast.Node) bool { return false })
		f.again[at] = again
	}
	return again
}

// offered reports whether a method that starts a goroutine is one by which others let
// the object run functions of theirs: it may be called again before the goroutine is over.
//
//	func (g *Group) Go(f func() error) {
//		g.wg.Add(1)
//		go func() {
//			defer g.wg.Done()
//			g.err = f()
//		}()
//	}
func (f *Facts) offered(lit, home *function, at place) bool {
	if home.obj == nil || !home.public || at.root != home.obj.Signature().Recv() || at.path == "" || f.mayWait(home) || f.replaced(f.accessesByPlace()[home], at) || f.setsMeans(home) {
		return false
	}
	counts, runs := false, false
	for key := range f.signalsOf(lit).gives {
		v, ok := key.(*types.Var)
		counts = counts || ok && v.IsField() && strings.HasSuffix(v.Type().String(), "sync.WaitGroup")
	}
	f.pkg.Inspect(lit.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if v, isVar := f.pkg.Callee(call).(*types.Var); isVar && v.Kind() == types.ParamVar {
			for p := range home.obj.Signature().Params().Variables() {
				runs = runs || p == v
			}
		}
		return true
	})
	return counts && runs
}

// setsMeans reports whether a method gives its object what stops or wakes its goroutine, a function
// or channel, in the place of another one: it is called once, or again when that has ended.
//
//	func (b *Beat) Start(ctx context.Context, f func()) {
//		ctx, b.cancel = context.WithCancel(ctx)
//		b.wg.Go(func() { … })
//	}
func (f *Facts) setsMeans(method *function) bool {
	for at, all := range f.accessesByPlace()[method] {
		if at.root != method.obj.Signature().Recv() {
			continue
		}
		for _, a := range all {
			switch a.Var.Type().Underlying().(type) {
			case *types.Chan, *types.Signature:
				if a.far == nil && a.fn == method && a.Write && !a.Content && !a.Element {
					return true
				}
			}
		}
	}
	return false
}

// inRounds reports whether a function is part of a goroutine that is started in a
// loop in which, on some way from the start back to it, its end is waited for:
// the others may be ways on which none runs.
func (f *Facts) inRounds(fn *function) bool {
	for ; fn != nil && fn.around != nil; fn = fn.around {
		if fn.runs != started {
			continue
		}
		flow := f.pkg.Flow(fn.around.node)
		if start, ok := flow.At(fn.at); ok && f.joinsInLoop(flow, start, f.joins(fn.around, fn)) {
			return true
		}
	}
	return false
}

func (f *Facts) joinsInLoop(flow *facts.Flow, start facts.Point, joins func(ast.Node) bool) bool {
	next := facts.Point{Block: start.Block, Index: start.Index + 1}
	for _, block := range flow.Blocks {
		for i, n := range block.Nodes {
			at := facts.Point{Block: block, Index: i}
			if joins(n) && flow.Reaches(next, at, nil) && flow.Reaches(at, start, nil) {
				return true
			}
		}
	}
	return false
}

// freshEachTurn reports whether a variable is declared by a loop around a
// start, and new in each turn. An access, if given, must stand in the head of
// the loop: there it is the variable of another turn.
func (f *Facts) freshEachTurn(home *function, start ast.Node, v *types.Var, access ast.Node) bool {
	fresh := false
	if !within(home.node, start) {
		return false
	}
	f.pkg.Inspect(home.body(), func(n ast.Node) bool {
		if !within(n, start) {
			return false // no loop around the start
		}
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.ForStmt:
			body = n.Body
		case *ast.RangeStmt:
			body = n.Body
		default:
			return true
		}
		if n.Pos() <= v.Pos() && v.Pos() < body.Pos() && body.Pos() <= start.Pos() && start.End() <= body.End() && (access == nil || n.Pos() <= access.Pos() && access.Pos() < body.Pos()) {
			fresh = f.atLeast(n.Pos(), "go1.22")
		}
		return true
	})
	return fresh
}

// atLeast reports whether the file of a position is written in a Go version.
func (f *Facts) atLeast(pos token.Pos, v string) bool {
	for _, file := range f.pkg.Files {
		if file.FileStart <= pos && pos < file.FileEnd && f.pkg.GoVersion != nil {
			return version.Compare(f.pkg.GoVersion(file), v) >= 0
		}
	}
	return true
}

// declares reports whether a node of a flow declares a variable.
func declares(info *types.Info, n ast.Node, v *types.Var) bool {
	if v.Pos() < n.Pos() || v.Pos() >= n.End() {
		return false // it is declared where its name first stands
	}
	found := false
	facts.Evaluated(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && info.Defs[id] == v {
			found = true
		}
		return !found
	})
	return found
}
