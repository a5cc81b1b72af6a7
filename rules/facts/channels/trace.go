package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/models"
)

// Trace follows the channel or WaitGroup that a local variable holds; nil for a
// variable that is no such, or that is not set once, by make or its declaration.
func (f *Facts) Trace(v *types.Var) *Trace {
	if t, ok := f.traces[v]; ok {
		return t
	}
	f.traces[v] = nil
	f.traces[v] = f.trace(v)
	return f.traces[v]
}

func (f *Facts) trace(v *types.Var) *Trace {
	if v == nil || v.IsField() || v.Kind() != types.LocalVar {
		return nil
	}
	made, ok := f.madeBy(v)
	if !ok {
		made, ok = f.madeByMaker(v)
	}
	if !ok {
		return nil
	}
	all := f.mentions(v)
	if len(all) == 0 {
		return nil
	}
	fn, _ := functionAt(all[0].stack)
	if fn == nil {
		return nil
	}
	t := &Trace{Var: v, Fn: fn, Make: made, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	return t
}

// madeBy returns the make of a channel variable that is set by nothing else; a
// WaitGroup needs none.
func (f *Facts) madeBy(v *types.Var) (made *ast.CallExpr, ok bool) {
	if isGroup(v.Type()) {
		return nil, true
	}
	if _, isChan := v.Type().Underlying().(*types.Chan); !isChan {
		return nil, false
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if !sets {
			continue
		}
		call, isCall := ast.Unparen(value).(*ast.CallExpr)
		if made != nil || !isCall || !f.isBuiltin(call, "make") {
			return nil, false
		}
		made = call
	}
	return made, made != nil
}

// setBy returns the value that a mention sets its variable to; sets is true,
// and the value bad, where it sets it to something else.
func (f *Facts) setBy(m mention) (value ast.Expr, sets bool) {
	switch around := m.around(0).(type) {
	case *ast.AssignStmt:
		i := slices.IndexFunc(around.Lhs, func(x ast.Expr) bool { return ast.Unparen(x) == ast.Expr(m.id) })
		switch {
		case i < 0:
			return nil, false
		case len(around.Lhs) == len(around.Rhs):
			return around.Rhs[i], true
		}
		return &ast.BadExpr{}, true
	case *ast.ValueSpec:
		i := slices.Index(around.Names, m.id)
		switch {
		case i < 0 || len(around.Values) == 0:
			return nil, false
		case len(around.Names) == len(around.Values):
			return around.Values[i], true
		}
		return &ast.BadExpr{}, true
	case *ast.IncDecStmt:
		return &ast.BadExpr{}, true
	case *ast.UnaryExpr:
		return &ast.BadExpr{}, around.Op == token.AND
	case *ast.RangeStmt:
		return &ast.BadExpr{}, around.Key == ast.Expr(m.id) || around.Value == ast.Expr(m.id)
	}
	return nil, false
}

// isWaitGroup reports whether t is sync.WaitGroup or a pointer to it.
func isWaitGroup(t types.Type) bool {
	return facts.TypeIs(t, "sync.WaitGroup", "*sync.WaitGroup")
}

// isErrGroup reports whether t is errgroup.Group or a pointer to it.
func isErrGroup(t types.Type) bool {
	return facts.TypeIs(t, "golang.org/x/sync/errgroup.Group", "*golang.org/x/sync/errgroup.Group")
}

// isGroup reports whether t is that of something that waits for goroutines.
func isGroup(t types.Type) bool { return isWaitGroup(t) || isErrGroup(t) }

func (f *Facts) isBuiltin(call *ast.CallExpr, name string) bool {
	b, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && b.Name() == name
}

// A spot is where code runs: by which thread, and at which node of its flow.
type spot struct {
	thread   *Thread
	fn       ast.Node
	anchor   ast.Node // nil: in the thread's own function
	deferred *ast.DeferStmt
	calls    int      // from the thread's own function to the one of the spot
	loop     ast.Stmt // in which one of them stands, so that it runs again and again for one channel
	nested   bool     // two of them stand in loops
}

// at returns the anchor of something that stands at the spot.
func (s spot) at(n ast.Node) ast.Node {
	if s.anchor != nil {
		return s.anchor
	}
	return n
}

// inline is the spot of a function that is called at n, in a loop or not.
func (s spot) inline(n, fn ast.Node, loop ast.Stmt) spot {
	return spot{s.thread, fn, s.at(n), s.deferred, s.calls + 1, s.within(loop), s.nested || loop != nil && s.loop != nil}
}

// within is the loop of something at the spot, of which its own function knows one or none.
func (s spot) within(loop ast.Stmt) ast.Stmt {
	if loop != nil {
		return loop
	}
	return s.loop
}

// later is the spot of a function that d runs at the exit.
func (s spot) later(d *ast.DeferStmt, fn ast.Node) spot {
	if s.anchor != nil {
		return s.inline(d, fn, nil)
	}
	return spot{s.thread, fn, d, d, s.calls + 1, s.loop, s.nested}
}

// A tracer collects the operations of one trace.
type tracer struct {
	f       *Facts
	t       *Trace
	threads map[threadKey]*Thread
	// returned lets a return of the channel pass: who gets it only receives.
	returned bool
	// elsewhere lets sends pass of which nobody knows when they happen: none of them receives.
	elsewhere bool
}

type threadKey struct {
	start, anchor ast.Node
	in            *Thread
}

const (
	deepest = 4   // functions that get the channel from each other
	most    = 200 // operations, beyond which nobody can say what happens
)

func (w *tracer) unknown(n ast.Node) {
	if w.t.Unknown == nil {
		w.t.Unknown = n
	}
}

// follow looks at every mention of v, a variable of fn, which runs at the spot.
func (w *tracer) follow(v *types.Var, fn ast.Node, here spot, depth int) {
	if depth > deepest || len(w.t.Ops) > most {
		w.unknown(fn)
		return
	}
	for _, m := range w.f.mentions(v) {
		if w.t.Unknown != nil {
			return // nobody asks for the rest
		}
		start := slices.Index(m.stack, fn)
		if start < 0 {
			continue
		}
		spots, ok := w.enter(m, start+1, here, v)
		if !ok {
			w.lost(m)
			continue
		}
		for _, at := range spots {
			w.use(m, at, v, depth)
		}
	}
}

// lost notes a mention in a function of which nobody knows when it runs.
func (w *tracer) lost(m mention) {
	send, ok := m.around(0).(*ast.SendStmt)
	if !ok || !w.elsewhere || ast.Unparen(send.Chan) != ast.Expr(m.id) {
		w.unknown(m.id)
		return
	}
	w.t.Elsewhere = append(w.t.Elsewhere, send)
}

// enter goes through the literals around a mention, from the outermost, and returns where it
// runs: a literal that a variable holds runs wherever that is called.
func (w *tracer) enter(m mention, from int, here spot, v *types.Var) ([]spot, bool) {
	spots := []spot{here}
	for i := from; i < len(m.stack); i++ {
		lit, ok := m.stack[i].(*ast.FuncLit)
		if !ok {
			continue
		}
		var inside []spot
		for _, at := range spots {
			more, ok := w.role(lit, m.stack[:i], at, v)
			if !ok {
				return nil, false
			}
			inside = append(inside, more...)
		}
		spots = inside
	}
	return spots, len(spots) <= most
}

// role says where a literal runs.
func (w *tracer) role(lit *ast.FuncLit, stack []ast.Node, here spot, v *types.Var) ([]spot, bool) {
	m := mention{stack: stack}
	switch around := m.around(0).(type) {
	case *ast.CallExpr:
		at, ok := w.called(lit, lit, around, stack, here, v)
		return []spot{at}, ok
	case *ast.AssignStmt:
		if len(around.Lhs) == 1 && around.Tok == token.DEFINE {
			return w.variable(lit, w.f.Variable(around.Lhs[0]), here, v)
		}
	}
	return nil, false
}

// called says where fn runs, which stands in a call as its function or argument.
func (w *tracer) called(x ast.Expr, fn ast.Node, call *ast.CallExpr, stack []ast.Node, here spot, v *types.Var) (spot, bool) {
	above := slices.Index(stack, ast.Node(call))
	var outer ast.Node
	if above > 0 {
		outer = stack[above-1]
	}
	if ast.Unparen(call.Fun) == x {
		switch outer := outer.(type) {
		case *ast.GoStmt:
			return w.started(outer, fn, stack[:above-1], here, v), true
		case *ast.DeferStmt:
			return here.later(outer, fn), true
		}
		return here.inline(call, fn, loopOf(stack[:max(above, 0)], v.Pos())), true
	}
	return w.argument(x, fn, call, stack[:max(above, 0)], here, v)
}

// argument says where a function runs that a call gets.
func (w *tracer) argument(x ast.Expr, fn ast.Node, call *ast.CallExpr, stack []ast.Node, here spot, v *types.Var) (spot, bool) {
	model := w.f.pkg.Model(call)
	i := slices.IndexFunc(call.Args, func(a ast.Expr) bool { return ast.Unparen(a) == x })
	if model == nil || i < 0 {
		return here, false
	}
	for _, run := range model.Runs {
		if run.Arg != i {
			continue
		}
		switch run.How {
		case models.Now, models.Once:
			return here.inline(call, fn, loopOf(stack, v.Pos())), true
		case models.Goroutine:
			return w.started(call, fn, stack, here, v), true
		}
	}
	return here, false
}

// variable says where a literal runs that a local variable holds, and keeps: where the calls of
// it stand, in the function that holds it or in other literals there.
//
//	pipe := func(dst, src net.Conn) { io.Copy(dst, src); done <- struct{}{} }
//	go pipe(a, b)
//	go pipe(b, a)
func (w *tracer) variable(lit *ast.FuncLit, name *types.Var, here spot, v *types.Var) (all []spot, ok bool) {
	if name == nil || name.Name() == "_" || w.f.sets(name) != 1 {
		return nil, false
	}
	for _, m := range w.f.mentions(name) {
		if _, sets := w.f.setBy(m); sets {
			continue
		}
		call, isCall := m.around(0).(*ast.CallExpr)
		spots, known := w.enter(m, slices.Index(m.stack, here.fn)+1, here, v)
		if !isCall || !known {
			return nil, false
		}
		for _, at := range spots {
			runs, known := w.called(m.id, lit, call, m.stack, at, v)
			if !known {
				return nil, false
			}
			all = append(all, runs)
		}
	}
	return all, len(all) > 0
}

// started returns the spot of a goroutine's function.
func (w *tracer) started(start, fn ast.Node, stack []ast.Node, here spot, v *types.Var) spot {
	k := threadKey{start, here.at(start), here.thread}
	th := w.threads[k]
	if th == nil {
		own := loopOf(stack, v.Pos())
		th = &Thread{Start: start, Fn: fn, In: here.thread, Anchor: here.at(start), Loop: here.within(own), Nested: own != nil && here.loop != nil || here.nested}
		w.threads[k] = th
	}
	return spot{thread: th, fn: fn}
}
