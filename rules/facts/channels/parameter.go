package channels

import (
	"go/ast"
	"go/types"
)

// traceOfParameter returns the trace of the one channel that a parameter of a
// function stands for; nil where that is not one that this package makes and
// passes there by a go statement, or to a function that itself starts a literal which
// uses it.
func (f *Facts) traceOfParameter(v *types.Var) *Trace {
	if v == nil || v.Kind() != types.ParamVar {
		return nil
	}
	all := f.mentions(v)
	if len(all) == 0 {
		return nil
	}
	fn, _ := functionAt(all[0].stack)
	var found *Trace
	for _, t := range f.passedTo(fn) {
		for _, op := range t.Ops {
			if op.Fn != op.Thread.Fn || op.Fn != fn && !f.startsLiteralOf(fn, op) || f.operand(op) != v {
				continue
			}
			if found != nil && found != t {
				return nil
			}
			found = t
		}
	}
	return found
}

// startsLiteralOf reports whether a declared function starts the literal that an operation stands in.
//
//	func launch(jobs []job, out chan<- error) { for _, j := range jobs { go func() { out <- j() }() } }
func (f *Facts) startsLiteralOf(fn ast.Node, op *Op) bool {
	_, literal := op.Fn.(*ast.FuncLit)
	_, declared := fn.(*ast.FuncDecl)
	return literal && declared && op.Thread.Start != nil && contains(fn, op.Fn) && f.around(op.Thread.Start) == fn
}

// passedTo returns the traces of the local channels that a call in the package
// hands to a function.
func (f *Facts) passedTo(fn ast.Node) (all []*Trace) {
	for _, call := range f.callsOf(fn) {
		for _, arg := range call.Args {
			if t := f.Trace(f.Variable(arg)); t != nil {
				all = append(all, t)
			}
		}
	}
	return all
}

// callsOf returns the calls of a function of this package, or of a literal where
// it stands.
func (f *Facts) callsOf(fn ast.Node) []*ast.CallExpr {
	if f.calls == nil {
		f.calls = f.callsByFunction()
	}
	return f.calls[fn]
}

// onlyCalled reports whether all that the package does with a declared function
// is to call it.
func (f *Facts) onlyCalled(decl *ast.FuncDecl) bool {
	return f.timesNamed(decl) == len(f.callsOf(decl))
}

// callsByFunction finds the calls of the functions of this package, and of
// literals where they stand.
func (f *Facts) callsByFunction() map[ast.Node][]*ast.CallExpr {
	calls := map[ast.Node][]*ast.CallExpr{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
				calls[lit] = append(calls[lit], call)
			} else if decl := f.pkg.Body(call); decl != nil && !f.triesOut(call, decl) {
				calls[decl] = append(calls[decl], call)
			}
			return true
		})
	}
	return calls
}

// operand returns the variable that an operation names.
func (f *Facts) operand(op *Op) *types.Var {
	switch n := op.Node.(type) {
	case *ast.SendStmt:
		return f.Variable(n.Chan)
	case *ast.UnaryExpr:
		return f.Variable(n.X)
	case *ast.RangeStmt:
		return f.Variable(n.X)
	case *ast.CallExpr:
		if op.Kind == Close {
			return f.Variable(n.Args[0])
		}
	}
	return nil
}
