package sharing

import (
	"cmp"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// Who calls functions of another package on several goroutines may know that these wait for
// each other: what they do behind a wait, and between them a wait of whatever kind, is taken
// for order.

// waitsAbroad reports whether a call is of a function of another package of the program that
// may wait for another goroutine.
func (f *Facts) waitsAbroad(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	conduct := f.pkg.Imports.ConductOf(callee.Origin())
	return conduct != nil && conduct.Waits
}

// waitsFar reports whether a node, or what stands in it, calls a function of another package of
// the program that may wait; what goroutines do left out.
func (f *Facts) waitsFar(n ast.Node) (waits bool) {
	if _, start := n.(*ast.GoStmt); start {
		return false
	}
	f.pkg.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.FuncLit:
			return f.funcs[n] == nil || f.funcs[n].runs != started
		case *ast.CallExpr:
			waits = waits || f.waitsAbroad(n)
		}
		return !waits
	})
	return waits
}

// farBefore reports whether a function of another package that may wait is called before a
// foreign access, in the text of its function.
func (f *Facts) farBefore(a *Access) bool {
	return a.foreign != nil && f.farWaitBefore(a.fn, a.Expr)
}

func (f *Facts) farWaitBefore(fn *function, at ast.Node) (before bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if n == fn.node || before || n.Pos() >= at.Pos() {
			return !before && n.Pos() < at.Pos()
		}
		call, ok := n.(*ast.CallExpr)
		before = ok && call.End() < at.Pos() && f.waitsAbroad(call)
		return !before
	})
	return before
}

// doubtAbroad reports whether a foreign access is made behind a wait, or at the end of a
// function.
func (f *Facts) doubtAbroad(a, b *Access) bool {
	if !abroad(a, b) {
		return false
	}
	for _, access := range []*Access{a, b} {
		if access.far != nil && access.far.waited || access.goroutine() != nil && !f.quietUp(access) || f.farBefore(access.itself()) && access.goroutine() != nil {
			return true
		}
	}
	return false
}

// abroad reports whether one of two accesses is foreign.
func abroad(a, b *Access) bool { return a.itself().foreign != nil || b.itself().foreign != nil }

// quietUp reports whether a goroutine comes to an access without a wait.
func (f *Facts) quietUp(a *Access) bool {
	var at ast.Node = a.node()
	for fn := a.fn; fn != nil; {
		if fn.node != nil && within(fn.node, at) && !f.quiet(fn, at) {
			return false
		}
		if fn == a.goroutine() {
			return true
		}
		fn, _, at = fn.out()
		if at == nil {
			return false
		}
	}
	return true
}

// meetsAbroad reports, where one of two accesses is foreign, whether a function comes from
// the start of a goroutine to the other strand without any wait, and without a call of which
// it is not known that it does not wait.
func (f *Facts) meetsAbroad(in *function, at place, started, other strand, a, b *Access) bool {
	if !abroad(a, b) {
		return true
	}
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(started.at)
	to, ok2 := flow.At(other.at)
	if !ok || !ok2 || other.exit {
		return false
	}
	return f.leadsQuietly(flow, from, to, func(n ast.Node) bool {
		return f.waitsIn(n) || f.waitsFar(n) || declares(f.pkg.Info, n, at.root) || f.mayEnd(n, at.root)
	})
}

// leadsQuietly reports whether some path goes from behind a point to another and passes no
// barrier, nor the head of a loop over a channel.
func (f *Facts) leadsQuietly(flow *facts.Flow, from, to facts.Point, barrier func(ast.Node) bool) bool {
	seen := map[*facts.Block]bool{}
	todo := []facts.Point{{Block: from.Block, Index: from.Index + 1}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for ; p.Index < len(p.Block.Nodes) && p != to && !barrier(p.Block.Nodes[p.Index]); p.Index++ {
		}
		if p == to {
			return true
		}
		if p.Index < len(p.Block.Nodes) || f.waitsAtHead(p.Block) {
			continue
		}
		for _, edge := range p.Block.Succs {
			if !seen[edge.To] {
				seen[edge.To] = true
				todo = append(todo, facts.Point{Block: edge.To})
			}
		}
	}
	return false
}

// mayEnd reports whether a node calls a function of which nothing is known with the object
// that a variable leads to: it may wait for the goroutine that uses it.
func (f *Facts) mayEnd(n ast.Node, root *types.Var) (may bool) {
	if _, start := n.(*ast.GoStmt); start {
		return false
	}
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || may || !f.mentions(call, root) {
			return !may
		}
		callee, named := f.pkg.Callee(call).(*types.Func)
		_, builtin := f.pkg.Callee(call).(*types.Builtin)
		switch {
		case builtin || f.pkg.IsType(call.Fun):
		case !named || f.pkg.Imports[pathOf(callee)] == nil && callee.Pkg() != f.pkg.Types && !f.ofStandardLibrary(call):
			may = true
		case callee.Signature().Recv() != nil && types.IsInterface(callee.Signature().Recv().Type()):
			may = true
		}
		return !may
	})
	return may
}

func pathOf(fn *types.Func) string {
	if fn.Pkg() == nil {
		return ""
	}
	return fn.Pkg().Path()
}

// reportForeign keeps a race of which one side is foreign under its call: that of the write,
// if both are. A test knows when it is alone.
func (f *Facts) reportForeign(a, b *Access, goroutine *function, weak bool) {
	if weak || a.inTest() || b.inTest() {
		return
	}
	at, with := a.itself(), b.itself()
	if at.foreign == nil || !at.Write && with.foreign != nil && with.Write {
		at, with = with, at
	}
	if f.foreignRaces == nil {
		f.foreignRaces = map[*ast.CallExpr]Race{}
	}
	call := at.foreign.call
	if _, taken := f.foreignRaces[call]; !taken {
		f.foreignRaces[call] = Race{At: at, With: with, Start: goroutine, Called: cmp.Or(a.far, b.far) != nil}
	}
}

// inTest reports whether a test makes an access, or comes to it.
func (a *Access) inTest() bool {
	return a.itself().fn.outermost().test || a.fn != nil && a.fn.outermost().test
}

// ForeignRaceAt returns the race that a call of a function of another package makes.
func (f *Facts) ForeignRaceAt(call *ast.CallExpr) (Race, bool) {
	f.RaceAt(call)
	r, ok := f.foreignRaces[call]
	return r, ok
}

// Touched returns what the function of another package does that makes an access, nil if
// none does.
func (a *Access) Touched() *facts.Touch {
	if a.foreign == nil {
		return nil
	}
	return a.foreign.touch
}

// CallOf returns the call that makes a foreign access.
func (a *Access) CallOf() *ast.CallExpr {
	if a.foreign == nil {
		return nil
	}
	return a.foreign.call
}
