package facts

import (
	"go/ast"
	"go/types"
)

// A callGraph holds the functions of a package that have to do with locks, and
// who calls whom, as far as the text names them.
type callGraph struct {
	nodes   map[*types.Func]*callNode
	order   []*callNode   // in source order
	circles [][]*callNode // strongly connected parts, callees first
	names   map[string]bool
	methods map[string][]*types.Func // of the package and its imports, by name; made when first asked
	impls   map[*types.Func][]*types.Func
}

// A callNode is one declared function.
type callNode struct {
	fn      *types.Func
	decl    *ast.FuncDecl
	locks   bool // it names a method of a lock
	reaches bool // so does it, or a function that it names, or that these name …
	names   []*callNode
	foreign bool // it names a function of another package that has a summary
	changed bool // … and that leaves a lock otherwise than it was
	takes   []*takenLock
	taken   bool // takes are known

	index, low int // of Tarjan's algorithm
	onStack    bool
}

// graph returns the call graph of the package.
func (p *Package) graph() *callGraph {
	if p.callGraph != nil {
		return p.callGraph
	}
	g := &callGraph{nodes: make(map[*types.Func]*callNode), names: make(map[string]bool), impls: make(map[*types.Func][]*types.Func)}
	p.callGraph = g
	for _, file := range p.Files {
		for _, d := range file.Decls {
			g.declare(p, d)
		}
	}
	for name := range lockMethods {
		g.names[name] = true
	}
	p.Imports.eachName(func(name string) { g.names[name] = true })
	for _, n := range g.order {
		g.link(p, n)
	}
	g.findCircles()
	for _, circle := range g.circles {
		g.spread(circle)
	}
	return g
}

func (g *callGraph) declare(p *Package, d ast.Decl) {
	decl, ok := d.(*ast.FuncDecl)
	if !ok || decl.Body == nil {
		return
	}
	fn, ok := p.Def(decl.Name).(*types.Func)
	if !ok {
		return
	}
	n := &callNode{fn: fn, decl: decl}
	g.nodes[fn] = n
	g.order = append(g.order, n)
	g.names[decl.Name.Name] = true
}

// link finds what a function names. Only the names that something relevant has
// are looked up.
func (g *callGraph) link(p *Package, n *callNode) {
	seen := make(map[*types.Func]bool)
	p.Inspect(n.decl.Body, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.SelectorExpr:
			if g.names[m.Sel.Name] {
				g.mention(p, n, m.Sel, m, seen)
			}
		case *ast.CallExpr:
			if id, ok := calledName(m); ok && g.names[id.Name] {
				g.mention(p, n, id, nil, seen)
			}
			g.linkArguments(p, n, m, seen)
		}
		return true
	})
}

// linkArguments notes the functions that a call is given, and the one that a field
// holds which it calls.
func (g *callGraph) linkArguments(p *Package, n *callNode, call *ast.CallExpr, seen map[*types.Func]bool) {
	for _, arg := range call.Args {
		if id, ok := ast.Unparen(arg).(*ast.Ident); ok && g.names[id.Name] {
			g.mention(p, n, id, nil, seen)
		}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if fn := p.heldFunc(sel); fn != nil && !seen[fn] {
			seen[fn] = true
			g.connect(p, n, fn)
		}
	}
	for _, implicit := range p.ImplicitCalls(call) {
		if !seen[implicit.Method] {
			seen[implicit.Method] = true
			g.connect(p, n, implicit.Method)
		}
	}
	p.eachGiven(call, func(_ givenCall, _ ast.Expr, m *types.Func) {
		if !seen[m] {
			seen[m] = true
			g.connect(p, n, m)
		}
	})
}

// calledName returns the plain name that a call calls.
func calledName(call *ast.CallExpr) (*ast.Ident, bool) {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(x.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(x.X)
	}
	id, ok := fun.(*ast.Ident)
	return id, ok
}

// mention notes that a function names another.
func (g *callGraph) mention(p *Package, n *callNode, id *ast.Ident, sel *ast.SelectorExpr, seen map[*types.Func]bool) {
	fn, ok := p.Use(id).(*types.Func)
	if !ok {
		return
	}
	fn = fn.Origin()
	if seen[fn] {
		return
	}
	seen[fn] = true
	if sel != nil {
		if _, ok := p.lockMethod(sel); ok {
			n.locks = true
			return
		}
	}
	for _, callee := range g.implementations(p, fn) {
		g.connect(p, n, callee)
	}
}

// connect adds an edge of the graph.
func (g *callGraph) connect(p *Package, n *callNode, callee *types.Func) {
	if to := g.nodes[callee]; to != nil {
		n.names = append(n.names, to)
	} else if s := p.Imports.summary(callee); s != nil {
		n.foreign = true
		n.changed = n.changed || (&netEffects{s.Effects}).change()
	}
}

// findCircles finds the strongly connected parts (Tarjan), callees first.
func (g *callGraph) findCircles() {
	t := tarjan{graph: g}
	for _, n := range g.order {
		if n.index == 0 {
			t.visit(n)
		}
	}
}

type tarjan struct {
	graph *callGraph
	next  int
	stack []*callNode
}

func (t *tarjan) visit(n *callNode) {
	t.next++
	n.index, n.low, n.onStack = t.next, t.next, true
	t.stack = append(t.stack, n)
	for _, to := range n.names {
		switch {
		case to.index == 0:
			t.visit(to)
			n.low = min(n.low, to.low)
		case to.onStack:
			n.low = min(n.low, to.index)
		}
	}
	if n.low != n.index {
		return
	}
	var circle []*callNode
	for {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		top.onStack = false
		circle = append(circle, top)
		if top == n {
			break
		}
	}
	t.graph.circles = append(t.graph.circles, circle)
}

// spread finds out which functions of a circle have to do with locks.
func (g *callGraph) spread(circle []*callNode) {
	reaches := false
	for _, n := range circle {
		reaches = reaches || n.locks || n.foreign
		for _, to := range n.names {
			reaches = reaches || to.reaches
		}
	}
	for _, n := range circle {
		n.reaches = reaches
	}
}
