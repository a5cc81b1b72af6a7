package waits

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// noteEndBehind lowers the level where what ends the goroutine may come behind the Wait of the
// function that starts it: mostly the Wait finds no count today and does not wait, and once it
// counts the goroutine neither would go on.
//
//	go func() {
//		wg.Add(1)
//		defer wg.Done()
//		for !stopped.Load() { poll() }
//	}()
//	wg.Wait()
//	stopped.Store(true)
func noteEndBehind(s *edit.Site, f *channels.Facts, late *channels.LateAdd, goroutine *ast.FuncLit) {
	for _, wait := range f.GroupCalls(late.Wait) {
		if wait.Kind != channels.Wait || wait.Fn != late.In || wait.Call.Pos() < late.Start.End() {
			continue
		}
		named, ended := namedBehind(s.Match.Pkg, wait)
		e := openEnd{pkg: s.Match.Pkg, behind: named, ended: ended, seen: map[*ast.FuncDecl]bool{}}
		e.walk(goroutine.Body)
		if e.at != nil {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d %s, and the Wait at line %d would wait for that", around.Line(s, e.at), e.because, around.Line(s, wait.Call)))
		}
	}
}

// An openEnd looks for what in a goroutine goes on until somebody else ends it.
type openEnd struct {
	pkg     *facts.Package
	behind  map[types.Object]bool // what is named behind the Wait
	ended   map[types.Object]bool // what is closed or stopped there
	seen    map[*ast.FuncDecl]bool
	at      ast.Node
	because string
}

func (e *openEnd) walk(body ast.Node) {
	e.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.ForStmt:
			if n.Cond == nil || n.Post == nil {
				e.note(n, "loops without a bound")
			}
		case *ast.RangeStmt:
			if ch, ok := e.pkg.TypeOf(n.X).Underlying().(*types.Chan); ok {
				e.receive(n, n.X, ch)
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && (e.behind[channelOf(e.pkg, n.X)] || e.behind[contextOf(e.pkg, n.X)]) {
				e.note(n, "waits for what may come behind the Wait")
			}
		case *ast.CallExpr:
			e.call(n)
		}
		return e.at == nil
	})
}

func (e *openEnd) note(n ast.Node, because string) {
	if e.at == nil {
		e.at, e.because = n, because
	}
}

// receive: a clock never closes its channel.
func (e *openEnd) receive(n ast.Node, x ast.Expr, ch *types.Chan) {
	if named, ok := types.Unalias(ch.Elem()).(*types.Named); ok && named.Obj().Name() == "Time" && named.Obj().Pkg().Path() == "time" {
		e.note(n, "ticks for ever")
	}
	if e.behind[channelOf(e.pkg, x)] {
		e.note(n, "waits for what may come behind the Wait")
	}
}

// call: Wait of a group or a Cond that is named behind, a read from what is closed there; a function
// of this package is walked.
func (e *openEnd) call(call *ast.CallExpr) {
	if decl := e.pkg.Body(call); decl != nil && !e.seen[decl] {
		e.seen[decl] = true
		e.handed(call, decl)
		from := e.at
		if e.walk(decl.Body); from == nil && e.at != nil {
			e.at, e.because = call, fmt.Sprintf("calls %s, which %s", edit.ExprText(call.Fun), e.because)
		}
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if ok && sel.Sel.Name == "Wait" && e.behind[channelOf(e.pkg, sel.X)] {
		e.note(call, "waits for what may come behind the Wait")
	}
	if ok && e.ended[channelOf(e.pkg, sel.X)] && readsName.MatchString(sel.Sel.Name) {
		e.note(call, "may go on until what is closed behind the Wait is")
	}
	for _, arg := range call.Args {
		if e.ended[channelOf(e.pkg, arg)] && isSource(e.pkg.TypeOf(arg)) {
			e.note(call, "may read until what is closed behind the Wait is")
		}
	}
}

// readsName is how methods are called that go on until somebody closes or stops their object.
var readsName = lazyregexp.New(`^(Read|Accept|Recv|Receive|Serve|Listen|Next|Scan|Run|Start|Poll|Consume)`)

// isSource reports whether a value is read from, or listened on, and may be so for ever: no file.
func isSource(t types.Type) bool {
	if facts.TypeIs(t, "*os.File") {
		return false
	}
	for _, name := range []string{"Read", "Accept"} {
		if m, _, _ := types.LookupFieldOrMethod(t, true, nil, name); m != nil {
			return true
		}
	}
	return false
}

// handed notes what a function of the package calls those that are named behind the Wait.
func (e *openEnd) handed(call *ast.CallExpr, decl *ast.FuncDecl) {
	params := e.pkg.Def(decl.Name).(*types.Func).Signature().Params()
	for i, arg := range call.Args {
		if i < params.Len() {
			of, to := channelOf(e.pkg, arg), params.At(i)
			e.behind[to] = e.behind[to] || e.behind[of]
			e.ended[to] = e.ended[to] || e.ended[of]
		}
	}
}

// contextOf returns the context whose Done an expression is.
func contextOf(pkg *facts.Package, x ast.Expr) types.Object {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return nil
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Done" {
		return channelOf(pkg, sel.X)
	}
	return nil
}

// namedBehind returns the variables and fields that a function names behind a Wait or when it
// ends, in function values that it names there, too, with the contexts that it cancels; and which of
// them it closes or stops.
func namedBehind(pkg *facts.Package, wait *channels.GroupCall) (named, ended map[types.Object]bool) {
	named, ended = map[types.Object]bool{}, map[types.Object]bool{}
	values := valuesIn(pkg, wait.Fn)
	var walk func(n ast.Node)
	walk = func(n ast.Node) {
		pkg.Inspect(n, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && endsName.MatchString(sel.Sel.Name) {
					ended[channelOf(pkg, sel.X)] = true
				}
			}
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			v, isVar := pkg.ObjectOf(id).(*types.Var)
			if isVar && !named[around.Origin(v)] {
				named[around.Origin(v)] = true
				if value := values[v]; value != nil {
					walk(value)
				}
			}
			return true
		})
	}
	pkg.Inspect(around.BodyOf(wait.Fn), func(n ast.Node) bool {
		_, block := n.(*ast.BlockStmt)
		st, ok := n.(ast.Stmt)
		if _, deferred := n.(*ast.DeferStmt); deferred || ok && !block && st.Pos() > wait.Call.End() {
			walk(st)
			return false
		}
		return true
	})
	pkg.Inspect(around.BodyOf(wait.Fn), func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && len(set.Lhs) == 2 && len(set.Rhs) == 1 && named[channelOf(pkg, set.Lhs[1])] {
			if ctx := channelOf(pkg, set.Lhs[0]); ctx != nil && facts.TypeIs(ctx.Type(), "context.Context") {
				named[ctx] = true
			}
		}
		return true
	})
	for _, none := range []types.Object{nil, channelOf(pkg, wait.Group)} {
		delete(named, none)
		delete(ended, none)
	}
	return named, ended
}

// endsName is how methods are called that end others.
var endsName = lazyregexp.New(`(?i)^(close|stop|shutdown|graceful|cancel|kill|quit|disconnect)`)

// valuesIn returns the function literals that variables of a function are given.
func valuesIn(pkg *facts.Package, fn ast.Node) map[*types.Var]*ast.FuncLit {
	values := map[*types.Var]*ast.FuncLit{}
	pkg.Inspect(around.BodyOf(fn), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != len(set.Rhs) {
			return true
		}
		for i, lhs := range set.Lhs {
			lit, isLit := ast.Unparen(set.Rhs[i]).(*ast.FuncLit)
			if id, ok := lhs.(*ast.Ident); ok && isLit {
				if v, isVar := pkg.ObjectOf(id).(*types.Var); isVar {
					values[v] = lit
				}
			}
		}
		return true
	})
	return values
}
