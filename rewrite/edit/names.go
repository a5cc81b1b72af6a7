package edit

import (
	"go/ast"
	"go/types"
	"strconv"
)

// Fresh returns name, or name2, name3 …: one that stands nowhere in the
// declaration around at, nor in the scope of the file, the package or the
// universe. So it is neither declared twice nor hides what is used further in.
func (s *Site) Fresh(name string, at ast.Node) string {
	taken := s.taken(at)
	fresh := name
	for i := 2; taken(fresh); i++ {
		fresh = name + strconv.Itoa(i)
	}
	s.fresh[fresh] = true
	return fresh
}

// FreshFor returns name, or name2, name3 …: one that means nothing to the return that alone is to
// read it, whatever it means elsewhere in the function.
func (s *Site) FreshFor(name string, ret *ast.ReturnStmt) string {
	scope := s.Pkg.Types.Scope().Innermost(ret.Pos())
	if scope == nil {
		return s.Fresh(name, ret)
	}
	fresh := name
	for i := 2; ; i++ {
		_, seen := scope.LookupParent(fresh, ret.Pos())
		if seen == nil && scope.Lookup(fresh) == nil && !s.fresh[fresh] && !s.freshOf[fresh][ret] {
			if s.freshOf[fresh] == nil {
				s.freshOf[fresh] = map[*ast.ReturnStmt]bool{}
			}
			s.freshOf[fresh][ret] = true
			return fresh
		}
		fresh = name + strconv.Itoa(i)
	}
}

// taken answers whether a name means something around at.
func (s *Site) taken(at ast.Node) func(string) bool {
	decl := s.DeclAround(at)
	used := identifiers(decl)
	file := s.source.Syntax
	scopes := []*types.Scope{types.Universe, s.Pkg.Types.Scope(), s.Pkg.Info.Scopes[file]}
	return func(name string) bool {
		if used[name] || s.fresh[name] {
			return true
		}
		for ret := range s.freshOf[name] {
			if Within(decl, ret) {
				return true
			}
		}
		for _, scope := range scopes {
			if scope != nil && scope.Lookup(name) != nil {
				return true
			}
		}
		return false
	}
}

// DeclAround returns the declaration around a node of the matched file, or the file.
func (s *Site) DeclAround(at ast.Node) ast.Node {
	for _, decl := range s.source.Syntax.Decls {
		if decl.Pos() <= at.Pos() && at.Pos() < decl.End() {
			return decl
		}
	}
	return s.source.Syntax
}

// identifiers returns every name that is written below root, but for the
// fields and methods that are selected: those live in a world of their own.
func identifiers(root ast.Node) map[string]bool {
	used := map[string]bool{}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			for name := range identifiers(n.X) {
				used[name] = true
			}
			return false
		case *ast.Ident:
			used[n.Name] = true
		}
		return true
	})
	return used
}
