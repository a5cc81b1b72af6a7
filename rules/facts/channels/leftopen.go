package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A LeftOpen is an object whose constructor starts a goroutine that ends when the object's channel is
// closed, which one of its methods does; and a function that makes such an object, keeps it to itself,
// and leaves on some way without having called the method.
//
//	p := newPrinter(w)                       // go p.loop(): for e := range p.events { … }
//	if err := step(); err != nil { return err }
//	p.finish()                               // close(p.events)
type LeftOpen struct {
	Exit   ast.Node
	Range  *ast.RangeStmt // in which the goroutine waits
	Start  *ast.GoStmt
	Finish ast.Node // a call on another way
	Name   string   // of the method
}

// LeftOpen says so of the call of a constructor.
func (f *Facts) LeftOpen(fn ast.Node, call *ast.CallExpr) *LeftOpen {
	v, st := f.madeInto(fn, call)
	if v == nil || f.endsTheProgram(fn) || f.inTest(call) {
		return nil
	}
	left := f.startsRanger(f.pkg.Body(call))
	if left == nil {
		return nil
	}
	closer := f.onlyCloser(f.Class(left.Range.X))
	if closer == nil {
		return nil
	}
	finishes := f.finishesOf(v, st, closer)
	failed := f.asksAtOnce(fn, st)
	if len(finishes) == 0 || failed == nil && len(st.Lhs) > 1 {
		return nil
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: st,
		covered: func(n ast.Node) bool { return finishes[n] },
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			return failed != nil && e.Cond == failed && e.Truth == (failed.Op == token.NEQ)
		},
	}
	left.Exit, left.Name = s.out(), closer.Name.Name
	for n := range finishes {
		if _, isCall := n.(*ast.CallExpr); isCall && (left.Finish == nil || n.Pos() < left.Finish.Pos()) {
			left.Finish = n
		}
	}
	if left.Exit == nil || s.lost {
		return nil
	}
	return left
}

// madeInto returns the local variable that gets what a function of the package makes, if nothing else
// ever does, and the statement.
func (f *Facts) madeInto(fn ast.Node, call *ast.CallExpr) (*types.Var, *ast.AssignStmt) {
	stack := f.stackOf(fn, call)
	if f.pkg.Body(call) == nil || len(stack) == 0 {
		return nil, nil
	}
	st, ok := stack[len(stack)-1].(*ast.AssignStmt)
	if !ok || st.Tok != token.DEFINE || len(st.Rhs) != 1 {
		return nil, nil
	}
	v := f.defined(st.Lhs[0])
	if v == nil || f.sets(v) != 1 || len(f.loopsAround(fn, call)) > 0 {
		return nil, nil
	}
	return v, st
}

// startsRanger looks for the goroutine that a constructor starts with the object which it returns, and
// that ranges over a channel of the object to its close; nil if it does anything else with the object.
func (f *Facts) startsRanger(maker *ast.FuncDecl) (left *LeftOpen) {
	made := f.returnedFirst(maker)
	if made == nil {
		return nil
	}
	for _, m := range f.mentions(made) {
		sel, isSel := m.around(0).(*ast.SelectorExpr)
		if !isSel {
			switch m.around(0).(type) {
			case *ast.ReturnStmt, *ast.AssignStmt:
				continue
			}
			return nil
		}
		start, ok := m.around(2).(*ast.GoStmt)
		if _, field := f.pkg.Use(sel.Sel).(*types.Var); field || !ok {
			if !field {
				return nil // a method, which may do anything
			}
			continue
		}
		decl := f.pkg.Body(start.Call)
		if decl == nil || left != nil || !f.keepsReceiver(decl) {
			return nil
		}
		if loop := f.rangesToEnd(decl); loop != nil {
			left = &LeftOpen{Range: loop, Start: start}
		}
	}
	return left
}

// returnedFirst returns the local variable that is the first result of a function wherever that is not nil.
func (f *Facts) returnedFirst(maker *ast.FuncDecl) (made *types.Var) {
	ok := true
	f.pkg.Inspect(maker.Body, func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit {
			return false
		}
		ret, is := n.(*ast.ReturnStmt)
		if !is || len(ret.Results) == 0 || f.pkg.IsNil(ret.Results[0]) {
			return true
		}
		v := f.Variable(ret.Results[0])
		ok = ok && v != nil && v.Kind() == types.LocalVar && (made == nil || made == v) && f.sets(v) == 1
		made = v
		return true
	})
	if !ok {
		return nil
	}
	return made
}

// keepsReceiver reports whether all that a method does with its receiver is to use its fields and to call
// its methods.
func (f *Facts) keepsReceiver(decl *ast.FuncDecl) bool {
	fn, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return false
	}
	return !slices.ContainsFunc(f.mentions(fn.Signature().Recv()), func(m mention) bool {
		_, sel := m.around(0).(*ast.SelectorExpr)
		_, declared := m.around(0).(*ast.Field)
		return !sel && !declared
	})
}

// rangesToEnd returns the range over a channel of the receiver that a method leaves only when the channel
// is closed, if it surely comes to it.
func (f *Facts) rangesToEnd(decl *ast.FuncDecl) *ast.RangeStmt {
	for _, st := range decl.Body.List {
		loop, ok := st.(*ast.RangeStmt)
		if ok && f.Class(loop.X) != nil && f.ofReceiver(decl, loop.X) && !f.leavesRange(loop) {
			return loop
		}
		if f.mayLeave([]ast.Stmt{st}) {
			return nil
		}
	}
	return nil
}

// onlyCloser returns the method that alone closes the channels of a class, of its receiver, always.
func (f *Facts) onlyCloser(c *Class) *ast.FuncDecl {
	if c == nil || c.Serves || c.Nil || c.Replaced || len(c.Makes) != 1 {
		return nil
	}
	closes := c.Of(Close)
	if len(closes) != 1 {
		return nil
	}
	decl, ok := closes[0].Fn.(*ast.FuncDecl)
	if !ok || closes[0].Test || !f.ofReceiver(decl, closes[0].Chan) {
		return nil
	}
	return decl
}

// asksAtOnce returns the comparison of an error with nil that follows the statement which sets it.
func (f *Facts) asksAtOnce(fn ast.Node, st *ast.AssignStmt) *ast.BinaryExpr {
	var next *ast.IfStmt
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok && test.Pos() > st.End() && (next == nil || test.Pos() < next.Pos()) {
			next = test
		}
		return true
	})
	if next == nil || len(st.Lhs) != 2 {
		return nil
	}
	cond, ok := ast.Unparen(next.Cond).(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ && cond.Op != token.EQL || !f.pkg.IsNil(cond.Y) {
		return nil
	}
	if v := f.Variable(st.Lhs[1]); v == nil || f.Variable(cond.X) != v {
		return nil
	}
	return cond
}

// finishesOf returns what closes an object that a variable holds, or may; there is nothing if the object
// gets elsewhere.
func (f *Facts) finishesOf(v *types.Var, st *ast.AssignStmt, closer *ast.FuncDecl) map[ast.Node]bool {
	finishes := map[ast.Node]bool{}
	for _, m := range f.mentions(v) {
		if contains(st, m.id) {
			continue
		}
		sel, ok := m.around(0).(*ast.SelectorExpr)
		if by, _ := functionAt(m.stack); !ok || isLiteral(by) {
			return nil
		}
		if _, field := f.pkg.Use(sel.Sel).(*types.Var); field {
			continue
		}
		call, ok := m.around(1).(*ast.CallExpr)
		decl := f.bodyOfCall(call)
		if !ok || decl == nil || !f.keepsReceiver(decl) {
			return nil
		}
		if f.comesToClose(decl, closer, 3) {
			finishes[call] = true
			if d, deferred := m.around(2).(*ast.DeferStmt); deferred {
				finishes[d] = true
			}
		}
	}
	return finishes
}

func (f *Facts) bodyOfCall(call *ast.CallExpr) *ast.FuncDecl {
	if call == nil {
		return nil
	}
	return f.pkg.Body(call)
}

// comesToClose reports whether a method is the one that closes an object, or calls it.
func (f *Facts) comesToClose(decl, closer *ast.FuncDecl, depth int) bool {
	if decl == closer {
		return true
	}
	closes := false
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && depth > 0 && !closes {
			called := f.pkg.Body(call)
			closes = called != nil && f.comesToClose(called, closer, depth-1)
		}
		return !closes
	})
	return closes
}
