package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A LockedPoll is a loop that asks again and again, with a lock held, whether others
// have changed something that they change only with that lock.
type LockedPoll struct {
	Cond  ast.Expr      // that is asked
	Lock  facts.Lock    // that is held all the time
	Held  *ast.CallExpr // takes it
	Write *Access       // a change that the loop waits for, and keeps from happening
}

// LockedPollAt returns what a loop of a function waits for in vain; ok is false where
// it does not, or nothing is sure.
func (f *Facts) LockedPollAt(fn ast.Node, loop *ast.ForStmt) (poll LockedPoll, ok bool) {
	cond := polled(loop)
	if cond == nil {
		return poll, false
	}
	asked, ok := f.askedOf(cond)
	if !ok || !f.pauses(loop) {
		return poll, false
	}
	holdings, ok := f.pkg.Held(fn, cond)
	if !ok {
		return poll, false
	}
	for _, h := range holdings {
		if write := f.onlyUnder(asked, h); write != nil && h.Must && f.keeps(fn, loop, h) {
			return LockedPoll{Cond: cond, Lock: h.Lock, Held: h.By[0], Write: write}, true
		}
	}
	return poll, false
}

// polled returns the condition of a loop, or of the if statement that it begins with
// and by which it is left.
func polled(loop *ast.ForStmt) ast.Expr {
	if loop.Cond != nil || len(loop.Body.List) == 0 {
		return loop.Cond
	}
	first, ok := loop.Body.List[0].(*ast.IfStmt)
	if !ok || first.Init != nil || len(first.Body.List) == 0 {
		return nil
	}
	switch last := first.Body.List[len(first.Body.List)-1].(type) {
	case *ast.ReturnStmt:
		return first.Cond
	case *ast.BranchStmt:
		if last.Tok == token.BREAK {
			return first.Cond
		}
	}
	return nil
}

// askedOf returns the accesses that a condition is made of; ok is false if it hangs
// on anything else that can change.
func (f *Facts) askedOf(cond ast.Expr) (asked []*Access, ok bool) {
	ok = true
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			b, isBuiltin := f.pkg.Callee(n).(*types.Builtin)
			ok = ok && isBuiltin && b.Name() == "len"
		case *ast.SelectorExpr:
			if a := f.at[n]; a != nil {
				asked = append(asked, a)
				return false
			}
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		case *ast.Ident:
			if a := f.at[n]; a != nil {
				asked = append(asked, a)
			} else if v, isVar := f.pkg.Use(n).(*types.Var); isVar && v != nil {
				ok = false // a local variable: the loop may count it
			}
		}
		return ok
	})
	return asked, ok && len(asked) > 0
}

// onlyUnder returns a write of what is asked for, where all writes hold the lock of
// the same object as the loop does; else nil.
func (f *Facts) onlyUnder(asked []*Access, h facts.Holding) (write *Access) {
	class := classOf(h.Lock)
	for _, a := range asked {
		if class == nil || !f.siblings(a.Var, class) || f.pkg.Reachable(a.Var) || rootOf(f.pkg.Info, a.Expr) != h.Lock.Root {
			return nil
		}
		for _, w := range f.accesses[a.Var] {
			if w.Address || w.Atomic {
				return nil
			}
			if !w.Write {
				continue
			}
			state, counts := f.counts(w)
			if counts && !state.locks[class] && !w.fn.says() {
				return nil // it may come while the loop runs
			}
			if counts && write == nil && w.fn.outermost() != a.fn.outermost() {
				write = w
			}
		}
	}
	return write
}

// rootOf returns the variable that a chain of selectors begins with, nil if it is
// no such chain; of a variable of a package itself.
func rootOf(info *types.Info, e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return info.ObjectOf(e)
	case *ast.SelectorExpr:
		if info.Selections[e] == nil {
			return info.ObjectOf(e.Sel)
		}
		return rootOf(info, e.X)
	}
	return nil
}

// pauses reports whether a loop lets time pass and does nothing else that could
// change what it asks for: it calls nothing of this package, and no func value.
func (f *Facts) pauses(loop *ast.ForStmt) bool {
	pauses, quiet := false, true
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if f.pkg.IsType(n.Fun) {
				return true
			}
			switch fn := f.pkg.Callee(n).(type) {
			case *types.Func:
				quiet = quiet && (fn.Pkg() == nil || fn.Pkg() != f.pkg.Types && fn.Pkg().Path() != "sync")
				pauses = pauses || isPause(fn)
			case *types.Builtin:
			default:
				quiet = false
			}
		case *ast.UnaryExpr:
			pauses = pauses || n.Op == token.ARROW
		case *ast.FuncLit, *ast.AssignStmt, *ast.IncDecStmt, *ast.SendStmt:
			quiet = quiet && !f.changes(n)
		}
		return quiet
	})
	return pauses && quiet
}

// changes reports whether a statement can change what the loop asks for: an
// assignment of local variables cannot.
func (f *Facts) changes(n ast.Node) bool {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		targets = n.Lhs
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	default:
		return true
	}
	for _, e := range targets {
		id, ok := e.(*ast.Ident)
		if !ok || f.at[id] != nil {
			return true
		}
	}
	return false
}

// isPause reports whether a function does nothing but let others run.
func isPause(fn *types.Func) bool {
	name := fn.FullName()
	return name == "time.Sleep" || name == "runtime.Gosched"
}

// keeps reports whether a lock is held at everything that a loop calls.
func (f *Facts) keeps(fn ast.Node, loop *ast.ForStmt, lock facts.Holding) bool {
	kept := true
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !kept {
			return kept
		}
		holdings, reached := f.pkg.Held(fn, call)
		kept = false
		for _, h := range holdings {
			kept = kept || reached && h.Must && h.Lock == lock.Lock
		}
		return kept
	})
	return kept
}
