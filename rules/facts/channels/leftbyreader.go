package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// leftByReader is the same of a goroutine that sends again and again, and of the one loop of the
// package that takes what it sends until the channel is closed: the loop can be left before, and
// who runs it has made the object himself, and comes to it once; or he starts the goroutine there, which closes the channel at its end.
//
//	s := newScan(blocks)
//	go s.run()
//	for b := range s.out { if err := check(b); err != nil { return err } }
func (f *Facts) leftByReader(c *Class, sender ast.Node, send *ClassOp) *Deserted {
	receives := c.Beside(send, Receive, Range)
	if send.Test || len(f.startedOnly(sender)) == 0 || len(receives) != 1 || !f.repeats(&Op{Fn: sender, Node: send.Node}) {
		return nil
	}
	r := receives[0]
	loop, ok := r.Node.(*ast.RangeStmt)
	if !ok || r.Test || r.Defer != nil || !f.comesOnce(c, r.Fn, r.Chan, 3) && !f.startsWhoCloses(c, r.Fn, sender) {
		return nil
	}
	exit := f.breaksOff(r.Fn, loop, streamMade{})
	if exit == nil || f.endsTheProgram(r.Fn) || f.leavesByValue(r.Fn, loop) && f.endsBySend(c, sender) {
		return nil
	}
	return &Deserted{Receive: loop, Exit: exit}
}

// startsWhoCloses reports whether a function alone starts a goroutine which closes the channel:
// there is one for each turn.
//
//	go p.produce()           // defer close(p.rows)
//	for r := range p.rows { if r.bad { return errBad } }
func (f *Facts) startsWhoCloses(c *Class, fn, sender ast.Node) bool {
	starts := f.startedOnly(sender)
	return len(starts) == 1 && starts[0].in == fn && !c.Takes && !c.Serves &&
		slices.ContainsFunc(c.Of(Close), func(op *ClassOp) bool { return op.Fn == sender })
}

// endsBySend reports whether a goroutine sends a last value, behind those of its loop, by which the
// reader knows the end.
//
//	for _, b := range blocks { s.out <- b }
//	s.out <- nil
func (f *Facts) endsBySend(c *Class, sender ast.Node) bool {
	return slices.ContainsFunc(c.Of(Send), func(op *ClassOp) bool {
		return op.Fn == sender && !f.repeats(&Op{Fn: sender, Node: op.Node})
	})
}

// comesOnce reports whether a function that uses the channel of an object comes to that once for
// each object: it makes the object, or is called once by who makes it.
func (f *Facts) comesOnce(c *Class, fn ast.Node, x ast.Expr, depth int) bool {
	decl, ok := fn.(*ast.FuncDecl)
	v := f.rootOf(x)
	if !ok || v == nil || depth == 0 || f.endsTheProgram(fn) {
		return false
	}
	if v.Kind() == types.LocalVar {
		return f.makesObject(c, v)
	}
	calls := f.callsOf(decl)
	if f.sets(v) > 0 || len(calls) != 1 || !f.onlyCalled(decl) || f.inTest(calls[0]) {
		return false
	}
	given := f.handedFor(decl, v, calls[0])
	by := f.around(calls[0])
	if given == nil || by == nil || !f.comesOnce(c, by, given, depth-1) {
		return false
	}
	of := f.rootOf(given)
	return of != nil && !slices.ContainsFunc(f.loopsAround(by, calls[0]), func(loop ast.Stmt) bool { return of.Pos() < loop.Pos() || loop.End() <= of.Pos() })
}

// rootOf returns the variable with which a path of fields begins.
func (f *Facts) rootOf(x ast.Expr) *types.Var {
	switch x := ast.Unparen(x).(type) {
	case *ast.SelectorExpr:
		if f.pkg.Info.Selections[x] != nil {
			return f.rootOf(x.X)
		}
	case *ast.Ident:
		v, _ := f.pkg.ObjectOf(x).(*types.Var)
		return v
	}
	return nil
}

// handedFor returns what a call gives a function for its receiver or a parameter.
func (f *Facts) handedFor(decl *ast.FuncDecl, v *types.Var, call *ast.CallExpr) ast.Expr {
	if v.Kind() == types.RecvVar {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return nil
		}
		return sel.X
	}
	w := &tracer{f: f}
	for _, arg := range call.Args {
		if param, _ := w.parameter(arg, call); param == v {
			return arg
		}
	}
	return nil
}

// makesObject reports whether a local variable holds nothing but an object that is new with its
// channel: the channel is made where the function makes the object, or where a function does that
// returns it.
func (f *Facts) makesObject(c *Class, v *types.Var) bool {
	if f.sets(v) != 1 {
		return false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if !sets {
			continue
		}
		return slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool {
			if contains(value, made) {
				return true
			}
			call, ok := ast.Unparen(value).(*ast.CallExpr)
			decl := f.pkg.Body(call)
			return ok && decl != nil && f.around(made) == ast.Node(decl)
		})
	}
	return false
}
