package sharing

import (
	"go/ast"
	"go/types"
)

// iteratedUnder returns the locks that are held around a node of a function since it stands in
// loops over functions of the package which hold them whenever they come to the body.
//
//	func (s *S) each(yield func(int) bool) {
//		s.mu.Lock()
//		defer s.mu.Unlock()
//		yield(s.n)
//	}
//	for n := range s.each { use(n, s.n) } // with s.mu held
func (f *Facts) iteratedUnder(fn *function, at ast.Node) (held lockset) {
	for _, loop := range f.functionLoops(fn) {
		if within(loop.Body, at) {
			held = held.with(f.heldByIterator(loop))
		}
	}
	return held
}

// IteratedBy returns a loop around a node of a function, or literal, that ranges over a function of
// which nothing is known: it may hold any lock when it comes to the body.
func (f *Facts) IteratedBy(fn, at ast.Node) *ast.RangeStmt {
	home := f.funcs[fn]
	if home == nil {
		return nil
	}
	for _, loop := range f.functionLoops(home) {
		if within(loop.Body, at) && f.unseenIterator(loop.X) {
			return loop
		}
	}
	return nil
}

// unseenIterator reports whether an expression is a variable, or a method of an interface, or calls
// such. What other packages make knows no lock of this one.
func (f *Facts) unseenIterator(x ast.Expr) bool {
	call, made := ast.Unparen(x).(*ast.CallExpr)
	if made {
		x = call.Fun
	}
	fn, ok := f.named(x).(*types.Func)
	if !ok {
		return true
	}
	if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
		return true
	}
	return made && f.decls[originOf(fn)] != nil && len(f.iteratorsOf(call)) == 0
}

// functionLoops returns the loops of a function, not of literals in it, that range over functions.
func (f *Facts) functionLoops(fn *function) []*ast.RangeStmt {
	if loops, known := f.iterations[fn]; known {
		return loops
	}
	var loops []*ast.RangeStmt
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if loop, ok := n.(*ast.RangeStmt); ok {
			if _, over := f.typeOf(loop.X).(*types.Signature); over {
				loops = append(loops, loop)
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	f.iterations[fn] = loops
	return loops
}

// heldByIterator returns the locks with which what a loop ranges over comes to the body.
func (f *Facts) heldByIterator(loop *ast.RangeStmt) lockset {
	if held, known := f.iterators[loop]; known {
		return held
	}
	f.iterators[loop] = lockset{} // while it is found out
	var held lockset
	for _, iterator := range f.iteratorsOf(loop.X) {
		for _, call := range f.yieldsOf(iterator) {
			locks := f.stateAt(f.around(call), call).locks
			if held == nil {
				held = locks
			} else {
				held = held.both(locks)
			}
		}
	}
	if f.settled {
		f.iterators[loop] = held
	} else {
		delete(f.iterators, loop)
	}
	return held
}

// iteratorsOf returns the functions of the package that an expression stands for as an iterator:
// the one that it names, or the literals in the one that it calls.
func (f *Facts) iteratorsOf(x ast.Expr) (all []*function) {
	call, made := ast.Unparen(x).(*ast.CallExpr)
	if made {
		x = call.Fun
	}
	fn := f.decls[originOf(f.named(x))]
	if fn == nil || !made {
		if fn != nil {
			all = append(all, fn)
		}
		return all
	}
	for _, part := range f.partsOfFunction(fn) {
		if lit, ok := part.node.(*ast.FuncLit); ok && types.Identical(f.typeOf(lit), f.typeOf(call)) {
			all = append(all, part)
		}
	}
	return all
}

// yieldsOf returns the calls of the first parameter of an iterator, those in its literals too.
func (f *Facts) yieldsOf(iterator *function) (calls []*ast.CallExpr) {
	yield := firstParameter(f, iterator)
	if yield == nil {
		return nil
	}
	f.pkg.Inspect(iterator.body(), func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && f.pkg.Callee(call) == types.Object(yield) {
			calls = append(calls, call)
		}
		return true
	})
	return calls
}

func firstParameter(f *Facts, fn *function) types.Object {
	var params *ast.FieldList
	switch node := fn.node.(type) {
	case *ast.FuncDecl:
		params = node.Type.Params
	case *ast.FuncLit:
		params = node.Type.Params
	}
	if params == nil || len(params.List) == 0 || len(params.List[0].Names) == 0 {
		return nil
	}
	return f.pkg.Def(params.List[0].Names[0])
}
