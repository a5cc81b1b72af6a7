package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// A function may make another one: Bus.On returns the literal that takes the handler
// out again, WithName one that sets the name of what it is given. Who calls what
// was made takes the locks that the literal takes.

// madeTakes returns where a result of a call, which it has made, takes a lock, which the function
// around the call names; nil if it is not sure to.
func (u *unit) madeTakes(made *ast.CallExpr, result int, lock Lock, read bool) ast.Node {
	fn := u.pkg.callee(made)
	lit := u.pkg.madeBy(fn, result)
	if lit == nil {
		return nil
	}
	maker := u.pkg.named(u.pkg.declOf(fn))
	for _, there := range u.withinCall(made, fn, lock) {
		if taken := maker.takenIn(lit, there, read); taken != nil {
			return taken
		}
	}
	return nil
}

// withinCall returns the names that a lock has in a function, where a call hands it
// over: by the receiver, a parameter, or as what it is, a variable of the package.
func (u *unit) withinCall(call *ast.CallExpr, fn *types.Func, lock Lock) (names []Lock) {
	if isGlobal(lock.Root) {
		return []Lock{lock}
	}
	sig := fn.Signature()
	name := func(arg int, v *types.Var) {
		o := u.operand(call, Ref{Arg: arg})
		if v == nil || !o.ok || o.at.Root != lock.Root {
			return
		}
		if rest, ok := strings.CutPrefix(lock.Path, o.at.Path); ok && (rest == "" || rest[0] == '.') {
			names = append(names, Lock{Root: v, Path: rest})
		}
	}
	name(0, sig.Recv())
	for i := range sig.Params().Len() {
		if !sig.Variadic() || i < sig.Params().Len()-1 {
			name(i+1, sig.Params().At(i))
		}
	}
	return names
}

// calledMade returns where a literal calls what another function has made for a
// local variable, which takes the lock.
func (u *unit) calledMade(lit *ast.FuncLit, lock Lock, read bool) (taken ast.Node) {
	u.pkg.inspectOwn(lit.Body, func(n ast.Node) bool {
		if _, starts := n.(*ast.GoStmt); starts || taken != nil {
			return false
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if made, i := u.makerOf(call.Fun); made != nil && u.madeTakes(made, i, lock, read) != nil {
				taken = call
			}
		}
		return true
	})
	return taken
}

// makerOf returns the call, and which of its results, that a local variable has as its
// only value but for nil.
func (u *unit) makerOf(e ast.Expr) (made *ast.CallExpr, result int) {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil, 0
	}
	v, ok := u.pkg.Use(id).(*types.Var)
	info := u.vars[v]
	if !ok || info == nil || info.parameter || info.defs != 1 || info.addressed {
		return nil, 0
	}
	if info.init != nil {
		made, _ = ast.Unparen(info.init).(*ast.CallExpr)
		return made, 0
	}
	return u.severalFrom(v)
}

// severalFrom finds the call of which a variable gets one of several results.
func (u *unit) severalFrom(v *types.Var) (made *ast.CallExpr, result int) {
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Rhs) != 1 {
			return made == nil
		}
		for i, lhs := range assign.Lhs {
			if id, ok := lhs.(*ast.Ident); ok && u.pkg.ObjectOf(id) == v {
				made, _ = ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
				result = i
			}
		}
		return made == nil
	})
	return made, result
}

type madeKey struct{}

// A makes names a result of a function.
type makes struct {
	fn     *types.Func
	result int
}

// madeBy returns the one literal that a function gives as a result; nil if it gives
// several, or something else but nil.
func (p *Package) madeBy(fn *types.Func, result int) *ast.FuncLit {
	if fn == nil || result >= fn.Signature().Results().Len() || !isFunc(fn.Signature().Results().At(result).Type()) {
		return nil
	}
	all := p.Keep(madeKey{}, func() any { return make(map[makes]*ast.FuncLit) }).(map[makes]*ast.FuncLit)
	lit, known := all[makes{fn, result}]
	if !known {
		lit = p.onlyLiteral(p.declOf(fn), result)
		all[makes{fn, result}] = lit
	}
	return lit
}

func (p *Package) onlyLiteral(decl *ast.FuncDecl, result int) (only *ast.FuncLit) {
	if decl == nil || decl.Body == nil {
		return nil
	}
	several := false
	p.inspectOwn(decl.Body, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || result < len(ret.Results) && p.IsNil(ret.Results[result]) {
			return true
		}
		var lit *ast.FuncLit
		if result < len(ret.Results) {
			lit, _ = ast.Unparen(ret.Results[result]).(*ast.FuncLit)
		}
		several = several || lit == nil || only != nil
		only = lit
		return true
	})
	if several {
		return nil
	}
	return only
}
