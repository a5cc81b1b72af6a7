package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// WordBehind says of the Wait of a field's WaitGroup that it waits for a goroutine which ends only
// when it gets the word to, by a channel or a context of the same object, and that the word is given
// behind the Wait alone.
//
//	func (d *T) Close() {
//		d.wg.Wait() // for d.loop: case <-d.ctx.Done(): return
//		d.cancel()
//	}
func (f *Facts) WordBehind(fn ast.Node, wait *ast.CallExpr) *RangeWait {
	of := f.groups().of[wait]
	if of == nil || of.Kind != Wait || of.Deferred != nil || of.Fn != fn || f.inTest(wait) || f.endsTheProgram(fn) {
		return nil
	}
	group, ok := f.field(of.Group).(*types.Var)
	if !ok || !group.IsField() {
		return nil
	}
	for _, done := range f.groups().all {
		if done.Kind != Done || done.Deferred == nil || f.field(done.Group) != types.Object(group) || len(f.startedOnly(done.Fn)) == 0 {
			continue
		}
		for _, w := range f.wordsOf(done.Fn) {
			if given := f.givenBehind(w, of); given != nil && f.endsOnlyByWord(done.Fn, w) {
				return &RangeWait{w.hears[0], given}
			}
		}
	}
	return nil
}

// A word is what a goroutine can be told to end by: a channel in a field, or a context.
type word struct {
	field types.Object
	hears []ast.Node
	class *Class // nil of a context
}

// wordsOf returns those that a function listens to.
func (f *Facts) wordsOf(fn ast.Node) (all []*word) {
	for _, c := range f.Classes() {
		w := &word{field: c.Var, class: c}
		for _, op := range c.Of(Receive) {
			if op.Fn == fn && op.Defer == nil {
				w.hears = append(w.hears, op.Node)
			}
		}
		if len(w.hears) > 0 && c.Var.IsField() && !c.Serves && !c.Nil && !c.Replaced {
			all = append(all, w)
		}
	}
	of := map[types.Object]*word{}
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		receive, ok := n.(*ast.UnaryExpr)
		if ok && isArrow(receive) && f.isOfContext(receive) {
			if v, isVar := f.contextOfDone(receive).(*types.Var); isVar && v.IsField() {
				if of[v] == nil {
					of[v] = &word{field: v}
					all = append(all, of[v])
				}
				of[v].hears = append(of[v].hears, receive)
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return all
}

// contextOfDone returns the variable or field of the context from whose Done a receive is.
func (f *Facts) contextOfDone(receive *ast.UnaryExpr) types.Object {
	call, ok := ast.Unparen(receive.X).(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	return f.field(sel.X)
}

// endsOnlyByWord reports whether a function ends on no way on which it has not got the word.
func (f *Facts) endsOnlyByWord(fn ast.Node, w *word) bool {
	told := func(n ast.Node) bool { return slices.Contains(w.hears, n) }
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn),
		covered: told,
		crossed: func(_ *facts.Block, e facts.Edge) bool {
			clause, ok := e.Case.(*ast.CommClause)
			return ok && clause.Comm != nil && receiveOf(clause.Comm) != nil && told(receiveOf(clause.Comm))
		},
		leaves: func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	return s.out() == nil && !s.lost
}

// givenBehind returns where a word is given, if that is behind a Wait alone, on every way.
func (f *Facts) givenBehind(w *word, wait *GroupCall) (given ast.Node) {
	var gives []*ClassOp
	if w.class != nil {
		gives = w.class.Of(Send, Close)
	} else {
		gives = f.cancels(w.field)
	}
	for _, op := range gives {
		if op.Test {
			continue
		}
		if !f.runsBehind(op, wait) {
			return nil
		}
		given = op.Node
	}
	return given
}

// runsBehind reports whether an operation is done behind a Wait, there or when its function ends.
func (f *Facts) runsBehind(op *ClassOp, wait *GroupCall) bool {
	if op.Defer == nil {
		return f.onlyBehind(op, wait)
	}
	if f.around(op.Defer) != wait.Fn {
		return false
	}
	_, always := f.pkg.Flow(wait.Fn).Precedes(op.Defer, wait.Call)
	return always
}

// cancels returns the calls that end the contexts of a field: of the CancelFunc of another, with
// which they are made, from a context that never ends. It is nil if there may be others.
//
//	d.ctx, d.cancel = context.WithCancel(context.Background())
func (f *Facts) cancels(ctx types.Object) (calls []*ClassOp) {
	cancel := f.cancelMadeWith(ctx)
	if cancel == nil {
		return nil
	}
	known := true
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || f.field(sel) != cancel {
				return true
			}
			switch around := stack[len(stack)-1].(type) {
			case *ast.CallExpr:
				if ast.Unparen(around.Fun) != ast.Expr(sel) {
					known = false
					return true
				}
				fn, _ := functionAt(stack)
				op := &ClassOp{Kind: Close, Node: around, Fn: fn, Test: f.inTest(around)}
				op.Defer, _ = stack[len(stack)-2].(*ast.DeferStmt)
				calls = append(calls, op)
			case *ast.AssignStmt:
				known = known && around.Tok == token.ASSIGN && slices.Contains(around.Lhs, ast.Expr(sel))
			case *ast.BinaryExpr: // if d.cancel != nil
			default:
				known = false
			}
			return true
		})
	}
	if !known {
		return nil
	}
	return calls
}

// cancelMadeWith returns the field of the CancelFunc that is made with the context of another, by the
// one statement that sets both.
func (f *Facts) cancelMadeWith(ctx types.Object) (cancel types.Object) {
	sets := 0
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			if made, ok := n.(*ast.CompositeLit); ok && f.keyedValue(made, ctx) != nil {
				sets++
				cancel = f.cancelBeside(made, f.keyedValue(made, ctx))
			}
			st, ok := n.(*ast.AssignStmt)
			if !ok || !slices.ContainsFunc(st.Lhs, func(x ast.Expr) bool { return f.field(x) == ctx }) {
				return true
			}
			sets++
			if call, isCall := ast.Unparen(st.Rhs[0]).(*ast.CallExpr); isCall && len(st.Lhs) == 2 && len(st.Rhs) == 1 && f.isCallOf(call, "context.WithCancel") && f.background(call.Args[0]) {
				cancel = f.field(st.Lhs[1])
			}
			return true
		})
	}
	if v, ok := cancel.(*types.Var); sets != 1 || !ok || !v.IsField() {
		return nil
	}
	return cancel
}

// keyedValue returns what a composite literal gives a field.
func (f *Facts) keyedValue(made *ast.CompositeLit, field types.Object) ast.Expr {
	for _, elt := range made.Elts {
		if pair, ok := elt.(*ast.KeyValueExpr); ok && f.field(pair.Key) == field {
			return pair.Value
		}
	}
	return nil
}

// cancelBeside returns the field to which a composite literal gives the CancelFunc of a context that
// it gives to another, if that is all that the function does with it.
//
//	ctx, cancel := context.WithCancel(context.Background())
//	d := &Dispatcher{ctx: ctx, cancel: cancel}
func (f *Facts) cancelBeside(made *ast.CompositeLit, value ast.Expr) types.Object {
	ctx := f.Variable(value)
	if ctx == nil || ctx.Kind() != types.LocalVar {
		return nil
	}
	set, result := f.onlySetting(ctx)
	if set == nil || result != 0 || len(set.st.Lhs) != 2 || !f.isCallOf(set.call, "context.WithCancel") || !f.background(set.call.Args[0]) {
		return nil
	}
	cancel := f.Variable(set.st.Lhs[1])
	if cancel == nil || f.sets(cancel) != 1 || len(f.mentions(cancel)) != 2 {
		return nil
	}
	for _, elt := range made.Elts {
		if pair, ok := elt.(*ast.KeyValueExpr); ok && f.Variable(pair.Value) == cancel {
			return f.field(pair.Key)
		}
	}
	return nil
}
