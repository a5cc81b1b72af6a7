package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// silent reports whether a goroutine tells nobody how far it has come: it sends
// and closes nothing, counts no group down, stores no atomic, and calls nothing
// of which that is not known. Then no wait, whoever ends it, puts what others do
// behind what the goroutine does.
func (f *Facts) silent(goroutine *function) bool {
	if goroutine.mute == unasked {
		goroutine.mute = no
		if len(f.signalsOf(goroutine).gives) == 0 && !f.callsOut(f.funcs[goroutine.node], map[*function]bool{}) {
			goroutine.mute = yes
		}
	}
	return goroutine.mute == yes
}

// endsOnly reports whether a goroutine tells nothing before it ends: what signals
// it gives, it gives by deferred calls. Several of them that wait for the same
// messages do not wait for one another.
func (f *Facts) endsOnly(goroutine *function) bool {
	if goroutine.closing == unasked {
		goroutine.closing = no
		if f.givesAtEnd(goroutine) && !f.callsOut(f.funcs[goroutine.node], map[*function]bool{}) {
			goroutine.closing = yes
		}
	}
	return goroutine.closing == yes
}

// endsBy reports whether a statement, the last of a goroutine, tells of its end.
//
//	for x := range in { s.n += x }
//	done <- true
func endsBy(last ast.Stmt) bool {
	switch st := last.(type) {
	case *ast.SendStmt:
		return true
	case *ast.ExprStmt:
		_, call := st.X.(*ast.CallExpr)
		return call
	}
	return false
}

func (f *Facts) givesAtEnd(goroutine *function) bool {
	var deferred []ast.Node
	f.pkg.Inspect(goroutine.body(), func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			deferred = append(deferred, d)
		}
		return true
	})
	if list := goroutine.body().List; len(list) > 0 && endsBy(list[len(list)-1]) {
		deferred = append(deferred, list[len(list)-1])
	}
	given := f.signalsOf(goroutine)
	if !goroutine.elsewhere {
		given = f.allSignals(goroutine)
	}
	for _, nodes := range given.gives {
		for _, n := range nodes {
			if !slices.ContainsFunc(deferred, func(d ast.Node) bool { return within(d, n) }) {
				return false
			}
		}
	}
	return true
}

// workedOff reports whether a goroutine makes a write, behind its waits, again
// and again, and tells nobody: no caller of a method knows that it is over.
func (f *Facts) workedOff(goroutine *function, p passage) bool {
	return p.access.Write && f.endless(goroutine, p.access) && f.givesAtEnd(goroutine) && !f.callsOut(goroutine, map[*function]bool{})
}

// keepsWriting reports whether a goroutine writes to a connection again and again: whoever it
// waits for before each message, who writes beside it does not know when it is at that.
func (f *Facts) keepsWriting(goroutine *function, a *Access) bool {
	return a.Line && a.Write && f.endless(goroutine, a)
}

// behindWait reports whether an access is made behind a wait.
func (a *Access) behindWait() bool {
	if a.far != nil {
		return a.far.waited
	}
	lit := a.goroutine()
	return lit != nil && lit.behind
}

// callsOut reports whether a function, or one that it calls, calls a function
// value or a method of an interface of which nothing is known.
func (f *Facts) callsOut(fn *function, seen map[*function]bool) (found bool) {
	if seen[fn] {
		return false
	}
	seen[fn] = true
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		found = f.unseen(call) && !f.ofStandardLibrary(call)
		return !found
	})
	for _, c := range f.callsOf(fn.outermost()) {
		found = found || c.site.runs != started && within(fn.node, c.site.stmt) && f.callsOut(c.callee, seen)
	}
	return found
}

// ofStandardLibrary reports whether a call is of a method of an interface that
// the standard library declares: net.Conn, io.Reader.
func (f *Facts) ofStandardLibrary(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || callee.Pkg() == nil {
		return ok // error.Error
	}
	first, _, _ := strings.Cut(callee.Pkg().Path(), "/")
	return !strings.Contains(first, ".")
}
