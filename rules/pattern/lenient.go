package pattern

import "go/ast"

// lenient reports whether a field of want says nothing about the code, because the
// author of a pattern leaves it out without meaning that it is absent.
func (s *solver) lenient(want ast.Node, field string) bool {
	if s.exact != nil {
		return false
	}
	switch want := want.(type) {
	case *ast.FuncDecl:
		return field == "Body" && want.Body == nil
	case *ast.FuncType:
		return field == "TypeParams" && want.TypeParams == nil
	case *ast.TypeSpec:
		return field == "TypeParams" && want.TypeParams == nil
	case *ast.Field:
		return field == "Tag" && want.Tag == nil
	case *ast.CallExpr:
		return field == "Ellipsis" && s.endsInAnything(want.Args)
	case *ast.RangeStmt:
		return field == "Tok" && want.Key != nil && s.isGap(want.Key) // absent, or := or =
	}
	return false
}

// endsInAnything reports whether args end in $*_. A list hole with a name does
// not match f(xs...): what is bound to it could not be written again without
// the dots, which belong to the call.
func (s *solver) endsInAnything(args []ast.Expr) bool {
	if len(args) == 0 {
		return false
	}
	hole, ok := s.holeOf(args[len(args)-1])
	return ok && hole.List && hole.Name == "$_"
}

// anyBlock returns the hole of a block that is nothing but a gap. As an else
// it matches an else of any kind, and none.
func (s *solver) anyBlock(n ast.Node) (Hole, bool) {
	block, ok := n.(*ast.BlockStmt)
	if !ok || len(block.List) != 1 || !s.isGap(block.List[0]) {
		return Hole{}, false
	}
	return s.holeOf(block.List[0])
}
