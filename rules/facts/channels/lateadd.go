package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A LateAdd is an Add in the goroutine that it counts.
type LateAdd struct {
	Add   *GroupCall
	Start *ast.GoStmt
	In    ast.Node      // the function that starts the goroutine
	Wait  *ast.CallExpr // one that may come before the Add
}

// LateAdd says whether a goroutine counts itself in, so that a Wait of the
// group can find the count before it: the goroutine's function adds, and is done
// later, and who starts it neither adds before nor holds a count of the group
// himself. The Add, and the Done, may stand in methods that the goroutine's function calls.
func (f *Facts) LateAdd(call *ast.CallExpr) *LateAdd {
	add := f.groups().of[call]
	if add == nil || add.Kind != Add || add.Deferred != nil {
		return nil
	}
	if n, ok := f.amount(call); ok && n < 0 {
		return nil
	}
	if f.isDoneAfter(add) {
		return f.lateIn(add)
	}
	for _, called := range f.calledTo(add) {
		if late := f.lateIn(called); late != nil && f.isDoneBehind(called) && !f.countsByHelper(called) {
			return late
		}
	}
	return nil
}

// lateIn says so of an Add in the function of a goroutine.
func (f *Facts) lateIn(add *GroupCall) *LateAdd {
	starts := f.startedOnly(add.Fn)
	if len(starts) == 0 {
		return nil
	}
	for _, st := range starts {
		if st.in == nil || f.groupFor(add, st) == nil || f.holdsCount(st.in, add, st) {
			return nil
		}
	}
	wait := f.waitOf(add, starts[0])
	if wait == nil {
		return nil
	}
	return &LateAdd{Add: add, Start: starts[0].stmt, In: starts[0].in, Wait: wait}
}

// isDoneAfter reports whether the function of an Add is itself done after it,
// whatever happens; else it adds for another goroutine.
func (f *Facts) isDoneAfter(add *GroupCall) bool {
	dones := map[ast.Node]bool{}
	for _, other := range f.groups().all {
		if other.Kind != Done || f.field(other.Group) != f.field(add.Group) || other.Call.Pos() < add.Fn.Pos() || add.Fn.End() < other.Call.End() {
			continue
		}
		if other.Fn != add.Fn && other.Call.Pos() > add.Call.Pos() && other.Deferred == nil {
			return false // of a goroutine that it starts, while it holds a count itself
		}
		if other.Fn == add.Fn && f.same(other.Group, add.Group) {
			dones[other.Call] = true
		}
	}
	s := &search{
		f: f, fn: add.Fn, flow: f.pkg.Flow(add.Fn), from: add.Call,
		covered: func(n ast.Node) bool { return dones[n] },
	}
	return len(dones) > 0 && s.out() == nil
}

// holdsCount reports whether the function that starts the goroutine, or one
// around it, adds to the group before the start or is done with it: then the
// count cannot be zero while the goroutine adds.
func (f *Facts) holdsCount(fn ast.Node, add *GroupCall, st starter) bool {
	gone := slices.ContainsFunc(f.groups().byFn[st.in], func(other *GroupCall) bool {
		return other.Kind == Done && f.field(other.Group) == f.groupFor(add, st) && f.letsGo(other, st)
	})
	for _, other := range f.groups().all {
		if other.Call == add.Call || f.field(other.Group) != f.groupFor(add, st) {
			continue
		}
		if !f.within(other.Fn, st.stack) || gone && other.Kind == Add && other.Fn != st.in {
			continue // or counted for the function that is done by then
		}
		if other.Kind == Done && !f.letsGo(other, st) {
			return true
		}
		if other.Kind == Add && other.Call.Pos() < st.stmt.Pos() {
			return true
		}
	}
	return false
}

// letsGo reports whether the function that starts a goroutine is done itself as soon as it has
// started it: it waits for nobody, and calls nothing that may.
//
//	go func() { defer wg.Done(); for _, p := range paths { go one(p) } }()
func (f *Facts) letsGo(done *GroupCall, st starter) bool {
	if done.Fn != st.in {
		return false
	}
	lets := true
	f.pkg.Inspect(bodyOfFunc(st.in), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			lets = lets && !isArrow(n)
		case *ast.SendStmt, *ast.SelectStmt:
			lets = false
		case *ast.RangeStmt:
			_, isChan := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
			lets = lets && !isChan
		case *ast.CallExpr:
			_, builtin := f.pkg.Callee(n).(*types.Builtin)
			lets = lets && (builtin || n == done.Call || n.End() <= st.stmt.Pos() && !f.repeats(&Op{Fn: st.in, Node: n}))
		}
		return lets
	})
	return lets
}

// within reports whether fn is one of the functions of a stack.
func (f *Facts) within(fn ast.Node, stack []ast.Node) bool {
	for _, n := range stack {
		if n == fn {
			return true
		}
	}
	return false
}

// waitOf returns a Wait of the group: of a local variable one that can come
// after the start, of a field any.
func (f *Facts) waitOf(add *GroupCall, st starter) *ast.CallExpr {
	for _, other := range f.groups().all {
		if other.Kind != Wait || f.field(other.Group) != f.groupFor(add, st) || f.heardOf(add, st, other.Call) {
			continue
		}
		return other.Call
	}
	return nil
}

// heardOf reports whether who starts a goroutine waits for a word that it gives behind
// its Add, before he comes to a Wait: as many times as it is started, as far as loops tell.
//
//	go func() { wg.Add(1); began <- true; … }()
//	<-began
//	wg.Wait()
func (f *Facts) heardOf(add *GroupCall, st starter, wait *ast.CallExpr) bool {
	words, others := f.wordsBehind(add), f.othersOf(add, st)
	if len(words)+len(others) == 0 {
		return false
	}
	again := len(f.loopsAround(st.in, st.stmt)) > 0
	s := &search{
		f: f, fn: st.in, flow: f.pkg.Flow(st.in), from: st.stmt, inner: true,
		until: func(n ast.Node) bool { return n == wait },
		covered: func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && f.groups().of[call] != nil {
				other := f.groups().of[call]
				return other.Kind == Wait && others[f.field(other.Group)]
			}
			receive, ok := n.(*ast.UnaryExpr)
			return ok && receive.Op == token.ARROW && words[f.Variable(receive.X)] && (!again || len(f.loopsAround(st.in, receive)) > 0)
		},
	}
	if at, ok := s.flow.At(wait); !ok || at.Block == nil {
		return false // another function waits
	}
	return s.out() == nil && !s.lost
}

// othersOf returns the other groups with which the function of an Add is done: who waits for one of
// them has heard of the Add.
func (f *Facts) othersOf(add *GroupCall, st starter) map[types.Object]bool {
	others := map[types.Object]bool{}
	own := f.groupFor(add, st)
	for _, other := range f.groups().all {
		if other.Kind == Done && other.Fn == add.Fn && f.groupFor(other, st) != own {
			others[f.groupFor(other, st)] = true
		}
	}
	delete(others, nil)
	return others
}

// wordsBehind returns the channels on which the function of an Add sends behind it, and
// not before.
func (f *Facts) wordsBehind(add *GroupCall) map[*types.Var]bool {
	words, early := map[*types.Var]bool{}, map[*types.Var]bool{}
	f.pkg.Inspect(add.Fn, func(n ast.Node) bool {
		if send, ok := n.(*ast.SendStmt); ok {
			words[f.Variable(send.Chan)] = true
			early[f.Variable(send.Chan)] = early[f.Variable(send.Chan)] || send.Pos() < add.Call.Pos()
		}
		return true
	})
	for v := range words {
		if v == nil || early[v] {
			delete(words, v)
		}
	}
	return words
}

// groupFor returns the group of an Add as who starts its function names it: what he passes for a
// parameter.
//
//	go run(&wg, job) // wg.Add(1) in run
func (f *Facts) groupFor(add *GroupCall, st starter) types.Object {
	v := f.Variable(add.Group)
	sig := f.signatureOf(add.Fn)
	if v == nil || v.Kind() != types.ParamVar || sig == nil {
		return f.field(add.Group)
	}
	for i := range min(sig.Params().Len(), len(st.stmt.Call.Args)) {
		if sig.Params().At(i) != v {
			continue
		}
		given := ast.Unparen(st.stmt.Call.Args[i])
		if address, ok := given.(*ast.UnaryExpr); ok {
			given = address.X
		}
		return f.field(given)
	}
	return f.field(add.Group)
}
