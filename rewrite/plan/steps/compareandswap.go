package steps

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// CompareAndSwap makes the comparison of what a Load found and the Store of
// something else one step:
//
//	if v, ok := m.Load(k); ok && v == old {
//		m.Store(k, new)                       →   if m.CompareAndSwap(k, old, new) {
//		moved++                                       moved++
//	}                                             }
//
// Where what was found is needed, or making the new value costs or can fail, the
// Load and its test stay before it:
//
//	if ok && v == old && m.CompareAndSwap(k, old, f(v)) {
//
// One goroutine alone sees no difference: CompareAndSwap compares as == does,
// and stores where the comparison before it was true. Who loses goes on like
// one who found another value.
func CompareAndSwap(s *edit.Site) error {
	c, err := findCheckAct(s, "Store")
	if err != nil {
		return err
	}
	w, err := c.swap()
	if err != nil {
		return err
	}
	if err := c.method("CompareAndSwap", "go1.20"); err != nil {
		return err
	}
	if err := c.undisturbed([]ast.Node{w.old, w.new}); err != nil {
		return err
	}
	w.put()
	return nil
}

// A swapping is a Store of a new value where an old one was found.
type swapping struct {
	*checkAct
	old, new ast.Expr
	asserted ast.Expr // the type that the found value is asserted to; nil if it is compared as it is
	rest     []ast.Stmt
}

// swap finds the comparison and checks the shape.
func (c *checkAct) swap() (*swapping, error) {
	if c.onMiss || c.value == nil || len(c.cond) != 1 {
		return nil, errors.New("the test after the Load does not compare what was found with one value")
	}
	if !sameList(c.list, c.test.Body.List) || slices.Index(c.list, ast.Stmt(c.stmt)) != 0 {
		return nil, errors.New("the Store is not the first thing that happens after the comparison")
	}
	w := &swapping{checkAct: c, new: c.act.Args[1], rest: c.list[1:]}
	b, ok := ast.Unparen(c.cond[0]).(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL {
		return nil, errors.New("the test after the Load does not compare what was found for equality")
	}
	for _, side := range [][2]ast.Expr{{b.X, b.Y}, {b.Y, b.X}} {
		if w.old == nil && w.found(side[0]) {
			w.old = side[1]
		}
	}
	if w.old == nil || c.mentions(w.old, c.value) {
		return nil, fmt.Errorf("the test after the Load does not compare %s with something else", c.value.Name)
	}
	if w.asserted != nil && !types.Comparable(c.pkg.TypeOf(w.asserted)) {
		return nil, fmt.Errorf("CompareAndSwap panics for values of %s", edit.ExprText(w.asserted))
	}
	if !c.pkg.Pure(w.old) {
		return nil, fmt.Errorf("%s has effects of its own, and would be evaluated twice", edit.ExprText(w.old))
	}
	return w, nil
}

// found reports whether x is what the Load found, and notes its assertion.
func (w *swapping) found(x ast.Expr) bool {
	if a, ok := ast.Unparen(x).(*ast.TypeAssertExpr); ok && w.denotes(a.X, w.value) {
		w.asserted = a.Type
		return true
	}
	return w.denotes(x, w.value)
}

// put writes the swap.
func (w *swapping) put() {
	s := w.s
	// The old value is taken before the call moves: it may stay in the test.
	old := w.oldValue()
	call := w.rename(w.act, "CompareAndSwap")
	call.Args = []dst.Expr{call.Args[0], old, call.Args[1]}
	only := len(w.rest) == 0 && w.test.Else == nil
	test := s.Stmt(w.test).(*dst.IfStmt)
	switch {
	case w.needless() && only:
		w.replaceTest(s.Stmt(w.stmt))
	case w.needless():
		w.leaveComments(test.Cond)
		test.Cond = w.moveOut(call)
		w.dropLoad(test)
	case only:
		// The Store has become the swap where it stands.
	default:
		cond := edit.Parenthesised(test.Cond, token.LAND.Precedence())
		test.Cond = &dst.BinaryExpr{X: cond, Op: token.LAND, Y: w.moveOut(call)}
	}
}

// oldValue returns the old value as CompareAndSwap must get it, with the type that the
// comparison gave it: by itself a constant would come as an int where it was compared as an
// int64, and nil with no type at all.
func (w *swapping) oldValue() dst.Expr {
	old := w.s.Copy(w.old)
	if w.asserted == nil || w.typed() {
		return old
	}
	return edit.Call(edit.Fitted(w.s.Copy(w.asserted), &dst.CallExpr{}, "Fun"), old)
}

// typed reports whether the old value has by itself the type of what was found, or carries
// one, as an interface does. What is found of an interface may be of any type, so that the
// old value is of its own there, too.
func (w *swapping) typed() bool {
	asserted, own := w.pkg.TypeOf(w.asserted), around.OwnType(w.pkg, w.old)
	return types.IsInterface(asserted) || types.IsInterface(own) || types.Identical(own, asserted)
}

// needless reports whether the Load and its test may go: nobody else needs what
// was found, the comparison cannot fail, and making the new value costs nothing.
func (w *swapping) needless() bool {
	if w.asserted != nil || !w.cheap(w.old) || !w.cheap(w.new) || w.mentions(w.new, w.value) || w.mentions(w.new, w.ok) {
		return false
	}
	t := w.pkg.TypeOf(w.old)
	if types.IsInterface(t) || !types.Comparable(t) {
		return false
	}
	return !w.used(w.value, w.test.Cond) && !w.used(w.ok, w.test.Cond)
}

// moveOut takes the call out of the block, for the condition.
func (w *swapping) moveOut(call *dst.CallExpr) *dst.CallExpr {
	w.s.MarkMoved(call)
	w.s.Delete(w.s.Stmt(w.stmt))
	return call
}

// dropLoad takes the Load out, which the test does not need any more.
func (w *swapping) dropLoad(test *dst.IfStmt) {
	if w.test.Init == nil {
		w.s.Delete(w.s.Stmt(w.bind))
		return
	}
	w.leaveComments(test.Init)
	test.Init = nil
}

// leaveComments puts the comments of a part of the test that goes above it.
func (w *swapping) leaveComments(part dst.Node) {
	d := w.s.Stmt(w.test).Decorations()
	d.Start = append(d.Start, w.s.Remains(part)...)
}
