package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A condClass is what the package does with the Conds of one field or variable.
type condClass struct {
	v       *types.Var
	waits   []*condCall
	signals []*condCall
	open    bool // somebody unknown may use it
	made    bool // the package makes one
}

// A condCall is a call of Wait, Signal or Broadcast.
type condCall struct {
	call  *ast.CallExpr
	fn    ast.Node // the innermost function around it
	stack []ast.Node
}

// conds finds the Conds of the package, once.
func (f *Facts) condClasses() map[*types.Var]*condClass {
	if f.condKept != nil {
		return f.condKept
	}
	f.condKept = map[*types.Var]*condClass{}
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				f.condMention(id, stack)
			}
			return true
		})
	}
	return f.condKept
}

// condMention looks at one name of a Cond.
func (f *Facts) condMention(id *ast.Ident, stack []ast.Node) {
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok || !isCond(v.Type()) {
		return
	}
	v = v.Origin()
	c := f.condKept[v]
	if c == nil {
		c = &condClass{v: v, open: v.Kind() == types.ParamVar || v.Kind() == types.RecvVar || v.Kind() == types.ResultVar || (v.IsField() || v.Kind() == types.PackageVar) && f.pkg.Reachable(v)}
		f.condKept[v] = c
	}
	expr := ast.Expr(id)
	for len(stack) > 0 {
		sel, ok := stack[len(stack)-1].(*ast.SelectorExpr)
		if !ok || sel.Sel != id {
			break
		}
		expr, stack = sel, stack[:len(stack)-1]
	}
	f.condUse(c, id, expr, stack)
}

// condUse notes what a mention of a Cond does.
func (f *Facts) condUse(c *condClass, id *ast.Ident, expr ast.Expr, stack []ast.Node) {
	m := mention{stack: stack}
	switch around := m.around(0).(type) {
	case *ast.SelectorExpr:
		f.condMethod(c, around, m)
	case *ast.AssignStmt:
		if len(around.Lhs) != len(around.Rhs) {
			c.open = true
			return
		}
		for i, x := range around.Lhs {
			c.made = c.made || x == expr
			if x == expr && !f.makesCond(around.Rhs[i]) || around.Rhs[i] == expr {
				c.open = true
			}
		}
	case *ast.KeyValueExpr:
		c.made = true
		c.open = c.open || around.Value == expr || !f.makesCond(around.Value)
	case *ast.ValueSpec:
		c.made = c.made || len(around.Values) > 0
		for _, value := range around.Values {
			c.open = c.open || !f.makesCond(value)
		}
	case *ast.Field, *ast.BinaryExpr:
		c.open = c.open || c.v.IsField() && c.v.Embedded()
	default:
		c.open = true
	}
}

// condMethod notes a call of a method of a Cond, or a use of its L.
func (f *Facts) condMethod(c *condClass, sel *ast.SelectorExpr, m mention) {
	if sel.Sel.Name == "L" {
		_, pointer := c.v.Type().Underlying().(*types.Pointer)
		c.made = c.made || !pointer // if its L is set, it is one by value
		return
	}
	call, ok := m.around(1).(*ast.CallExpr)
	if !ok || ast.Unparen(call.Fun) != ast.Expr(sel) {
		c.open = true
		return
	}
	fn, _ := functionAt(m.stack)
	made := &condCall{call, fn, slices.Clone(m.stack)}
	if sel.Sel.Name == "Wait" {
		c.waits = append(c.waits, made)
		return
	}
	c.signals = append(c.signals, made)
}

// makesCond reports whether a value is a new Cond.
func (f *Facts) makesCond(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		return f.isCallOf(x, "sync.NewCond") || f.isBuiltin(x, "new")
	case *ast.UnaryExpr:
		return f.makesCond(x.X)
	case *ast.CompositeLit:
		return true
	}
	return false
}

// isCond reports whether t is sync.Cond or a pointer to it.
func isCond(t types.Type) bool {
	return facts.TypeIs(t, "sync.Cond", "*sync.Cond")
}
