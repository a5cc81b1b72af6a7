package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// AwaitShutdown waits, where serving has ended because a goroutine shuts the server down, until the
// goroutine has done so:
//
//	                                   shutdownDone := make(chan struct{})
//	go func() {                        go func() {
//	                                       defer close(shutdownDone)
//	    <-stop                             <-stop
//	    srv.Shutdown(ctx)          →       srv.Shutdown(ctx)
//	}()                                }()
//	return srv.ListenAndServe()        err := srv.ListenAndServe()
//	                                   if errors.Is(err, http.ErrServerClosed) {
//	                                       <-shutdownDone
//	                                   }
//	                                   return err
//
// Whoever ends the server in another way would let it wait for a goroutine that nobody has told: it
// refuses where the server could be ended elsewhere.
func AwaitShutdown(s *edit.Site) error {
	call, ok := s.Bound("$call").(*ast.CallExpr)
	fn := around.InnermostFunction(s.Match.Decl, call)
	if !ok || fn == nil {
		return errors.New("internal: the match has no call")
	}
	cut := channels.Of(s.Match.Pkg).CutShutdown(fn, call)
	if cut == nil {
		return errors.New("internal: the match names no shutdown")
	}
	start, lit, err := ownRoutine(s, fn, cut)
	if err != nil {
		return err
	}
	if err := errors.Join(endedOnlyBy(s, fn, call, lit), shutsDownOnce(s, lit, cut), endsNoOther(s, fn, lit)); err != nil {
		return err
	}
	done := s.Fresh("shutdownDone", start)
	if err := waitBehind(s, call, done); err != nil {
		return err
	}
	s.InsertBefore(s.Stmt(start), &dst.AssignStmt{Lhs: []dst.Expr{edit.Ident(done)}, Tok: token.DEFINE, Rhs: []dst.Expr{makeSignal()}})
	s.InsertFirst(s.Node(lit.Body), edit.DeferStmt(edit.Call(edit.Ident("close"), edit.Ident(done))))
	return nil
}

// ownRoutine returns the literal that the function itself starts.
func ownRoutine(s *edit.Site, fn ast.Node, cut *channels.CutShutdown) (*ast.GoStmt, *ast.FuncLit, error) {
	start, ok := cut.Start.(*ast.GoStmt)
	if !ok || around.InnermostFunction(s.Match.Decl, start) != fn {
		return nil, nil, fmt.Errorf("no go statement of this function starts the goroutine, but line %d", around.Line(s, cut.Start))
	}
	lit, ok := ast.Unparen(start.Call.Fun).(*ast.FuncLit)
	if !ok {
		return nil, nil, fmt.Errorf("what the goroutine runs is a function of its own, at line %d", around.Line(s, start))
	}
	if list, ok := s.ListAround(start); !ok || !sameList(list, around.BodyOf(fn)) {
		return nil, nil, fmt.Errorf("the goroutine is started under a condition, at line %d", around.Line(s, start))
	}
	return start, lit, nil
}

func sameList(list []ast.Stmt, body *ast.BlockStmt) bool {
	return len(list) > 0 && len(body.List) > 0 && list[0] == body.List[0]
}

// endedOnlyBy refuses where the server is not one of net/http that the function has made and keeps, or
// where more than the goroutine ends it.
func endedOnlyBy(s *edit.Site, fn ast.Node, call *ast.CallExpr, lit *ast.FuncLit) error {
	sel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	method, _ := s.Match.Pkg.Callee(call).(*types.Func)
	if method == nil || method.Pkg() == nil || method.Pkg().Path() != "net/http" {
		return errors.New("it is known of net/http alone by which error a server tells that it has been shut down")
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	v, isVar := s.Match.Pkg.ObjectOf(id).(*types.Var)
	if !ok || !isVar || v.IsField() || v.Pos() < around.BodyOf(fn).Pos() || around.BodyOf(fn).End() < v.Pos() {
		return fmt.Errorf("%s is not the function's own: who else has it could end it, and nobody would tell the goroutine", edit.ExprText(sel.X))
	}
	return keptToItself(s, fn, v, lit)
}

// keptToItself refuses where a function does more with a server than to set it up, to serve, and to shut
// it down in a goroutine.
func keptToItself(s *edit.Site, fn ast.Node, v *types.Var, lit *ast.FuncLit) (err error) {
	s.Match.Pkg.PreorderStack(around.BodyOf(fn), nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || err != nil || s.Match.Pkg.Use(id) != types.Object(v) || lit.Pos() <= id.Pos() && id.Pos() < lit.End() {
			return err == nil
		}
		parent, isSel := stack[len(stack)-1].(*ast.SelectorExpr)
		switch {
		case !isSel:
			err = fmt.Errorf("%s is passed on at line %d: who has it could end it, and nobody would tell the goroutine", v.Name(), around.Line(s, id))
		case parent.Sel.Name == "Close" || parent.Sel.Name == "Shutdown":
			err = fmt.Errorf("%s is ended at line %d, too: then nobody would tell the goroutine", v.Name(), around.Line(s, id))
		}
		return err == nil
	})
	return err
}

// shutsDownOnce refuses where the goroutine could go on for long after the shutdown.
func shutsDownOnce(s *edit.Site, lit *ast.FuncLit, cut *channels.CutShutdown) (err error) {
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if n.Pos() < cut.Shutdown.Pos() && cut.Shutdown.End() < n.End() || n.Pos() > cut.Shutdown.Pos() {
				err = fmt.Errorf("the goroutine goes on after the shutdown, in the loop at line %d", around.Line(s, n))
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && n.Pos() > cut.Shutdown.End() {
				err = fmt.Errorf("the goroutine waits after the shutdown, at line %d", around.Line(s, n))
			}
		case *ast.SelectStmt:
			if n.Pos() > cut.Shutdown.End() {
				err = fmt.Errorf("the goroutine waits after the shutdown, at line %d", around.Line(s, n))
			}
		}
		return err == nil
	})
	return err
}

// waitBehind receives from a channel where serving has ended by a shutdown.
func waitBehind(s *edit.Site, call *ast.CallExpr, done string) error {
	path := s.PathTo(call)
	receive := edit.ExprStmt(&dst.UnaryExpr{Op: token.ARROW, X: edit.Ident(done)})
	switch st := path[len(path)-1].(type) {
	case *ast.ExprStmt:
		err := s.Fresh("err", st)
		set := &dst.AssignStmt{Lhs: []dst.Expr{edit.Ident(err)}, Tok: token.DEFINE, Rhs: []dst.Expr{s.Use(call)}}
		s.ReplaceStmt(s.Stmt(st), &dst.IfStmt{Init: set, Cond: isClosed(s, err), Body: edit.Block(receive)})
		return nil
	case *ast.ReturnStmt:
		if len(st.Results) != 1 {
			break
		}
		err := s.Fresh("err", st)
		set := &dst.AssignStmt{Lhs: []dst.Expr{edit.Ident(err)}, Tok: token.DEFINE, Rhs: []dst.Expr{s.Use(call)}}
		s.ReplaceStmt(s.Stmt(st), set, &dst.IfStmt{Cond: isClosed(s, err), Body: edit.Block(receive)}, &dst.ReturnStmt{Results: []dst.Expr{edit.Ident(err)}})
		return nil
	case *ast.AssignStmt:
		return waitBehindTest(s, path, st, receive)
	}
	return fmt.Errorf("what becomes of the error is decided within line %d", around.Line(s, call))
}

// waitBehindTest does so behind an assignment of the error: behind the if statement that it opens, if
// that leaves on any other error.
func waitBehindTest(s *edit.Site, path []ast.Node, st *ast.AssignStmt, receive dst.Stmt) error {
	id, ok := st.Lhs[0].(*ast.Ident)
	if !ok || len(st.Lhs) != 1 || id.Name == "_" {
		return fmt.Errorf("the error at line %d has no name", around.Line(s, st))
	}
	test, opens := path[len(path)-2].(*ast.IfStmt)
	if !opens || test.Init != ast.Stmt(st) {
		if asks := asksClosedNext(s, st, id.Name); asks != nil {
			s.InsertFirst(s.Node(asks.Body), receive)
			return nil
		}
		s.InsertAfter(s.Stmt(st), &dst.IfStmt{Cond: isClosed(s, id.Name), Body: edit.Block(receive)})
		return nil
	}
	if test.Else != nil || !namesClosed(test.Cond) || !endsThere(s, test.Body) {
		return fmt.Errorf("the test at line %d does not leave on every error but ErrServerClosed", around.Line(s, test))
	}
	s.InsertAfter(s.Stmt(test), receive)
	return nil
}

// asksClosedNext returns the if statement right behind an assignment of the error that is there for
// ErrServerClosed alone.
func asksClosedNext(s *edit.Site, st ast.Stmt, err string) *ast.IfStmt {
	list, _ := s.ListAround(st)
	i := slices.Index(list, st)
	if i < 0 || i+1 >= len(list) {
		return nil
	}
	test, ok := list[i+1].(*ast.IfStmt)
	if !ok || test.Init != nil {
		return nil
	}
	switch x := ast.Unparen(test.Cond).(type) {
	case *ast.CallExpr:
		ok = edit.ExprText(x.Fun) == "errors.Is" && len(x.Args) == 2 && edit.ExprText(x.Args[0]) == err && isErrServerClosed(x.Args[1])
	case *ast.BinaryExpr:
		ok = x.Op == token.EQL && edit.ExprText(x.X) == err && isErrServerClosed(x.Y)
	default:
		ok = false
	}
	if !ok {
		return nil
	}
	return test
}

// endsThere reports whether control does not leave a block by its end.
func endsThere(s *edit.Site, body *ast.BlockStmt) bool {
	if around.LeavesAlways(body) {
		return true
	}
	if len(body.List) == 0 {
		return false
	}
	st, ok := body.List[len(body.List)-1].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := ast.Unparen(st.X).(*ast.CallExpr)
	return ok && s.Match.Pkg.NoReturn(call)
}

// namesClosed reports whether a condition is false of ErrServerClosed alone: err != nil &&
// err != http.ErrServerClosed, or with errors.Is.
func namesClosed(cond ast.Expr) bool {
	switch x := ast.Unparen(cond).(type) {
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND:
			return isNotNil(x.X) && namesClosed(x.Y) || isNotNil(x.Y) && namesClosed(x.X)
		case token.NEQ:
			return isErrServerClosed(x.Y) || isErrServerClosed(x.X)
		}
	case *ast.UnaryExpr:
		call, ok := ast.Unparen(x.X).(*ast.CallExpr)
		return x.Op == token.NOT && ok && len(call.Args) == 2 && isErrServerClosed(call.Args[1])
	}
	return false
}

func isNotNil(x ast.Expr) bool {
	b, ok := ast.Unparen(x).(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ {
		return false
	}
	id, ok := ast.Unparen(b.Y).(*ast.Ident)
	return ok && id.Name == "nil"
}

func isErrServerClosed(x ast.Expr) bool {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "ErrServerClosed"
}

// isClosed builds errors.Is(err, http.ErrServerClosed).
func isClosed(s *edit.Site, err string) dst.Expr {
	return edit.Call(s.Qualified("errors", "Is"), edit.Ident(err), s.Qualified("net/http", "ErrServerClosed"))
}
