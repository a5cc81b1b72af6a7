package channels

import (
	"go/ast"
	"slices"
)

// answersRequest reports whether a send answers the request that a case around it receives, on
// another channel: whoever sends such a request has handed it over, and waits for the answer next,
// for nothing else.
//
//	case r := <-p.requests: p.add(r); p.answers <- p.round
//	…
//	case p.requests <- r: return <-p.answers
func (f *Facts) answersRequest(fn ast.Node, send *ast.SendStmt) bool {
	answers := f.Class(send.Chan)
	requests := f.requestedBy(fn, send)
	if requests == nil || requests == answers || !f.known(answers) || !f.known(requests) {
		return false
	}
	if size, known := f.Room(requests); !known || size > 0 {
		return false
	}
	asked := requests.Of(Send)
	return len(asked) > 0 && !slices.ContainsFunc(asked, func(op *ClassOp) bool { return !f.awaitsNext(op, answers) })
}

// known reports whether all that happens on channels of a class is in sight.
func (f *Facts) known(c *Class) bool {
	return c != nil && !c.Takes && !c.Serves && !c.Nil && !c.Replaced
}

// requestedBy returns the channels of the receive in the innermost case around a node.
func (f *Facts) requestedBy(fn, n ast.Node) (c *Class) {
	f.pkg.Inspect(fn, func(m ast.Node) bool {
		clause, ok := m.(*ast.CommClause)
		if !ok || n.Pos() < clause.Colon || clause.End() < n.End() {
			return true
		}
		c = nil
		if receive := receiveOf(clause.Comm); receive != nil {
			c = f.Class(receive.X)
		}
		return true
	})
	return c
}

// awaitsNext reports whether the statement behind a send receives, with no alternative, from channels
// of a class.
func (f *Facts) awaitsNext(send *ClassOp, c *Class) (awaits bool) {
	next := f.nextTo(send.Fn, send.Node)
	return next != nil && slices.ContainsFunc(c.Of(Receive), func(r *ClassOp) bool {
		return r.Alone() && r.Defer == nil && contains(next, r.Node) && conditionless(next)
	})
}

// nextTo returns the statement that runs next to a send: the first one of its case, or the one
// behind it.
func (f *Facts) nextTo(fn, send ast.Node) (next ast.Stmt) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CommClause:
			if n.Comm != nil && ast.Node(n.Comm) == send && len(n.Body) > 0 {
				next = n.Body[0]
			}
			next = follows(n.Body, send, next)
		case *ast.CaseClause:
			next = follows(n.Body, send, next)
		case *ast.BlockStmt:
			next = follows(n.List, send, next)
		}
		return next == nil
	})
	return next
}

// follows returns the statement behind one in a list, or else what was found before.
func follows(list []ast.Stmt, st ast.Node, before ast.Stmt) ast.Stmt {
	i := slices.IndexFunc(list, func(s ast.Stmt) bool { return ast.Node(s) == st })
	if i < 0 || i+1 == len(list) {
		return before
	}
	return list[i+1]
}

// conditionless reports whether a statement evaluates all that stands in it, come what may.
func conditionless(st ast.Stmt) bool {
	switch st.(type) {
	case *ast.ReturnStmt, *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt:
		return true
	}
	return false
}
