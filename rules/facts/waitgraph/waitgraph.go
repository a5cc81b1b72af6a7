// Package waitgraph tells who waits for whom in a package: which functions and
// goroutines wait at which channels, WaitGroups and locks, and who lets them go
// on.
//
// # Theory
//
// The wait-for graph of operating systems (Holt, Computing Surveys 1972), over
// what the text of a package can do: an arrow leads from who waits to what he
// waits for, and from that to everybody who can end the wait. A deadlock is a
// set of nodes without an arrow out of it, so every deadlock is a cycle here;
// most cycles are none, because of an order in time that the graph does not
// have. What rules report is marked.
//
// # Words
//
// A channel is up to two nodes: who receives waits for a value, who sends for
// room. A lock is drawn only if somebody waits for something else with it held.
package waitgraph

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/facts/waits"
)

// A Kind is what a node is.
type Kind string

const (
	Function  Kind = "function"
	Goroutine Kind = "goroutine" // a function that only runs as one
	Value     Kind = "value"     // of a channel
	Room      Kind = "room"      // in a channel, or a receiver
	Group     Kind = "group"     // a WaitGroup
	Lock      Kind = "lock"
)

// A Node is who waits, or what for.
type Node struct {
	Kind Kind
	Name string // unique among nodes of a kind
}

// An Edge leads from who waits to what for, or from that to who ends the wait.
type Edge struct {
	From, To Node
	Label    string   // sends, receives, closes, waits, done, locks, holds
	At       ast.Node // the operation
	Choice   bool     // it is one case of several
	Stuck    bool     // a rule reports it
}

// A Graph is what a package waits for, in a fixed order.
type Graph struct {
	Edges []Edge
}

// Of returns the wait-for graph of a package, tests aside.
func Of(pkg *facts.Package) Graph {
	b := &builder{pkg: pkg, channels: channels.Of(pkg), waits: waits.Of(pkg), names: map[ast.Node]string{}}
	for _, c := range b.channels.Classes() {
		b.class(c)
	}
	for _, t := range b.channels.Traces() {
		b.trace(t)
	}
	for _, c := range b.channels.AllGroupCalls() {
		b.group(c)
	}
	b.locks()
	b.prune()
	slices.SortFunc(b.graph.Edges, func(x, y Edge) int {
		return cmp.Or(cmp.Compare(x.From.id(), y.From.id()), cmp.Compare(x.To.id(), y.To.id()), cmp.Compare(x.Label, y.Label))
	})
	return b.graph
}

func (n Node) id() string { return string(n.Kind) + " " + n.Name }

type builder struct {
	pkg      *facts.Package
	channels *channels.Facts
	waits    *waits.Facts
	graph    Graph
	names    map[ast.Node]string
}

// add adds an edge once for each pair and label; what is stuck, or alone, wins.
func (b *builder) add(e Edge) {
	for i, old := range b.graph.Edges {
		if old.From == e.From && old.To == e.To && old.Label == e.Label {
			b.graph.Edges[i].Stuck = old.Stuck || e.Stuck
			b.graph.Edges[i].Choice = old.Choice && e.Choice
			return
		}
	}
	b.graph.Edges = append(b.graph.Edges, e)
}

// class adds the operations on the channels of a field or a variable of the
// package.
func (b *builder) class(c *channels.Class) {
	room, known := b.channels.Room(c)
	for _, op := range c.Ops {
		if !op.Test {
			b.operation(b.nameOf(c.Var), op.Kind, op.Node, op.Fn, !op.Alone(), !known || room == 0)
		}
	}
}

// trace adds those on a local channel that goroutines share.
func (b *builder) trace(t *channels.Trace) {
	size, known := b.channels.Capacity(t)
	for _, op := range t.Ops {
		b.operation(b.nameOf(t.Var), op.Kind, op.Node, op.Fn, !op.Alone(), !known || size == 0)
	}
}

// operation adds what an operation waits for, and what it lets go on.
func (b *builder) operation(name string, kind channels.Kind, n, fn ast.Node, choice, meets bool) {
	who, value, room := b.runner(fn), Node{Value, name}, Node{Room, name}
	stuck := b.stuck(n)
	switch kind {
	case channels.Send:
		b.add(Edge{value, who, "sends", n, choice, false})
		if meets {
			b.add(Edge{who, room, "sends", n, choice, stuck})
		}
	case channels.Receive, channels.Range:
		b.add(Edge{who, value, "receives", n, choice, stuck})
		if meets {
			b.add(Edge{room, who, "receives", n, choice, false})
		}
	case channels.Close:
		b.add(Edge{value, who, "closes", n, false, false})
	}
}

// group adds a call of a WaitGroup's method.
func (b *builder) group(c *channels.GroupCall) {
	obj := b.channels.GroupVar(c)
	if obj == nil || c.Fn == nil || b.inTest(c.Call) {
		return
	}
	who, group := b.runner(c.Fn), Node{Group, b.nameOf(obj)}
	switch c.Kind {
	case channels.Wait:
		b.add(Edge{who, group, "waits", c.Call, false, b.stuck(c.Call)})
	case channels.Done:
		b.add(Edge{group, who, "is done", c.Call, false, false})
	}
}

// locks adds the locks with which somebody waits, and who takes them.
func (b *builder) locks() {
	held := map[Node]bool{}
	for _, e := range slices.Clone(b.graph.Edges) {
		fn := b.functionOf(e.From, e.At)
		if fn == nil {
			continue
		}
		holdings, ok := b.pkg.Held(fn, e.At)
		for _, h := range holdings {
			if ok && h.Must {
				lock := b.lockNode(h.Lock)
				held[lock] = true
				b.add(Edge{lock, e.From, "holds", e.At, false, e.Stuck})
			}
		}
	}
	for _, fn := range b.pkg.LockFunctions() {
		for _, acq := range b.pkg.Acquisitions(fn) {
			if lock := b.lockNode(acq.Lock); acq.Op == facts.Acquire && held[lock] && !b.inTest(acq.Call) {
				b.add(Edge{b.runner(fn), lock, "locks", acq.Call, false, b.needed(acq.Call)})
			}
		}
	}
}

// prune takes out what ends a wait that nobody has.
func (b *builder) prune() {
	awaited := map[Node]bool{}
	for _, e := range b.graph.Edges {
		awaited[e.To] = true
	}
	b.graph.Edges = slices.DeleteFunc(b.graph.Edges, func(e Edge) bool {
		return e.From.Kind != Function && e.From.Kind != Goroutine && !awaited[e.From]
	})
}

// functionOf returns the function whose operation an edge out of it is.
func (b *builder) functionOf(from Node, at ast.Node) ast.Node {
	if from.Kind != Function && from.Kind != Goroutine {
		return nil
	}
	for fn, name := range b.names {
		if name == from.Name && fn.Pos() <= at.Pos() && at.End() <= fn.End() && b.own(fn, at) {
			return fn
		}
	}
	return nil
}

// own reports whether a node stands in a function, and in no literal of it.
func (b *builder) own(fn, at ast.Node) bool {
	flow := b.pkg.Flow(fn)
	if flow == nil {
		return false
	}
	_, ok := flow.At(at)
	return ok
}

// lockNode names a lock by the type of what holds it.
func (b *builder) lockNode(l facts.Lock) Node {
	t := l.Root.Type()
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok && l.Path != "" && l.Root.Parent() != b.pkg.Types.Scope() {
		return Node{Lock, named.Obj().Pkg().Path() + "." + named.Obj().Name() + l.Path}
	}
	return Node{Lock, b.nameOf(l.Root) + l.Path}
}

// stuck reports whether a rule tells of a wait.
func (b *builder) stuck(n ast.Node) bool {
	if b.channels.Stuck(n) != nil || b.channels.WaitsForItself(n) {
		return true
	}
	return slices.ContainsFunc(b.across(), func(h waits.Held) bool { return h.Wait == n || h.Inside == n })
}

// needed reports whether a call takes a lock with which somebody waits for its
// function.
func (b *builder) needed(call *ast.CallExpr) bool {
	return slices.ContainsFunc(b.across(), func(h waits.Held) bool { return h.Needs == call })
}

func (b *builder) across() (all []waits.Held) {
	for _, fn := range b.pkg.LockFunctions() {
		all = append(all, b.waits.Across(fn)...)
	}
	return all
}

// runner is the node of a function.
func (b *builder) runner(fn ast.Node) Node {
	kind := Function
	if b.channels.RunsAlone(fn) {
		kind = Goroutine
	}
	return Node{kind, b.functionName(fn)}
}

// functionName names a declared function by its receiver and name, and a literal
// by its place in one.
func (b *builder) functionName(fn ast.Node) string {
	if name, ok := b.names[fn]; ok {
		return name
	}
	name := b.pkg.Types.Path() + "."
	for _, file := range b.pkg.Files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Pos() < d.Pos() || d.End() < fn.End() {
				continue
			}
			name += symbolOf(d)
			if ast.Node(d) != fn {
				at := b.pkg.Fset.PositionFor(fn.Pos(), false)
				name += fmt.Sprintf(" func %s:%d", filepath.Base(at.Filename), at.Line)
			}
		}
	}
	b.names[fn] = name
	return name
}

// symbolOf is (*T).Name of a method, else Name.
func symbolOf(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	return "(" + types.ExprString(d.Recv.List[0].Type) + ")." + d.Name.Name
}

func (b *builder) nameOf(obj types.Object) string { return b.pkg.ClassOf(obj) }

func (b *builder) inTest(n ast.Node) bool { return b.channels.InTest(n) }
