package channels

import (
	"go/ast"
)

// closedByOwner returns another close of the same class, in a loop over what an owner has,
// if op is the close of an exported method that asks nothing: who subscribes leaves, and
// who is subscribed to ends, each when it likes.
//
//	func (s *Sub) Cancel()  { s.hub.remove(s); close(s.c) }
//	func (h *Hub) Close()   { for s := range h.subs { close(s.c) } }
//
// It does not help that the one takes itself off the list: the other may have been first.
func (f *Facts) closedByOwner(c *Class, op *ClassOp) ast.Node {
	decl, ok := op.Fn.(*ast.FuncDecl)
	if !ok || !decl.Name.IsExported() || decl.Recv == nil || c.Replaced || c.Nil || c.Serves || !f.unasked(op, c) || f.decidesBefore(op) || f.Root(op.Chan) == nil {
		return nil
	}
	if len(f.loopsAround(op.Fn, op.Node)) > 0 {
		return nil
	}
	for _, other := range c.Of(Close) {
		if by, ok := other.Fn.(*ast.FuncDecl); ok && other.Fn != op.Fn && !other.Test && by.Name.IsExported() && f.closesEach(other) {
			return other.Node
		}
	}
	return nil
}

// closesEach reports whether a close stands alone in a range over a field, and is of each
// element.
func (f *Facts) closesEach(op *ClassOp) bool {
	loops := f.loopsAround(op.Fn, op.Node)
	if len(loops) != 1 || len(conditionsAround(op.Fn, op.Node)) > 0 {
		return false
	}
	loop, ok := loops[0].(*ast.RangeStmt)
	if !ok {
		return false
	}
	if _, field := ast.Unparen(loop.X).(*ast.SelectorExpr); !field {
		return false
	}
	root := f.Root(op.Chan)
	if root == nil {
		return false
	}
	v := f.Variable(root)
	return v != nil && (v == f.Variable(loop.Key) || v == f.Variable(loop.Value))
}

// decidesBefore reports whether the function of a close can end before it, or does something
// under a condition, whatever that is: it may have found out.
func (f *Facts) decidesBefore(op *ClassOp) (asks bool) {
	f.pkg.Inspect(op.Fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.SwitchStmt, *ast.SelectStmt, *ast.FuncLit:
			asks = asks || n.Pos() < op.Node.Pos()
		}
		return !asks
	})
	return asks
}
