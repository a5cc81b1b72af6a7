package facts

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// bindings returns the conditions that an assignment decides: that a boolean is
// true, that a reference is nil, that a value is a constant.
func (c *compiler) bindings(target, value ast.Expr) []binding {
	if value == nil {
		return nil
	}
	t := c.pkg.TypeOf(target)
	if t == nil {
		return nil
	}
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
		return c.boolBinding(target, value)
	}
	if tv := c.pkg.Info.Types[value]; tv.Value != nil {
		return c.constBinding(target, tv.Value)
	}
	if canBeNil(t) {
		return c.nilBinding(target, value)
	}
	return nil
}

func canBeNil(t types.Type) bool {
	if t == types.Typ[types.Invalid] {
		return true // who knows: the program lacks a package
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Map, *types.Slice, *types.Chan, *types.Signature:
		return true
	}
	return false
}

func (c *compiler) boolBinding(target, value ast.Expr) []binding {
	t, ok := c.condition(target)
	if !ok {
		return nil
	}
	if v := c.pkg.Info.Types[value].Value; v != nil {
		return []binding{{cond: t.cond, is: constant.BoolVal(v), sure: true}}
	}
	source, ok := c.condition(value)
	if !ok {
		return nil
	}
	c.uses.add(source.cond)
	return []binding{{cond: t.cond, copy: source}}
}

func (c *compiler) constBinding(target ast.Expr, value constant.Value) []binding {
	s := speller{unit: c.unit, hard: true}
	left, right := s.expr(target), value.ExactString()
	if s.failed {
		return nil
	}
	return []binding{{cond: s.done(left+" == "+right, left, right), is: true, sure: true}}
}

func (c *compiler) nilBinding(target, value ast.Expr) []binding {
	t, ok := c.isNil(target)
	if !ok {
		return nil
	}
	switch {
	case c.pkg.IsNil(value):
		return []binding{{cond: t.cond, is: true, sure: true}}
	case c.neverNil(value):
		return []binding{{cond: t.cond, is: false, sure: true}}
	}
	source, ok := c.isNil(value)
	if !ok {
		return nil
	}
	c.uses.add(source.cond)
	return []binding{{cond: t.cond, copy: source}}
}

// isNil is the condition e == nil.
func (u *unit) isNil(e ast.Expr) (test, bool) {
	s := speller{unit: u, hard: true}
	left := s.expr(e)
	return test{cond: s.done(left+" == nil", left, "nil")}, !s.failed
}

// neverNil reports whether a value is surely not nil: a fresh one, a function,
// a new error, an error variable of a package.
func (c *unit) neverNil(value ast.Expr) bool {
	switch e := ast.Unparen(value).(type) {
	case *ast.FuncLit, *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND
	case *ast.SelectorExpr:
		if sel := c.pkg.Info.Selections[e]; sel != nil {
			return sel.Kind() == types.MethodVal
		}
		return c.isErrorVariable(e.Sel)
	case *ast.Ident:
		return c.isErrorVariable(e)
	case *ast.CallExpr:
		return c.pkg.calls(e, "errors", "New") || c.pkg.calls(e, "fmt", "Errorf") || c.makes(e) || c.givesAlways(e)
	}
	return false
}

// isErrorVariable reports whether a name is an error that a package declares:
// nobody declares one to be nil.
func (c *unit) isErrorVariable(id *ast.Ident) bool {
	switch obj := c.pkg.Use(id).(type) {
	case *types.Func:
		return true
	case *types.Var:
		return obj.Pkg() != nil && obj.Parent() == obj.Pkg().Scope() &&
			types.Implements(obj.Type(), types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
	}
	return false
}

func (c *unit) makes(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	_, builtin := c.pkg.Use(id).(*types.Builtin)
	return builtin && (id.Name == "new" || id.Name == "make")
}

// zero translates var x T.
func (c *compiler) zero(name *ast.Ident) {
	v, ok := c.pkg.Def(name).(*types.Var)
	if !ok {
		return
	}
	b := bind{target: v}
	if t, ok := c.condition(name); ok && isBool(v.Type()) {
		b.truths = []binding{{cond: t.cond, is: false, sure: true}}
	}
	if t, ok := c.isNil(name); ok && canBeNil(v.Type()) {
		b.truths = []binding{{cond: t.cond, is: true, sure: true}}
	}
	c.emitBind(b)
}

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// equality is the condition x == y.
func (u *unit) equality(x, y ast.Expr) (test, bool) { return u.comparison(token.EQL, x, y) }

// known returns the value of a condition in a world, if that decides it.
func (u *unit) known(w world, t test) (is, ok bool) {
	if is, ok = w.truth(t.cond); ok {
		return is != t.negated, true
	}
	cond := u.conds[t.cond]
	if cond.subject == "" {
		return false, false
	}
	if cond.passed >= 0 {
		if gone, _ := w.truth(cond.passed); gone {
			return t.negated, true
		}
	}
	for _, other := range w.truths {
		info := u.conds[other.cond]
		if other.is && info.subject == cond.subject && info.value != cond.value {
			return t.negated, true // it is another constant
		}
	}
	return false, false
}
