package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// timerSteps are what leaves a timer with nothing to stop (receives and calls of Stop), and
// what makes it run anew; known is false where somebody else may do either.
type timerSteps struct {
	spent, made []ast.Node
	known       bool
}

func (f *Facts) timerSteps(fn ast.Node, t timerName) timerSteps {
	steps := timerSteps{known: true}
	f.pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && f.pkg.ObjectOf(id) == types.Object(t.of) {
			f.timerStep(&steps, t, id, stack)
		}
		return steps.known
	})
	return steps
}

// timerStep adds what the statement around a name does with the timer.
func (f *Facts) timerStep(steps *timerSteps, t timerName, id *ast.Ident, stack []ast.Node) {
	timer := ast.Expr(id)
	if t.field != nil {
		sel, ok := stack[len(stack)-1].(*ast.SelectorExpr)
		if !ok || f.pkg.Use(sel.Sel) != types.Object(t.field) {
			f.ownerStep(steps, id, stack)
			return
		}
		timer, stack = sel, stack[:len(stack)-1]
	}
	at := stepAt(timer, stack)
	if f.pools(stack) {
		at = timerStep{node: stack[len(stack)-1], ok: true}
	}
	lit := slices.IndexFunc(stack[1:], isLiteral) + 1
	switch {
	case lit > 0:
		f.literalStep(steps, at, stack, lit)
	case at.channel != nil:
		f.renamedChannel(steps, stack[0], at.channel)
	case !at.ok || at.runs && !f.newOrReset(at.node):
		steps.known = false
	case at.runs:
		steps.made = append(steps.made, at.node)
	case at.node != nil:
		steps.spent = append(steps.spent, at.node)
	}
}

// ownerStep adds what the use of a variable does with the timer in a field of it: reading
// another field does nothing, everything else gives the timer away.
func (f *Facts) ownerStep(steps *timerSteps, id *ast.Ident, stack []ast.Node) {
	switch parent := stack[len(stack)-1].(type) {
	case *ast.Field:
		return // a parameter
	case *ast.AssignStmt:
		if parent.Tok == token.DEFINE && slices.Contains(parent.Lhs, ast.Expr(id)) {
			return
		}
	case *ast.SelectorExpr:
		if v, ok := f.pkg.Use(parent.Sel).(*types.Var); ok && v.IsField() {
			return
		}
	}
	if slices.ContainsFunc(stack[1:], isLiteral) {
		steps.known = false
		return
	}
	steps.spent = append(steps.spent, id)
}

// literalStep adds what a literal does with the timer of the function around it. What it does
// is done when it runs: it may set the timer off wherever that is, and stop it at the end.
//
//	next := func() { at = at.Add(every); t.Reset(time.Until(at)) }
func (f *Facts) literalStep(steps *timerSteps, at timerStep, stack []ast.Node, lit int) {
	call, _ := stack[lit-1].(*ast.CallExpr)
	_, deferred := stack[max(lit-2, 0)].(*ast.DeferStmt)
	switch {
	case !at.ok || at.channel != nil || at.runs && !f.newOrReset(at.node):
		steps.known = false
	case at.runs:
		steps.made = append(steps.made, f.callsThatReset(stack, lit, at.node)...)
	case at.node != nil:
		_, stops := at.node.(*ast.CallExpr)
		steps.known = steps.known && stops && deferred && call != nil
	}
}

// callsThatReset returns the calls of a literal by the name of the variable that it is the only
// value of, where each of its runs comes to a Reset.
func (f *Facts) callsThatReset(stack []ast.Node, lit int, reset ast.Node) (calls []ast.Node) {
	literal := stack[lit].(*ast.FuncLit)
	define, ok := stack[lit-1].(*ast.AssignStmt)
	if !ok || define.Tok != token.DEFINE || len(define.Lhs) != 1 || f.skips(literal, reset) {
		return nil
	}
	v := f.Variable(define.Lhs[0])
	f.pkg.Inspect(stack[0], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n != define && slices.ContainsFunc(n.Lhs, func(x ast.Expr) bool { return f.Variable(x) == v }) {
				v = nil
			}
		case *ast.CallExpr:
			if v != nil && f.Variable(n.Fun) == v {
				calls = append(calls, n)
			}
		}
		return true
	})
	if v == nil {
		return nil
	}
	return calls
}

// skips reports whether some way through a function leaves it without a node.
func (f *Facts) skips(fn, node ast.Node) bool {
	flow := f.pkg.Flow(fn)
	at, ok := flow.At(node)
	if ok && at == (facts.Point{Block: flow.Blocks[0]}) {
		return false
	}
	if !ok || len(flow.Blocks[0].Nodes) == 0 {
		return true
	}
	_, all := flow.Follows(flow.Blocks[0].Nodes[0], node)
	return !all
}

// renamedChannel adds the receives from another name of the timer's channel: a variable of
// which the function does nothing but receive.
func (f *Facts) renamedChannel(steps *timerSteps, fn ast.Node, channel ast.Expr) {
	v := f.Variable(channel)
	f.pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || v == nil || f.pkg.ObjectOf(id) != types.Object(v) {
			return steps.known
		}
		switch parent := stack[len(stack)-1].(type) {
		case *ast.UnaryExpr:
			steps.known = steps.known && parent.Op == token.ARROW
			steps.spent = append(steps.spent, parent)
		case *ast.AssignStmt:
			steps.known = steps.known && slices.Contains(parent.Lhs, ast.Expr(id))
		case *ast.ValueSpec, *ast.BinaryExpr:
		default:
			steps.known = false
		}
		steps.known = steps.known && !slices.ContainsFunc(stack[1:], isLiteral)
		return steps.known
	})
	steps.known = steps.known && v != nil && v.Kind() == types.LocalVar
}

// pools reports whether the innermost node of a stack takes a timer out of a sync.Pool, or is the call that
// puts it there: who gets it from there finds it stopped, or so he must think of it.
//
//	t := timers.Get().(*time.Timer)
//	t.Reset(d)
func (f *Facts) pools(stack []ast.Node) bool {
	switch parent := stack[len(stack)-1].(type) {
	case *ast.AssignStmt:
		if len(parent.Lhs) != 1 || len(parent.Rhs) != 1 {
			return false
		}
		is, ok := ast.Unparen(parent.Rhs[0]).(*ast.TypeAssertExpr)
		if !ok {
			return false
		}
		call, ok := ast.Unparen(is.X).(*ast.CallExpr)
		return ok && f.isCallOf(call, "(*sync.Pool).Get")
	case *ast.CallExpr:
		return f.isCallOf(parent, "(*sync.Pool).Put")
	}
	return false
}

// newOrReset reports whether a step calls Reset, or assigns a new timer, or none.
func (f *Facts) newOrReset(step ast.Node) bool {
	var value ast.Expr
	switch step := step.(type) {
	case *ast.AssignStmt:
		value = step.Rhs[0]
	case *ast.ValueSpec:
		value = step.Values[0]
	default:
		return true
	}
	if f.pkg.IsNil(value) {
		return true // Stop of it is a panic
	}
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	return ok && f.isNewTimer(call)
}

func isLiteral(n ast.Node) bool { _, ok := n.(*ast.FuncLit); return ok }

// A timerStep is what a statement does with the timer that it names: node is nil where that is
// nothing (its declaration, a Stop at the end of the function).
type timerStep struct {
	node    ast.Node
	channel ast.Expr // the variable to which it gives the timer's channel
	runs    bool     // it makes the timer run
	ok      bool     // it is one of those that we know
}

func stepAt(timer ast.Expr, stack []ast.Node) timerStep {
	up := func(i int) ast.Node {
		if i > len(stack) {
			return nil
		}
		return stack[len(stack)-i]
	}
	switch parent := up(1).(type) {
	case *ast.ValueSpec:
		if len(parent.Values) == 0 {
			return timerStep{ok: true} // Stop of it is a panic
		}
		return timerStep{node: parent, runs: true, ok: true}
	case *ast.AssignStmt:
		return timerStep{node: parent, runs: true, ok: len(parent.Lhs) == 1 && parent.Lhs[0] == timer}
	case *ast.BinaryExpr:
		return timerStep{ok: true}
	case *ast.SelectorExpr:
		return methodStep(parent, up)
	}
	return timerStep{}
}

// methodStep is what a selector of a timer does with it.
func methodStep(sel *ast.SelectorExpr, up func(int) ast.Node) timerStep {
	switch sel.Sel.Name {
	case "C":
		switch parent := up(2).(type) {
		case *ast.UnaryExpr:
			return timerStep{node: parent, ok: parent.Op == token.ARROW}
		case *ast.AssignStmt:
			if len(parent.Lhs) == 1 && parent.Rhs[0] == ast.Expr(sel) {
				return timerStep{channel: parent.Lhs[0], ok: true}
			}
		}
	case "Reset", "Stop":
		call, isCall := up(2).(*ast.CallExpr)
		if _, deferred := up(3).(*ast.DeferStmt); deferred && isCall {
			return timerStep{ok: sel.Sel.Name == "Stop"}
		}
		return timerStep{node: call, runs: sel.Sel.Name == "Reset", ok: isCall}
	}
	return timerStep{}
}
