package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A function that starts a goroutine in each turn of one loop, and waits in each turn
// of another, has waited for them all when the second loop ends:
//
//	for _, item := range items {
//		go func() { …; done <- struct{}{} }()
//	}
//	for range items {
//		<-done
//	}
//
// It is taken to wait often enough, unless its text says that it does not: a loop over
// items[1:], or one from 1 up to where the other comes from 0.

// countedJoins returns the heads of the loops of a function that wait for a goroutine in
// each turn, and not too seldom: the expressions that say how many turns there are.
// Nobody comes behind such a loop but through its head.
func (f *Facts) countedJoins(in *function, start ast.Node, joins func(ast.Node) bool) map[ast.Node]bool {
	heads := map[ast.Node]bool{}
	flow := f.pkg.Flow(in.node)
	var around ast.Stmt // the innermost loop around the start
	f.pkg.Inspect(in.body(), func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit {
			return false
		}
		head, turn := headOf(n)
		switch {
		case head == nil:
		case within(n, start):
			around = n.(ast.Stmt)
		case n.Pos() > start.Pos() && !joins(head) && f.joinsEachTurn(flow, turn, joins) && !f.shorter(n.(ast.Stmt), around):
			heads[head] = true
		}
		return true
	})
	return heads
}

// headOf returns the expression that says how many turns a loop has, and a node of its
// flow that every turn comes to; nil for what is no such loop.
func headOf(n ast.Node) (head, turn ast.Node) {
	switch loop := n.(type) {
	case *ast.ForStmt:
		if loop.Cond != nil {
			return loop.Cond, loop.Cond
		}
	case *ast.RangeStmt:
		return loop.X, loop
	}
	return nil, nil
}

// joinsEachTurn reports whether no turn of a loop goes by without a wait.
func (f *Facts) joinsEachTurn(flow *facts.Flow, turn ast.Node, joins func(ast.Node) bool) bool {
	at, ok := flow.At(turn)
	if !ok {
		return false
	}
	again := func(p facts.Point) bool { return p == at }
	return flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, at, nil) && !f.leads(flow, at, again, joins)
}

// shorter reports whether the text of a loop says that it has fewer turns than another.
func (f *Facts) shorter(loop, than ast.Stmt) bool {
	a, okA := f.turnsOf(loop)
	b, okB := f.turnsOf(than)
	switch {
	case !okA || !okB:
		return false
	case a.limit != nil && b.limit != nil:
		return constant.Compare(sub(a.limit, a.first), token.LSS, sub(b.limit, b.first))
	case a.text == b.text:
		return constant.Compare(a.first, token.GTR, b.first)
	}
	return a.part == b.text
}

// turns is how often a loop runs, by its text.
type turns struct {
	text  string         // what it counts up to
	part  string         // of which it counts up to a part only; "": none
	limit constant.Value // what it counts up to, if that is constant
	first constant.Value // what it counts from
}

// turnsOf reads the head of a loop that counts up, or goes over something.
func (f *Facts) turnsOf(loop ast.Stmt) (t turns, ok bool) {
	t.first = constant.MakeInt64(0)
	var bound ast.Expr
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		bound = loop.X
	case *ast.ForStmt:
		cond, isBinary := loop.Cond.(*ast.BinaryExpr)
		if !isBinary || cond.Op != token.LSS {
			return t, false
		}
		bound = cond.Y
		if init, isAssign := loop.Init.(*ast.AssignStmt); isAssign && len(init.Rhs) == 1 && f.number(init.Rhs[0]) != nil {
			t.first = f.number(init.Rhs[0])
		}
	default:
		return t, false
	}
	t.limit = f.number(bound)
	t.text, t.part = f.length(bound), f.partOf(bound)
	return t, true
}

// length is the text of a number: of len(x) where an expression is no number.
func (f *Facts) length(e ast.Expr) string {
	e = ast.Unparen(e)
	if basic, ok := f.typeOf(e).(*types.Basic); ok && basic.Info()&types.IsInteger != 0 {
		return types.ExprString(e)
	}
	return "len(" + types.ExprString(e) + ")"
}

// partOf is the length of which an expression leaves something out: that of x for
// x[1:], x[:n], len(x)-1 and n-1.
func (f *Facts) partOf(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.SliceExpr:
		return f.length(e.X)
	case *ast.BinaryExpr:
		if e.Op == token.SUB || e.Op == token.QUO {
			return f.length(e.X)
		}
	}
	return ""
}

// number returns the value of a constant whole number, nil for all else.
func (f *Facts) number(e ast.Expr) constant.Value {
	if v := f.pkg.Info.Types[e].Value; v != nil && v.Kind() == constant.Int {
		return v
	}
	return nil
}

func sub(a, b constant.Value) constant.Value { return constant.BinaryOp(a, token.SUB, b) }
