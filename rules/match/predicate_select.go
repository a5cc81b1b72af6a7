package match

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"time"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

var spinsPredicate = predicate{
	doc: "the select is all that an endless loop does, and its default does nothing, or sleeps",
	params: []parameter{
		{name: "select", doc: "the select statement"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		s, ok := a.node("select").(*ast.SelectStmt)
		if !ok || len(s.Body.List) < 2 || !a.isWholeLoop(s) {
			return true
		}
		for _, c := range s.Body.List {
			clause := c.(*ast.CommClause)
			if clause.Comm == nil && !a.idle(clause.Body) || clause.Comm != nil && !a.pureComm(clause.Comm) {
				return true
			}
		}
		return yield(answer{})
	},
}

// isWholeLoop reports whether a statement is the body of for { … }.
func (q *query) isWholeLoop(s ast.Stmt) bool {
	path := q.path(s)
	if len(path) < 3 {
		return false
	}
	loop, ok := path[len(path)-3].(*ast.ForStmt)
	return ok && loop.Init == nil && loop.Cond == nil && loop.Post == nil && len(loop.Body.List) == 1
}

// idle reports whether statements do nothing but begin the next turn.
func (q *query) idle(body []ast.Stmt) bool {
	return !slices.ContainsFunc(body, func(st ast.Stmt) bool {
		switch st := st.(type) {
		case *ast.BranchStmt:
			return st.Tok != token.CONTINUE || st.Label != nil
		case *ast.ExprStmt:
			call, ok := st.X.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := q.pkg.Callee(call).(*types.Func)
			return !ok || !facts.IsFunc(fn, "time.Sleep") || !q.pureArgs(call)
		}
		return true
	})
}

func (q *query) pureArgs(call *ast.CallExpr) bool {
	return !slices.ContainsFunc(call.Args, func(x ast.Expr) bool { return !q.pkg.Pure(x) })
}

// pureComm reports whether evaluating the operands of a case has no effect.
func (q *query) pureComm(comm ast.Stmt) bool {
	if send, ok := comm.(*ast.SendStmt); ok {
		return q.pkg.Pure(send.Chan) && q.pkg.Pure(send.Value)
	}
	ch := received(comm)
	return ch != nil && (q.pkg.Pure(ch) || q.isContextDone(ch))
}

// received returns the channel of a receive case.
func received(comm ast.Stmt) ast.Expr {
	var x ast.Expr
	switch comm := comm.(type) {
	case *ast.ExprStmt:
		x = comm.X
	case *ast.AssignStmt:
		x = comm.Rhs[0]
	}
	receive, ok := ast.Unparen(x).(*ast.UnaryExpr)
	if !ok {
		return nil
	}
	return receive.X
}

// isContextDone reports whether an expression is ctx.Done() of a plain ctx.
func (q *query) isContextDone(x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := q.pkg.Callee(call).(*types.Func)
	sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && isSel && facts.IsFunc(fn, "(context.Context).Done") && q.pkg.Pure(sel.X)
}

var pilesUpPredicate = predicate{
	doc: "the case of a select receives from time.After, and a loop comes back to the select by another case",
	params: []parameter{
		{name: "case", doc: "the clause"},
		{name: "duration", doc: "the argument of time.After", binds: true},
		{name: "select", doc: "the select statement", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		clause, ok := a.node("case").(*ast.CommClause)
		if !ok {
			return true
		}
		path := a.path(clause)
		s, ok := path[len(path)-3].(*ast.SelectStmt)
		call, isCall := ast.Unparen(received(clause.Comm)).(*ast.CallExpr)
		if !ok || !isCall || len(call.Args) != 1 || a.isShort(call.Args[0]) || !a.comesBack(s, clause) || channels.Of(a.pkg).FewTurns(a.function(s), s) {
			return true
		}
		return yield(answer{binds: map[string][]ast.Node{"duration": one(call.Args[0]), "select": one(s)}})
	},
}

// isShort reports whether a duration is a constant below a second.
func (q *query) isShort(d ast.Expr) bool {
	v := q.pkg.Info.Types[d].Value
	if v == nil {
		return false
	}
	n, ok := constant.Int64Val(constant.ToInt(v))
	return ok && time.Duration(n) < time.Second
}

// comesBack reports whether another case of a select leads to it again.
func (q *query) comesBack(s *ast.SelectStmt, but *ast.CommClause) bool {
	flow := q.pkg.Flow(q.function(s))
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause == but || clause.Comm == nil {
			continue
		}
		if again, _ := flow.Follows(clause.Comm, s); again {
			return true
		}
	}
	return false
}

func deafEvidence(deaf *channels.Deaf) []Evidence {
	evidence := []Evidence{{deaf.Quit.Pos(), deaf.Quit.End(), "the loop ends here, if it comes here"}}
	if deaf.Call != nil {
		evidence = append(evidence, Evidence{deaf.Call.Pos(), deaf.Call.End(), "the loop calls it here"})
	}
	return evidence
}

var deafPredicate = predicate{
	doc: "the send waits for a receiver only, in a loop with a select that has a case which ends the function",
	params: []parameter{
		{name: "op", doc: "the send statement"},
		{name: "quit", doc: "the receive of that case", binds: true},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		send, ok := a.node("op").(*ast.SendStmt)
		if !ok {
			return true
		}
		deaf := channels.Of(a.pkg).DeafSend(a.function(send), send)
		if deaf == nil {
			return true
		}
		return yield(answer{
			binds:    map[string][]ast.Node{"quit": one(deaf.Quit)},
			evidence: deafEvidence(deaf),
		})
	},
}
