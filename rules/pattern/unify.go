package pattern

import (
	"go/ast"
	"go/constant"
	"reflect"
)

// unify makes two nodes equal as far as they themselves go, and returns the
// goals that are left: their children and what came after.
func (s *solver) unify(g *goal) (*goal, bool) {
	if hole, ok := s.holeOf(g.want); ok {
		return g.next, s.fill(hole, g.got)
	}
	if hole, ok := s.anyBlock(g.want); ok {
		if _, block := g.got.(*ast.BlockStmt); !block {
			return g.next, s.fill(hole, g.got)
		}
	}
	want, got := unparen(g.want), unparen(g.got)
	if want == nil || got == nil {
		return g.next, want == got
	}
	switch want := want.(type) {
	case *ast.Ident:
		got, ok := got.(*ast.Ident)
		return g.next, ok && s.sameName(want, got)
	case *ast.BasicLit:
		got, ok := got.(*ast.BasicLit)
		return g.next, ok && sameLiteral(want, got)
	case *ast.SelectorExpr:
		return s.unifySelector(want, got, g.next)
	}
	if reflect.TypeOf(want) != reflect.TypeOf(got) {
		return nil, false
	}
	return s.unifyFields(want, got, g.next)
}

// fill binds a hole that stands where code has one node, or none.
func (s *solver) fill(hole Hole, got ast.Node) bool {
	if got != nil {
		return s.bind(hole, []ast.Node{got})
	}
	return hole.List && s.bind(hole, nil)
}

// unparen strips parentheses, which are for the reader.
func unparen(n ast.Node) ast.Node {
	if x, ok := n.(ast.Expr); ok {
		return ast.Unparen(x)
	}
	return n
}

// sameLiteral compares literals by value: 0x10 is 16, `a` is "a".
func sameLiteral(a, b *ast.BasicLit) bool {
	if a.Kind != b.Kind {
		return false
	}
	if a.Value == b.Value {
		return true
	}
	x := constant.MakeFromLiteral(a.Value, a.Kind, 0)
	y := constant.MakeFromLiteral(b.Value, b.Kind, 0)
	return x.Kind() != constant.Unknown && x.ExactString() == y.ExactString()
}
