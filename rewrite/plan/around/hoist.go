package around

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// A Hoisting evaluates the results of a return statement that somebody else
// could change before what will be put in front of the return:
//
//	                              v := c.m[k]
//	return c.m[k], nil    →       … to come …
//	                              return v, nil
//
// The results keep their order: where one has an effect, they are all read by
// one assignment, of which the language and the compiler say the same as of the
// return (return s.n, s.bump() reads s.n last). Those that stay behind (constants, own
// variables; see facts.Stable) have the same value later, so every result is
// what it was. It would not be if a temporary had another type than the result:
// a comparison or a shift without a type of its own takes it from the result,
// and so gets a variable that is declared with it.
type Hoisting struct {
	s     *edit.Site
	ret   *ast.ReturnStmt
	temps []temp
	tuple bool // return f(): one call gives all results
	once  bool // one assignment reads them all
}

// A temp is the fresh variable of one result.
type temp struct {
	index int      // of the result
	name  string   // fresh
	typ   ast.Expr // of the result, where the value alone would give another type
}

// Hoist finds what must be hoisted of a return statement of a function.
func Hoist(s *edit.Site, fn ast.Node, ret *ast.ReturnStmt) (*Hoisting, error) {
	h := &Hoisting{s: s, ret: ret}
	pkg := s.Match.Pkg
	if len(ret.Results) == 1 {
		if tuple, ok := pkg.TypeOf(ret.Results[0]).(*types.Tuple); ok {
			h.tuple = true
			for i := range tuple.Len() {
				h.temps = append(h.temps, temp{index: i, name: s.FreshFor(TempName(nil, tuple.At(i).Type()), ret)})
			}
		}
	}
	for i, e := range ret.Results {
		if pkg.TypeOf(e) == nil {
			return nil, fmt.Errorf("the type of %s is not known", edit.ExprText(e))
		}
		if h.tuple || pkg.Stable(e) {
			continue
		}
		typ, err := resultType(pkg, fn, e, i)
		if err != nil {
			return nil, err
		}
		h.temps = append(h.temps, temp{index: i, name: s.FreshFor(TempName(e, pkg.TypeOf(e)), ret), typ: typ})
	}
	if err := h.keepOrder(); err != nil {
		return nil, err
	}
	if len(h.temps) > 0 && Jumps(fn) {
		return nil, errors.New("the result must be read before the unlock, and a goto must not jump over a new variable")
	}
	return h, nil
}

// keepOrder decides whether the results must be read by one assignment: when a
// field or variable beside a call is read is not for us to say.
func (h *Hoisting) keepOrder() error {
	if h.tuple || len(h.temps) < 2 {
		return nil
	}
	typed := false
	for _, t := range h.temps {
		typed = typed || t.typ != nil
		h.once = h.once || !h.s.Match.Pkg.Pure(h.ret.Results[t.index])
	}
	if h.once && typed {
		return errors.New("of the results one has an effect, and another takes its type from the signature: one assignment cannot read both")
	}
	return nil
}

// resultType returns the type of a function's result as its signature spells
// it, where a variable defined by the expression alone would have another; nil
// where it would not.
func resultType(pkg *facts.Package, fn ast.Node, e ast.Expr, index int) (ast.Expr, error) {
	own := OwnType(pkg, e)
	if own == types.Typ[types.Invalid] {
		return nil, fmt.Errorf("the type of %s is not its own", edit.ExprText(e))
	}
	if types.Identical(own, pkg.TypeOf(e)) {
		return nil, nil
	}
	typ := resultAt(fn, index)
	if typ == nil {
		return nil, fmt.Errorf("the type of %s is not its own", edit.ExprText(e))
	}
	var err error
	ast.Inspect(typ, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if err == nil {
				err = Respell(pkg, n.X, e.Pos())
			}
			return false
		case *ast.Ident:
			if err == nil {
				err = SameName(pkg, n, e.Pos())
			}
		}
		return err == nil
	})
	return typ, err
}

// OwnType returns the type of a variable that is defined by an expression, the invalid one where
// the expression has none by itself.
func OwnType(pkg *facts.Package, e ast.Expr) types.Type {
	alone := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	if err := types.CheckExpr(pkg.Fset, pkg.Types, e.Pos(), e, alone); err != nil {
		return types.Typ[types.Invalid]
	}
	return types.Default(alone.Types[e].Type)
}

// resultAt returns the type of a result as the signature spells it.
func resultAt(fn ast.Node, index int) ast.Expr {
	for _, field := range signatureOf(fn).Results.List {
		for range max(len(field.Names), 1) {
			if index == 0 {
				return field.Type
			}
			index--
		}
	}
	return nil
}

func signatureOf(fn ast.Node) *ast.FuncType {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Type
	}
	return fn.(*ast.FuncDecl).Type
}

// TempName proposes a name for a value: that of the field that it is read from,
// or what such values are called.
func TempName(e ast.Expr, t types.Type) string {
	if types.Identical(t, types.Universe.Lookup("error").Type()) {
		return "err"
	}
	if sel, ok := e.(*ast.SelectorExpr); ok && !token.IsExported(sel.Sel.Name) {
		return sel.Sel.Name
	}
	if call, ok := e.(*ast.CallExpr); ok {
		if fun, ok := call.Fun.(*ast.Ident); ok && (fun.Name == "len" || fun.Name == "cap") {
			return "n"
		}
	}
	if b, ok := t.Underlying().(*types.Basic); ok && b.Info()&types.IsBoolean != 0 {
		return "ok"
	}
	return "result"
}

// Jumps reports whether a function has a goto.
func Jumps(fn ast.Node) bool {
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		branch, ok := n.(*ast.BranchStmt)
		found = found || ok && branch.Tok == token.GOTO
		return !found
	})
	return found
}

// empty reports whether every result may stay where it is.
func (h *Hoisting) empty() bool { return len(h.temps) == 0 }

// Apply rewrites the return statement and returns the statements that must come
// before it, before anything else does.
func (h *Hoisting) Apply() []dst.Stmt {
	if h.empty() {
		return nil
	}
	ret := h.s.Stmt(h.ret).(*dst.ReturnStmt)
	if h.tuple {
		value := h.s.Use(h.ret.Results[0])
		var vars, results []dst.Expr
		for _, t := range h.temps {
			vars, results = append(vars, edit.Ident(t.name)), append(results, edit.Ident(t.name))
		}
		ret.Results = results
		return []dst.Stmt{edit.Define(value, vars...)}
	}
	var before []dst.Stmt
	var vars, values []dst.Expr
	for _, t := range h.temps {
		value := h.s.Use(h.ret.Results[t.index])
		ret.Results[t.index] = edit.Ident(t.name)
		if h.once {
			vars, values = append(vars, edit.Ident(t.name)), append(values, value)
			continue
		}
		if t.typ == nil {
			before = append(before, edit.Define(value, edit.Ident(t.name)))
			continue
		}
		before = append(before, declare(t.name, h.s.Copy(t.typ), value))
	}
	if h.once {
		before = append(before, edit.DefineEach(vars, values))
	}
	return before
}

// declare builds var name T = value.
func declare(name string, typ, value dst.Expr) *dst.DeclStmt {
	spec := &dst.ValueSpec{Names: []*dst.Ident{edit.Ident(name)}, Type: typ, Values: []dst.Expr{value}}
	return &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}}
}
