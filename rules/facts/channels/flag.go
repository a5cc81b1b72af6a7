package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A flagRead is a look at a boolean field that decides whether a function goes on.
type flagRead struct {
	field *types.Var
	at    ast.Node // the selector, or the call of a function that only looks
	// locked is set where the function that is called takes a lock for the look.
	locked bool
}

// flagReads returns the looks at boolean fields by which a function decides
// whether it comes to a node: in the conditions around it, and in those of earlier
// ifs that leave.
func (f *Facts) flagReads(decl *ast.FuncDecl, n ast.Node) (all []flagRead) {
	f.pkg.Inspect(decl.Body, func(m ast.Node) bool {
		test, ok := m.(*ast.IfStmt)
		if !ok || test.Pos() > n.Pos() {
			_, literal := m.(*ast.FuncLit)
			return !literal
		}
		around := test.Body.Pos() <= n.Pos() && n.End() <= test.Body.End()
		if around || leavesAtEnd(test.Body) {
			all = append(all, f.flagsIn(test.Cond)...)
		}
		return true
	})
	return all
}

// leavesAtEnd reports whether the last statement of a block is a return.
func leavesAtEnd(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	_, ok := body.List[len(body.List)-1].(*ast.ReturnStmt)
	return ok
}

// flagsIn returns the looks of a condition: in it, in what a local variable was set
// to, in a function that does nothing else.
func (f *Facts) flagsIn(cond ast.Expr) (all []flagRead) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if decl := f.pkg.Body(n); decl != nil {
				if v, locks := f.looksAt(decl); v != nil {
					all = append(all, flagRead{v, n, locks})
				}
			}
			return false
		case *ast.SelectorExpr:
			if v := f.flag(n); v != nil {
				all = append(all, flagRead{field: v, at: n})
			}
			return false
		case *ast.Ident:
			all = append(all, f.flagsOf(f.Variable(n))...)
		}
		return true
	})
	return all
}

// flag returns the boolean field that an expression selects.
func (f *Facts) flag(x ast.Expr) *types.Var {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v, ok := f.pkg.ObjectOf(sel.Sel).(*types.Var)
	if !ok || !v.IsField() || !isBool(v.Type()) {
		return nil
	}
	return v.Origin()
}

// flagsOf returns the look at a field whose result a local variable holds.
func (f *Facts) flagsOf(v *types.Var) []flagRead {
	if v == nil || v.IsField() || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return nil
	}
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		if x, ok := value.(ast.Expr); sets && ok && f.flag(x) != nil {
			return []flagRead{{field: f.flag(x), at: ast.Unparen(x)}}
		}
	}
	return nil
}

// looksAt returns the field that a function returns, if all else that it does is to
// lock and unlock.
func (f *Facts) looksAt(decl *ast.FuncDecl) (field *types.Var, locks bool) {
	for _, st := range decl.Body.List {
		var call *ast.CallExpr
		switch st := st.(type) {
		case *ast.ExprStmt:
			call, _ = st.X.(*ast.CallExpr)
		case *ast.DeferStmt:
			call = st.Call
		case *ast.ReturnStmt:
			if len(st.Results) == 1 {
				return f.flagAmong(st.Results[0]), locks
			}
		}
		if call == nil || !f.isLockMethod(call) {
			return nil, false
		}
		locks = true
	}
	return nil, false
}

// flagAmong returns the flag that an expression is, or one of those of which any will do:
// closed || late.
func (f *Facts) flagAmong(x ast.Expr) *types.Var {
	either, ok := ast.Unparen(x).(*ast.BinaryExpr)
	if !ok || either.Op != token.LOR {
		return f.flag(x)
	}
	if v := f.flagAmong(either.X); v != nil {
		return v
	}
	return f.flagAmong(either.Y)
}

// isLockMethod reports whether a call takes or releases a lock of sync.
func (f *Facts) isLockMethod(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" {
		return false
	}
	switch fn.Name() {
	case "Lock", "Unlock", "RLock", "RUnlock":
		return true
	}
	return false
}

// flagSet returns an assignment of a constant to a field in a function.
func (f *Facts) flagSet(fn ast.Node, field *types.Var) (found *ast.AssignStmt) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if ok && len(st.Lhs) == 1 && len(st.Rhs) == 1 && f.flag(st.Lhs[0]) == field && f.pkg.Info.Types[st.Rhs[0]].Value != nil {
			found = st
		}
		return found == nil
	})
	return found
}

// flagSetBehind is flagSet for an assignment that can come after a look at the field.
func (f *Facts) flagSetBehind(decl *ast.FuncDecl, read flagRead) (found *ast.AssignStmt) {
	flow := f.pkg.Flow(decl)
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok || found != nil || f.flagSet(st, read.field) == nil {
			return found == nil
		}
		_, own := flow.At(st)
		if some, _ := flow.Follows(read.at, st); some || !own {
			found = st
		}
		return found == nil
	})
	return found
}

// oneSection reports whether a lock is held from a look at a flag until it is set;
// guarded is false where no lock is about them at all.
func (f *Facts) oneSection(decl *ast.FuncDecl, read flagRead, set *ast.AssignStmt) (one, guarded bool) {
	before, ok := f.pkg.Held(decl, read.at)
	after, ok2 := f.pkg.Held(decl, set)
	if !ok || !ok2 {
		return true, true // nobody knows
	}
	guarded = read.locked || len(before)+len(after) > 0
	if f.unlocksBetween(decl, read.at, set) {
		return false, guarded
	}
	for _, a := range before {
		for _, b := range after {
			one = one || a.Lock == b.Lock
		}
	}
	return one, guarded
}

// unlocksBetween reports whether every path from a node to another releases a lock.
func (f *Facts) unlocksBetween(fn, from, to ast.Node) bool {
	at, ok := f.pkg.Flow(fn).At(to)
	if !ok {
		return true
	}
	target, later := at.Block.Nodes[at.Index], deferredCalls(fn)
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: from,
		until: func(n ast.Node) bool { return n == target },
		covered: func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			return ok && !later[call] && f.isLockMethod(call) && strings.HasSuffix(f.pkg.Callee(call).Name(), "Unlock")
		},
	}
	return s.out() == nil && !s.lost
}

// deferredCalls returns the calls that a function defers.
func deferredCalls(fn ast.Node) map[*ast.CallExpr]bool {
	later := map[*ast.CallExpr]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			later[d.Call] = true
		}
		return true
	})
	return later
}

// flagRaced returns the look at a flag that is to keep a function from closing a
// channel twice, and does not: it sets the flag in another critical section, so
// that two callers can both find it unset.
func (f *Facts) flagRaced(fn ast.Node, call *ast.CallExpr, op *ClassOp) ast.Node {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || op.Defer != nil || !f.calledByMany(decl) || len(f.pkg.CallersLocks(fn)) > 0 || f.nilAsked(decl, call) {
		return nil
	}
	reads := f.flagReads(decl, call)
	for i, read := range reads {
		if f.rootObject(f.origin(call.Args[0])) != f.rootObject(read.at) {
			continue // a flag of something else
		}
		set := f.flagSetBehind(decl, read)
		if set == nil || f.looksAgain(reads, i) {
			continue
		}
		one, guarded := f.oneSection(decl, read, set)
		if one || !guarded {
			return nil
		}
		return read.at
	}
	return nil
}

// origin is the expression that a local variable holds, where it has but one value; any
// other expression is its own.
//
//	ch := s.done
func (f *Facts) origin(x ast.Expr) ast.Expr {
	v := f.Variable(x)
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return x
	}
	for _, m := range f.mentions(v) {
		if value, sets := f.setBy(m); sets {
			if of, ok := value.(ast.Expr); ok {
				return of
			}
		}
	}
	return x
}

// rootObject is the variable that a path of fields, or a call of a method, begins with.
func (f *Facts) rootObject(n ast.Node) types.Object {
	switch x := n.(type) {
	case *ast.ParenExpr:
		return f.rootObject(x.X)
	case *ast.CallExpr:
		return f.rootObject(x.Fun)
	case *ast.SelectorExpr:
		return f.rootObject(x.X)
	case *ast.StarExpr:
		return f.rootObject(x.X)
	case *ast.IndexExpr:
		return f.rootObject(x.X)
	case *ast.Ident:
		return f.pkg.ObjectOf(x)
	}
	return nil
}

// nilAsked reports whether a close stands in an if that asks whether the channel is
// nil, or behind one that leaves where it is, with a lock held: what is closed is
// forgotten there.
func (f *Facts) nilAsked(fn *ast.FuncDecl, call *ast.CallExpr) bool {
	if held, ok := f.pkg.Held(fn, call); ok && len(held) == 0 {
		return false
	}
	for _, cond := range conditionsAround(fn, call) {
		if f.asksNil(cond, token.NEQ, call.Args[0]) {
			return true
		}
	}
	return f.leftIfNil(fn, call)
}

func (f *Facts) asksNil(cond ast.Expr, op token.Token, ch ast.Expr) bool {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	return ok && test.Op == op && f.same(test.X, ch) && f.pkg.IsNil(test.Y)
}

// leftIfNil reports whether a function leaves where a channel is nil, before it closes
// it, and holds a lock from there on.
func (f *Facts) leftIfNil(fn *ast.FuncDecl, call *ast.CallExpr) bool {
	for _, st := range fn.Body.List {
		test, ok := st.(*ast.IfStmt)
		if !ok || test.End() > call.Pos() || !leavesAtEnd(test.Body) || !f.asksNil(test.Cond, token.EQL, call.Args[0]) {
			continue
		}
		held, known := f.pkg.Held(fn, test.Cond)
		return known && len(held) > 0 && !f.unlocksBetween(fn, test.Cond, call)
	}
	return false
}

// looksAgain reports whether one of several looks is at the same flag as another.
func (f *Facts) looksAgain(reads []flagRead, i int) bool {
	for j, other := range reads {
		if j != i && other.field == reads[i].field {
			return true
		}
	}
	return false
}

// A ClosedMeanwhile is a send that a close can overtake, and why.
type ClosedMeanwhile struct {
	Close ast.Node
	Look  ast.Node // at the flag, before the send
}

// ClosedMeanwhile says how a send of a function that several may call can come
// after the close of its channel: the function looks before whether the channel is
// closed, at a flag, and holds no lock from there to the send; who sets the flag
// closes the channel and waits for nobody.
func (f *Facts) ClosedMeanwhile(fn ast.Node, send *ast.SendStmt) *ClosedMeanwhile {
	c, decl := f.barelySent(fn, send)
	if c == nil {
		return nil
	}
	if found := f.overtaken(c, decl, send); found != nil {
		return found
	}
	for _, read := range f.flagReads(decl, send) {
		held, known := f.pkg.Held(fn, read.at)
		if !known || !read.locked && len(held) == 0 {
			continue // the flag is nobody's secret, or only one goroutine's
		}
		for _, end := range c.Of(Close) {
			by, ok := functionOf(end.Stack).(*ast.FuncDecl)
			if ok && !end.Test && by != decl && (f.calledByMany(decl) || f.calledByMany(by) || f.beside(decl, by)) && f.flagSet(by, read.field) != nil && !f.waitsFirst(by, end.Node) {
				return &ClosedMeanwhile{Close: end.Node, Look: read.at}
			}
		}
	}
	return nil
}

// beside reports whether a function is run by goroutines alone, and another one is called by
// somebody else than that.
//
//	go w.send(1)
//	w.stop()
func (f *Facts) beside(started, other *ast.FuncDecl) bool {
	if len(f.startedOnly(started)) == 0 || !f.onlyCalled(other) {
		return false
	}
	return slices.ContainsFunc(f.callsOf(other), func(call *ast.CallExpr) bool {
		by := f.around(call)
		return by != ast.Node(started) && !slices.ContainsFunc(f.startedOnly(started), func(s starter) bool { return f.hearsBetween(by, s.stmt, call, started) })
	})
}

// hearsBetween reports whether a function, between the start of a goroutine and a call, waits for a
// group, or receives from a channel that the goroutine knows.
//
//	go w.send(1, done)
//	<-done
//	w.stop()
func (f *Facts) hearsBetween(by, start, call ast.Node, started *ast.FuncDecl) (hears bool) {
	f.pkg.Inspect(by, func(n ast.Node) bool {
		if n.End() <= start.End() || n.Pos() >= call.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.UnaryExpr:
			ch := f.lastName(n.X)
			hears = hears || isArrow(n) && ch != nil && (f.names(start, ch) || f.names(started.Body, ch))
		case *ast.CallExpr:
			fn, ok := f.pkg.Callee(n).(*types.Func)
			hears = hears || ok && fn.Name() == "Wait"
		}
		return !hears
	})
	return hears
}

// barelySent returns what a send is on, and the function, if nothing is seen that keeps a close
// away: no lock is held, the function survives no panic and is not waited for.
func (f *Facts) barelySent(fn ast.Node, send *ast.SendStmt) (*Class, *ast.FuncDecl) {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || f.inTest(send) || len(f.pkg.CallersLocks(fn)) > 0 || f.countsOrRecovers(decl) {
		return nil, nil
	}
	if held, ok := f.pkg.Held(fn, send); !ok || len(held) > 0 {
		return nil, nil
	}
	c := f.Class(send.Chan)
	if c != nil && slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return f.around(made) == fn }) {
		return nil, nil // who makes it fills it first
	}
	return c, decl
}

// countsOrRecovers reports whether a function tells a group or a counter that it is
// at work, so that a close may wait for it, or survives a panic.
func (f *Facts) countsOrRecovers(decl *ast.FuncDecl) (does bool) {
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return !does
		}
		fn, isFunc := f.pkg.Callee(call).(*types.Func)
		does = does || f.isBuiltin(call, "recover") || isFunc && (fn.Name() == "Add" || fn.Name() == "Done" || fn.Name() == "Wait")
		return !does
	})
	return does
}

// waitsFirst reports whether a function waits for something before a node: it
// receives, selects, or calls what is named so.
func (f *Facts) waitsFirst(decl *ast.FuncDecl, before ast.Node) (waits bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if n.Pos() >= before.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.UnaryExpr:
			waits = waits || isArrow(n)
		case *ast.SelectStmt:
			if f.triesToHear(n) != nil {
				return false
			}
			waits = true
		case *ast.CallExpr:
			fn, ok := f.pkg.Callee(n).(*types.Func)
			waits = waits || ok && (fn.Name() == "Wait" || fn.Name() == "Sleep" || fn.Pkg() == f.pkg.Types && f.pkg.Declaration(fn) == nil)
		}
		return !waits
	})
	return waits
}
