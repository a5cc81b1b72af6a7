package pattern

import (
	"go/ast"
	"reflect"
)

// couldBe reports whether code may match as far as a look at its outside tells: most
// code differs there, and no search need begin for it.
func (p *Pattern) couldBe(want, got ast.Node) bool {
	if _, hole := p.holeOf(want); hole {
		return true
	}
	want, got = unparen(want), unparen(got)
	if reflect.TypeOf(want) != reflect.TypeOf(got) {
		_, selects := want.(*ast.SelectorExpr) // a dot import makes a name of it
		_, block := want.(*ast.BlockStmt)      // one that is a gap is an else of any kind
		return selects || block
	}
	switch want := want.(type) {
	case *ast.ExprStmt:
		return p.couldBe(want.X, got.(*ast.ExprStmt).X)
	case *ast.SliceExpr:
		return p.couldBe(want.X, got.(*ast.SliceExpr).X)
	case *ast.CallExpr:
		got := got.(*ast.CallExpr)
		return p.couldBe(want.Fun, got.Fun) && p.couldBeAll(want.Args, got.Args)
	case *ast.ReturnStmt:
		return p.couldBeAll(want.Results, got.(*ast.ReturnStmt).Results)
	}
	return true
}

func (p *Pattern) couldBeAll(want, got []ast.Expr) bool {
	for i, w := range want {
		if p.isGap(w) {
			return true
		}
		if i >= len(got) || !p.couldBe(w, got[i]) {
			return false
		}
	}
	return len(want) == len(got)
}
