package facts

import (
	"go/ast"
	"go/types"
)

// A compiler translates the nodes of one block.
type compiler struct {
	*unit
	routine *routine
	steps   []step
	uses    condSet
	binds   []bind
}

func (c *compiler) emit(s step) { c.steps = append(c.steps, s) }

// node translates a node of the flow.
func (c *compiler) node(n ast.Node) {
	later := laterCall(n)
	inOrder(n, func(n ast.Node, maybe bool) {
		if call, ok := n.(*ast.CallExpr); ok && call != later {
			c.call(call, maybe)
		}
	})
	if loop := c.rangeOver[n]; loop != nil {
		c.assign(nil, []ast.Expr{orBlank(loop.Key)}, nil) // it begins anew
	}
	switch n := n.(type) {
	case *ast.AssignStmt:
		c.assign(n, n.Lhs, n.Rhs)
	case *ast.IncDecStmt:
		c.assign(n, []ast.Expr{n.X}, nil)
	case *ast.RangeStmt:
		c.assign(n, []ast.Expr{orBlank(n.Key), orBlank(n.Value)}, nil)
	case *ast.DeclStmt:
		c.declare(n)
	case *ast.ReturnStmt:
		c.results(n)
	case *ast.DeferStmt:
		c.deferred(n)
	case *ast.GoStmt:
		c.started(n)
	}
}

// call translates a call; maybe says that it stands behind && or || in an
// expression and need not be made.
func (c *compiler) call(call *ast.CallExpr, maybe bool) {
	for _, lit := range c.ranLits[call] {
		c.emit(perhaps{runLiteral{lit}})
	}
	if s := c.callStep(call); s != nil {
		c.touches(call, s)
		if maybe {
			s = perhaps{s}
		}
		c.emit(s)
	}
	for _, arg := range call.Args {
		c.tellsTry(arg)
	}
}

// tellsTry gives up a lock if a call gets the answer of its TryLock: it may be an assertion,
// which does not come back where that has failed, or returns it.
//
//	require.True(t, mu.TryLock())
func (c *compiler) tellsTry(arg ast.Expr) {
	call, ok := ast.Unparen(arg).(*ast.CallExpr)
	if !ok {
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	if m, ok := c.pkg.lockMethod(sel); ok && m.op == TryAcquire {
		if at, ok := c.receiver(sel); ok {
			at.read = at.read || m.read
			c.emit(forgetLock{c.lock(at)})
		}
	}
}

// forgetLock is a step after which nothing is known of a lock.
type forgetLock struct{ id lockID }

func (f forgetLock) run(_ *sim, w world) []world { return []world{w.unclear(f.id)} }

// callStep returns what a call does, nil if it does nothing to a lock.
func (c *compiler) callStep(call *ast.CallExpr) step {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		if m, ok := c.pkg.lockMethod(fun); ok {
			return c.lockStep(call, fun, m)
		}
	case *ast.FuncLit:
		return runLiteral{fun}
	case *ast.Ident:
		if v, ok := c.pkg.Use(fun).(*types.Var); ok && c.vars[v] != nil {
			c.letGo(call)
			return callVariable{call, v}
		}
	case *ast.CallExpr:
		if fn, ok := c.givenBy(fun, 0); ok {
			return callKnown{call, fn}
		}
	}
	return c.otherCall(call)
}

// lockStep translates a call of a lock's method.
func (c *compiler) lockStep(call *ast.CallExpr, sel *ast.SelectorExpr, m lockMethod) step {
	c.routine.locks = true
	at, ok := c.receiver(sel)
	if !ok {
		if m.op == Release {
			c.releases(c.classOf(sel), -1)
			return releaseSome{c.classOf(sel)}
		}
		return nil // it has no name: nothing is said of it
	}
	at.read = at.read || m.read
	id := c.lock(at)
	site := takeSite{lock: id, op: m.op, home: c.routine.fn}
	switch m.op {
	case Acquire:
		return takeLock{call, c.take(call, site), id}
	case TryAcquire:
		t, _ := c.condition(call)
		return tryLock{call, c.take(call, site), id, t.cond}
	}
	c.releases(at.class, id)
	return releaseLock{call, id}
}

// classOf returns the class of a lock without a name.
func (c *unit) classOf(sel *ast.SelectorExpr) lockClass {
	base := place{typ: c.pkg.TypeOf(sel.X)}
	if inner, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok {
		if s := c.pkg.Info.Selections[inner]; s != nil && s.Kind() == types.FieldVal {
			base.class.of = s.Obj().(*types.Var).Origin()
		}
	}
	selection := c.pkg.Info.Selections[sel]
	if selection == nil {
		return base.locked().class
	}
	index := selection.Index()
	at, _ := base.fieldsAt(selection.Recv(), index[:len(index)-1])
	return at.locked().class
}

// perhaps is a step that need not happen.
type perhaps struct{ step }

func (p perhaps) run(s *sim, w world) []world { return append(p.step.run(s, w), w) }
