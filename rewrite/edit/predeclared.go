package edit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/dave/dst"
)

// predeclared refuses where what was written uses a name of the language more often than before,
// and something of the program has that name.
//
//	func len(list []int) int { … }
//	results := make(chan int, len(list))
func (s *Site) predeclared() error {
	more := map[string]int{}
	for _, decl := range s.File.Decls {
		if !slices.Contains(s.doc.tree.Decls, decl) {
			countPredeclared(decl, more, 1)
		}
	}
	for _, d := range s.doc.decls {
		if !slices.Contains(s.File.Decls, d.tree) {
			countPredeclared(d.tree, more, -1)
		}
	}
	for name, n := range more {
		if n > 0 && s.redeclared(name) {
			return fmt.Errorf("%s is something else here", name)
		}
	}
	return nil
}

// countPredeclared counts the names of the language below a node, but for those that are
// selected or name a field, and functions that are not called: those are variables.
func countPredeclared(n dst.Node, counts map[string]int, by int) {
	dst.Inspect(n, func(n dst.Node) bool {
		switch n := n.(type) {
		case *dst.SelectorExpr:
			countPredeclared(n.X, counts, by)
			return false
		case *dst.CallExpr:
			if id, ok := n.Fun.(*dst.Ident); ok && isBuiltinName(id.Name) {
				counts[id.Name] += by
			}
		case *dst.Ident:
			if types.Universe.Lookup(n.Name) != nil && !isBuiltinName(n.Name) {
				counts[n.Name] += by
			}
		}
		return true
	})
}

func isBuiltinName(name string) bool {
	_, ok := types.Universe.Lookup(name).(*types.Builtin)
	return ok
}

// redeclared reports whether a name of the language is one of the package, or of the file, or is
// declared in a declaration that the attempt has changed.
func (s *Site) redeclared(name string) bool {
	for _, scope := range []*types.Scope{s.Pkg.Types.Scope(), s.Pkg.Info.Scopes[s.source.Syntax]} {
		if scope != nil && scope.Lookup(name) != nil {
			return true
		}
	}
	return slices.ContainsFunc(s.doc.decls, func(d *declaration) bool {
		return !slices.Contains(s.File.Decls, d.tree) && slices.ContainsFunc(d.syntax, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || id.Name != name {
				return false
			}
			v, isVar := s.Pkg.Info.Defs[id].(*types.Var)
			return s.Pkg.Info.Defs[id] != nil && !(isVar && v.IsField())
		})
	})
}
