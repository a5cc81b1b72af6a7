package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A Class is what the channels have in common that one unexported field, or one
// variable of the package, holds: every instance of the field does the same.
type Class struct {
	Var   *types.Var
	Ops   []*ClassOp
	Makes []*ast.CallExpr
	Given []ast.Expr // what else it is set to
	// Replaced is set where the channel is assigned outside of a composite
	// literal, and so may be another one later.
	Replaced bool
	// Nil is set where it is assigned nil.
	Nil bool
	// Serves and Takes are set where somebody unknown may send on it or close
	// it, or receive from it.
	Serves, Takes bool
}

// A ClassOp is one operation on a channel of a class.
type ClassOp struct {
	Kind  Kind
	Node  ast.Node // as of an [Op]
	Chan  ast.Expr // the channel, as it is written
	Fn    ast.Node // the innermost function around it
	Stack []ast.Node
	Defer *ast.DeferStmt // that puts it off, itself or in a literal
	// Select is the select statement of which it is a case.
	Select *ast.SelectStmt
	Case   *ast.CommClause
	Test   bool // it stands in a test file
}

// Alone reports whether the operation has no alternative.
func (o *ClassOp) Alone() bool { return o.Select == nil || len(o.Select.Body.List) == 1 }

// Of returns the operations of some kinds.
func (c *Class) Of(kinds ...Kind) (ops []*ClassOp) {
	for _, op := range c.Ops {
		if slices.Contains(kinds, op.Kind) {
			ops = append(ops, op)
		}
	}
	return ops
}

// Beside returns the operations of some kinds that belong to the same program as one of them: what
// tests do with objects of their own is nothing to the others.
func (c *Class) Beside(op *ClassOp, kinds ...Kind) []*ClassOp {
	return slices.DeleteFunc(c.Of(kinds...), func(other *ClassOp) bool { return other.Test && !op.Test })
}

// Room returns the largest buffer that the channels are made with; known is
// false if one is not constant, or none is made.
func (f *Facts) Room(c *Class) (size int64, known bool) {
	for _, made := range c.Makes {
		n, ok := f.Capacity(&Trace{Make: made})
		if !ok {
			return 0, false
		}
		size = max(size, n)
	}
	return size, len(c.Makes) > 0
}

// Class returns the class of the channel that an expression names by a field or
// a variable of the package; nil if it is no such.
func (f *Facts) Class(ch ast.Expr) *Class {
	v, ok := f.field(ch).(*types.Var)
	if !ok {
		return nil
	}
	if c := f.classes()[v.Origin()]; c != nil {
		return c
	}
	return f.aliases[v]
}

// classes finds the classes of the package, once.
func (f *Facts) classes() map[*types.Var]*Class {
	if f.kept != nil {
		return f.kept
	}
	f.kept, f.aliases, f.holders = map[*types.Var]*Class{}, map[*types.Var]*Class{}, map[*types.Var]*Class{}
	for _, file := range f.pkg.Files {
		test := f.pkg.InTest(file.Package)
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				f.classMention(n, stack, test)
			case *ast.CompositeLit:
				f.unkeyed(n)
			}
			return true
		})
	}
	return f.kept
}

// classOf returns the class of a field or variable, nil for what is none.
func (f *Facts) classOf(v *types.Var) *Class {
	if v == nil || !v.IsField() && v.Kind() != types.PackageVar || v.Pkg() != f.pkg.Types {
		return nil
	}
	_, isChan := v.Type().Underlying().(*types.Chan)
	if !isChan && !holdsChannels(v.Type()) {
		return nil
	}
	v = v.Origin()
	if f.kept[v] == nil {
		open := f.pkg.Reachable(v) || f.tagged(v)
		f.kept[v] = &Class{Var: v, Serves: open, Takes: open, Replaced: !isChan}
	}
	return f.kept[v]
}

// unkeyed gives the fields of a struct their values where a literal names none.
func (f *Facts) unkeyed(lit *ast.CompositeLit) {
	tv := f.pkg.TypeOf(lit)
	if tv == nil || len(lit.Elts) == 0 {
		return
	}
	st, ok := tv.Underlying().(*types.Struct)
	if _, keyed := lit.Elts[0].(*ast.KeyValueExpr); !ok || keyed {
		return
	}
	for i := range min(st.NumFields(), len(lit.Elts)) {
		if c := f.classOf(st.Field(i)); c != nil {
			f.stored(c, lit.Elts[i], f.holder(lit))
		}
	}
}

// classMention looks at one name of a channel.
func (f *Facts) classMention(id *ast.Ident, stack []ast.Node, test bool) {
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok {
		return
	}
	c := f.classOf(v)
	if c == nil {
		return
	}
	expr := ast.Expr(id)
	for len(stack) > 0 {
		around, ok := stack[len(stack)-1].(ast.Expr)
		sel, isSel := around.(*ast.SelectorExpr)
		_, isParen := around.(*ast.ParenExpr)
		if !ok || !(isSel && sel.Sel == id && expr == ast.Expr(id)) && !isParen {
			break
		}
		expr, stack = around, stack[:len(stack)-1]
	}
	u := &classUse{f: f, c: c, expr: expr, stack: stack, test: test}
	switch {
	case f.pkg.Def(id) != nil:
		u.declared(id)
	case holdsChannels(v.Type()):
		u.held()
	default:
		u.used(0)
	}
}

// stored notes what a field or variable is set to: a channel, or what holds some.
func (f *Facts) stored(c *Class, value ast.Expr, test bool) {
	if holdsChannels(c.Var.Type()) {
		f.filled(c, value, test)
		return
	}
	f.given(c, value, test)
}

// given notes what a channel is set to.
func (f *Facts) given(c *Class, value ast.Expr, test bool) {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	switch {
	case f.pkg.IsNil(value):
		c.Nil = true
	case ok && f.isBuiltin(call, "make"):
		c.Makes = append(c.Makes, call)
	case f.madeHere(value) != nil:
		c.Makes = append(c.Makes, f.madeHere(value))
		u := &classUse{f: f, c: c, test: test}
		u.follow(f.Variable(value), 0)
	case f.remembered(f.Variable(value), c) != nil:
		c.Makes = append(c.Makes, f.remembered(f.Variable(value), c)...)
	default:
		c.Given = append(c.Given, value)
		c.Serves, c.Takes = true, true // somebody else has it, too
	}
}

// inInterface reports whether an interface of the package has a method of a name: then
// nobody knows all calls of those that have it.
func (f *Facts) inInterface(name string) (found bool) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			iface, ok := n.(*ast.InterfaceType)
			for i := 0; ok && i < len(iface.Methods.List); i++ {
				for _, id := range iface.Methods.List[i].Names {
					found = found || id.Name == name
				}
			}
			return !found
		})
	}
	return found
}

// resultOf returns the local variable that result i of a call is put into, and nothing
// else; nil if there is none.
func (f *Facts) resultOf(call *ast.CallExpr, i, n int) *types.Var {
	fn := f.around(call)
	if fn == nil {
		return nil
	}
	stack := f.stackOf(fn, call)
	st, ok := stack[len(stack)-1].(*ast.AssignStmt)
	if !ok || len(st.Rhs) != 1 || len(st.Lhs) != n || st.Tok != token.DEFINE {
		return nil
	}
	v := f.Variable(st.Lhs[i])
	if v == nil || v.Kind() != types.LocalVar || f.sets(v) != 1 {
		return nil
	}
	return v
}
