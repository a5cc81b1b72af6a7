package channels

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// IgnoredEnd reports whether a case of a select in an endless loop receives a
// signal that the end has come, and goes on: its body is empty, or ends with a
// break that leaves the select only, and nothing else in the loop asks for it.
// From then on that case is always ready, so the loop spins.
func (f *Facts) IgnoredEnd(fn ast.Node, clause *ast.CommClause) bool {
	receive := f.signalReceive(clause.Comm)
	if receive == nil || !f.doesNothing(clause.Body) || !f.staysReady(receive.X, clause) {
		return false
	}
	if len(clause.Body) == 0 && f.readsUntilError(fn, clause) {
		return false
	}
	return !f.anotherEachTurn(fn, clause, receive) && f.goesOnForEver(fn, clause, receive)
}

// readsUntilError reports whether each turn of the loop first reads from a stream, and leaves the
// loop on the error with which that ends: who has heard of the end reads on without handing over.
//
//	resp, err := stream.Recv()
//	if err != nil { return err }
//	select {
//	case out <- resp:
//	case <-stop:
//	}
func (f *Facts) readsUntilError(fn ast.Node, clause *ast.CommClause) bool {
	loops := f.loopsAround(fn, clause)
	if len(loops) == 0 {
		return false
	}
	loop, ok := loops[len(loops)-1].(*ast.ForStmt)
	if !ok {
		return false
	}
	for i, st := range loop.Body.List[:max(len(loop.Body.List)-1, 0)] {
		read, ok := st.(*ast.AssignStmt)
		if !ok || len(read.Rhs) != 1 || !f.readsStream(read.Rhs[0]) {
			continue
		}
		test, ok := loop.Body.List[i+1].(*ast.IfStmt)
		err := f.Variable(read.Lhs[len(read.Lhs)-1])
		if ok && err != nil && types.Identical(err.Type(), types.Universe.Lookup("error").Type()) && f.names(test.Cond, err) && leavesAtEnd(test.Body) {
			return true
		}
	}
	return false
}

// readsStream reports whether an expression is a call of a method by which one reads the next of
// what a peer sends.
func (f *Facts) readsStream(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Signature().Recv() != nil && streamReadName.MatchString(fn.Name())
}

var streamReadName = lazyregexp.New(`^(Recv|RecvMsg|Receive|Accept|AcceptTCP|Read|ReadMessage|ReadFrom|ReadMsg|ReadFrame|ReadPacket|ReadJSON)$`)

// anotherEachTurn reports whether each turn of the loop makes or looks up what the channel
// belongs to: the end of the one is not that of the next.
func (f *Facts) anotherEachTurn(fn ast.Node, clause *ast.CommClause, receive *ast.UnaryExpr) bool {
	loops, root := f.loopsAround(fn, clause), f.Root(receive.X)
	if len(loops) == 0 || root == nil {
		return false
	}
	v, loop := f.Variable(root), loops[len(loops)-1]
	return v != nil && loop.Pos() <= v.Pos() && v.Pos() < loop.End()
}

// ClosedPassedOver returns what a case of a select in an endless loop does when it has been
// told that its channel is closed, where that is to begin the next turn: the channel stays
// closed, so the case is ready for ever.
//
//	case v, ok := <-in:
//		if !ok { continue }
func (f *Facts) ClosedPassedOver(fn ast.Node, clause *ast.CommClause) []ast.Stmt {
	receive := receiveOf(clause.Comm)
	if receive == nil || !asksOK(clause.Comm) || len(clause.Body) == 0 || f.inTest(clause) {
		return nil
	}
	test, ok := clause.Body[0].(*ast.IfStmt)
	if !ok || test.Init != nil || !f.isNot(test.Cond, f.Variable(clause.Comm.(*ast.AssignStmt).Lhs[1])) || !f.doesNothing(test.Body.List) || len(test.Body.List) == 0 {
		return nil
	}
	_, jumps := test.Body.List[len(test.Body.List)-1].(*ast.BranchStmt)
	if !jumps || !f.staysTheSame(receive.X) || !f.goesOnForEver(fn, clause, receive) {
		return nil
	}
	return test.Body.List
}

// isNot reports whether a condition is that a variable is false.
func (f *Facts) isNot(cond ast.Expr, v *types.Var) bool {
	not, ok := ast.Unparen(cond).(*ast.UnaryExpr)
	return ok && not.Op == token.NOT && v != nil && f.Variable(not.X) == v
}

// staysTheSame reports whether an expression names one channel as long as its function
// runs: a variable that is set once, or a field that is set with its object.
func (f *Facts) staysTheSame(ch ast.Expr) bool {
	if v := f.Variable(ch); v != nil && !v.IsField() && v.Kind() != types.PackageVar {
		return f.sets(v) == 0 && v.Kind() == types.ParamVar || f.sets(v) == 1 && v.Kind() == types.LocalVar
	}
	c := f.Class(ch)
	return c != nil && !c.Replaced && !c.Nil
}

// goesOnForEver reports whether a clause is one of the select that ends an endless loop,
// which asks for what the clause receives nowhere else; or a loop that counts its tries, which
// a break was to leave.
func (f *Facts) goesOnForEver(fn ast.Node, clause *ast.CommClause, receive *ast.UnaryExpr) bool {
	loops := f.loopsAround(fn, clause)
	if len(loops) == 0 {
		return false
	}
	loop, ok := loops[len(loops)-1].(*ast.ForStmt)
	endless := ok && loop.Cond == nil && loop.Post == nil
	if !endless && !(ok && f.countsTries(loop) && endsInBreak(clause.Body)) || len(loop.Body.List) == 0 {
		return false
	}
	s, ok := loop.Body.List[len(loop.Body.List)-1].(*ast.SelectStmt)
	return ok && s.Pos() <= clause.Pos() && clause.End() <= s.End() && f.direct(s, clause) && !f.asksAgain(loop, receive)
}

// countsTries reports whether a loop goes on while a local number is below a limit: for i := 0; i < n; i++, i < len(all).
func (f *Facts) countsTries(loop *ast.ForStmt) bool {
	below, ok := loop.Cond.(*ast.BinaryExpr)
	post, ok2 := loop.Post.(*ast.IncDecStmt)
	if !ok || !ok2 || below.Op != token.LSS && below.Op != token.LEQ || f.Variable(post.X) == nil || f.Variable(below.X) != f.Variable(post.X) {
		return false
	}
	calls := false
	f.pkg.Inspect(below.Y, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		calls = calls || ok && !f.isBuiltin(call, "len")
		return !calls
	})
	return !calls
}

// direct reports whether a clause is one of the select's own.
func (f *Facts) direct(s *ast.SelectStmt, clause *ast.CommClause) bool {
	for _, c := range s.Body.List {
		if c == ast.Stmt(clause) {
			return true
		}
	}
	return false
}

// doesNothing reports whether statements only tell somebody, and begin the next
// turn.
func (f *Facts) doesNothing(body []ast.Stmt) bool {
	for _, st := range body {
		switch st := st.(type) {
		case *ast.BranchStmt:
			if st.Label != nil || st.Tok != token.BREAK && st.Tok != token.CONTINUE {
				return false
			}
		case *ast.ExprStmt:
			call, ok := st.X.(*ast.CallExpr)
			if !ok || !f.prints(call) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// prints reports whether a call is of a function of fmt or log that comes back.
func (f *Facts) prints(call *ast.CallExpr) bool {
	if f.pkg.NoReturn(call) {
		return false
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Pkg() != nil && (fn.Pkg().Path() == "fmt" || fn.Pkg().Path() == "log") && !fatal.MatchString(fn.Name())
}

// staysReady reports whether a channel that a case receives from is ready for
// ever once it is: that of a context, or one that the package closes, and sends
// nothing on. Of others an explicit break says that the end was meant.
func (f *Facts) staysReady(ch ast.Expr, clause *ast.CommClause) bool {
	if _, ok := ast.Unparen(ch).(*ast.CallExpr); ok {
		return true
	}
	if t := f.Trace(f.Variable(ch)); t != nil && t.Unknown == nil {
		return len(t.Of(Close)) > 0 && len(t.Of(Send)) == 0
	}
	if c := f.Class(ch); c != nil && !c.Serves {
		return len(c.Of(Close)) > 0 && len(c.Of(Send)) == 0 && !c.Nil
	}
	return endsInBreak(clause.Body)
}

// endsInBreak reports whether the last of some statements is a break.
func endsInBreak(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	last, ok := body[len(body)-1].(*ast.BranchStmt)
	return ok && last.Tok == token.BREAK
}

// asksAgain reports whether the loop looks at the channel, or the context, in
// another place too.
func (f *Facts) asksAgain(loop ast.Stmt, receive *ast.UnaryExpr) bool {
	root := f.Root(receive.X)
	if call, ok := ast.Unparen(receive.X).(*ast.CallExpr); ok {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			root = f.Root(sel.X)
		}
	}
	if root == nil {
		return true
	}
	obj, found := f.pkg.ObjectOf(root), false
	if sel, ok := ast.Unparen(receive.X).(*ast.SelectorExpr); ok {
		obj = f.pkg.ObjectOf(sel.Sel)
	}
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		if _, aside := n.(*ast.GoStmt); aside {
			return false // that goroutine asks for itself
		}
		if n == ast.Node(receive) {
			return false
		}
		id, ok := n.(*ast.Ident)
		found = found || ok && f.pkg.ObjectOf(id) == obj
		return !found
	})
	return found
}
