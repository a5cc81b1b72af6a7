package waits

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A request carries the channel for its answer: a.in <- request{reply: ch}. Who waits
// for the answer and who gives it reach the channel from the request, not from the
// object whose lock they take; but the request went from one to the other by a
// channel of that object.

// carried returns the lock of a partner that is the same as the one held at a wait,
// where both reach the channel that they meet at from a message, and the message goes
// by a channel that they reach, as the lock, from one object.
func (f *Facts) carried(w, p *op, held facts.Lock) (facts.Lock, bool) {
	if w.root == p.root || w.at.Path != p.at.Path || !sameType(w.at.Root, p.at.Root) {
		return facts.Lock{}, false
	}
	for _, send := range f.order {
		if send.kind != Send || send.root != w.root || send.at.Root != held.Root || !f.sends(send, w.at.Root) {
			continue
		}
		for _, receive := range send.class.ops {
			if receive.kind == Receive && receive.root == p.root && receive.at.Path == send.at.Path && sameType(send.at.Root, receive.at.Root) && f.receives(receive, p.at.Root) {
				return facts.Lock{Root: receive.at.Root, Path: held.Path}, true
			}
		}
	}
	return facts.Lock{}, false
}

// sends reports whether an operation sends a variable.
func (f *Facts) sends(o *op, v types.Object) bool {
	st, ok := o.node.(*ast.SendStmt)
	return ok && f.isUse(st.Value, v)
}

// receives reports whether an operation defines a variable by what it receives.
func (f *Facts) receives(o *op, v types.Object) bool {
	if loop, ok := o.node.(*ast.RangeStmt); ok {
		return f.isUse(loop.Key, v)
	}
	for i := len(o.stack) - 1; i >= 0; i-- {
		switch around := o.stack[i].(type) {
		case *ast.AssignStmt:
			return f.isUse(around.Lhs[0], v)
		case *ast.ValueSpec:
			return f.pkg.Def(around.Names[0]) == v
		case ast.Stmt:
			return false
		}
	}
	return false
}

// isUse reports whether an expression names a variable, or is its address.
func (f *Facts) isUse(e ast.Expr, v types.Object) bool {
	if addr, ok := e.(*ast.UnaryExpr); ok && addr.Op == token.AND {
		e = addr.X
	}
	id, ok := e.(*ast.Ident)
	return ok && f.pkg.ObjectOf(id) == v
}
