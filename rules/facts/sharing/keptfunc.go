package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A keptFunc is a literal that is kept in a field of an object, or sent over a
// channel, for a goroutine that calls it.
type keptFunc struct {
	fn    *function
	field *types.Var   // that gets it; nil for one that is sent
	over  types.Object // the channel that it is sent over
	stmt  ast.Node     // the send, or the call that sends it
	owner *types.Var   // the local variable whose field gets it, where that is plain
}

// keepInField notes a literal that is the value of a field in a composite literal.
func (w *walker) keepInField(fn *function, kv *ast.KeyValueExpr) {
	id, ok := kv.Key.(*ast.Ident)
	if !ok || fn.around == nil {
		return
	}
	if field, ok := w.pkg.Use(id).(*types.Var); ok && field.IsField() {
		w.keptFuncs = append(w.keptFuncs, keptFunc{fn: fn, field: field.Origin(), stmt: fn.node})
	}
}

// keepAssigned notes a literal that is assigned to a field of a local variable.
func (w *walker) keepAssigned(fn *function, lit *ast.FuncLit, set *ast.AssignStmt) {
	for i, value := range set.Rhs {
		if ast.Unparen(value) != lit || len(set.Lhs) != len(set.Rhs) || fn.around == nil {
			continue
		}
		sel, ok := ast.Unparen(set.Lhs[i]).(*ast.SelectorExpr)
		if !ok {
			return
		}
		field, isVar := w.pkg.Use(sel.Sel).(*types.Var)
		at, named := w.placeOf(sel.X)
		if isVar && field.IsField() && named && at.root.Kind() == types.LocalVar {
			w.keptFuncs = append(w.keptFuncs, keptFunc{fn: fn, field: field.Origin(), stmt: set, owner: at.root})
		}
	}
}

// settleKept says how the literals run that fields and channels get, where some
// goroutine of the package calls them.
func (f *Facts) settleKept() {
	for _, h := range f.handings {
		if k, ok := f.sentBy(h); ok {
			f.keptFuncs = append(f.keptFuncs, k)
		}
	}
	for _, k := range f.keptFuncs {
		switch {
		case k.fn.runs != later || k.fn.around == nil:
		case k.field == nil:
			f.settleSent(k)
		default:
			f.settleField(k)
		}
	}
}

// sentBy returns the literal of a handing, where the function that gets it does
// nothing with it but send it over a channel.
func (f *Facts) sentBy(h handing) (k keptFunc, ok bool) {
	callee := originOf(f.pkg.Callee(h.call))
	if callee == nil || f.decls[callee] == nil || h.fn.obj != nil || h.goes != nil {
		return k, false
	}
	v := parameterOf(callee, h.call, ast.Unparen(h.arg))
	if v == nil || len(f.calledVars[v]) > 0 {
		return k, false
	}
	uses := 0
	f.pkg.Inspect(f.decls[callee].body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if f.pkg.Use(n) == v {
				uses++
			}
		case *ast.SendStmt:
			if f.isVariable(n.Value, v) {
				k, ok = keptFunc{fn: h.fn, over: f.holder(n.Chan), stmt: h.call}, true
			}
		}
		return true
	})
	return k, ok && uses == 1
}

// settleSent: several workers that receive functions from one channel run them side
// by side; one alone runs them one after the other.
func (f *Facts) settleSent(k keptFunc) {
	calls := f.receivedCalls(k.over)
	if k.over == nil || len(calls) == 0 {
		return
	}
	for _, s := range calls {
		if !f.manyRun(s.in, k.over) {
			return
		}
	}
	k.fn.runs, k.fn.sites, k.fn.at = bound, calls, k.stmt
	k.fn.handed, k.fn.hand = true, started
}

// receivedCalls returns the calls of functions that were received from a channel.
func (f *Facts) receivedCalls(over types.Object) (calls []site) {
	for _, fn := range f.order {
		f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.RangeStmt:
				if _, isChan := f.typeOf(n.X).(*types.Chan); isChan && f.holder(n.X) == over && n.Key != nil {
					calls = append(calls, f.callsOfVar(n.Key)...)
				}
			case *ast.AssignStmt:
				if receive, ok := ast.Unparen(n.Rhs[0]).(*ast.UnaryExpr); ok && receive.Op == token.ARROW && f.holder(receive.X) == over {
					calls = append(calls, f.callsOfVar(n.Lhs[0])...)
				}
			}
			return true
		})
	}
	return calls
}

func (f *Facts) callsOfVar(e ast.Expr) []site {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return nil
	}
	return f.calledVars[v]
}

// manyRun reports whether a function runs only on goroutines of the package, of
// which a loop starts several for one channel.
func (f *Facts) manyRun(fn *function, over types.Object) bool {
	if fn == nil {
		return false
	}
	s := &rootSearch{Facts: f, seen: map[*function]bool{}, found: map[Root]bool{}}
	s.visit(fn)
	for r := range s.found {
		if r.Outside() || !r.Many || f.ownEachTurn(r.Start, over) {
			return false
		}
	}
	return len(s.found) > 0
}

// ownEachTurn reports whether each turn that comes back to a start gives the goroutine an
// object of its own, in a field of which the channel is.
//
//	again:
//		g := groups[name]
//		if g == nil {
//			g = newGroup()
//			go g.run() // for fn := range g.tasks { fn() }
//		}
func (f *Facts) ownEachTurn(start ast.Node, over types.Object) bool {
	fn := f.declaredAround(start)
	if fn == nil {
		return false
	}
	flow := f.pkg.Flow(fn.node)
	at, ok := flow.At(start)
	owner := f.ownerIn(start, over)
	return ok && owner != nil && !f.leads(flow, at, func(p facts.Point) bool { return p == at }, func(n ast.Node) bool {
		return declares(f.pkg.Info, n, owner) || f.sets(n, owner)
	})
}

// ownerIn returns the local variable that a start names of which a channel is a field.
func (f *Facts) ownerIn(start ast.Node, over types.Object) (owner *types.Var) {
	field, ok := over.(*types.Var)
	if !ok || !field.IsField() || !f.madeWhereKept(field) {
		return nil
	}
	f.pkg.Inspect(start, func(n ast.Node) bool {
		if id, isName := n.(*ast.Ident); isName && owner == nil {
			if v, isVar := f.pkg.Use(id).(*types.Var); isVar && v.Kind() == types.LocalVar && hasField(v.Type(), field) {
				owner = v
			}
		}
		return owner == nil
	})
	return owner
}

// madeWhereKept reports whether whatever puts a channel into a field makes it there, so that
// no two objects have the same one.
func (f *Facts) madeWhereKept(field *types.Var) bool {
	made := true
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if len(n.Elts) > 0 && hasField(f.typeOf(n), field) {
					_, keyed := n.Elts[0].(*ast.KeyValueExpr)
					made = made && keyed
				}
			case *ast.KeyValueExpr:
				made = made && (!f.spells(n.Key, field) || f.makesChan(n.Value))
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					made = made && (!f.spells(lhs, field) || len(n.Lhs) == len(n.Rhs) && f.makesChan(n.Rhs[i]))
				}
			}
			return made
		})
	}
	return made
}

// spells reports whether an expression is the key, or a selector, of a field.
func (f *Facts) spells(e ast.Expr, field *types.Var) bool {
	if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok {
		e = sel.Sel
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	return ok && v.Origin() == field
}

// makesChan reports whether an expression is a call of make, or nil.
func (f *Facts) makesChan(e ast.Expr) bool {
	if f.pkg.IsNil(e) {
		return true
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return ok && f.pkg.Use(id) == types.Universe.Lookup("make")
}

// hasField reports whether a type is a struct, or a pointer to one, that has a field.
func hasField(t types.Type, field *types.Var) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for own := range st.Fields() {
		if own.Origin() == field {
			return true
		}
	}
	return false
}

// sets reports whether a node assigns to a variable.
func (f *Facts) sets(n ast.Node, v *types.Var) bool {
	set, ok := n.(*ast.AssignStmt)
	return ok && slices.ContainsFunc(set.Lhs, func(lhs ast.Expr) bool { return f.isVariable(lhs, v) })
}

// settleField: a goroutine calls the field, of an object that the function around the
// literal has made, and that a call there gets which starts the goroutine.
func (f *Facts) settleField(k keptFunc) {
	calls := f.calledVars[k.field]
	owner := k.owner
	if owner == nil {
		owner = f.ownerOfLiteral(k.fn)
	}
	for _, c := range f.callsOf(k.fn.around.outermost()) {
		if c.site.in != k.fn.around || c.site.runs == deferred || !f.takesOwner(c, k, owner) {
			continue
		}
		for _, s := range calls {
			if k.fn.test && f.inHandler(s.in) {
				continue // the test may well call that itself
			}
			if start := f.startedIn(c, s, passageDepth); start.ok {
				k.fn.runs, k.fn.sites, k.fn.at = bound, calls, c.site.stmt
				k.fn.handed, k.fn.hand, k.fn.many, k.fn.behind = true, started, start.many, start.waited
				k.fn.succeeds = start.succeeds
				return
			}
		}
	}
}

// inHandler reports whether a function is one that is given a request, or stands in one.
func (f *Facts) inHandler(fn *function) bool {
	for ; fn != nil; fn = fn.around {
		if sig := fn.signature(f.pkg.Info); sig != nil && ofOneRequest(sig) {
			return true
		}
	}
	return false
}

// ownerOfLiteral returns the local variable that the object is assigned to which a
// composite literal around a function literal makes, or a call that gets that.
func (f *Facts) ownerOfLiteral(fn *function) (owner *types.Var) {
	f.pkg.Inspect(fn.around.body(), func(n ast.Node) bool {
		if !within(n, fn.node) {
			return false
		}
		set, ok := n.(*ast.AssignStmt)
		if ok && len(set.Lhs) > 0 {
			if id, isName := set.Lhs[0].(*ast.Ident); isName {
				owner, _ = f.pkg.ObjectOf(id).(*types.Var)
			}
		}
		return true
	})
	return owner
}

// takesOwner reports whether a call gets the object: the literal that makes it
// stands among its arguments, or it gets the variable behind that.
func (f *Facts) takesOwner(c outgoing, k keptFunc, owner *types.Var) bool {
	if within(c.site.call, k.fn.node) {
		return true
	}
	if owner == nil || c.site.call.Pos() < k.fn.node.End() || owner.Pos() < k.fn.around.node.Pos() || owner.Pos() >= k.fn.around.node.End() {
		return false
	}
	if sel, ok := ast.Unparen(c.site.call.Fun).(*ast.SelectorExpr); ok && f.isVariable(sel.X, owner) {
		return true
	}
	for _, arg := range c.site.call.Args {
		if address, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok {
			arg = address.X
		}
		if f.isVariable(arg, owner) {
			return true
		}
	}
	return false
}

// A fieldStart says that a call starts a goroutine that calls a field: succeeds, only where it returns
// no error.
type fieldStart struct{ ok, many, waited, succeeds bool }

// startedIn looks for the goroutine that a call starts, itself or in what it calls,
// and that makes a call s. It must not be waited for there.
func (f *Facts) startedIn(c outgoing, s site, depth int) fieldStart {
	if c.site.runs == started {
		ok, waited := f.comes(c.callee, s, passageDepth)
		return fieldStart{ok: ok, many: f.loops(c.site.in, c.site.stmt), waited: waited}
	}
	if depth == 0 || f.mayWait(c.callee) {
		return fieldStart{}
	}
	for _, lit := range f.order {
		if lit.around == c.callee && lit.runs == started {
			if ok, waited := f.comes(lit, s, passageDepth); ok {
				return fieldStart{true, f.loops(c.callee, lit.at), waited, f.succeedsBehind(c.callee, lit.at)}
			}
		}
	}
	for _, next := range f.callsOf(c.callee) {
		if next.site.in != c.callee || next.site.runs == deferred {
			continue
		}
		if start := f.startedIn(next, s, depth-1); start.ok {
			start.succeeds = start.succeeds && f.succeedsBehind(c.callee, next.site.stmt)
			return start
		}
	}
	return fieldStart{}
}

// comes reports whether a function makes a call, itself or by those that it calls by
// name, and whether it has waited for somebody before.
func (f *Facts) comes(fn *function, s site, depth int) (ok, waited bool) {
	if s.in == fn && s.runs == inPlace {
		return true, !f.quiet(fn, s.call)
	}
	if depth == 0 {
		return false, false
	}
	for _, c := range f.callsOf(fn.outermost()) {
		if c.site.in != fn || c.site.runs != inPlace {
			continue
		}
		if ok, waited := f.comes(c.callee, s, depth-1); ok {
			return true, waited || !f.quiet(fn, c.site.stmt)
		}
	}
	return false, false
}
