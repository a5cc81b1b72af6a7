package order

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Store says what a field of a struct, or a variable of a package, keeps: a
// function, or what a parameter of one is given.
type Store struct {
	In    string
	Func  string
	Param int // i+1: parameter i of the function; 0: the function itself
	Test  bool
}

// A Handing is a function that a call gives to a parameter of another.
type Handing struct {
	To    string
	Param int // as in Store
	Func  string
	Test  bool
}

// keptCall is a call of what a struct or a variable of a package keeps.
func (b *bodyWalk) keptCall(call *ast.CallExpr, c *Call) bool {
	stored, ok := b.pkg.StoredCall(b.root, call)
	if !ok {
		return false
	}
	if c.KeptIn = b.keeperName(stored.In); c.KeptIn == "" {
		return false
	}
	var bound Ref
	if stored.Named {
		bound = b.bound(stored, call)
	}
	c.Kept = b.refs.of(bound)
	return true
}

// bound names the object that a kept function is bound to by what keeps it: the
// struct that has a hook leads to one object.
func (b *bodyWalk) bound(stored facts.StoredCall, call *ast.CallExpr) Ref {
	owner := b.refOf(stored.Owner, call)
	_, one := stored.In.Type().Underlying().(*types.Signature)
	return Ref{Root: owner.Root, From: owner.From, Path: owner.Path + "." + stored.In.Name() + "()", Many: owner.Many || !one, Far: true}
}

// boundTo returns r, a variable around a literal that is kept, in terms of what
// keeps the literal.
func (r Ref) boundTo(kept Ref) Ref {
	return Ref{
		Class: r.Class, Root: kept.Root, From: kept.From, Path: kept.Path + r.Path,
		Many: r.Many || kept.Many, Slot: r.Slot, Far: true, Holds: r.Holds,
	}
}

// stores notes what is kept where, once all literals have a name.
func (c *collector) stores() {
	params := make(map[*types.Var]Store)
	for _, file := range c.pkg.Files {
		for _, decl := range file.Decls {
			c.parameters(decl, params)
		}
	}
	for _, s := range c.pkg.FuncStores() {
		in := c.keeperName(s.In)
		if in == "" {
			continue
		}
		if id := c.idOf(s.Value); id != "" {
			c.sketch.Stores = append(c.sketch.Stores, Store{In: in, Func: id, Test: c.isTest(s.Value.Pos())})
		} else if param, ok := params[c.variable(s.Value)]; ok {
			param.In = in
			c.sketch.Stores = append(c.sketch.Stores, param)
		}
	}
}

// parameters notes those of a function that are functions.
func (c *collector) parameters(decl ast.Decl, params map[*types.Var]Store) {
	fd, ok := decl.(*ast.FuncDecl)
	if !ok {
		return
	}
	fn, ok := c.pkg.Def(fd.Name).(*types.Func)
	if !ok {
		return
	}
	for i := range fn.Signature().Params().Len() {
		if v := fn.Signature().Params().At(i); isFuncType(v.Type()) {
			params[v] = Store{Func: c.name(fn), Param: i + 1, Test: c.isTest(fd.Pos())}
		}
	}
}

// isFuncType reports whether a type is of functions; what did not type-check has none.
func isFuncType(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

func (c *collector) variable(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := c.pkg.Use(id).(*types.Var)
	return v
}

// hand notes the functions that a call is given.
func (c *collector) hand(call *ast.CallExpr) {
	callee, ok := c.pkg.Callee(call).(*types.Func)
	if !ok {
		return
	}
	params := callee.Signature().Params().Len()
	for i, arg := range call.Args {
		if i >= params || !isFuncType(c.pkg.TypeOf(arg)) {
			continue
		}
		if id := c.idOf(arg); id != "" {
			c.sketch.Handings = append(c.sketch.Handings, Handing{To: c.name(callee.Origin()), Param: i + 1, Func: id, Test: c.isTest(arg.Pos())})
		}
	}
}

// idOf is the ID of the function that a value is; "" if it is none that is known.
func (c *collector) idOf(value ast.Expr) string {
	var fn *types.Func
	switch value := ast.Unparen(value).(type) {
	case *ast.FuncLit:
		if fn := c.funcs[value]; fn != nil {
			return fn.ID
		}
	case *ast.Ident:
		fn, _ = c.pkg.Use(value).(*types.Func)
	case *ast.SelectorExpr:
		fn, _ = c.pkg.Use(value.Sel).(*types.Func)
	}
	if fn == nil || fn.Signature().Recv() != nil && types.IsInterface(fn.Signature().Recv().Type()) {
		return ""
	}
	return c.name(fn.Origin())
}

// keeperName names a field of a struct type that has a name, or a variable of a
// package, the same in all packages; "" for others.
func (c *collector) keeperName(v *types.Var) string {
	if v.Pkg() == nil {
		return ""
	}
	if !v.IsField() {
		return v.Pkg().Path() + "." + v.Name()
	}
	names, ok := c.fields[v.Pkg()]
	if !ok {
		names = fieldNames(v.Pkg())
		c.fields[v.Pkg()] = names
	}
	return names[v.Origin()]
}

// fieldNames names the fields of the struct types that a package declares.
func fieldNames(pkg *types.Package) map[*types.Var]string {
	all := make(map[*types.Var]string)
	for _, name := range pkg.Scope().Names() {
		obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
		if !ok || obj.IsAlias() {
			continue
		}
		st, ok := obj.Type().Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for f := range st.Fields() {
			if f.Pkg() == pkg {
				all[f] = pkg.Path() + "." + name + "." + f.Name()
			}
		}
	}
	return all
}
