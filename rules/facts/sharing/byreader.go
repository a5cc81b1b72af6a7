package sharing

import (
	"go/ast"
	"slices"
)

// byReader reports whether a goroutine of the package reads, in the one function that does
// without the guard, what several functions write, all of them under it and not all on the
// same goroutine. However long it has waited before: the writes go on.
//
//	func (c *Cluster) sync() {
//		for range c.tick.C {
//			wait(scale(len(c.members)))
func (f *Facts) byReader(u Unguarded) bool {
	if u.Write || u.Guard.Thin || !u.Guard.exact() || !f.Changing(u) && !f.startedInside(u) || !f.onlyStarted(u.fn) {
		return false
	}
	if !f.onlyOneBare(u) && !f.startedInside(u) || f.closes(u) {
		return false
	}
	return slices.ContainsFunc(u.Guard.Holding, func(b *Access) bool {
		return conflicts(u.Access, b) && !f.early(b) && f.elsewhereToo(b.fn, u.fn)
	})
}

// closes reports whether an access is of a channel that is closed there: who writes that has waited
// for the end that it tells of.
func (f *Facts) closes(u Unguarded) (closes bool) {
	f.pkg.Inspect(u.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		closes = closes || ok && f.isCloseCall(call) && ast.Unparen(call.Args[0]) == u.Expr
		return !closes
	})
	return closes
}

// startedInside reports whether a goroutine does without the guard that its starter holds at the go
// statement: the section seems to cover what stands in it, and does not wait for it.
//
//	s.mu.Lock()
//	defer s.mu.Unlock()
//	go func() {
//		for _, m := range s.kept {
func (f *Facts) startedInside(u Unguarded) bool {
	if _, goes := u.fn.at.(*ast.GoStmt); !goes || u.fn.around == nil || !f.holdsGuard(u.fn.around, u.fn.at, u) || f.StartedUnder(u) != nil || f.bareElsewhere(u) {
		return false
	}
	return slices.ContainsFunc(u.Guard.Holding, func(b *Access) bool {
		return b.Write && b.fn.outermost() != u.fn.outermost() && !f.early(b)
	})
}

// bareElsewhere reports whether another function does without the guard, too.
func (f *Facts) bareElsewhere(u Unguarded) bool {
	return slices.ContainsFunc(slices.Concat(u.Guard.Without, u.Guard.Else), func(a *Access) bool {
		return a.fn.outermost() != u.fn.outermost()
	})
}

// onlyStarted reports whether a function only ever runs on goroutines that are seen.
func (f *Facts) onlyStarted(fn *function) bool {
	roots := f.rootsOf(fn)
	for _, root := range roots {
		if root.Outside() || f.funcs[root.Start] != nil {
			return false
		}
	}
	return len(roots) > 0
}

// elsewhereToo reports whether a function also runs where another does not.
func (f *Facts) elsewhereToo(fn, other *function) bool {
	mine := map[Root]bool{}
	for _, root := range f.rootsOf(fn) {
		mine[root] = true
	}
	for _, root := range f.rootsOf(other) {
		delete(mine, root)
	}
	return len(mine) > 0
}
