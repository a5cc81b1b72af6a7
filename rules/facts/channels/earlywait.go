package channels

import (
	"go/ast"
)

// An EarlyWait is a Wait by a goroutine that starts before anything is counted.
type EarlyWait struct {
	Wait  *Op
	Start *ast.GoStmt
	Adds  []*Op // what comes too late: Add, or Go
}

// EarlyWait says whether the goroutine of a Wait can find the count at zero, because the
// function that starts it counts only afterwards:
//
//	go func() { wg.Wait(); close(out) }()
//	for _, job := range jobs { wg.Add(1); go … }
//
// Nothing keeps the goroutine back: the Wait is the first thing that it does.
func (f *Facts) EarlyWait(call *ast.CallExpr) *EarlyWait {
	t, wait := f.groupOp(call, Wait)
	if wait == nil || wait.Thread.In != t.Home || !wait.Direct() || !f.beginsWithWait(wait) {
		return nil
	}
	start, ok := wait.Thread.Start.(*ast.GoStmt)
	adds := t.Of(Add, Go)
	if !ok || len(adds) == 0 || wait.Thread.Anchor != ast.Node(start) { // a deferred function starts it behind all that
		return nil
	}
	flow := f.pkg.Flow(t.Fn)
	for _, add := range adds {
		if add.Thread != t.Home || add.Deferred != nil {
			return nil // who counts there may hold a count
		}
		if before, _ := flow.Follows(add.Anchor, wait.Thread.Anchor); before {
			return nil
		}
		if after, _ := flow.Follows(wait.Thread.Anchor, add.Anchor); !after {
			return nil
		}
	}
	return &EarlyWait{wait, start, adds}
}

// beginsWithWait reports whether a goroutine comes to a Wait before it does anything else.
func (f *Facts) beginsWithWait(wait *Op) bool {
	for _, st := range bodyOfFunc(wait.Thread.Fn).List {
		switch st := st.(type) {
		case *ast.DeferStmt, *ast.DeclStmt:
			continue
		case *ast.ExprStmt:
			return st.X == wait.Node
		case *ast.AssignStmt:
			return len(st.Rhs) == 1 && st.Rhs[0] == wait.Node
		case *ast.IfStmt:
			init, ok := st.Init.(*ast.AssignStmt)
			return ok && len(init.Rhs) == 1 && init.Rhs[0] == wait.Node
		}
		return false
	}
	return false
}
