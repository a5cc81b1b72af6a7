package memory

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// sharedWith returns where the function reads what an entry of the clone leads to, and where
// that is changed: the clone has the same pointers, slices and maps as the original.
//
//	for _, u := range users { // a clone of s.users
//		n += u.hits           // s.users[id].hits++ elsewhere, under the lock
//	}
func sharedWith(s *edit.Site, h sharing.Header) (read, write ast.Node) {
	t := newTracer(s.Match.Pkg)
	for _, use := range h.Uses {
		t.places = append(t.places, use)
	}
	t.follow(bodyAround(h.Access.Func))
	return t.readsOf(s, h.Access.Func, func(ast.Node) bool { return true }, func(*ast.FuncDecl) bool { return true })
}

// readsOf returns where code reads, at least two steps behind what is guarded, what functions
// that count change.
func (t *tracer) readsOf(s *edit.Site, code ast.Node, here func(ast.Node) bool, counts func(*ast.FuncDecl) bool) (read, write ast.Node) {
	ast.Inspect(code, func(n ast.Node) bool {
		if loop, ok := n.(*ast.RangeStmt); ok && write == nil && loop.Value != nil && t.partOf(loop.X) && here(loop.X) && t.depthOf(loop.X) >= 1 {
			if write = changed(s, &ast.IndexExpr{X: loop.X}, code, counts); write != nil {
				read = loop.X
			}
		}
		e, ok := n.(ast.Expr)
		if !ok || write != nil || !t.partOf(e) {
			return write == nil
		}
		if here(e) && t.depthOf(e) >= 2 {
			if write = changed(s, e, code, counts); write != nil {
				read = e
			}
		}
		return false
	})
	return read, write
}

// depthOf returns how many pointers, slices and maps lie between what is guarded and an
// expression: 1 for an entry of a map, 2 for what that points to.
func (t *tracer) depthOf(e ast.Expr) (n int) {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			if v, ok := t.info.ObjectOf(x).(*types.Var); ok && t.locals[v] {
				n++ // it holds an entry
			}
			return n
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			n, e = n+1, x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.TypeAssertExpr:
			e = x.X
		case *ast.IndexExpr:
			if _, array := t.info.TypeOf(x.X).Underlying().(*types.Array); !array {
				n++
			}
			e = x.X
		case *ast.SelectorExpr:
			if selection := t.info.Selections[x]; selection != nil && selection.Indirect() {
				n++
			}
			e = x.X
		default:
			return n
		}
	}
}

// changed returns where another function changes what an expression reads: the same field, or
// an element of what has the same type. within says which functions count.
func changed(s *edit.Site, e ast.Expr, but ast.Node, counts func(*ast.FuncDecl) bool) (found ast.Node) {
	for _, file := range s.Match.Pkg.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Body == nil || !counts(decl) {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if n == but || found != nil {
					return false
				}
				for _, lhs := range around.AssignedBy(n) {
					if writesPart(s, ast.Unparen(lhs), e) && !madeThere(s, lhs) {
						found = n
					}
				}
				return found == nil
			})
		}
	}
	return found
}

// writesPart reports whether a write may change what an expression reads, or a part of it.
func writesPart(s *edit.Site, written, read ast.Expr) bool {
	for written != nil {
		if sameMemory(s, written, read) {
			return true
		}
		switch x := written.(type) {
		case *ast.SelectorExpr:
			if _, whole := read.(*ast.StarExpr); whole && types.Identical(pointee(s.Pkg.Info.TypeOf(x.X)), s.Pkg.Info.TypeOf(read)) {
				return true
			}
			selection := s.Pkg.Info.Selections[x]
			if selection == nil || selection.Indirect() {
				return false
			}
			written = ast.Unparen(x.X)
		default:
			return false
		}
	}
	return false
}

// An ofType stands for any expression of a type.
type ofType struct {
	*ast.BadExpr
	typ types.Type
}

func typeOf(s *edit.Site, e ast.Expr) types.Type {
	if any, ok := e.(ofType); ok {
		return any.typ
	}
	return s.Pkg.Info.TypeOf(e)
}

// pointee returns what a pointer points to, and another type as it is.
func pointee(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// sameMemory reports whether two expressions may name the same field or element.
func sameMemory(s *edit.Site, a, b ast.Expr) bool {
	switch a := a.(type) {
	case *ast.SelectorExpr:
		sel, ok := b.(*ast.SelectorExpr)
		return ok && sameVar(s.Pkg.Info.Uses[a.Sel], around.VariableIn(s.Match.Pkg, sel))
	case *ast.IndexExpr:
		index, ok := b.(*ast.IndexExpr)
		return ok && types.Identical(s.Pkg.Info.TypeOf(a.X), typeOf(s, index.X))
	case *ast.StarExpr:
		star, ok := b.(*ast.StarExpr)
		return ok && types.Identical(s.Pkg.Info.TypeOf(a.X), s.Pkg.Info.TypeOf(star.X))
	}
	return false
}

// madeThere reports whether a write goes to what the function has just made.
//
//	u := &user{}
//	u.hits = 1
func madeThere(s *edit.Site, lhs ast.Expr) bool {
	sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	v := s.Pkg.Info.Uses[id]
	if !ok || v == nil {
		return false
	}
	made := false
	for _, file := range s.Match.Pkg.Files {
		if file.FileStart > v.Pos() || v.Pos() >= file.FileEnd {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			def, ok := n.(*ast.AssignStmt)
			if ok && len(def.Rhs) == len(def.Lhs) {
				for i, name := range def.Lhs {
					made = made || around.AsIdent(name) != nil && s.Pkg.Info.Defs[around.AsIdent(name)] == v && isMaking(def.Rhs[i])
				}
			}
			return !made
		})
	}
	return made
}

func isMaking(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND && isMaking(e.X)
	case *ast.CallExpr:
		id, ok := e.Fun.(*ast.Ident)
		return ok && id.Name == "new"
	}
	return false
}
