package pattern

import "go/ast"

// holeOf returns the hole that a node of the pattern is: an identifier, or one
// that stands alone as a statement, a field, or a clause without a body.
func (p *Pattern) holeOf(n ast.Node) (Hole, bool) {
	switch n := n.(type) {
	case *ast.Ident:
		hole, ok := p.holes[n]
		return hole, ok
	case *ast.ExprStmt:
		return p.holeOf(n.X)
	case *ast.Field:
		if len(n.Names) == 0 {
			return p.holeOf(n.Type)
		}
	case *ast.CaseClause:
		if len(n.List) == 1 && len(n.Body) == 0 {
			return p.listHoleOf(n.List[0])
		}
	case *ast.CommClause:
		if n.Comm != nil && len(n.Body) == 0 {
			return p.listHoleOf(n.Comm)
		}
	}
	return Hole{}, false
}

func (p *Pattern) listHoleOf(n ast.Node) (Hole, bool) {
	hole, ok := p.holeOf(n)
	return hole, ok && hole.List
}

// isGap reports whether a node of the pattern is a list hole.
func (p *Pattern) isGap(n ast.Node) bool {
	_, ok := p.listHoleOf(n)
	return ok
}
