package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// besideElement looks for goroutines that a loop starts, of which each writes an
// element of its own, shorter than a cache line:
//
//	for i := range workers {
//		go func() {
//			for _, x := range part(i) {
//				sums[i] += x
//			}
//		}()
//	}
func (f *Facts) besideElement(e *ast.IndexExpr, field *ast.SelectorExpr) (s FalseSharing, ok bool) {
	elem := f.elemOf(e.X)
	if elem == nil || !sized(elem) {
		return s, false
	}
	line := f.pkg.CacheLine()
	fn := f.goroutineAround(e)
	if f.pkg.SizesOf().Sizeof(elem) >= line || fn == nil || fn.outermost().test || !f.hotLoop(fn, e) {
		return s, false
	}
	w := f.workerOf(fn)
	if w == nil || !f.ownIndex(w, e.Index) || !f.oneForAll(w, e.X) {
		return s, false
	}
	s = FalseSharing{Other: w.at, Elem: elem, Line: line}
	if field != nil {
		if selection := f.pkg.Info.Selections[field]; selection != nil {
			s.Field, _ = selection.Obj().(*types.Var)
		}
	}
	return s, true
}

// elemOf returns the type of the elements of a slice or array, nil of anything else.
func (f *Facts) elemOf(e ast.Expr) types.Type {
	t := f.typeOf(e)
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem().Underlying()
	}
	switch t := t.(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	}
	return nil
}

// goroutineAround returns the function around a node if it is started as a goroutine.
func (f *Facts) goroutineAround(n ast.Node) (fn *function) {
	for _, other := range f.order {
		if within(other.body(), n) && (fn == nil || within(fn.body(), other.node)) {
			fn = other
		}
	}
	return fn
}

// A worker is a goroutine that one statement in a loop starts, again and again.
type worker struct {
	fn   *function
	at   ast.Node      // the go statement, or the call that starts it
	call *ast.CallExpr // of the function, with its arguments; nil where nothing is passed
	loop ast.Stmt      // around at
}

// workerOf returns the only place where a function is started, if that is in a loop.
func (f *Facts) workerOf(fn *function) *worker {
	w := &worker{fn: fn}
	in := fn.around
	if fn.obj == nil {
		if fn.runs != started {
			return nil
		}
		w.at = fn.at
	} else {
		sites := f.realSites(fn)
		if len(sites) != 1 || sites[0].runs != started || fn.public || fn.valued {
			return nil
		}
		w.at, w.call, in = sites[0].stmt, sites[0].call, sites[0].in
	}
	if start, ok := w.at.(*ast.GoStmt); ok {
		w.call = start.Call
	}
	if in == nil || w.at == nil {
		return nil
	}
	w.loop = innermostLoop(in.body(), w.at)
	if w.loop == nil {
		return nil
	}
	return w
}

// given returns what a parameter or receiver of the worker is given; nil for
// another variable.
func (f *Facts) given(w *worker, v *types.Var) ast.Expr {
	lit, ok := w.fn.node.(*ast.FuncLit)
	if !ok {
		return f.argument(w.fn, v, site{call: w.call})
	}
	signature, ok := f.pkg.TypeOf(lit).(*types.Signature)
	if !ok || w.call == nil || ast.Unparen(w.call.Fun) != lit || signature.Variadic() {
		return nil
	}
	for i := range signature.Params().Len() {
		if signature.Params().At(i) == v && i < len(w.call.Args) {
			return w.call.Args[i]
		}
	}
	return nil
}

// ownIndex reports whether an index is the number of the worker: the variable of the
// loop that starts it, or a parameter that is given that.
func (f *Facts) ownIndex(w *worker, index ast.Expr) bool {
	id, ok := ast.Unparen(index).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || f.assignedIn(w.fn.body(), v) {
		return false
	}
	if arg := f.given(w, v); arg != nil {
		id, ok := ast.Unparen(arg).(*ast.Ident)
		if !ok {
			return false
		}
		v, ok = f.pkg.Use(id).(*types.Var)
		if !ok {
			return false
		}
	}
	return f.countsTurns(w.loop, v)
}

// countsTurns reports whether a variable has another value in each turn of a loop: it is
// the loop's own, or a copy of that.
func (f *Facts) countsTurns(loop ast.Stmt, v *types.Var) bool {
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		if _, isMap := f.typeOf(loop.X).(*types.Map); isMap || loop.Tok != token.DEFINE {
			return false
		}
		if id, ok := loop.Key.(*ast.Ident); ok && f.pkg.Def(id) == v {
			return true
		}
		return f.copiedFirst(loop, loop.Body, v)
	case *ast.ForStmt:
		if init, ok := loop.Init.(*ast.AssignStmt); ok && init.Tok == token.DEFINE && loop.Post != nil {
			if id, ok := init.Lhs[0].(*ast.Ident); ok && f.pkg.Def(id) == v {
				return !f.assignedIn(loop.Body, v)
			}
		}
		return f.copiedFirst(loop, loop.Body, v)
	}
	return false
}

// copiedFirst reports whether the body of a loop declares a variable as a copy of the
// loop's own: i := i.
func (f *Facts) copiedFirst(loop ast.Stmt, body *ast.BlockStmt, v *types.Var) bool {
	for _, st := range body.List {
		def, ok := st.(*ast.AssignStmt)
		if !ok || def.Tok != token.DEFINE || len(def.Lhs) != 1 || len(def.Rhs) != 1 {
			continue
		}
		id, ok := def.Lhs[0].(*ast.Ident)
		from, ok2 := def.Rhs[0].(*ast.Ident)
		if ok && ok2 && f.pkg.Def(id) == v {
			source, ok := f.pkg.Use(from).(*types.Var)
			return ok && source != v && f.countsTurns(loop, source) && !f.assignedIn(body, v)
		}
	}
	return false
}

// assignedIn reports whether a variable is given a value in a block.
func (f *Facts) assignedIn(body *ast.BlockStmt, v *types.Var) bool {
	found := false
	is := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && f.pkg.Use(id) == v
	}
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				found = found || is(lhs)
			}
		case *ast.IncDecStmt:
			found = found || is(n.X)
		case *ast.RangeStmt:
			found = found || n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)
		case *ast.UnaryExpr:
			found = found || n.Op == token.AND && is(n.X)
		}
		return !found
	})
	return found
}

// oneForAll reports whether all workers of a loop have the same slice or array: the
// path to it begins outside of the loop.
func (f *Facts) oneForAll(w *worker, e ast.Expr) bool {
	v := f.ownerVar(e)
	if v == nil || within(w.fn.body(), posOf(v)) {
		return false
	}
	if arg := f.given(w, v); arg != nil {
		if v = f.ownerVar(arg); v == nil {
			return false
		}
	} else if within(w.fn.node, posOf(v)) {
		return false // a parameter of which nothing is known
	}
	return !within(w.loop, posOf(v))
}

// posOf is the place of a declaration, as a node.
func posOf(v *types.Var) ast.Node { return &ast.Ident{NamePos: v.Pos(), Name: v.Name()} }
