package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A CutShutdown is a server that a goroutine shuts down while nobody waits for the goroutine: serving
// returns as soon as the shutdown begins, and the function goes on, in most programs to the end of main,
// while requests are still being answered (net/http, Server.Shutdown: "make sure the program doesn't exit
// and waits instead for Shutdown to return").
//
//	go func() { <-stop; server.Shutdown(ctx) }()
//	return server.ListenAndServe()
type CutShutdown struct {
	Start    ast.Node // of the goroutine
	Shutdown *ast.CallExpr
}

// CutShutdown says so of a call that serves, if the function that starts the goroutine has nothing behind
// it that could wait, nor has who calls the function.
func (f *Facts) CutShutdown(fn ast.Node, call *ast.CallExpr) *CutShutdown {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	model := f.pkg.Model(call)
	if !ok || model == nil || model.Until == "" || f.inTest(call) || f.mayWaitBehind(fn, call, 2) {
		return nil
	}
	server := f.namedBy(ast.Unparen(sel.X))
	if server == nil {
		return nil
	}
	s := &shutdownSearch{f: f, name: model.Until, seen: map[ast.Node]bool{}}
	if s.started(bodyOfFunc(fn), server, call, 2) {
		return &s.found
	}
	return nil
}

// A shutdownSearch looks for the goroutine that shuts a server down.
type shutdownSearch struct {
	f     *Facts
	name  string // of the method that does so
	seen  map[ast.Node]bool
	found CutShutdown
}

// started looks for it in what runs before a node: in goroutines that are started there, or in functions
// that are called there.
func (s *shutdownSearch) started(body ast.Node, server types.Object, before ast.Node, depth int) bool {
	s.f.pkg.Inspect(body, func(n ast.Node) bool {
		if s.found.Start != nil || before != nil && n.Pos() >= before.Pos() && !contains(n, before) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.DeferStmt:
			return false
		case *ast.GoStmt:
			s.goroutine(n, n.Call, server)
			return false
		case *ast.CallExpr:
			if s.f.isCallOf(n, "context.AfterFunc") && len(n.Args) == 2 {
				s.goroutine(n, &ast.CallExpr{Fun: n.Args[1]}, server)
			} else if called := s.f.pkg.Body(n); called != nil && depth > 0 {
				if in := s.inside(n, server); in != nil {
					s.started(called.Body, in, nil, depth-1)
				}
			}
		}
		return true
	})
	return s.found.Start != nil
}

// goroutine looks at one that is started: whether it shuts the server down, and tells nobody when that is
// done.
func (s *shutdownSearch) goroutine(start ast.Node, call *ast.CallExpr, server types.Object) {
	if shutdown := s.comesTo(call, server, 3); shutdown != nil && !s.f.tellsAnybody(call, shutdown, 3) {
		s.found = CutShutdown{start, shutdown}
	}
}

// comesTo returns the call by which a call comes to shut the server down.
func (s *shutdownSearch) comesTo(call *ast.CallExpr, server types.Object, depth int) (found *ast.CallExpr) {
	body := s.f.bodyRun(call)
	if in := s.inside(call, server); in != nil && body != nil && !s.seen[body] {
		s.seen[body] = true
		server = in
	} else {
		return nil
	}
	s.f.pkg.Inspect(body, func(n ast.Node) bool {
		inner, ok := n.(*ast.CallExpr)
		if !ok || found != nil {
			return found == nil
		}
		sel, method := ast.Unparen(inner.Fun).(*ast.SelectorExpr)
		switch {
		case method && sel.Sel.Name == s.name && s.f.namedBy(ast.Unparen(sel.X)) == server:
			if s.f.EndedContext(s.f.around(inner), inner) == nil { // else it waits for nobody, which is told there
				found = inner
			}
		case depth > 0 && s.f.bodyRun(inner) != nil:
			found = s.comesTo(inner, server, depth-1)
		}
		return found == nil
	})
	return found
}

// inside returns what the server is called in a function that a call runs: a field or package variable is
// the same there, and so is what a literal captures; a local one is the parameter that gets it.
func (s *shutdownSearch) inside(call *ast.CallExpr, server types.Object) types.Object {
	v, ok := server.(*types.Var)
	if !ok {
		return nil
	}
	if v.IsField() || v.Kind() == types.PackageVar {
		return server
	}
	for i, arg := range call.Args {
		if address, ok := ast.Unparen(arg).(*ast.UnaryExpr); ok {
			arg = address.X
		}
		if s.f.Variable(arg) != v {
			continue
		}
		if param, _ := s.f.paramOf(call, i); param != nil {
			return param
		}
	}
	if _, literal := ast.Unparen(call.Fun).(*ast.FuncLit); literal {
		return server
	}
	return nil
}

// bodyRun returns the body of the literal, or of the function of the package, that a call runs.
func (f *Facts) bodyRun(call *ast.CallExpr) *ast.BlockStmt {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return lit.Body
	}
	if decl := f.pkg.Body(call); decl != nil {
		return decl.Body
	}
	return nil
}

// tellsAnybody reports whether what a goroutine runs sends, closes a channel that it has not made, ends
// a count, or calls a function that it has been given: others may learn by that how far it is. What it has
// said and not put off before it comes to what is to be told does not count.
//
//	<-ctx.Done()
//	stop() // of signal.NotifyContext
//	srv.Shutdown(late)
func (f *Facts) tellsAnybody(call, of *ast.CallExpr, depth int) (tells bool) {
	body := f.bodyRun(call)
	if body == nil {
		return true
	}
	own := func(x ast.Expr) bool {
		v := f.Variable(x)
		return v != nil && !v.IsField() && v.Kind() != types.PackageVar && body.Pos() <= v.Pos() && v.Pos() < body.End()
	}
	early := func(n ast.Node) bool { return contains(body, of) && n.End() <= of.Pos() }
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ExprStmt:
			return !tells && !early(n)
		case *ast.SendStmt:
			tells = tells || !own(n.Chan) && !early(n)
		case *ast.CallExpr:
			switch {
			case f.isBuiltin(n, "close"):
				tells = tells || !own(n.Args[0])
			case f.pkg.IsType(n.Fun), f.pkg.Info.Types[n.Fun].IsBuiltin():
			case f.bodyRun(n) != nil:
				tells = tells || depth > 0 && f.tellsAnybody(n, of, depth-1)
			default:
				tells = tells || f.mayBeAWord(n, own)
			}
		}
		return !tells
	})
	return tells
}

// mayBeAWord reports whether a call of what the package does not declare could be a word to others: the end
// of a count, a function in a variable, but for what ends a context of its own, a method of an interface of
// the package.
func (f *Facts) mayBeAWord(call *ast.CallExpr, own func(ast.Expr) bool) bool {
	switch fn := f.pkg.Callee(call).(type) {
	case *types.Func:
		switch fn.Name() {
		case "Done", "Release", "Unlock", "Broadcast", "Signal":
			return fn.Signature().Results().Len() == 0
		}
		return types.IsInterface(fn.Signature()) || fn.Pkg() == f.pkg.Types
	case *types.Var:
		return !own(call.Fun) || !facts.TypeIs(fn.Type(), "context.CancelFunc")
	}
	return true
}

// mayWaitBehind reports whether a function waits for anything behind a node, in a deferred call too, or
// may be one of which others know when it is done: where it is started, and where callers wait.
func (f *Facts) mayWaitBehind(fn, at ast.Node, depth int) (waits bool) {
	f.pkg.PreorderStack(bodyOfFunc(fn), nil, func(n ast.Node, stack []ast.Node) bool {
		if _, ok := n.(*ast.GoStmt); ok || waits {
			return false
		}
		if lit, ok := n.(*ast.FuncLit); ok && !runsDeferred(lit, stack) {
			return false
		}
		waits = (n.Pos() >= at.End() || inDefer(stack)) && f.waitsAt(n)
		return !waits
	})
	if waits {
		return true
	}
	calls := f.callsOf(fn)
	for _, call := range calls {
		by := f.around(call)
		if by == nil || f.startsWith(by, call) || depth > 0 && f.mayWaitBehind(by, call, depth-1) {
			return true
		}
	}
	_, declared := fn.(*ast.FuncDecl)
	return len(calls) == 0 && !declared // a literal that somebody else runs
}

// runsDeferred reports whether a literal is what a defer statement calls.
func runsDeferred(lit *ast.FuncLit, stack []ast.Node) bool {
	if len(stack) < 2 {
		return false
	}
	d, ok := stack[len(stack)-2].(*ast.DeferStmt)
	return ok && d.Call.Fun == ast.Expr(lit)
}

// waitsAt reports whether a node waits for another goroutine, or may.
func (f *Facts) waitsAt(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryExpr:
		return isArrow(n)
	case *ast.SelectStmt:
		return true
	case *ast.RangeStmt:
		_, ok := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
		return ok
	case *ast.CallExpr:
		if decl := f.pkg.Body(n); decl != nil {
			return f.comesToWait(decl, decl.End(), 2)
		}
		return waitsByName.MatchString(calledName(n)) && !facts.TypeIs(f.pkg.TypeOf(n.Fun), "context.CancelFunc")
	}
	return false
}

// waitsByName is how functions of others are called that may wait for a goroutine, or for a while.
var waitsByName = lazyregexp.New(`(?i)wait|join|drain|stop|flush|shutdown|sleep|block`)
