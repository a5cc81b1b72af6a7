package memory

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
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// An operand is a part of a statement that can be evaluated before it: the key of a map, what is appended,
// or what is stored.
type operand struct {
	ast.Expr
	name     string // for what it gives
	replaces bool   // it is all that a variable is set to
}

// ahead calls what is not known, or waits, before it takes the lock, where the statement does no more with
// the result than to look an entry up or to store it:
//
//	                           key := x.Key()
//	s.items[x.Key()] = n  →    s.mu.Lock()
//	                           s.items[key] = n
//	                           s.mu.Unlock()
//
// The language leaves open whether the variable is read before such a call or behind it.
func (g *guarding) ahead() (func(), error) {
	if g.from != g.to {
		return nil, errors.New("the accesses stand in more than one statement")
	}
	st := g.list[g.from]
	operands, rest, err := g.operandsOf(st)
	if err != nil {
		return nil, err
	}
	calls := slices.DeleteFunc(operands, func(o operand) bool { return !g.acts(o) })
	if len(calls) == 0 {
		return nil, errors.New("nothing is called ahead of the access")
	}
	for _, o := range calls {
		if err := g.mayGoAhead(o); err != nil {
			return nil, err
		}
		g.gone = append(g.gone, o.Expr)
	}
	for _, n := range rest {
		if err := g.harmless(n); err != nil {
			return nil, err
		}
	}
	for _, err := range []error{g.alsoBehind(), g.oneStep()} {
		if err != nil {
			return nil, err
		}
	}
	section, err := g.sectionBehind(st)
	if err != nil {
		return nil, err
	}
	for _, o := range calls {
		if o.replaces {
			g.s.Downgrade(rules.Unsafe, fmt.Sprintf("%s at line %d is worked out before the lock is taken: it may rest on what others change meanwhile", edit.ExprText(o.Expr), g.line(o)))
		}
	}
	g.mayFail(st)
	g.usesOutside()
	g.modeFor(rest...)
	return func() {
		var defines []dst.Stmt
		for _, o := range calls {
			name := g.s.Fresh(o.name, st)
			defines = append(defines, edit.Define(g.s.Copy(o.Expr), edit.Ident(name)))
			g.s.ReplaceExpr(g.s.Expr(o.Expr), edit.Ident(name))
		}
		section(defines)
	}, nil
}

// operandsOf returns the operands of a statement in the order in which they are evaluated, and the rest of
// it, which runs with the lock held.
func (g *guarding) operandsOf(st ast.Stmt) (operands []operand, rest []ast.Node, err error) {
	switch st := st.(type) {
	case *ast.ExprStmt:
		if call := g.builtin(st.X, "delete"); call != nil {
			return []operand{{call.Args[1], "key", false}}, []ast.Node{call.Args[0]}, nil
		}
	case *ast.IncDecStmt:
		operands, rest = g.lookup(st.X)
	case *ast.AssignStmt:
		if len(st.Rhs) == 1 {
			return g.operandsOfAssign(st)
		}
	case *ast.ReturnStmt:
		if len(st.Results) == 1 {
			operands, rest = g.lookup(st.Results[0])
		}
	case *ast.IfStmt:
		init, ok := st.Init.(*ast.AssignStmt)
		if ok && len(init.Rhs) == 1 && !slices.ContainsFunc(g.places(), func(e ast.Expr) bool { return !edit.StandsIn(e, init) }) {
			return g.operandsOfAssign(init)
		}
	}
	if operands == nil {
		err = errors.New("the access stands in no lookup or store of its own")
	}
	return operands, rest, err
}

func (g *guarding) operandsOfAssign(st *ast.AssignStmt) (operands []operand, rest []ast.Node, err error) {
	for _, lhs := range st.Lhs {
		if keys, m := g.lookup(lhs); keys != nil {
			operands, rest = append(operands, keys...), append(rest, m...)
		} else {
			rest = append(rest, lhs)
		}
	}
	value := st.Rhs[0]
	if keys, m := g.lookup(value); keys != nil {
		return append(operands, keys...), append(rest, m...), nil
	}
	if call := g.builtin(value, "append"); call != nil && !call.Ellipsis.IsValid() {
		for _, arg := range call.Args[1:] {
			operands = append(operands, operand{arg, "value", false})
		}
		return operands, append(rest, call.Args[0]), nil
	}
	if g.guards(value) {
		return nil, nil, errors.New("the access stands in no lookup or store of its own")
	}
	replaces, name := st.Tok == token.ASSIGN && operands == nil, "value"
	if operands == nil {
		name = around.TempName(ast.Unparen(st.Lhs[0]), g.pkg.TypeOf(st.Lhs[0]))
	}
	return append(operands, operand{value, name, replaces}), rest, nil
}

// builtin returns the call of a predeclared function that an expression is, nil if it is none.
func (g *guarding) builtin(e ast.Expr, name string) *ast.CallExpr {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return nil
	}
	if b, ok := g.pkg.Callee(call).(*types.Builtin); !ok || b.Name() != name {
		return nil
	}
	return call
}

// lookup returns the key by which an expression looks an entry of a guarded map up, and the map.
func (g *guarding) lookup(e ast.Expr) (keys []operand, rest []ast.Node) {
	index, ok := ast.Unparen(e).(*ast.IndexExpr)
	if !ok || !around.IsMapType(g.pkg.TypeOf(index.X)) || !g.guards(index.X) {
		return nil, nil
	}
	return []operand{{index.Index, "key", false}}, []ast.Node{index.X}
}

// acts reports whether an operand calls something, or receives.
func (g *guarding) acts(o operand) (acts bool) {
	ast.Inspect(o.Expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			tv := g.pkg.Info.Types[n.Fun]
			acts = acts || !tv.IsType() && !tv.IsBuiltin()
		case *ast.UnaryExpr:
			acts = acts || n.Op == token.ARROW
		}
		return !acts
	})
	return acts
}

// mayGoAhead refuses an operand that needs the lock itself, or has no type of its own.
func (g *guarding) mayGoAhead(o operand) error {
	if g.guards(o.Expr) || slices.ContainsFunc(g.places(), func(e ast.Expr) bool { return edit.StandsIn(e, o.Expr) }) {
		return fmt.Errorf("%s needs the lock itself", edit.ExprText(o.Expr))
	}
	if e := g.looksItself(o.Expr); e != nil {
		return fmt.Errorf("%s at line %d may look at %s itself: both would have to be one step", edit.ExprText(e), g.line(e), edit.ExprText(g.u.Expr))
	}
	if _, several := g.pkg.TypeOf(o.Expr).(*types.Tuple); several {
		return fmt.Errorf("%s gives more than one value", edit.ExprText(o.Expr))
	}
	if t := around.OwnType(g.pkg, o.Expr); !types.Identical(t, g.pkg.TypeOf(o.Expr)) {
		return fmt.Errorf("the type of %s is not its own", edit.ExprText(o.Expr))
	}
	return nil
}

// looksItself returns what of an operand uses the guarded variable in a function of the package, which it
// calls or gives away, or in a literal.
//
//	s.n = s.next()
//	s.timer = time.AfterFunc(d, s.expire) // which may find no timer yet
func (g *guarding) looksItself(operand ast.Expr) (looks ast.Expr) {
	reaches := func(code ast.Node) bool {
		return slices.ContainsFunc(g.all, func(u sharing.Unguarded) bool {
			return around.Reaches(g.s, code, u.Var, map[*ast.FuncDecl]bool{})
		})
	}
	g.pkg.Inspect(operand, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if looks == nil && reaches(n.Body) {
				looks = n
			}
		case *ast.Ident:
			fn, _ := g.pkg.Use(n).(*types.Func)
			if decl := g.pkg.Declaration(fn); looks == nil && decl != nil && decl.Body != nil && reaches(decl.Body) {
				looks = n
			}
		}
		return looks == nil
	})
	return looks
}

// sectionBehind returns the edit that holds the lock around a statement, or around what its head looks up,
// behind others.
func (g *guarding) sectionBehind(st ast.Stmt) (func(before []dst.Stmt), error) {
	switch st := st.(type) {
	case *ast.ReturnStmt:
		results, err := around.Hoist(g.s, g.u.Func, st)
		if err != nil {
			return nil, err
		}
		return func(before []dst.Stmt) {
			before = append(append(before, g.take()), results.Apply()...)
			g.s.InsertBefore(g.s.Stmt(st), append(before, edit.ExprStmt(g.giveBack()))...)
		}, nil
	case *ast.IfStmt:
		if err := g.looksAgain(st); err != nil {
			return nil, err
		}
		if name := g.clash(st); name != "" {
			return nil, fmt.Errorf("%s, which the if at line %d declares, means something else around it", name, g.line(st))
		}
		return func(before []dst.Stmt) {
			twin := g.s.Stmt(st).(*dst.IfStmt)
			init := g.s.UseStmt(st.Init)
			twin.Init = nil
			g.s.InsertBefore(twin, append(before, g.take(), init, edit.ExprStmt(g.giveBack()))...)
		}, nil
	}
	return func(before []dst.Stmt) {
		g.s.InsertBefore(g.s.Stmt(st), append(before, g.take())...)
		g.s.InsertAfter(g.s.Stmt(st), edit.ExprStmt(g.giveBack()))
	}, nil
}
