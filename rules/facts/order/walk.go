package order

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/models"
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

// refOf is a named lock, or what leads to one, as the sketch has it.
func (w *walker) refOf(at facts.Lock, before ast.Node) Ref {
	v, ok := at.Root.(*types.Var)
	if !ok {
		return Ref{}
	}
	walk := w.classOf(at)
	ref := Ref{Class: walk.name, Path: at.Path, Root: w.rootOf(v), Holds: walk.holds, Slot: walk.slot, Far: walk.far, Owns: walk.owns, Kin: walk.kin}
	ref.Outer = walk.outer && ref.Root.Kind == Param
	ref.Many = strings.Contains(at.Path, "[")
	ref.Beside = leadsBeside(v.Type(), at.Path)
	ref.Made = w.putThere(v, at.Path, before)
	if ref.Root.Kind == Variable {
		ref.Captured = v.Pos() < w.node.Pos() || v.Pos() >= w.node.End()
		ref.Fresh = w.fresh(v, before)
		from, many := w.derived(v, 0)
		ref.From, ref.Many = from, ref.Many || many
		ref.Asked = w.askedBy(v)
		ref.Up = w.derivedBy(leadsUp, v, 0)
		ref.Beside = ref.Beside || w.derivedBy(w.leadsToPeer, v, 0)
		ref.Made = ref.Made || makes(w.pkg.Info, w.definitions()[v].value)
		w.ownElement(v, &ref)
	}
	return ref
}

// ownElement notes that a local variable has an element of a map or slice whose
// elements are made for it.
func (w *walker) ownElement(v *types.Var, ref *Ref) {
	sel, ok := elementOf(w.definitions()[v]).(*ast.SelectorExpr)
	if !ok || ref.Far || ref.Owns != "" {
		return
	}
	f, ok := w.pkg.Use(sel.Sel).(*types.Var)
	if !ok || !f.IsField() || !refersToLock(v.Type()) || !w.pkg.OwnElements(f) {
		return
	}
	owner, ok := types.Unalias(deref(w.pkg.TypeOf(sel.X))).(*types.Named)
	if !ok {
		return
	}
	owns := string(w.typeClass(owner.Origin().Obj())) + "." + f.Name() + "[]"
	if ref.Path == "" {
		ref.Owns = owns
	} else {
		ref.Slot = owns + ref.Slot
	}
}

// elementOf returns the map or slice of which a definition gives an element, or nil.
func elementOf(d definition) ast.Expr {
	if index, ok := d.value.(*ast.IndexExpr); ok {
		return ast.Unparen(index.X)
	}
	if d.many {
		return d.value
	}
	return nil
}

func (w *walker) rootOf(v *types.Var) Root {
	if w.sig != nil {
		if recv := w.sig.Recv(); recv != nil && recv == v {
			return Root{Kind: Param}
		}
		for i := range w.sig.Params().Len() {
			if w.sig.Params().At(i) == v {
				return Root{Kind: Param, Index: i + 1}
			}
		}
	}
	if v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		return Root{Kind: Global, ID: v.Pkg().Path() + "." + v.Name()}
	}
	return Root{Kind: Variable, ID: w.place(v.Pos())}
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

// args are the receiver and the arguments of a call.
func (b *bodyWalk) args(call *ast.CallExpr) []*Ref {
	refs := make([]*Ref, 0, len(call.Args)+1)
	add := func(at facts.Lock, named bool) {
		var ref Ref
		if named {
			ref = b.refOf(at, call)
		}
		refs = append(refs, b.refs.of(ref))
	}
	add(b.names.Receiver(call))
	for _, arg := range call.Args {
		add(b.names.Place(arg))
	}
	return refs
}

// target says which function a call runs; false if none that can be followed.
func (b *bodyWalk) target(call *ast.CallExpr, c *Call) bool {
	switch callee := b.pkg.Callee(call).(type) {
	case *types.Func:
		return b.function(callee, call, c)
	case *types.Var:
		return b.runsVariable(callee, c) || b.keptCall(call, c)
	}
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return b.runsLiteral(lit, true, c)
	}
	return b.keptCall(call, c)
}

// runsVariable is a call of the literal that a local variable holds.
func (b *bodyWalk) runsVariable(v *types.Var, c *Call) bool {
	lit, ok := ast.Unparen(b.valueOf(v)).(*ast.FuncLit)
	return ok && b.runsLiteral(lit, b.names.OnlyCalled(v), c)
}

// valueOf is what a local variable holds, if that never changes.
func (w *walker) valueOf(v *types.Var) ast.Expr {
	if value := w.names.Value(v); value != nil {
		return value
	}
	return &ast.BadExpr{}
}

// runsLiteral is a call of a literal; only says that it runs nowhere else.
func (b *bodyWalk) runsLiteral(lit *ast.FuncLit, only bool, c *Call) bool {
	fn := b.funcs[lit]
	if fn == nil {
		return false
	}
	if only {
		fn.Entry &^= Open
	}
	if c.Go {
		fn.Entry |= Open
	}
	c.Callee = fn.ID
	return true
}

func (b *bodyWalk) function(callee *types.Func, call *ast.CallExpr, c *Call) bool {
	callee = callee.Origin()
	recv := callee.Signature().Recv()
	if recv == nil || !types.IsInterface(recv.Type()) {
		if !b.within(callee.Pkg()) {
			return false
		}
		c.Callee = b.name(callee)
		return true
	}
	iface := types.Unalias(recv.Type())
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if static := types.Unalias(b.pkg.TypeOf(sel.X)); static != nil && types.IsInterface(static) {
			iface = static // the type of the value says more than the embedded interface
		}
	}
	if named, ok := iface.(*types.Named); ok && (named.TypeParams().Len() > 0 || !b.within(named.Obj().Pkg())) {
		return false
	}
	if _, ok := iface.(*types.TypeParam); ok {
		return false
	}
	c.Iface, c.Method = b.iface(iface), b.method(callee)
	return true
}

// within reports whether the program may have a package: what others do is not seen.
func (c *collector) within(pkg *types.Package) bool {
	switch {
	case pkg == nil || pkg.Path() == "sync":
		return false
	case pkg == c.pkg.Types || c.pkg.Within == nil:
		return true
	}
	return c.pkg.Within(pkg.Path())
}

// runs notes which literals and functions a call of something outside runs on
// this goroutine, as the models know.
func (b *bodyWalk) runs(call *ast.CallExpr) {
	b.implicit(call)
	model := b.pkg.Model(call)
	if model == nil {
		return
	}
	for _, run := range model.Runs {
		if run.How != models.Now && run.How != models.Once || run.Arg >= len(call.Args) {
			continue
		}
		c := &Call{Pos: call.Pos(), End: call.End(), Go: b.starts[call]}
		if b.targetValue(call.Args[run.Arg], c) {
			c.Held = b.heldAt(call)
			b.fn.Calls = append(b.fn.Calls, c)
		}
	}
}

// implicit notes the methods that a call runs without naming them.
func (b *bodyWalk) implicit(call *ast.CallExpr) {
	for _, implicit := range b.pkg.ImplicitCalls(call) {
		c := &Call{Callee: b.name(implicit.Method), Pos: call.Pos(), End: call.End(), Go: b.starts[call], Held: b.heldAt(call)}
		if at, ok := b.names.Place(implicit.Object); ok {
			c.Args = []*Ref{b.refs.of(b.refOf(at, call))}
		}
		b.fn.Calls = append(b.fn.Calls, c)
	}
}

// targetValue says which function a func value is.
func (b *bodyWalk) targetValue(e ast.Expr, c *Call) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		return b.runsLiteral(e, true, c)
	case *ast.Ident:
		switch obj := b.pkg.Use(e).(type) {
		case *types.Var:
			return b.runsVariable(obj, c)
		case *types.Func:
			c.Callee = b.name(obj.Origin())
			return true
		}
	case *ast.SelectorExpr:
		if fn, ok := b.pkg.Use(e.Sel).(*types.Func); ok && (fn.Signature().Recv() == nil || !types.IsInterface(fn.Signature().Recv().Type())) {
			c.Callee = b.name(fn.Origin())
			if at, ok := b.names.Place(e.X); ok {
				c.Args = []*Ref{b.refs.of(b.refOf(at, e))}
			}
			return true
		}
	}
	return false
}

// values notes the functions that are used as values: they run who knows when.
func (b *bodyWalk) values(body ast.Node, called []*ast.CallExpr) {
	funs := make(map[ast.Expr]bool)
	for _, call := range called {
		fun := ast.Unparen(call.Fun)
		funs[fun] = true
		if sel, ok := fun.(*ast.SelectorExpr); ok {
			funs[sel.Sel] = true
		}
	}
	b.walker.collector.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident:
			if fn, ok := b.pkg.Use(n).(*types.Func); ok && !funs[n] && b.within(fn.Pkg()) {
				b.fn.Calls = append(b.fn.Calls, &Call{Callee: b.name(fn.Origin()), Go: true, Pos: n.Pos(), End: n.End()})
			}
		}
		return true
	})
}

// fresh reports whether a local variable holds an object that this function has
// made and, as far as its text goes, shown to nobody before a node.
func (w *walker) fresh(v *types.Var, before ast.Node) bool {
	if value := w.names.Value(v); value != nil {
		if !makes(w.pkg.Info, value) {
			return false
		}
	} else if refersToLock(v.Type()) || isSync(v.Type()) {
		return false
	}
	return !w.shown(v, before.Pos())
}

// makes reports whether an expression makes a new object.
func makes(info *types.Info, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		_, literal := ast.Unparen(e.X).(*ast.CompositeLit)
		return e.Op == token.AND && literal
	case *ast.CallExpr:
		id, ok := ast.Unparen(e.Fun).(*ast.Ident)
		if !ok {
			return false
		}
		_, builtin := info.Uses[id].(*types.Builtin)
		return builtin && id.Name == "new"
	}
	return false
}

// lockMethods are the methods by which a mutex is used.
var lockMethods = map[string]bool{"Lock": true, "Unlock": true, "RLock": true, "RUnlock": true, "TryLock": true, "TryRLock": true, "RLocker": true}
