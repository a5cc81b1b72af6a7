// Package memory has the strategies for memory that goroutines share: they hold the
// lock that guards it, give it one, make it atomic, a sync.Map or a copy of one's own.
//
// Two things are asked over and over. A variable is one of which every use in the
// program is known: what changes its type rewrites all of them or none. A guarding is
// a lock put around some accesses of one function: it must not deadlock, not hide a
// lost update, and not be left held where the function panics.
package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// A variable is a field, a package variable or a local one of which every use in
// the program is known: a strategy that changes its type, or what must be held
// to use it, rewrites all of them or none.
type variable struct {
	s      *edit.Site
	pkg    *facts.Package
	shared *sharing.Facts
	v      *types.Var
	name   string   // for sentences
	uses   []*use   // in the order of the files
	ident  ast.Node // the identifier that declares it
	path   []ast.Node
	owner  *ast.TypeSpec // the type around the field; nil where there is none
}

// A use is one mention of a variable.
type use struct {
	id   *ast.Ident
	expr ast.Expr   // what names it: s.n, counter
	path []ast.Node // around expr, outermost first
	fn   ast.Node   // *ast.FuncDecl or *ast.FuncLit that it stands in; nil at package level
}

// variableOf finds all uses of the variable that a match is about. It refuses
// where others may use it that are not seen.
func variableOf(s *edit.Site) (*variable, error) {
	pkg := s.Match.Pkg
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return nil, errors.New("internal: the match names no variable")
	}
	shared := sharing.Of(pkg)
	access := shared.AccessAt(at)
	if access == nil {
		return nil, errors.New("internal: the match names no access")
	}
	if access.Object {
		return nil, fmt.Errorf("what %s holds changes by its methods: another way to reach it does not help", access.Var.Name())
	}
	u := &variable{s: s, pkg: pkg, shared: shared, v: access.Var, name: access.Var.Name()}
	u.collect()
	if u.ident == nil {
		return nil, fmt.Errorf("%s is declared in another package", u.name)
	}
	u.owner = u.typeAround()
	return u, u.closed()
}

// collect finds the declaration and the uses.
func (u *variable) collect() {
	for _, file := range u.pkg.Files {
		ast.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if u.pkg.Def(id) == u.v {
				u.ident, u.path = id, slices.Clone(stack)
			}
			if used, ok := u.pkg.Use(id).(*types.Var); ok && used.Origin() == u.v {
				u.uses = append(u.uses, newUse(id, slices.Clone(stack)))
			}
			return true
		})
	}
}

func newUse(id *ast.Ident, path []ast.Node) *use {
	x := &use{id: id, expr: id, path: path}
	if len(path) > 0 {
		if sel, ok := path[len(path)-1].(*ast.SelectorExpr); ok && sel.Sel == id {
			x.expr, x.path = sel, path[:len(path)-1]
		}
	}
	for _, n := range path {
		switch n := n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			x.fn = n
		}
	}
	return x
}

// up returns the k-th node around the use, parentheses left out.
func (x *use) up(k int) ast.Node {
	for i := len(x.path) - 1; i >= 0; i-- {
		if _, paren := x.path[i].(*ast.ParenExpr); paren {
			continue
		}
		if k == 0 {
			return x.path[i]
		}
		k--
	}
	return nil
}

// stmt returns the innermost statement around the use, nil at package level.
func (x *use) stmt() ast.Stmt {
	for _, n := range slices.Backward(x.path) {
		if st, ok := n.(ast.Stmt); ok {
			return st
		}
	}
	return nil
}

// key reports whether the use is the name of a field in a composite literal.
func (x *use) key() *ast.KeyValueExpr {
	kv, ok := x.up(0).(*ast.KeyValueExpr)
	if !ok || kv.Key != ast.Expr(x.id) || x.expr != ast.Expr(x.id) {
		return nil
	}
	if _, lit := x.up(1).(*ast.CompositeLit); !lit {
		return nil
	}
	return kv
}

// closed refuses a variable that code which is not seen may use.
func (u *variable) closed() error {
	main := u.pkg.Types.Name() == "main"
	local := !u.v.IsField() && u.v.Kind() != types.PackageVar
	if local {
		if u.v.Kind() != types.LocalVar {
			return fmt.Errorf("%s is a parameter or a result", u.name)
		}
		return nil
	}
	if u.v.Exported() && !main {
		return fmt.Errorf("%s is exported: other packages may use it", u.name)
	}
	if u.v.IsField() && u.tagged() {
		return fmt.Errorf("%s has a tag: an encoder may look at it", u.name)
	}
	if u.s.Pkg.Dir == "" {
		return errors.New("only this package is seen here, without what else its directory holds")
	}
	if file := u.s.Pkg.NamedElsewhere(u.name); file != "" {
		return fmt.Errorf("%s, which is not built here, may use %s too", filepath.Base(file), u.name)
	}
	return nil
}

func (u *variable) tagged() bool {
	field, ok := u.parent(0).(*ast.Field)
	return ok && field.Tag != nil
}

// parent returns the k-th node around the declaration.
func (u *variable) parent(k int) ast.Node {
	if k < len(u.path) {
		return u.path[len(u.path)-1-k]
	}
	return nil
}

// typeAround returns the declared type that the field is part of.
func (u *variable) typeAround() *ast.TypeSpec {
	for _, n := range slices.Backward(u.path) {
		if spec, ok := n.(*ast.TypeSpec); ok && u.v.IsField() {
			return spec
		}
	}
	return nil
}

// line returns the place of a node, for a sentence.
func (u *variable) line(n ast.Node) string {
	at := u.pkg.Fset.PositionFor(n.Pos(), false)
	if file := u.s.FileAround(n); file != nil && file != u.s.Match.File {
		return fmt.Sprintf("line %d of %s", at.Line, filepath.Base(at.Filename))
	}
	return fmt.Sprintf("line %d", at.Line)
}

// inFunction returns the uses in a function, those in literals in it left out.
func (u *variable) inFunction(fn ast.Node) (some []*use) {
	for _, x := range u.uses {
		if x.fn == fn && x.key() == nil {
			some = append(some, x)
		}
	}
	return some
}

// assigned returns the assignment that gives the variable itself a value.
func (x *use) assigned() *ast.AssignStmt {
	st, ok := x.up(0).(*ast.AssignStmt)
	if !ok || !slices.ContainsFunc(st.Lhs, func(e ast.Expr) bool { return ast.Unparen(e) == x.expr }) {
		return nil
	}
	return st
}

// writes reports whether the use gives the variable itself a value, and reads
// whether it needs the old one.
func (x *use) writes() (writes, reads bool) {
	if st := x.assigned(); st != nil {
		return true, st.Tok != token.ASSIGN && st.Tok != token.DEFINE
	}
	switch p := x.up(0).(type) {
	case *ast.IncDecStmt:
		return true, true
	case *ast.RangeStmt:
		if p.Key == x.expr || p.Value == x.expr {
			return true, false
		}
	}
	return false, true
}

// leadsOn refuses a pointer through which what it points to is changed: whoever
// has loaded it before would see that happen.
func (u *variable) leadsOn(x *use) error {
	if _, ok := u.v.Type().Underlying().(*types.Pointer); !ok {
		return nil
	}
	var child ast.Node = x.expr
	far := false
	for k := 0; ; k++ {
		switch p := x.up(k).(type) {
		case *ast.SelectorExpr, *ast.StarExpr, *ast.IndexExpr:
			if i, ok := p.(*ast.IndexExpr); ok && ast.Unparen(i.X) != child {
				return nil
			}
			child, far = p, true
			continue
		case *ast.AssignStmt:
			for _, lhs := range p.Lhs {
				if far && ast.Unparen(lhs) == child {
					return fmt.Errorf("%s changes what %s points to: that is in no order with those who have it", u.line(p), u.name)
				}
			}
		case *ast.IncDecStmt:
			if far {
				return fmt.Errorf("%s changes what %s points to: that is in no order with those who have it", u.line(p), u.name)
			}
		case *ast.UnaryExpr:
			if far && p.Op == token.AND {
				return fmt.Errorf("%s takes an address in what %s points to", u.line(p), u.name)
			}
		}
		return nil
	}
}
