package plan

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// mindRoom makes a fix unsafe that gives away a copy where another function looks behind the end
// of such a slice, or puts it into a pool: behind the end of a copy there is hardly any room.
//
//	out <- buf[:n]        →        out <- slices.Clone(buf[:n])
//	…
//	b := (<-out)[:cap(b)]          // 1500, and now 16
func mindRoom(s *edit.Site) {
	if s.Match.Rule.ID != "reusedbuffer" {
		return
	}
	given, ok := s.Bound("$given").(ast.Expr)
	source, ok2 := s.Bound("$source").(ast.Expr)
	if !ok || !ok2 {
		return
	}
	if takes := takesRoom(s, s.Match.Pkg.TypeOf(given), sliced(s, source)); takes != nil {
		at := s.Match.Pkg.Fset.Position(takes.Pos())
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s:%d needs the room behind the end of a slice, and a copy has none", filepath.Base(at.Filename), at.Line))
	}
}

// sliced returns the variable of which a slice is a part, nil where it has no name.
func sliced(s *edit.Site, e ast.Expr) *types.Var {
	for {
		part, ok := ast.Unparen(e).(*ast.SliceExpr)
		if !ok {
			return around.VariableIn(s.Match.Pkg, e)
		}
		e = part.X
	}
}

// takesRoom returns a call, in another function or literal, that gets the capacity of a slice of a
// type, or puts one into a sync.Pool; but for one that is about the buffer itself.
func takesRoom(s *edit.Site, slice types.Type, buffer *types.Var) (takes *ast.CallExpr) {
	pkg, here := s.Match.Pkg, around.InnermostFunction(s.Match.Decl, s.Match.At)
	for _, file := range pkg.Files {
		pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || takes != nil || len(call.Args) != 1 || !keepsRoom(pkg.Callee(call)) {
				return takes == nil
			}
			v := sliced(s, call.Args[0])
			if sliceOrAddress(pkg.TypeOf(call.Args[0]), slice) && (v == nil || v != buffer) && around.InnermostFunction(file, call) != here {
				takes = call
			}
			return takes == nil
		})
	}
	return takes
}

// sliceOrAddress reports whether a type is that of a slice, or of a pointer to it.
func sliceOrAddress(t, slice types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	return t != nil && slice != nil && types.Identical(t.Underlying(), slice.Underlying())
}

// keepsRoom reports whether a call asks for the capacity, or keeps its argument for others: cap and
// (*sync.Pool).Put.
func keepsRoom(callee types.Object) bool {
	switch callee := callee.(type) {
	case *types.Builtin:
		return callee.Name() == "cap"
	case *types.Func:
		return callee.FullName() == "(*sync.Pool).Put"
	}
	return false
}
