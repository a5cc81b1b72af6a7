package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A mention is one use of a variable and the nodes around it, outermost first.
type mention struct {
	id    *ast.Ident
	stack []ast.Node
}

// around returns the i-th node around the mention, parentheses not counted: 0
// is its parent.
func (m mention) around(i int) ast.Node {
	for j := len(m.stack) - 1; j >= 0; j-- {
		if _, ok := m.stack[j].(*ast.ParenExpr); ok {
			continue
		}
		if i == 0 {
			return m.stack[j]
		}
		i--
	}
	return nil
}

// mentions returns the uses of a local variable, its declaration among them.
func (f *Facts) mentions(v *types.Var) []mention {
	if all, ok := f.stacks[v]; ok {
		return all
	}
	var all []mention
	if decl := f.declAround(v.Pos()); decl != nil {
		f.pkg.PreorderStack(decl, nil, func(n ast.Node, stack []ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && f.pkg.ObjectOf(id) == types.Object(v) {
				all = append(all, mention{id, slices.Clone(stack)})
			}
			return true
		})
	}
	f.stacks[v] = all
	return all
}

// declAround returns the declaration at package level that a position lies in.
func (f *Facts) declAround(pos token.Pos) ast.Decl {
	for _, file := range f.pkg.Files {
		if pos < file.FileStart || file.FileEnd <= pos {
			continue
		}
		for _, decl := range file.Decls {
			if decl.Pos() <= pos && pos < decl.End() {
				return decl
			}
		}
	}
	return nil
}

// functionAt returns the innermost function of a stack, and its index.
func functionAt(stack []ast.Node) (fn ast.Node, index int) {
	for i := len(stack) - 1; i >= 0; i-- {
		switch stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return stack[i], i
		}
	}
	return nil, -1
}

// loopOf returns the innermost loop of a stack in its innermost function that
// the variable declared at pos outlives.
func loopOf(stack []ast.Node, pos token.Pos) ast.Stmt {
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.ForStmt:
			if !(n.Pos() <= pos && pos < n.End()) && inBody(n.Body, stack, i) {
				return n
			}
		case *ast.RangeStmt:
			if !(n.Pos() <= pos && pos < n.End()) && inBody(n.Body, stack, i) {
				return n
			}
		case *ast.FuncLit, *ast.FuncDecl:
			return nil
		}
	}
	return nil
}

// inBody reports whether the stack goes on from i into the body.
func inBody(body *ast.BlockStmt, stack []ast.Node, i int) bool {
	return i+1 < len(stack) && stack[i+1] == ast.Node(body)
}
