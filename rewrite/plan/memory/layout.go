package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// unmoved refuses a field of a struct whose values are copied, compared or made
// without the names of the fields: with a lock or an atomic in it a copy would
// have a state of its own, and an unkeyed literal would not compile; or which is printed.
func (u *variable) unmoved() error {
	if !u.v.IsField() {
		return nil
	}
	c := &copies{u: u, known: map[types.Type]bool{}}
	for _, file := range u.pkg.Files {
		ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if c.err == nil {
				c.visit(n, stack)
			}
			return c.err == nil
		})
	}
	if c.err != nil {
		return c.err
	}
	return u.unshown()
}

// copies looks for copies of the values that hold a field.
type copies struct {
	u     *variable
	known map[types.Type]bool
	err   error
}

func (c *copies) refuse(n ast.Node, what string) {
	if c.err == nil {
		c.err = fmt.Errorf("the struct that holds %s %s at %s", c.u.name, what, c.u.line(n))
	}
}

// holds reports whether a value of a type holds the field itself.
func (c *copies) holds(t types.Type) bool {
	if t == nil {
		return false
	}
	known, ok := c.known[t]
	if !ok {
		c.known[t] = false
		known = c.part(t)
		c.known[t] = known
	}
	return known
}

func (c *copies) part(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); f.Origin() == c.u.v || c.holds(f.Type()) {
				return true
			}
		}
	case *types.Array:
		return c.holds(t.Elem())
	}
	return false
}

func (c *copies) visit(n ast.Node, stack []ast.Node) {
	switch n := n.(type) {
	case *ast.FuncType:
		c.signature(n)
	case *ast.FuncDecl:
		if n.Recv != nil {
			c.fields(n.Recv)
		}
	case *ast.RangeStmt:
		if v, ok := n.Value.(*ast.Ident); ok && c.holds(c.u.pkg.TypeOf(v)) {
			c.refuse(n, "is copied by a loop")
		}
	case *ast.CallExpr:
		c.call(n)
	case *ast.CompositeLit:
		c.literal(n)
	}
	if e, ok := n.(ast.Expr); ok {
		if tv := c.u.pkg.Info.Types[e]; tv.IsValue() && c.holds(tv.Type) {
			c.value(e, stack)
		}
	}
}

func (c *copies) signature(fn *ast.FuncType) {
	c.fields(fn.Params)
	if fn.Results != nil {
		c.fields(fn.Results)
	}
}

func (c *copies) fields(list *ast.FieldList) {
	for _, field := range list.List {
		if c.holds(c.u.pkg.TypeOf(field.Type)) {
			c.refuse(field, "is passed by value")
		}
	}
}

// call refuses what moves values in memory, or asks for their size.
func (c *copies) call(call *ast.CallExpr) {
	b, ok := c.u.pkg.Callee(call).(*types.Builtin)
	if !ok {
		return
	}
	for _, arg := range call.Args {
		t := c.u.pkg.TypeOf(arg)
		switch b.Name() {
		case "append", "copy":
			if slice, ok := t.Underlying().(*types.Slice); ok && c.holds(slice.Elem()) {
				c.refuse(call, "may be moved by "+b.Name())
			}
		case "Sizeof", "Offsetof", "Alignof":
			if sel, ok := ast.Unparen(arg).(*ast.SelectorExpr); c.holds(t) || ok && c.holds(c.u.pkg.TypeOf(sel.X)) {
				c.refuse(call, "is measured")
			}
		}
	}
}

// literal refuses a literal without the names of the fields.
func (c *copies) literal(lit *ast.CompositeLit) {
	t := c.u.pkg.TypeOf(lit)
	if t == nil || len(lit.Elts) == 0 {
		return
	}
	if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); keyed {
		return
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i := range st.NumFields() {
		if st.Field(i).Origin() == c.u.v {
			c.refuse(lit, "is made by a literal without the names of the fields")
		}
	}
}

// value judges an expression whose value holds the field.
func (c *copies) value(e ast.Expr, stack []ast.Node) {
	i := len(stack) - 1
	var child ast.Node = e
	for ; i >= 0; i-- {
		if _, paren := stack[i].(*ast.ParenExpr); !paren {
			break
		}
		child = stack[i]
	}
	if i < 0 {
		return
	}
	if _, lit := e.(*ast.CompositeLit); lit {
		if st, ok := stack[i].(*ast.AssignStmt); ok && st.Tok == token.ASSIGN {
			c.refuse(e, "is overwritten")
		}
		return
	}
	switch p := stack[i].(type) {
	case *ast.SelectorExpr:
		if p.X == child && c.addressable(e) && !c.valueMethod(p) || p.Sel == child {
			return
		}
	case *ast.UnaryExpr:
		if p.Op == token.AND {
			return
		}
	case *ast.IndexExpr:
		if p.X == child {
			return
		}
	case *ast.KeyValueExpr:
		if p.Key == child {
			return
		}
	case *ast.RangeStmt:
		if p.X == child && p.Value == nil {
			return
		}
	case *ast.AssignStmt:
		for _, lhs := range p.Lhs {
			if lhs == child && p.Tok == token.DEFINE {
				return // the value has been judged
			}
		}
	case *ast.ValueSpec:
		for _, name := range p.Names {
			if ast.Node(name) == child {
				return
			}
		}
	}
	c.refuse(e, "is copied")
}

// addressable reports whether a method with a pointer receiver can be called on
// what an expression leads to.
func (c *copies) addressable(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr, *ast.TypeAssertExpr:
		return false
	case *ast.IndexExpr:
		return !around.IsMapType(c.u.pkg.TypeOf(e.X))
	}
	return true
}

// valueMethod reports whether a selector is a method that gets a copy.
func (c *copies) valueMethod(sel *ast.SelectorExpr) bool {
	selection := c.u.pkg.Info.Selections[sel]
	if selection == nil || selection.Kind() == types.FieldVal {
		return false
	}
	fn, ok := selection.Obj().(*types.Func)
	return !ok || c.holds(fn.Signature().Recv().Type())
}

// settleLayout lowers the level where values that hold the variable may be
// copied by those who are not seen: an exported struct that had no lock yet.
func (u *variable) settleLayout() {
	if u.owner == nil || !u.owner.Name.IsExported() || u.pkg.Types.Name() == "main" {
		return
	}
	if obj := u.pkg.Def(u.owner.Name); obj == nil || obj.Parent() != u.pkg.Types.Scope() || holdsLock(obj.Type(), u.v) {
		return
	}
	u.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s is exported and must not be copied any more: other packages may do that", u.owner.Name.Name))
}

// holdsLock reports whether values of a type must not be copied already.
func holdsLock(t types.Type, but *types.Var) bool {
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for i := range st.NumFields() {
		f := st.Field(i)
		if f == but {
			continue
		}
		if named, ok := types.Unalias(f.Type()).(*types.Named); ok && named.Obj().Pkg() != nil {
			if path := named.Obj().Pkg().Path(); (path == "sync" || path == "sync/atomic") && !types.IsInterface(named) {
				return true
			}
		}
		if holdsLock(f.Type(), but) {
			return true
		}
	}
	return false
}
