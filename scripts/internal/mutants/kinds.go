package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A kind is one way to break a function.
type kind struct {
	rules  []string // that should find it; nil: those that run by default
	sparse bool     // what is right is learnt from the other places: one mutant a file and round
	plant  func(*gardener)
}

// kinds are those that -kind names.
var kinds = map[string]kind{
	"unlock": {rules: []string{"lostunlock"}, plant: (*gardener).loseUnlocks},
	"guard":  {sparse: true, plant: func(g *gardener) { g.sections(g.unguard) }},
	"reader": {sparse: true, plant: func(g *gardener) { g.sections(g.weaken) }},
	"add":    {plant: (*gardener).moveAdds},
	"done":   {plant: (*gardener).moveDones},
	"buffer": {plant: (*gardener).unbuffer},
}

func kindNames() string { return strings.Join(slices.Sorted(maps.Keys(kinds)), ", ") }

// loseUnlocks loses a release of what is acquired and released on every path.
func (g *gardener) loseUnlocks() {
	for _, acquired := range g.facts.Acquisitions(g.fn) {
		g.lose(acquired)
	}
}

// sections tells of each pair of lock and unlock in one list of statements: the
// lock, what it guards, and the unlock.
func (g *gardener) sections(of func(lock *ast.CallExpr, list []ast.Stmt, unlock *ast.CallExpr)) {
	for _, a := range g.facts.Acquisitions(g.fn) {
		if a.Unknown != "" || len(a.Lost) > 0 || a.Op != facts.Acquire || len(a.Releases) != 1 {
			continue
		}
		ast.Inspect(g.fn, func(n ast.Node) bool {
			list := statements(n)
			first := slices.IndexFunc(list, func(s ast.Stmt) bool { return callOf(s) == a.Call })
			last := slices.IndexFunc(list, func(s ast.Stmt) bool { return callOf(s) == a.Releases[0] })
			if first >= 0 && last > first {
				of(a.Call, list[first:last+1], a.Releases[0])
			}
			return true
		})
	}
}

// callOf is the call that a statement consists of, or defers.
func callOf(s ast.Stmt) *ast.CallExpr {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, _ := s.X.(*ast.CallExpr)
		return call
	case *ast.DeferStmt:
		return s.Call
	}
	return nil
}

// unguard takes the lock away.
func (g *gardener) unguard(_ *ast.CallExpr, list []ast.Stmt, _ *ast.CallExpr) {
	g.add(list[0], list[len(list)-1], g.text(list[0].End(), list[len(list)-1].Pos()))
}

// weaken makes a read lock of the lock.
func (g *gardener) weaken(lock *ast.CallExpr, list []ast.Stmt, unlock *ast.CallExpr) {
	taken, ok := lock.Fun.(*ast.SelectorExpr)
	freed, also := unlock.Fun.(*ast.SelectorExpr)
	if !ok || !also || taken.Sel.Name != "Lock" || freed.Sel.Name != "Unlock" || !readable(g.pkg.Info.TypeOf(taken.X)) {
		return
	}
	last := list[len(list)-1]
	g.add(list[0], last, g.text(list[0].Pos(), taken.Sel.Pos())+"RLock"+
		g.text(taken.Sel.End(), freed.Sel.Pos())+"RUnlock"+g.text(freed.Sel.End(), last.End()))
}

func readable(t types.Type) bool {
	method, _, _ := types.LookupFieldOrMethod(t, true, nil, "RLock")
	return method != nil
}

// moveAdds moves `wg.Add(n)` into the goroutine that it announces.
func (g *gardener) moveAdds() {
	g.eachPair(func(s, next ast.Stmt) {
		call, run := callOf(s), routineOf(next)
		if call != nil && run != nil && g.isGroup(call, "Add") {
			g.add(s, next, g.text(next.Pos(), run.Body.Lbrace+1)+"\n"+g.text(s.Pos(), s.End())+"\n"+g.text(run.Body.Lbrace+1, next.End()))
		}
	})
}

// moveDones moves `defer wg.Done()` to the end of the goroutine.
func (g *gardener) moveDones() {
	g.eachPair(func(_, next ast.Stmt) {
		run := routineOf(next)
		if run == nil || len(run.Body.List) < 2 {
			return
		}
		first, is := run.Body.List[0].(*ast.DeferStmt)
		if is && g.isGroup(first.Call, "Done") {
			g.add(first, run.Body.List[len(run.Body.List)-1],
				g.text(first.End(), run.Body.Rbrace)+"\n"+g.text(first.Call.Pos(), first.Call.End()))
		}
	})
}

// unbuffer makes channels that hold one value hold none.
func (g *gardener) unbuffer() {
	ast.Inspect(g.fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		id, ok := call.Fun.(*ast.Ident)
		size, constant := call.Args[1].(*ast.BasicLit)
		if ok && constant && id.Name == "make" && size.Kind == token.INT && size.Value == "1" {
			g.add(call.Args[0], call.Args[1], g.text(call.Args[0].Pos(), call.Args[0].End()))
		}
		return true
	})
}

// eachPair tells of statements and those that follow them.
func (g *gardener) eachPair(do func(s, next ast.Stmt)) {
	ast.Inspect(g.fn, func(n ast.Node) bool {
		list := statements(n)
		for i := 1; i < len(list); i++ {
			do(list[i-1], list[i])
		}
		return true
	})
}

// routineOf is the literal that a go statement runs.
func routineOf(s ast.Stmt) *ast.FuncLit {
	start, ok := s.(*ast.GoStmt)
	if !ok {
		return nil
	}
	run, _ := start.Call.Fun.(*ast.FuncLit)
	return run
}

// isGroup reports whether a call is that of a method of sync.WaitGroup.
func (g *gardener) isGroup(call *ast.CallExpr, method string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := g.pkg.Info.Uses[sel.Sel].(*types.Func)
	return ok && fn.FullName() == "(*sync.WaitGroup)."+method
}
