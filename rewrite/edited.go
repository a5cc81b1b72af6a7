package rewrite

import (
	"go/ast"
	"go/token"
	"go/types"
	"iter"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/match"
)

// An edited is a package before and after the plans of an attempt.
type edited struct {
	before, after *load.Package
	near          map[string]bool // symbols of declarations
	moves         bool            // locks are taken, or functions called, in another order
}

// editedPackage is nil for a package of which no file is edited.
func editedPackage(before, after *load.Package, files map[string][]byte, plans []*proposal) *edited {
	if !holds(after, files) {
		return nil
	}
	e := &edited{before: before, after: after, near: map[string]bool{}}
	in := func(path string) bool { return files[path] != nil }
	was, is := declsIn(before, in), declsIn(after, in)
	old, changed := apartFrom(was, is), apartFrom(is, was)
	for _, p := range plans {
		if k := p.entry.first.key; k.pkg == after.Path {
			e.near[k.symbol] = true
		}
	}
	e.add(before, old)
	e.add(after, changed)
	e.moves = !slices.Equal(callsIn(before, old), callsIn(after, changed))
	return e
}

func (e *edited) isNear(decl ast.Decl) bool {
	return slices.ContainsFunc(match.Symbols(decl), func(symbol string) bool { return e.near[symbol] })
}

// declsIn are the declarations of some files, by their text.
func declsIn(pkg *load.Package, in func(path string) bool) map[string][]ast.Decl {
	all := map[string][]ast.Decl{}
	for _, f := range pkg.Files {
		if !in(f.Path) {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			start, end := pkg.Fset.PositionFor(decl.Pos(), false).Offset, pkg.Fset.PositionFor(decl.End(), false).Offset
			text := string(f.Text[start:end])
			all[text] = append(all[text], decl)
		}
	}
	return all
}

// apartFrom are the declarations that the others lack, in the order of the text.
func apartFrom(all, others map[string][]ast.Decl) (some []ast.Decl) {
	for text, decls := range all {
		if len(others[text]) < len(decls) {
			some = append(some, decls...)
		}
	}
	slices.SortFunc(some, func(a, b ast.Decl) int { return int(a.Pos() - b.Pos()) })
	return some
}

// callsIn are the calls in declarations, as they are written, and whether they are made
// later or by others; but for those that can take no lock.
func callsIn(pkg *load.Package, decls []ast.Decl) (calls []string) {
	for _, decl := range decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				calls = append(calls, "go")
			case *ast.DeferStmt:
				calls = append(calls, "defer")
			case *ast.CallExpr:
				if !takesNothing(pkg.Info, n) {
					calls = append(calls, types.ExprString(n.Fun))
				}
			}
			return true
		})
	}
	return calls
}

// takesNothing reports whether a call is a conversion, of a built-in function, or of a
// package that knows no locks.
func takesNothing(info *types.Info, call *ast.CallExpr) bool {
	if fun := info.Types[call.Fun]; fun.IsType() || fun.IsBuiltin() {
		return true
	}
	fn, ok := typeutil.Callee(info, call).(*types.Func)
	return ok && fn.Pkg() != nil && slices.Contains([]string{"sync/atomic", "slices", "maps"}, fn.Pkg().Path())
}

// add notes what is near to changed declarations in one state of the package.
func (e *edited) add(pkg *load.Package, changed []ast.Decl) {
	for _, decl := range changed {
		e.note(decl)
	}
	in := declarationsOf(pkg)
	shared := e.sharedBy(pkg, changed, in)
	for id, obj := range pkg.Info.Uses {
		if shared[originOf(obj)] {
			e.note(in.at(id.Pos()))
		}
	}
}

func (e *edited) note(decl ast.Decl) {
	if decl == nil {
		return
	}
	for _, symbol := range match.Symbols(decl) {
		e.near[symbol] = true
	}
}

// sharedBy are the fields and variables of the package that changed declarations name,
// and what they declare. The functions that they name are near themselves.
func (e *edited) sharedBy(pkg *load.Package, changed []ast.Decl, in declarations) map[types.Object]bool {
	shared := map[types.Object]bool{}
	for id := range names(changed) {
		if obj := pkg.Info.Defs[id]; obj != nil {
			shared[obj] = true
		}
		obj := pkg.Info.Uses[id]
		if obj == nil || obj.Pkg() != pkg.Types {
			continue
		}
		switch obj := originOf(obj).(type) {
		case *types.Var:
			shared[obj] = shared[obj] || obj.IsField() || obj.Parent() == pkg.Types.Scope()
		case *types.Func:
			e.note(in.at(obj.Pos()))
		}
	}
	return shared
}

// names are the identifiers in declarations.
func names(decls []ast.Decl) iter.Seq[*ast.Ident] {
	return func(yield func(*ast.Ident) bool) {
		for _, decl := range decls {
			for n := range ast.Preorder(decl) {
				if id, ok := n.(*ast.Ident); ok && !yield(id) {
					return
				}
			}
		}
	}
}

// originOf is what an instance was made of.
func originOf(obj types.Object) types.Object {
	switch obj := obj.(type) {
	case *types.Var:
		return obj.Origin()
	case *types.Func:
		return obj.Origin()
	}
	return obj
}

// declarations are those of a package by their places.
type declarations []ast.Decl

func declarationsOf(pkg *load.Package) (all declarations) {
	for _, f := range pkg.Files {
		all = append(all, f.Syntax.Decls...)
	}
	slices.SortFunc(all, func(a, b ast.Decl) int { return int(a.Pos() - b.Pos()) })
	return all
}

// at is the declaration around a place, nil if there is none.
func (all declarations) at(pos token.Pos) ast.Decl {
	i, found := slices.BinarySearchFunc(all, pos, func(decl ast.Decl, pos token.Pos) int { return int(decl.Pos() - pos) })
	if !found {
		i--
	}
	if i < 0 || pos >= all[i].End() {
		return nil
	}
	return all[i]
}

func holds(pkg *load.Package, files map[string][]byte) bool {
	return slices.ContainsFunc(pkg.Files, func(f *load.File) bool { return files[f.Path] != nil })
}
