package around

import (
	"errors"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

var errNoName = errors.New("its type has no name that can be used here")

// Zero returns the zero value of a type, as it is spelled in the declaration of the match.
func Zero(s *edit.Site, t types.Type) (dst.Expr, error) {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return zeroBasic(u), nil
	case *types.Struct, *types.Array:
		return zeroNamed(s, t)
	}
	if _, parameter := types.Unalias(t).(*types.TypeParam); parameter {
		return nil, errNoName
	}
	return edit.Ident("nil"), nil
}

func zeroBasic(b *types.Basic) dst.Expr {
	switch {
	case b.Info()&types.IsBoolean != 0:
		return edit.Ident("false")
	case b.Info()&types.IsString != 0:
		return &dst.BasicLit{Kind: token.STRING, Value: `""`}
	case b.Kind() == types.UnsafePointer:
		return edit.Ident("nil")
	}
	return &dst.BasicLit{Kind: token.INT, Value: "0"}
}

// zeroNamed returns T{} of a type that has a name without arguments.
func zeroNamed(s *edit.Site, t types.Type) (dst.Expr, error) {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.TypeArgs().Len() > 0 || named.Obj().Pkg() == nil || named.Obj().Parent() != named.Obj().Pkg().Scope() {
		return nil, errNoName
	}
	name, pkg := named.Obj().Name(), named.Obj().Pkg()
	switch {
	case pkg == s.Match.Pkg.Types && !s.Hides()[name]:
		return &dst.CompositeLit{Type: edit.Ident(name)}, nil
	case pkg == s.Match.Pkg.Types || !named.Obj().Exported():
		return nil, errNoName
	}
	return &dst.CompositeLit{Type: s.Qualified(pkg.Path(), name)}, nil
}
