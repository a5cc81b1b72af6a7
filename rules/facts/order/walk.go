package order

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A walker collects one outermost function and the literals in it.
type walker struct {
	*collector
	names    facts.Names
	root     ast.Node         // the outermost function
	sig      *types.Signature // of the function that is being walked
	node     ast.Node         // it
	literals []literal        // still to be walked
	defined  map[*types.Var]definition
	assigned map[*types.Var]bool
}

// A literal is one that stands in a function, with what is known of its runs.
type literal struct {
	lit *ast.FuncLit
	fn  *Func
}

// walk collects the body of fn, then the literals in it.
func (w *walker) walk(fn *Func, node ast.Node, body *ast.BlockStmt, sig *types.Signature) {
	w.sig, w.node = sig, node
	if sig != nil {
		fn.Params, fn.Names = w.params(sig), names(sig)
	}
	fn.Package = w.pkg.Types.Path()
	fn.Test = w.isTest(node.Pos())
	w.sketch.Funcs = append(w.sketch.Funcs, fn)
	for _, lock := range w.pkg.CallersLocks(node) {
		if class := w.classOf(lock).name; class != "" {
			fn.Drops = union(fn.Drops, []Class{class})
		}
	}
	fn.Ordered = w.comparisons(body)
	b := &bodyWalk{
		walker: w, fn: fn, defers: map[*ast.CallExpr]*ast.DeferStmt{}, starts: map[*ast.CallExpr]bool{},
		when: w.conditions(body), flagged: w.flags(body),
	}
	b.walk(body)
	for len(w.literals) > 0 {
		next := w.literals[0]
		w.literals = w.literals[1:]
		sig, _ := w.pkg.TypeOf(next.lit).(*types.Signature)
		w.walk(next.fn, next.lit, next.lit.Body, sig)
	}
}

// A bodyWalk collects one function body, literals in it aside.
type bodyWalk struct {
	*walker
	fn       *Func
	defers   map[*ast.CallExpr]*ast.DeferStmt
	starts   map[*ast.CallExpr]bool
	acquired []facts.Acquisition
	when     map[ast.Node][]Condition
	flagged  []token.Pos // tests of flags
	count    int         // literals so far
}

// ownerName names the type of what a path to a lock begins at.
func ownerName(at facts.Lock) string {
	if at.Root == nil {
		return ""
	}
	return typeName(at.Root.Type())
}

// gated reports whether a flag was read since all the locks were taken.
func (b *bodyWalk) gated(held []Hold, at token.Pos) bool {
	return len(held) > 0 && slices.ContainsFunc(b.flagged, func(flag token.Pos) bool {
		return flag < at && !slices.ContainsFunc(held, func(h Hold) bool {
			return slices.ContainsFunc(h.By, func(by token.Pos) bool { return by > flag })
		})
	})
}

func (b *bodyWalk) walk(body *ast.BlockStmt) {
	b.acquired = b.pkg.Acquisitions(b.node)
	var called []*ast.CallExpr
	b.walker.collector.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			b.defers[n.Call] = n
		case *ast.GoStmt:
			b.starts[n.Call] = true
		case *ast.CallExpr:
			called = append(called, n)
		case *ast.CompositeLit:
			b.ring(n)
		case *ast.FuncLit:
			b.literal(n)
			return false
		}
		return true
	})
	for _, call := range called {
		b.call(call)
		b.given = append(b.given, call)
	}
	b.values(body, called)
}

// literal notes a literal. Until something is known of where it runs, that is
// anywhere.
func (b *bodyWalk) literal(lit *ast.FuncLit) {
	b.count++
	fn := &Func{ID: fmt.Sprintf("%s·%d", b.fn.ID, b.count), Name: "a function literal of " + b.fn.Name, Pos: lit.Pos(), Entry: Open, Around: b.fn.ID}
	b.funcs[lit] = fn
	b.literals = append(b.literals, literal{lit, fn})
}

// call collects one call: of a lock, or of a function.
func (b *bodyWalk) call(call *ast.CallExpr) {
	if tv := b.pkg.Info.Types[call.Fun]; tv.IsType() || tv.IsBuiltin() {
		return
	}
	if c, ok := b.names.LockCall(call); ok {
		b.lockCall(c)
		return
	}
	c := &Call{Pos: call.Pos(), End: call.End(), Go: b.starts[call], If: b.when[call]}
	if !b.target(call, c) {
		b.runs(call)
		return
	}
	if !c.Go {
		c.Held = b.heldAt(call)
		c.Gated = b.gated(c.Held, c.Pos)
	}
	if len(c.Held) > 0 && c.Callee != "" {
		c.Elem = b.keyOf(call)
	}
	c.Args, c.Bools = b.args(call), b.bools(call)
	if c.KeptIn != "" {
		c.Args[0] = c.Kept
	}
	b.fn.Calls = append(b.fn.Calls, c)
	b.runs(call)
}

func (b *bodyWalk) lockCall(c facts.LockCall) {
	ref := b.refOf(c.Lock, c.Call)
	if ref.Class == "" {
		ref.Class = b.classBySyntax(c.Call)
	}
	if c.Op == facts.Release {
		b.release(ref.Class)
		return
	}
	if b.starts[c.Call] || b.defers[c.Call] != nil {
		return
	}
	if ref.Class != "" {
		b.sketch.Classes[ref.Class] = true
	}
	ref.Key = b.keyOf(c.Call)
	ref.Key.Owner = ownerName(c.Lock)
	held := b.heldAt(c.Call)
	b.fn.Takes = append(b.fn.Takes, &Take{
		Lock: ref, Read: c.Read, Try: c.Op == facts.TryAcquire, If: b.when[c.Call],
		Held: held, Gated: b.gated(held, c.Call.Pos()), Pos: c.Call.Pos(), End: c.Call.End(),
	})
}

// release notes the release of a lock that nothing above it in the text takes:
// that of a caller, even where the simulation is in doubt whether it comes so far.
func (b *bodyWalk) release(class Class) {
	taken := slices.ContainsFunc(b.fn.Takes, func(t *Take) bool { return t.Lock.Class == class })
	if class != "" && !taken {
		b.fn.Drops = union(b.fn.Drops, []Class{class})
	}
}

// classBySyntax is the class of a lock without a name: by its field.
func (b *bodyWalk) classBySyntax(call *ast.CallExpr) Class {
	sel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	t := b.pkg.TypeOf(sel.X)
	w := classWalk{c: b.collector, typ: t}
	if inner, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok {
		if s := b.pkg.Info.Selections[inner]; s != nil && s.Kind() == types.FieldVal {
			w.typ = s.Recv()
			if !w.along(s.Index()) {
				return ""
			}
		}
	}
	if s := b.pkg.Info.Selections[sel]; s == nil || !w.along(s.Index()[:len(s.Index())-1]) {
		return ""
	}
	return w.name
}

// along follows the fields that a selection leads through.
func (w *classWalk) along(index []int) bool {
	for _, i := range index {
		st, ok := deref(w.typ).Underlying().(*types.Struct)
		if !ok || i >= st.NumFields() || !w.step("."+st.Field(i).Name()) {
			return false
		}
	}
	return true
}

// heldAt returns the locks that are held where a call is made; for a deferred
// one, where it runs.
func (b *bodyWalk) heldAt(call *ast.CallExpr) []Hold {
	at := ast.Node(call)
	deferred := b.defers[call]
	if deferred != nil {
		at = deferred
	}
	holdings, _ := b.pkg.Held(b.node, at)
	var held []Hold
	for _, h := range holdings {
		if deferred != nil && !b.outlives(h, deferred) {
			continue
		}
		hold := Hold{Lock: b.refOf(h.Lock, call), Read: h.Read, Must: h.Must}
		if len(h.By) == 1 {
			hold.Lock.Key = b.keyOf(h.By[0])
			hold.Lock.Key.Owner = ownerName(h.Lock)
		}
		for _, by := range h.By {
			hold.By = append(hold.By, by.Pos())
		}
		if hold.Lock.Class != "" {
			held = append(held, hold)
		}
	}
	return held
}

// outlives reports whether a lock is still held when a deferred call runs: all
// its releases are deferred, and were so before.
func (b *bodyWalk) outlives(h facts.Holding, d *ast.DeferStmt) bool {
	for _, acq := range b.acquired {
		if !slices.Contains(h.By, acq.Call) {
			continue
		}
		if len(acq.Deferred) == 0 || len(acq.Deferred) != len(acq.Releases) {
			return false
		}
		for _, release := range acq.Deferred {
			if release.Pos() >= d.Pos() {
				return false
			}
		}
	}
	return true
}

// lockMethods are the methods by which a mutex is used.
var lockMethods = map[string]bool{"Lock": true, "Unlock": true, "RLock": true, "RUnlock": true, "TryLock": true, "TryRLock": true, "RLocker": true}
