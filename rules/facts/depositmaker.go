package facts

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A maker is a function that makes a struct which keeps one of its parameters:
// whoever calls it puts the argument there.
//
//	func NewPool(evict func(string)) *Pool { return &Pool{evict: evict} }
//
//	o.pool = NewPool(o.gone)
type maker struct {
	param int
	keeping
}

// collectMakers finds the makers of the package.
func (d *depositor) collectMakers() map[*types.Func][]maker {
	makers := make(map[*types.Func][]maker)
	for k, all := range d.found {
		for _, one := range all {
			if fn := one.unit.function(); fn != nil && fn.Signature().Recv() == nil && one.owner.Path == "" && d.returnsOnly(one.unit, one.owner.Root) {
				noteMaker(makers, one.unit, fn, k, one.value)
			}
		}
	}
	d.eachFunction(func(root ast.Node, n ast.Node) {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok || len(ret.Results) == 0 {
			return
		}
		u := d.pkg.named(root)
		if fn := u.function(); fn != nil && fn.Signature().Recv() == nil {
			d.fields(ret.Results[0], func(f *types.Var, v ast.Expr) { noteMaker(makers, u, fn, keeping{field: f}, v) })
		}
	})
	d.settersMade(makers)
	return makers
}

// settersMade finds the functions that return a literal which puts their parameter into its
// own: options. A call of one, among the arguments of what makes the struct, is a deposit.
//
//	func OnEvict(f func(string)) Option { return func(c *Cache) { c.evict = f } }
func (d *depositor) settersMade(makers map[*types.Func][]maker) {
	d.setters = make(map[*types.Func][]maker)
	for k, all := range d.found {
		for _, one := range all {
			fn := one.unit.function()
			if fn == nil || one.owner.Path != "" || k.inner != nil {
				continue
			}
			lit := d.pkg.madeBy(fn, 0)
			if lit == nil || one.owner.Root.Pos() < lit.Pos() || one.owner.Root.Pos() >= lit.Body.Pos() {
				continue
			}
			noteMaker(d.setters, one.unit, fn, k, one.value)
		}
	}
}

// settings notes the deposits of the options among the arguments of a call, for what gets
// the result.
func (d *depositor) settings(root ast.Node, owner ast.Expr, call *ast.CallExpr) {
	if d.pkg.declOf(d.pkg.callee(call)) == nil {
		return
	}
	for _, arg := range call.Args {
		option, ok := ast.Unparen(arg).(*ast.CallExpr)
		if !ok {
			continue
		}
		for _, m := range d.setters[d.pkg.callee(option)] {
			if m.param < len(option.Args) && d.hasField(owner, m.field) {
				d.add(root, owner, m.keeping, option.Args[m.param])
			}
		}
	}
}

// hasField reports whether an expression is a struct, or leads to one, with a field.
func (d *depositor) hasField(e ast.Expr, field *types.Var) bool {
	t := d.pkg.typeOf(e)
	return t != nil && fieldOf(t, field.Name()) == field
}

func noteMaker(makers map[*types.Func][]maker, u *unit, fn *types.Func, k keeping, value ast.Expr) {
	if i := u.steadyParam(fn, value); i >= 0 {
		makers[fn] = append(makers[fn], maker{i, k})
	}
}

// returnsOnly reports whether a function returns a local variable, and no other object.
func (d *depositor) returnsOnly(u *unit, object types.Object) bool {
	v, ok := object.(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return false
	}
	found, other := false, false
	d.pkg.inspectOwn(u.root, func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok {
			return true
		}
		if len(ret.Results) == 0 {
			other = true
			return true
		}
		id, ok := ast.Unparen(ret.Results[0]).(*ast.Ident)
		same := ok && d.pkg.Use(id) == object
		found = found || same
		other = other || !same && !d.pkg.IsNil(ret.Results[0])
		return true
	})
	return found && !other
}

// makings notes the deposits that a call of a maker makes, for what gets the result.
func (d *depositor) makings(makers map[*types.Func][]maker) {
	d.eachFunction(func(root ast.Node, n ast.Node) {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Rhs) != 1 || set.Tok != token.ASSIGN && set.Tok != token.DEFINE {
			return
		}
		call, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
		if !ok || call.Ellipsis.IsValid() {
			return
		}
		d.settings(root, set.Lhs[0], call)
		for _, m := range makers[d.pkg.callee(call)] {
			if m.param < len(call.Args) {
				d.add(root, set.Lhs[0], m.keeping, call.Args[m.param])
			}
		}
	})
}
