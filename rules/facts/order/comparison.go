package order

import "go/ast"

func (w *walker) comparisons(body ast.Node) []Comparison { return nil }
