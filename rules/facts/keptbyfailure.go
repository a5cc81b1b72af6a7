package facts

import (
	"go/ast"
	"go/types"
	"slices"
)

// keptByFailure reports whether an exit keeps a lock and returns an error, where the function
// releases the lock before it returns another one, and keeps it where it returns none: no caller
// can know that this error is left to him.
//
//	if !o.hot {
//		o.mu.Unlock()
//		return ErrCold
//	}
//	if o.inUse == o.max {
//		return ErrFull // with the lock
//	}
//	return nil // with the lock: the caller puts something in, and unlocks
func (j judge) keptByFailure() bool {
	if !j.surelyFails(j.way) || !slices.ContainsFunc(j.released, j.surelyFails) || j.askedFor(j.way) {
		return false
	}
	for _, e := range j.log.exits {
		if ret, ok := e.way.(*ast.ReturnStmt); ok && len(ret.Results) > 0 && e.world.holds(j.lock, j.take) && j.pkg.Info.Types[ret.Results[len(ret.Results)-1]].IsNil() {
			return true
		}
	}
	return false
}

// surelyFails reports whether an exit returns an error that is one: a variable of the package, what
// errors.New and fmt.Errorf make, or a literal.
func (j judge) surelyFails(way ast.Node) bool {
	ret, ok := way.(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 || !isError(resultType(j.pkg.signature(j.log.routine.fn))) {
		return false
	}
	switch x := ast.Unparen(ret.Results[len(ret.Results)-1]).(type) {
	case *ast.Ident:
		v, ok := j.pkg.Use(x).(*types.Var)
		return ok && isGlobal(v)
	case *ast.SelectorExpr:
		v, ok := j.pkg.Use(x.Sel).(*types.Var)
		return ok && !v.IsField()
	case *ast.UnaryExpr, *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		fn := j.pkg.callee(x)
		return fn != nil && (IsFunc(fn, "errors.New") || IsFunc(fn, "fmt.Errorf"))
	}
	return false
}

// askedFor reports whether somebody in the package asks whether an error is the variable that an exit
// returns: he can tell it from others, and release the lock.
//
//	if errors.Is(err, ErrFull) {
//		o.mu.Unlock()
//	}
func (j judge) askedFor(way ast.Node) (asked bool) {
	id, ok := ast.Unparen(way.(*ast.ReturnStmt).Results[len(way.(*ast.ReturnStmt).Results)-1]).(*ast.Ident)
	if !ok {
		return false
	}
	v := j.pkg.Use(id)
	for _, file := range j.pkg.Files {
		j.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			use, ok := n.(*ast.Ident)
			if !ok || j.pkg.Use(use) != v {
				return !asked
			}
			switch stack[len(stack)-1].(type) {
			case *ast.BinaryExpr, *ast.CallExpr, *ast.CaseClause:
				asked = true
			}
			return !asked
		})
	}
	return asked
}
