package sharing

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"
)

// startsTwice reports whether more than one go statement runs a literal, so that two goroutines run it
// at once.
func (f *Facts) startsTwice(fn *function) bool {
	var starts []site
	for _, s := range fn.sites {
		if s.runs == started {
			starts = append(starts, s)
		}
	}
	slices.SortFunc(starts, func(a, b site) int { return cmp.Compare(a.stmt.Pos(), b.stmt.Pos()) })
	for i := 1; i < len(starts); i++ {
		if !f.takesWord(fn, starts[i-1], starts[i]) {
			return true
		}
	}
	return false
}

// takesWord reports whether a test has most likely received what a goroutine sends, by the code under
// test, before it starts the next one.
//
//	go send("one") // r.next = v; r.ready <- v
//	got := reader.Read()
//	go send("two")
func (f *Facts) takesWord(fn *function, first, second site) (taken bool) {
	if first.in == nil || first.in != second.in || !first.in.test || !f.sendsItself(fn) {
		return false
	}
	f.pkg.Inspect(first.in.body(), func(n ast.Node) bool {
		if n == nil || taken || n.End() <= first.stmt.End() || n.Pos() >= second.stmt.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			callee, named := f.pkg.Callee(n).(*types.Func)
			taken = n.Pos() >= first.stmt.End() && (named && !f.ofTests(callee) || f.waitsFor(n))
		default:
			taken = n.Pos() >= first.stmt.End() && f.waitsFor(n)
		}
		return !taken
	})
	return taken
}

// sendsItself reports whether a function sends on a channel.
func (f *Facts) sendsItself(fn *function) (sends bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == fn.node
		case *ast.SendStmt:
			sends = true
		}
		return !sends
	})
	return sends
}
