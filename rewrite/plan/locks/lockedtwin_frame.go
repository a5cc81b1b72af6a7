package locks

import (
	"fmt"
	"go/ast"
	"go/types"
	"path"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// ownFrame: nothing in the body means the very call of the method: recover, and
// the runtime's frames; and what it defers ran before the unlock, if that is its
// last statement, only if nothing is deferred.
func (t *twin) ownFrame() error {
	var err error
	inspectFunc(t.decl.Body, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.DeferStmt:
			if len(t.callee.Deferred) == 0 && err == nil {
				err = fmt.Errorf("%s defers a call at line %d, which runs behind the unlock", t.decl.Name.Name, t.callee.line(n))
			}
		case *ast.CallExpr:
			if name := t.ownCall(n); name != "" && err == nil {
				err = fmt.Errorf("%s calls %s, which means the method itself: in a twin it would mean another call", t.decl.Name.Name, name)
			}
		}
	})
	return err
}

// ownCall returns the name of a function that depends on who calls it, "" if the call
// is of another one.
func (t *twin) ownCall(call *ast.CallExpr) string {
	switch fn := t.caller.pkg.Callee(call).(type) {
	case *types.Builtin:
		if fn.Name() == "recover" {
			return "recover"
		}
	case *types.Func:
		if asksForCaller(t.caller.pkg, call, 3) {
			return fn.Name()
		}
	}
	return ""
}

// asksForCaller reports whether a function looks for its callers, by a number of calls, or marks
// the one that calls it: those of the runtime and of packages testing and log, the loggers of a
// depth, and what in this package calls one, through so many calls.
//
//	log.Output(2, text)
//	t.Helper()
//	klog.InfoDepth(1, text)
func asksForCaller(pkg *facts.Package, call *ast.CallExpr, depth int) bool {
	fn, ok := pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "runtime":
		return fn.Name() == "Caller" || fn.Name() == "Callers"
	case "log":
		return fn.Name() == "Output"
	case "testing":
		return fn.Name() == "Helper"
	}
	if fn.Pkg() != pkg.Types {
		return strings.HasSuffix(fn.Name(), "Depth") && fn.Signature().Variadic()
	}
	decl := pkg.Body(call)
	return decl != nil && depth > 0 && anyIn(decl.Body, func(n ast.Node) bool {
		inner, ok := n.(*ast.CallExpr)
		return ok && asksForCaller(pkg, inner, depth-1)
	})
}

// notItself: the method takes no lock of what the call gives it that is the caller's own.
//
//	func (s *Set) Join(o *Set) int { s.mu.Lock(); …; return s.n + o.Len() }
//	s.Join(s)
func (t *twin) notItself() error {
	fn, ok := t.caller.pkg.Def(t.decl.Name).(*types.Func)
	call, isCall := t.s.Bound("$call").(*ast.CallExpr)
	if !ok || !isCall {
		return nil
	}
	summary := t.caller.pkg.Summary(fn)
	if summary == nil {
		return nil
	}
	for _, take := range summary.Takes {
		if i := take.Arg - 1; i >= 0 && i < len(call.Args) && edit.Spelling(call.Args[i])+take.Path == t.caller.text() {
			return fmt.Errorf("%s also takes the lock of its argument, which is %s here", t.decl.Name.Name, t.caller.text())
		}
	}
	return nil
}

// noteDrops lowers the level where the method lets others in between: who calls it
// without the lock has nothing to lose, who holds it may.
func (t *twin) noteDrops() {
	inspectFunc(t.decl.Body, func(n ast.Node) {
		if call, ok := n.(*ast.CallExpr); ok && t.drops(call) {
			t.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s lets others take the lock in between, at line %d", t.decl.Name.Name, t.callee.line(call)))
		}
	})
}

// drops reports whether a call releases the lock, and may take it again.
func (t *twin) drops(call *ast.CallExpr) bool {
	fn, ok := t.caller.pkg.Callee(call).(*types.Func)
	if !ok || t.isFrame(call) {
		return false
	}
	if facts.IsFunc(fn, "(*sync.Cond).Wait") {
		return true
	}
	summary := t.caller.pkg.Summary(fn)
	return summary != nil && slices.ContainsFunc(summary.Effects, func(e facts.Effect) bool {
		lets := e.Does == facts.Releases || e.Does == facts.Drops || e.Does == facts.Unclear
		return lets && path.Ext(e.Path) == path.Ext(t.callee.Lock.Path)
	})
}

// isFrame reports whether a call is one that takes or releases the method's own lock.
func (t *twin) isFrame(call *ast.CallExpr) bool {
	return call == t.callee.Call || t.callee.Releases[0] == call
}
