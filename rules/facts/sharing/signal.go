package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A signal is something by which one goroutine lets another go on, and so puts
// what it did before in order with what the other does after: a channel, a
// WaitGroup, an atomic, told by the variable or field that holds it.
type signals struct {
	gives map[types.Object][]ast.Node // sends, closes, Done, atomic stores
	waits map[types.Object][]ast.Node // receives, ranges, Wait, atomic loads
}

// signalsOf returns what a function does with signals, literals that run as a
// part of it included, those that it starts left out.
func (f *Facts) signalsOf(fn *function) *signals {
	if fn.signals != nil {
		return fn.signals
	}
	s := &signalSearch{
		Facts: f, fn: fn, found: &signals{map[types.Object][]ast.Node{}, map[types.Object][]ast.Node{}},
		starts: map[*ast.CallExpr]bool{}, shown: map[ast.Node]bool{},
	}
	fn.signals = s.found
	s.search(fn.body())
	return fn.signals
}

type signalSearch struct {
	*Facts
	fn       *function
	found    *signals
	starts   map[*ast.CallExpr]bool // the calls of go statements
	shown    map[ast.Node]bool      // what is only written for people to read
	deferred []*ast.DeferStmt
}

func (s *signalSearch) search(body ast.Node) {
	s.Facts.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return s.funcs[n].runs != started
		case *ast.GoStmt:
			s.starts[n.Call] = true
		case *ast.DeferStmt:
			s.deferred = append(s.deferred, n)
		case *ast.SendStmt:
			s.gives(n.Chan, n)
		case *ast.AssignStmt:
			s.sets(n)
		case *ast.ForStmt:
			s.asks(n)
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				s.waits(n.X, n)
			}
		case *ast.RangeStmt:
			if _, isChan := s.typeOf(n.X).(*types.Chan); isChan {
				s.waits(n.X, n.X)
			}
		case *ast.CallExpr:
			if s.prints(n) {
				noteCalls(n, s.shown)
			}
			if !s.shown[n] || !strings.HasPrefix(calledMethod(n), "Load") {
				s.call(n)
			}
		}
		return true
	})
}

func (s *signalSearch) gives(e ast.Expr, at ast.Node) {
	if key := s.holder(e); key != nil {
		s.found.gives[key] = append(s.found.gives[key], at)
	}
}

func (s *signalSearch) waits(e ast.Expr, at ast.Node) {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		if key := s.channelGiven(call); key != nil {
			s.found.waits[key] = append(s.found.waits[key], at)
		}
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			e = sel.X // <-ctx.Done()
		}
	}
	if key := s.holder(e); key != nil {
		s.found.waits[key] = append(s.found.waits[key], at)
	}
}

// holder returns the variable or field that an expression ends in.
func (f *Facts) holder(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return f.pkg.ObjectOf(e)
	case *ast.SelectorExpr:
		return f.pkg.ObjectOf(e.Sel)
	case *ast.UnaryExpr:
		return f.holder(e.X)
	case *ast.StarExpr:
		return f.holder(e.X)
	case *ast.IndexExpr:
		return f.holder(e.X)
	}
	return nil
}

func (s *signalSearch) call(call *ast.CallExpr) {
	if builtin, ok := s.pkg.Callee(call).(*types.Builtin); ok {
		if builtin.Name() == "close" {
			s.gives(call.Args[0], call)
		}
		return
	}
	if v, ok := s.pkg.Callee(call).(*types.Var); ok {
		s.found.gives[v] = append(s.found.gives[v], call) // cancel()
		if ctx := s.cancelled(v); ctx != nil {
			s.found.gives[ctx] = append(s.found.gives[ctx], call)
		}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && s.pkg.Info.Selections[sel] != nil {
		s.method(call, sel)
	}
	for _, arg := range call.Args {
		// Whoever gets the means to signal may give or wait.
		s.end(arg, call, "")
		if s.carries(s.pkg.TypeOf(arg)) {
			if !facts.TypeIs(s.pkg.TypeOf(arg), "context.Context") { // who has one can only wait for its end
				s.gives(arg, call)
			}
			if !s.starts[call] {
				s.waits(arg, call)
			}
		}
	}
}

// method: x.Done() and its like give, x.Wait() and its like wait. Methods of
// channels' owners are not looked into.
func (s *signalSearch) method(call *ast.CallExpr, sel *ast.SelectorExpr) {
	s.end(sel.X, call, sel.Sel.Name)
	if t := s.pkg.TypeOf(sel.X); t != nil && t.String() == "context.Context" && sel.Sel.Name == "Done" {
		s.waits(sel.X, call) // who cancels it gives
		return
	}
	switch sel.Sel.Name {
	case "Close":
		if !s.ownEnd(sel.X) {
			s.gives(sel.X, call)
		}
	case "Done", "Signal", "Broadcast", "Store", "Add", "Swap", "CompareAndSwap", "Cancel", "Stop", "Shutdown", "Finish", "Release", "Put", "Send":
		s.gives(sel.X, call)
	case "Wait", "Load", "Err", "Acquire", "Get", "Recv", "Receive":
		s.waits(sel.X, call)
	}
}

// ownEnd reports whether what is closed is a connection or file that a function has got for
// itself, no part of an object: it tells the other side of the wire, and nobody here. The ends of
// a pipe are told apart.
//
//	c, err := s.listener.Accept()
//	s.handler.serve(c) // func (e *echo) serve(c net.Conn) { defer c.Close(); … }
func (s *signalSearch) ownEnd(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := s.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.IsField() || v.Kind() == types.PackageVar || s.pairs().pipes[v].pipe != nil {
		return false
	}
	named, ok := types.Unalias(v.Type()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !types.IsInterface(named) {
		return false
	}
	path := named.Obj().Pkg().Path()
	return path == "net" || path == "io"
}

// carries reports whether a value of the type can be a signal.
func (s *signalSearch) carries(t types.Type) bool {
	if t == nil {
		return false
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
		if basic, ok := t.Underlying().(*types.Basic); ok && basic.Info()&types.IsInteger != 0 {
			return true // atomic.AddInt32(&n, 1)
		}
	}
	if _, ok := t.Underlying().(*types.Chan); ok {
		return true
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() {
	case "sync":
		return named.Obj().Name() == "WaitGroup" || named.Obj().Name() == "Cond"
	case "sync/atomic", "context", "golang.org/x/sync/errgroup":
		return true
	}
	return false
}

// cancelled returns the context that a cancel function belongs to: both are
// defined by one assignment.
func (f *Facts) cancelled(cancel *types.Var) types.Object { return f.pairs().contexts[cancel] }
