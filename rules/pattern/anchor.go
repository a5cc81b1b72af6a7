package pattern

import (
	"go/ast"
	"slices"
)

// An Anchor says what every match of a pattern has, so that an index need not
// try it anywhere else.
type Anchor struct {
	Nodes []ast.Node // where it begins: nodes of these types; none: anywhere
	Key   string     // [Key] of that node; "": any
	Names []string   // identifiers that occur in the file
}

// Key returns the name that says most about a node: of the function that is
// called, the field that is selected, the thing that is declared; of a
// statement, that of its main expression. It is "" where there is none.
//
// If a pattern matches a node, their keys are the same, or the pattern's is "".
func Key(n ast.Node) string { return (&Pattern{}).key(n) }

// key is Key for a node of the pattern, in which a hole has none.
func (p *Pattern) key(n ast.Node) string {
	if _, hole := p.holeOf(n); hole {
		return ""
	}
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return p.key(n.Sel)
	case *ast.FuncDecl:
		return p.key(n.Name)
	case *ast.TypeSpec:
		return p.key(n.Name)
	case *ast.IfStmt:
		if n.Init != nil {
			return p.key(n.Init)
		}
		return p.key(n.Cond)
	}
	if inner := operand(n); inner != nil {
		return p.key(inner)
	}
	return ""
}

// operand returns the expression that gives a node its key.
func operand(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.ParenExpr:
		return n.X
	case *ast.CallExpr:
		return n.Fun
	case *ast.IndexExpr:
		return n.X
	case *ast.IndexListExpr:
		return n.X
	case *ast.StarExpr:
		return n.X
	case *ast.UnaryExpr:
		return n.X
	case *ast.BinaryExpr:
		return n.X
	case *ast.SliceExpr:
		return n.X
	case *ast.TypeAssertExpr:
		return n.X
	case *ast.ExprStmt:
		return n.X
	case *ast.IncDecStmt:
		return n.X
	case *ast.SendStmt:
		return n.Chan
	case *ast.GoStmt:
		return n.Call
	case *ast.DeferStmt:
		return n.Call
	case *ast.RangeStmt:
		return n.X
	case *ast.AssignStmt:
		return only(n.Rhs)
	case *ast.ReturnStmt:
		return only(n.Results)
	case *ast.ValueSpec:
		return only(n.Values)
	}
	return nil
}

// only returns the expression of a list of one. Of longer lists none is the main one.
func only(list []ast.Expr) ast.Node {
	if len(list) != 1 {
		return nil
	}
	return list[0]
}

func (p *Pattern) findAnchor() Anchor {
	a := Anchor{Key: p.key(p.nodes[0])}
	if _, hole := p.holeOf(p.nodes[0]); !hole {
		a.Nodes = []ast.Node{p.nodes[0]}
	}
	if x, ok := p.nodes[0].(*ast.SelectorExpr); ok && p.qualifier(x) != "" {
		a.Nodes = append(a.Nodes, (*ast.Ident)(nil)) // by a dot import
	}
	for _, n := range p.nodes {
		ast.Inspect(n, func(n ast.Node) bool { return p.collect(&a, n) })
	}
	return a
}

// collect adds what the file of a match must hold on account of n, and reports
// whether to go on with n's children.
func (p *Pattern) collect(a *Anchor, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		if q := p.qualifier(n); q != "" {
			p.collect(a, n.Sel)
			return false // the file may import q under another name
		}
	case *ast.Ident:
		if _, hole := p.holes[n]; !hole {
			a.Names = addNew(a.Names, n.Name)
		}
	}
	return true
}

func addNew(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}
