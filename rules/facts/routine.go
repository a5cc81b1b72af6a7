package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A routine is one function body of a unit, translated for the simulation: for
// each block of its flow the steps that matter to a lock, and for each edge
// the condition that decides it.
type routine struct {
	fn           ast.Node
	flow         *Flow
	steps        [][]step            // by block
	nodes        [][]int             // by block and step: the node of the block that it is of
	tests        [][]edgeTest        // by block and edge
	uses         []condSet           // conditions that a block asks for, by block
	binds        [][]bind            // its assignments: they make conditions unknown
	live         []condSet           // conditions that matter at the start of a block
	rank         []int               // of each block, in reverse postorder
	recovers     bool                // it calls recover itself
	locks        bool                // it takes or releases a lock itself
	begun        bool                // its own simulation has begun
	done         *record             // of its own simulation, once it has run
	acquisitions []Acquisition       // once asked for
	relocks      []Relock            // likewise
	worlds       map[moment][]world  // kept by worldsAt
	held         map[moment]heldThen // kept by Held
}

// A step is what one node of a flow does to a world. It returns the worlds in
// which control can go on; none if it cannot.
type step interface {
	run(s *sim, w world) []world
}

// An edgeTest decides whether an edge can be taken.
type edgeTest struct {
	test
	truth  bool // the value under which it is taken
	always bool // nothing is known of its condition, or it has none
	never  bool // its condition is a literal true or false, and the other
}

// routine translates the function fn of the unit.
func (u *unit) routine(fn ast.Node) *routine {
	if r, ok := u.routines[fn]; ok {
		return r
	}
	flow := u.pkg.Flow(fn)
	r := &routine{fn: fn, flow: flow, rank: flow.ranks(), recovers: u.pkg.recovers(bodyOf(fn)), worlds: make(map[moment][]world), held: make(map[moment]heldThen)}
	u.routines[fn] = r
	for _, block := range flow.Blocks {
		c := &compiler{unit: u, routine: r}
		var nodes []int
		for i, n := range block.Nodes {
			c.node(n)
			for len(nodes) < len(c.steps) {
				nodes = append(nodes, i)
			}
		}
		var tests []edgeTest
		for _, edge := range block.Succs {
			tests = append(tests, c.edge(edge))
		}
		c.typeSwitch(block)
		for len(nodes) < len(c.steps) {
			nodes = append(nodes, len(block.Nodes)) // behind all of them
		}
		r.steps = append(r.steps, c.steps)
		r.nodes = append(r.nodes, nodes)
		r.tests = append(r.tests, tests)
		r.uses = append(r.uses, c.uses)
		r.binds = append(r.binds, c.binds)
	}
	u.order = append(u.order, r)
	return r
}

// recovers reports whether a body calls recover.
func (p *Package) recovers(body *ast.BlockStmt) bool {
	found := false
	p.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "recover" {
				_, builtin := p.Use(id).(*types.Builtin)
				found = found || builtin
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal && !found
	})
	return found
}

// edge translates the condition of an edge.
func (c *compiler) edge(e Edge) edgeTest {
	if e.Cond == nil {
		never := e.Past != nil && c.pkg.namesAll(e.Past)
		return edgeTest{always: !never, never: never}
	}
	if e.Tag == nil {
		if value, ok := c.literalBool(e.Cond); ok {
			return edgeTest{always: value == e.Truth, never: value != e.Truth}
		}
	}
	t, ok := c.testOf(e)
	if !ok {
		return edgeTest{always: true}
	}
	c.uses.add(t.cond)
	if passed := c.conds[t.cond].passed; passed >= 0 {
		c.uses.add(passed)
	}
	c.unit.tested = append(c.unit.tested, testSite{e.Cond.Pos(), t.cond})
	return edgeTest{test: t, truth: e.Truth}
}

func (c *compiler) testOf(e Edge) (test, bool) {
	if e.Tag != nil {
		return c.equality(e.Tag, e.Cond)
	}
	return c.condition(e.Cond)
}

// literalBool returns the value of a plain true or false.
func (c *compiler) literalBool(e ast.Expr) (value, ok bool) {
	id, isIdent := ast.Unparen(e).(*ast.Ident)
	if !isIdent {
		return false, false
	}
	switch c.pkg.Use(id) {
	case types.Universe.Lookup("true"):
		return true, true
	case types.Universe.Lookup("false"):
		return false, true
	}
	return false, false
}

// settle finds the conditions that matter at the start of each block: asked for
// before they become unknown, on some path. Only then is what is known of them
// worth keeping two worlds apart. It runs when all routines are translated.
func (r *routine) settle(u *unit) {
	r.live = make([]condSet, len(r.flow.Blocks))
	kills := make([]condSet, len(r.flow.Blocks))
	for i, uses := range r.uses {
		r.live[i].addBut(uses, nil)
		for id := range uses.all() {
			u.conds[id].usedBy(r)
			u.conds[id].several = u.conds[id].several || r.remembers(u, &u.conds[id])
		}
		kills[i] = u.killed(r.binds[i])
	}
	for changed := true; changed; {
		changed = false
		for i := len(r.flow.Blocks) - 1; i >= 0; i-- {
			changed = r.flowBack(i, kills[i]) || changed
		}
	}
}

// remembers reports whether a literal asks for a variable of the function around it that it
// sets itself: what it has done is known to it when it is called again.
//
//	release := func() { if !released { mu.Unlock() }; released = true }
func (r *routine) remembers(u *unit, cond *condInfo) bool {
	lit, ok := r.fn.(*ast.FuncLit)
	return ok && slices.ContainsFunc(cond.deps, func(dep types.Object) bool {
		v, isVar := dep.(*types.Var)
		return isVar && u.vars[v] != nil && u.vars[v].home != r.fn &&
			slices.ContainsFunc(u.vars[v].assigned, func(at token.Pos) bool { return lit.Pos() <= at && at < lit.End() })
	})
}

// flowBack lets what matters after block i matter at its start.
func (r *routine) flowBack(i int, kills condSet) (changed bool) {
	for _, edge := range r.flow.Blocks[i].Succs {
		changed = r.live[i].addBut(r.live[edge.To.Index], kills) || changed
	}
	return changed
}

// killed returns the conditions that assignments make unknown.
func (u *unit) killed(binds []bind) (kills condSet) {
	for _, b := range binds {
		for id, cond := range u.conds {
			if b.voids(&cond) {
				kills.add(condID(id))
			}
		}
	}
	return kills
}

// keeps returns whether knowledge of a condition is kept at the start of a
// block: it matters there, or to another function of the unit.
func (r *routine) keeps(u *unit, block *Block) func(condID) bool {
	return func(id condID) bool {
		cond := &u.conds[id]
		return r.live[block.Index].has(id) || cond.several || cond.user != nil && cond.user != r
	}
}

// keepsAtExit returns whether knowledge of a condition is kept when the routine
// is left: deferred calls, or the caller of a literal, ask for it.
func (r *routine) keepsAtExit(u *unit) func(condID) bool {
	return func(id condID) bool {
		cond := &u.conds[id]
		return cond.several || cond.judged || cond.user != r
	}
}
