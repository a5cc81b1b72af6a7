package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// DeadCase reports whether a receive that is one case of a select is never
// chosen, though it does something: the package makes the channel, keeps it to
// itself, and neither sends on it nor closes it.
func (f *Facts) DeadCase(receive ast.Node, ch ast.Expr, clause *ast.CommClause) bool {
	if clause == nil || len(clause.Body) == 0 || f.inTest(receive) {
		return false
	}
	if c := f.Class(ch); c != nil {
		return f.deadClass(c, receive)
	}
	return f.deadLocal(f.Trace(f.Variable(ch)), receive)
}

func (f *Facts) deadClass(c *Class, receive ast.Node) bool {
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == receive })
	return i >= 0 && !c.Ops[i].Alone() && c.Var.IsField() && !c.Serves && !c.Nil && len(c.Makes) > 0 && len(c.Of(Send, Close)) == 0
}

func (f *Facts) deadLocal(t *Trace, receive ast.Node) bool {
	if t == nil || t.Unknown != nil || t.Make == nil || len(t.Of(Send, Close)) > 0 {
		return false
	}
	i := slices.IndexFunc(t.Ops, func(op *Op) bool { return op.Node == receive })
	return i >= 0 && !t.Ops[i].Alone()
}

// neverServedClass reports whether an edge chooses a dead case of a class.
func (f *Facts) neverServedClass(clause *ast.CommClause) bool {
	receive := receiveOf(clause.Comm)
	if receive == nil {
		return false
	}
	if _, isChan := f.pkg.TypeOf(receive.X).Underlying().(*types.Chan); !isChan {
		return false
	}
	c := f.Class(receive.X)
	return c != nil && f.deadClass(c, receive)
}
