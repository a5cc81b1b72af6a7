package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// A table has functions that get the object which they are about:
//
//	t.ops = map[string]func(*Table, int){"reset": (*Table).reset}
//	t.ops[name](t, v)

// takesArgument returns where a function that is kept takes a lock of what the call gives it
// as an argument, which its caller holds; nil if it is not sure to.
func (d deposit) takesArgument(u *unit, kept keptCall, h Holding) ast.Node {
	if kept.inside != nil || kept.method != "" {
		return nil
	}
	for i, arg := range kept.call.Args {
		at, ok := u.placeOf(arg)
		rest, leads := strings.CutPrefix(h.Lock.Path, at.Path)
		if !ok || !leads || rest == "" || at.Root != h.Lock.Root {
			continue
		}
		if taken := d.unit.takesOfParam(d.unit.literalOf(d.value), i, rest, h.Read); taken != nil {
			return taken
		}
	}
	return nil
}

// takesOfParam returns where a function value takes a lock to which a path leads from its
// parameter i; of a method expression the receiver is the first.
func (u *unit) takesOfParam(fn ast.Expr, i int, path string, read bool) ast.Node {
	fn = ast.Unparen(fn)
	if lit, ok := fn.(*ast.FuncLit); ok {
		sig, isSig := u.pkg.typeOf(lit).(*types.Signature)
		if !isSig || i >= sig.Params().Len() {
			return nil
		}
		return u.takenIn(lit, Lock{Root: sig.Params().At(i), Path: path}, read)
	}
	named, arg := u.pkg.functionNamed(fn), i+1
	if named == nil {
		return nil
	}
	if named.Signature().Recv() != nil {
		arg-- // a method expression
	}
	for _, t := range u.pkg.calleeTakes(named) {
		if t.ref.Arg == arg && t.ref.Path == path && u.pkg.mayBlock(t, read) {
			return fn
		}
	}
	return nil
}

// functionNamed returns the declared function, or the method expression, that an expression
// names; nil for a method value, or anything else.
func (p *Package) functionNamed(e ast.Expr) *types.Func {
	var id *ast.Ident
	switch e := e.(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		if s := p.Info.Selections[e]; s != nil && s.Kind() != types.MethodExpr {
			return nil
		}
		id = e.Sel
	default:
		return nil
	}
	fn, ok := p.Use(id).(*types.Func)
	if !ok || isAbstract(fn) {
		return nil
	}
	return fn.Origin()
}
