package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A hotWrite is an atomic write of a field, of which its processor needs the whole
// cache line.
type hotWrite struct {
	field *types.Var
	expr  *ast.SelectorExpr
	fn    *function
	// roots are the goroutines that make it in a loop that waits for nothing.
	roots map[Root]bool
	// retried says that it is the CompareAndSwap of a loop that tries until it
	// succeeds: its author expects others to write there at the same time.
	retried bool
}

// hotWrites returns the atomic writes of each field of the package in source order,
// those of tests left out.
func (f *Facts) hotWrites() map[*types.Var][]*hotWrite {
	if f.hot == nil {
		f.hot = map[*types.Var][]*hotWrite{}
		for _, fn := range f.order {
			if !fn.outermost().test {
				f.findHotWrites(fn)
			}
		}
	}
	return f.hot
}

func (f *Facts) findHotWrites(fn *function) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && lit != fn.node {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		target, name := f.atomicTarget(call)
		sel, ok := ast.Unparen(target).(*ast.SelectorExpr)
		if !ok || name == "Load" || !f.sharedOwner(fn, sel) {
			return true
		}
		field := f.pkg.Info.Selections[sel].Obj().(*types.Var).Origin()
		w := &hotWrite{field: field, expr: sel, fn: fn, roots: f.hotRoots(fn, call)}
		w.retried = name == "CompareAndSwap" && f.hotLoop(fn, call)
		f.hot[field] = append(f.hot[field], w)
		return true
	})
}

// atomicTarget returns the variable that a call reads or writes by sync/atomic, and
// what it does there: Load, Store, Add, Swap, CompareAndSwap, And, Or.
func (f *Facts) atomicTarget(call *ast.CallExpr) (target ast.Expr, name string) {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" {
		return nil, ""
	}
	if fn.Signature().Recv() != nil {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			return sel.X, fn.Name()
		}
		return nil, ""
	}
	if len(call.Args) == 0 {
		return nil, ""
	}
	address, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr)
	if !ok || address.Op != token.AND {
		return nil, ""
	}
	for _, name := range []string{"Load", "CompareAndSwap", "Store", "Add", "Swap", "And", "Or"} {
		if len(fn.Name()) > len(name) && fn.Name()[:len(name)] == name {
			return address.X, name
		}
	}
	return nil, ""
}

// sharedOwner reports whether a selector names a field of a struct, itself and not
// by a pointer in it, that more than one goroutine can have: its root is a parameter,
// a captured variable, or one of the package.
func (f *Facts) sharedOwner(fn *function, sel *ast.SelectorExpr) bool {
	selection := f.pkg.Info.Selections[sel]
	if selection == nil || selection.Kind() != types.FieldVal || selection.Obj().Pkg() != f.pkg.Types {
		return false
	}
	e := ast.Expr(sel)
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			if f.pkg.Info.Selections[x] == nil {
				return true // a variable of another package
			}
			e = x.X
			continue
		case *ast.Ident:
			v, ok := f.pkg.Use(x).(*types.Var)
			if !ok {
				return false
			}
			own := v.Pos() >= fn.body().Pos() && v.Pos() < fn.body().End()
			_, pointer := v.Type().Underlying().(*types.Pointer)
			return !own && (pointer || v.Kind() != types.ParamVar && v.Kind() != types.RecvVar)
		}
		return false
	}
}

// hotLoop reports whether the innermost loop of a function around a node waits for
// nothing: neither on a channel, a lock or a clock, nor for input or output. What
// waits in each turn is not slower by a cache miss.
func (f *Facts) hotLoop(fn *function, at ast.Node) bool {
	loop := f.loopAround(fn, at)
	if loop == nil {
		return false
	}
	hot := true
	if over, ok := loop.(*ast.RangeStmt); ok {
		switch f.typeOf(over.X).(type) {
		case *types.Chan, *types.Signature:
			return false
		}
	}
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt, *ast.SelectStmt, *ast.GoStmt, *ast.DeferStmt:
			hot = false
		case *ast.UnaryExpr:
			hot = hot && n.Op != token.ARROW
		case *ast.CallExpr:
			hot = hot && !f.slowCall(n)
		}
		return hot
	})
	return hot
}

// loopAround returns the innermost loop of a function that comes to a node in each
// turn: in its body, or its condition.
func (f *Facts) loopAround(fn *function, at ast.Node) ast.Stmt {
	loop := innermostLoop(fn.body(), at)
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if again, ok := n.(*ast.ForStmt); ok && again.Cond != nil && within(again.Cond, at) {
			loop = again
		}
		_, lit := n.(*ast.FuncLit)
		return !lit
	})
	return loop
}

// slowCall reports whether a call may take longer than a cache miss, or nothing is known of it.
func (f *Facts) slowCall(call *ast.CallExpr) bool {
	if callee := f.decls[originOf(f.pkg.Callee(call))]; callee != nil {
		return f.mayWait(callee) || f.slowBody(callee)
	}
	_, waits := f.pkg.Waits(call)
	return waits
}

// slowBody reports whether a function calls what other packages may wait in.
func (f *Facts) slowBody(fn *function) bool {
	if fn.slow != unasked {
		return fn.slow == yes
	}
	fn.slow = no // in recursion
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt, *ast.GoStmt:
			fn.slow = yes
		case *ast.CallExpr:
			if f.slowCall(n) {
				fn.slow = yes
			}
		}
		return fn.slow == no
	})
	return fn.slow == yes
}

// hotRoots returns the goroutines that come to a node again and again, in a loop that
// waits for nothing.
func (f *Facts) hotRoots(fn *function, at ast.Node) map[Root]bool {
	s := &hotSearch{Facts: f, seen: map[hotWay]bool{}, found: map[Root]bool{}}
	s.visit(fn, f.hotLoop(fn, at))
	return s.found
}

// hotSearch goes from a function to its callers, up to where goroutines begin.
type hotSearch struct {
	*Facts
	seen  map[hotWay]bool
	found map[Root]bool
}

type hotWay struct {
	fn     *function
	looped bool
}

func (s *hotSearch) visit(fn *function, looped bool) {
	if fn == nil || fn.test || s.seen[hotWay{fn, looped}] {
		return
	}
	s.seen[hotWay{fn, looped}] = true
	if fn.obj == nil && fn.runs != bound {
		switch fn.runs {
		case started:
			s.root(s.start(fn.around, fn.at), looped)
		case inPlace:
			s.visit(fn.around, looped || s.hotLoop(fn.around, fn.at))
		}
		return
	}
	if fn.entered() {
		s.root(Root{Start: fn.node}, looped)
		return
	}
	for _, call := range s.realSites(fn) {
		switch {
		case call.in == nil:
		case call.runs == started:
			s.root(s.start(call.in, call.stmt), looped)
		case call.runs == inPlace:
			s.visit(call.in, looped || s.hotLoop(call.in, call.call))
		}
	}
}

func (s *hotSearch) root(r Root, looped bool) {
	if looped {
		s.found[r] = true
	}
}

// start is that of a rootSearch.
func (s *hotSearch) start(in *function, at ast.Node) Root {
	return (&rootSearch{Facts: s.Facts}).start(in, at)
}

// AtomicWrite returns the variable that a call writes by sync/atomic, nil for other calls.
func (f *Facts) AtomicWrite(call *ast.CallExpr) ast.Expr {
	target, name := f.atomicTarget(call)
	if target == nil || name == "Load" {
		return nil
	}
	return ast.Unparen(target)
}
