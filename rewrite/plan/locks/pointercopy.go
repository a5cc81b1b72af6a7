package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// PointerCopy makes a variable lead to what it was a copy of:
//
//	for _, sh := range s.shards {     →     for i := range s.shards {
//		sh.mu.Lock()                            sh := &s.shards[i]
//		                                        sh.mu.Lock()
//
//	sh := s.shards[n]                 →     sh := &s.shards[n]
//
// The variable is only selected from, which a pointer does as well; what is written through
// it reaches the original now. It refuses where there is no address to take: an element of a
// map, a result, or what is a copy itself.
func PointerCopy(s *edit.Site) error {
	id, ok := s.Bound("$variable").(*ast.Ident)
	if !ok {
		return errors.New("internal: the copy has no name")
	}
	pkg, fn := s.Match.Pkg, s.Match.Decl
	if err := selectedOnly(pkg, fn, pkg.Def(id)); err != nil {
		return err
	}
	switch st := declaring(fn, id).(type) {
	case *ast.RangeStmt:
		return rangeByIndex(s, st, id)
	case *ast.AssignStmt:
		return takeAddress(s, st)
	}
	return around.Aside("the copy is made neither by a range nor by an assignment of its own")
}

// declaring is the statement that declares a variable by itself: a range as its value, or an
// assignment of one value.
func declaring(fn ast.Node, id *ast.Ident) (found ast.Stmt) {
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if n.Value == ast.Expr(id) && n.Tok == token.DEFINE {
				found = n
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE && len(n.Rhs) == 1 && n.Lhs[0] == ast.Expr(id) {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// rangeByIndex goes over the places of the elements in place of copies of them.
func rangeByIndex(s *edit.Site, loop *ast.RangeStmt, id *ast.Ident) error {
	pkg := s.Match.Pkg
	if !isIndexed(pkg.TypeOf(loop.X)) {
		return fmt.Errorf("what %s goes over has no elements with an address: keep pointers in it", edit.ExprText(loop.X))
	}
	if err := stays(pkg, loop.X, loop.Body); err != nil {
		return err
	}
	if _, isSlice := pkg.TypeOf(loop.X).Underlying().(*types.Slice); !isSlice && !isOriginal(pkg, loop.X) {
		return fmt.Errorf("%s is a copy itself", edit.ExprText(loop.X))
	}
	node := s.Stmt(loop).(*dst.RangeStmt)
	index, named := loop.Key.(*ast.Ident)
	name := ""
	if named && index.Name != "_" {
		name = index.Name
		if changes(pkg, loop.Body, pkg.Def(index)) {
			return fmt.Errorf("the loop changes %s", name)
		}
	} else {
		name = s.Fresh("i", loop)
		node.Key = edit.Ident(name)
	}
	element := &dst.IndexExpr{X: s.Copy(loop.X), Index: edit.Ident(name)}
	node.Value = nil
	s.InsertFirst(node.Body, edit.Define(&dst.UnaryExpr{Op: token.AND, X: element}, edit.Ident(id.Name)))
	return nil
}

// takeAddress assigns the address of what was copied.
func takeAddress(s *edit.Site, st *ast.AssignStmt) error {
	pkg, from := s.Match.Pkg, ast.Unparen(st.Rhs[0])
	if index, ok := from.(*ast.IndexExpr); ok && around.IsMapType(pkg.TypeOf(index.X)) {
		return fmt.Errorf("an element of the map %s has no address: keep pointers in it", edit.ExprText(index.X))
	}
	if !pkg.Info.Types[from].Addressable() {
		return fmt.Errorf("%s is no variable: it has no address to take", edit.ExprText(from))
	}
	if !isOriginal(pkg, from) {
		return fmt.Errorf("%s is a copy itself", edit.ExprText(from))
	}
	if star, ok := from.(*ast.StarExpr); ok {
		s.ReplaceExpr(s.Expr(st.Rhs[0]), s.Copy(star.X))
		return nil
	}
	s.ReplaceExpr(s.Expr(st.Rhs[0]), &dst.UnaryExpr{Op: token.AND, X: s.Copy(from)})
	return nil
}

// selectedOnly refuses where a function uses a variable other than by selecting from it.
func selectedOnly(pkg *facts.Package, fn ast.Node, v types.Object) (err error) {
	pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || v == nil || pkg.Use(id) != v {
			return true
		}
		if sel, ok := stack[len(stack)-1].(*ast.SelectorExpr); (!ok || sel.X != ast.Expr(id)) && err == nil {
			err = fmt.Errorf("line %d uses %s as a whole", pkg.Fset.Position(id.Pos()).Line, id.Name)
		}
		return true
	})
	return err
}

// isIndexed reports whether the elements of a type have places: those of a slice, an array, or
// one behind a pointer.
func isIndexed(t types.Type) bool {
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	switch t.Underlying().(type) {
	case *types.Slice, *types.Array:
		return true
	}
	return false
}

// stays refuses where an expression may stand for another thing from one turn of a loop to the
// next: it must be a name or a chain of fields that the loop does not set.
func stays(pkg *facts.Package, x ast.Expr, body ast.Node) error {
	for {
		switch e := ast.Unparen(x).(type) {
		case *ast.Ident:
			if changes(pkg, body, pkg.ObjectOf(e)) {
				return fmt.Errorf("the loop changes %s", e.Name)
			}
			return nil
		case *ast.SelectorExpr:
			if changes(pkg, body, pkg.ObjectOf(e.Sel)) {
				return fmt.Errorf("the loop changes %s", e.Sel.Name)
			}
			x = e.X
		default:
			return fmt.Errorf("%s is not a plain name: each turn would evaluate it again", edit.ExprText(x))
		}
	}
}

// changes reports whether code assigns a variable or field, or takes its address.
func changes(pkg *facts.Package, code ast.Node, v types.Object) (does bool) {
	ends := func(x ast.Expr) bool {
		switch x := ast.Unparen(x).(type) {
		case *ast.Ident:
			return pkg.ObjectOf(x) == v
		case *ast.SelectorExpr:
			return pkg.ObjectOf(x.Sel) == v
		}
		return false
	}
	pkg.Inspect(code, func(n ast.Node) bool {
		for _, left := range around.AssignedBy(n) {
			does = does || ends(left)
		}
		if addr, ok := n.(*ast.UnaryExpr); ok && addr.Op == token.AND {
			does = does || ends(addr.X)
		}
		return !does
	})
	return does
}

// isOriginal reports whether an addressable expression is a part of something that others can
// reach: a variable of the package, or what a pointer or a slice leads to.
func isOriginal(pkg *facts.Package, x ast.Expr) bool {
	for {
		switch e := ast.Unparen(x).(type) {
		case *ast.StarExpr:
			return true
		case *ast.SelectorExpr:
			selection := pkg.Info.Selections[e]
			if selection == nil || selection.Indirect() {
				return true // a variable of another package, or behind a pointer
			}
			x = e.X
		case *ast.IndexExpr:
			if _, isArray := pkg.TypeOf(e.X).Underlying().(*types.Array); !isArray {
				return true
			}
			x = e.X
		case *ast.Ident:
			v, ok := pkg.ObjectOf(e).(*types.Var)
			_, isPointer := pkg.TypeOf(e).Underlying().(*types.Pointer)
			return ok && (isPointer || v.Parent() == v.Pkg().Scope())
		default:
			return false
		}
	}
}
