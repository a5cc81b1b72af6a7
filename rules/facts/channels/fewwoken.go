package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// fewWoken returns the Signal that wakes one of several goroutines that all wait for
// the same thing: none of them takes anything away from it, so that all could go on,
// and none wakes the next.
func (f *Facts) fewWoken(c *condClass, w *condCall) ast.Node {
	cond := f.conditionOf(w)
	if cond == nil || !f.severalWait(w) || f.inTest(w.call) {
		return nil
	}
	if held, ok := f.pkg.Held(w.fn, w.call); !ok || len(held) == 0 {
		return nil // the caller holds the lock, and may take what was waited for
	}
	for _, s := range c.signals {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Signal" || len(loopsOf(s.stack)) > 0 || s.fn == w.fn && s.call.Pos() > w.call.Pos() || f.inTest(s.call) {
			return nil
		}
	}
	fields := f.fieldsIn(cond)
	if f.callsMore(cond) || len(fields) == 0 || f.takesAfter(w, fields) {
		return nil
	}
	return c.signals[0].call
}

// lastingWoken returns the Signal that follows a flag for good: the flag lets everybody go on
// who waits, several do, and nobody who is woken wakes the next.
//
//	q.closed = true
//	q.cond.Signal() // of three workers in Wait two sleep on
func (f *Facts) lastingWoken(c *condClass, w *condCall) ast.Node {
	cond := f.conditionOf(w)
	if cond == nil || !f.severalWait(w) || f.inTest(w.call) || f.wakesNext(c, w) {
		return nil
	}
	for flag, until := range f.awaited(cond, true) {
		set := f.setForGood(flag, until)
		if set == nil {
			continue
		}
		for _, s := range c.signals {
			sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
			if !ok || s.fn != f.around(set) {
				continue
			}
			if sel.Sel.Name != "Signal" || len(loopsOf(s.stack)) > 0 {
				return nil
			}
			if f.broadcasts(c, s.fn) {
				return nil
			}
			return s.call
		}
	}
	return nil
}

// wakesNext reports whether the function of a Wait signals, itself or by what it calls: who is
// woken then wakes the next.
func (f *Facts) wakesNext(c *condClass, w *condCall) bool {
	for _, s := range c.signals {
		if s.fn == w.fn {
			return true
		}
	}
	decl, ok := f.outermostAround(w.call).(*ast.FuncDecl)
	if !ok {
		return true
	}
	for _, call := range f.callsIn(decl) {
		if body := f.pkg.Body(call); body != nil && f.signals(body, c, 0) {
			return true
		}
	}
	return false
}

// broadcasts reports whether a function calls what signals the Cond in another way, too.
func (f *Facts) broadcasts(c *condClass, fn ast.Node) bool {
	for _, call := range f.callsIn(fn) {
		if body := f.pkg.Body(call); body != nil && f.signals(body, c, 0) {
			return true
		}
	}
	n := 0
	for _, s := range c.signals {
		if s.fn == fn {
			n++
		}
	}
	return n != 1
}

// setForGood returns the one assignment of a flag outside of tests, if it sets it to a value
// and nothing sets it back.
func (f *Facts) setForGood(flag *types.Var, value bool) (set ast.Node) {
	n := 0
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(node ast.Node) bool {
			st, ok := node.(*ast.AssignStmt)
			if !ok || f.inTest(st) {
				return true
			}
			for i, x := range st.Lhs {
				if f.field(x) != types.Object(flag) {
					continue
				}
				n++
				if len(st.Lhs) == len(st.Rhs) {
					if tv := f.pkg.Info.Types[st.Rhs[i]]; tv.Value != nil && (tv.Value.String() == "true") == value {
						set = st
					}
				}
			}
			return true
		})
	}
	if n != 1 {
		return nil
	}
	return set
}

// conditionOf returns the condition under which the loop around a Wait waits, or of the if that should be one,
// spelled out.
func (f *Facts) conditionOf(w *condCall) ast.Expr {
	for i := len(w.stack) - 1; i >= 0; i-- {
		switch around := w.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return nil
		case *ast.IfStmt:
			return f.spelledOut(loneCondition(around, w))
		case *ast.ForStmt:
			return f.whileWaiting(around, w)
		}
	}
	return nil
}

// loneCondition returns the condition of an if that does nothing but to wait, in no loop.
//
//	if len(q.items) == 0 { q.cond.Wait() }
func loneCondition(test *ast.IfStmt, w *condCall) ast.Expr {
	if test.Else != nil || len(test.Body.List) != 1 || len(loopsOf(w.stack)) > 0 {
		return nil
	}
	return test.Cond
}

// ending is how functions are called that wait for the end of what others do: once.
var ending = lazyregexp.New(`(?i)close|stop|shutdown|drain|flush|quit|finish|end|destroy|sync|join|kill|exit`)

// severalWait reports whether several goroutines can be at a Wait: an exported method
// of an exported type waits, by whose name it is no end, or a goroutine of a loop, itself or in
// what it calls.
func (f *Facts) severalWait(w *condCall) bool {
	if decl, ok := w.fn.(*ast.FuncDecl); ok && decl.Name.IsExported() && decl.Recv != nil && f.ownerExported(decl) {
		return !ending.MatchString(decl.Name.Name)
	}
	return f.startedOften(w.fn) || slices.ContainsFunc(f.callsOf(w.fn), func(call *ast.CallExpr) bool {
		return f.startedOften(f.around(call))
	})
}

// startedOften reports whether a function is run by the goroutines of a loop.
//
//	for range 3 { wg.Go(func() { p.take() }) }
func (f *Facts) startedOften(fn ast.Node) bool {
	lit, literal := fn.(*ast.FuncLit)
	return literal && f.groups().handed[lit] == 1 && len(f.loopsAround(f.around(lit), lit)) > 0 ||
		slices.ContainsFunc(f.startedOnly(fn), func(s starter) bool { return len(loopsOf(s.stack)) > 0 })
}

// callsMore reports whether a condition calls anything but len.
func (f *Facts) callsMore(cond ast.Expr) (more bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		more = more || ok && !f.isBuiltin(call, "len")
		return !more
	})
	return more
}

// takesAfter reports whether a function changes one of the fields after a Wait, in the
// loop around it, or when it leaves, itself or by what it calls.
func (f *Facts) takesAfter(w *condCall, fields map[types.Object]bool) (takes bool) {
	from := w.call.Pos()
	if loop := loopAroundWait(w); loop != nil {
		from = loop.Pos()
	}
	f.pkg.Inspect(bodyOfFunc(w.fn), func(n ast.Node) bool {
		_, later := n.(*ast.DeferStmt)
		switch n := n.(type) {
		case *ast.CallExpr:
			decl := f.pkg.Body(n)
			takes = takes || (n.Pos() > from || later) && decl != nil && f.changesAny(decl, fields)
		case *ast.AssignStmt, *ast.IncDecStmt:
			takes = takes || n.Pos() > from && f.changesAny(n, fields)
		case *ast.DeferStmt:
			takes = takes || f.changesAny(n, fields) || f.pkg.Body(n.Call) != nil && f.changesAny(f.pkg.Body(n.Call), fields)
		}
		return !takes
	})
	return takes
}

// changesAny reports whether a node sets one of the fields, or an element of it.
func (f *Facts) changesAny(n ast.Node, fields map[types.Object]bool) (sets bool) {
	for field := range fields {
		sets = sets || f.setsField(n, field) || f.changesElements(n, field)
	}
	return sets
}

// changesElements reports whether a node deletes from a field, or sets elements of it.
func (f *Facts) changesElements(n ast.Node, field types.Object) (does bool) {
	f.pkg.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			does = does || (f.isBuiltin(n, "delete") || f.isBuiltin(n, "clear")) && f.field(n.Args[0]) == field
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				index, ok := ast.Unparen(x).(*ast.IndexExpr)
				does = does || ok && f.field(index.X) == field
			}
		}
		return !does
	})
	return does
}
