package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// inHead takes what the head of an if reads out of it, under the lock:
//
//	                                       s.mu.Lock()
//	if v, ok := s.items[k]; ok {     →     v, ok := s.items[k]
//		use(v)                         s.mu.Unlock()
//	}                                      if ok {
//	                                       	use(v)
//	                                       }
//
// The names then live longer; it refuses where one means something else behind
// the if, or is declared in its list too.
func (g *guarding) inHead() (func(), error) {
	st, ok := g.list[g.from].(*ast.IfStmt)
	if !ok || g.from != g.to {
		return nil, errors.New("the access stands in no head of an if")
	}
	for _, err := range []error{g.looksAgain(st), g.alsoBehind(), g.oneStep()} {
		if err != nil {
			return nil, err
		}
	}
	if st.Init != nil {
		return g.inInit(st)
	}
	return g.inCond(st)
}

func (g *guarding) inInit(st *ast.IfStmt) (func(), error) {
	for _, e := range g.places() {
		if !edit.StandsIn(e, st.Init) {
			return nil, fmt.Errorf("line %d is in no head of an if", g.line(e))
		}
	}
	if err := g.harmless(st.Init); err != nil {
		return nil, err
	}
	if name := g.clash(st); name != "" {
		return nil, fmt.Errorf("%s, which the if at line %d declares, means something else around it", name, g.line(st))
	}
	return g.unlessItFails(st.Init, func() {
		twin := g.s.Stmt(st).(*dst.IfStmt)
		init := g.s.UseStmt(st.Init)
		twin.Init = nil
		g.s.InsertBefore(twin, g.take(), init, edit.ExprStmt(g.giveBack()))
	})
}

// unlessItFails is an edit that holds the lock around a part of the head, or the deferred
// unlock where that part may panic.
func (g *guarding) unlessItFails(part ast.Node, edit func()) (func(), error) {
	if g.fails(part) != "" {
		if edit, err := g.deferred(); err == nil {
			return edit, nil
		}
		g.mayFail(part)
	}
	g.modeFor(part)
	return edit, nil
}

// clash returns a name that the init of an if declares and that its list uses
// otherwise.
func (g *guarding) clash(st *ast.IfStmt) string {
	define, ok := st.Init.(*ast.AssignStmt)
	if !ok {
		return ""
	}
	for _, lhs := range define.Lhs {
		id, ok := lhs.(*ast.Ident)
		if !ok || g.pkg.Def(id) == nil || id.Name == "_" {
			continue
		}
		if g.named(id.Name, st) {
			return id.Name
		}
	}
	return ""
}

// named reports whether a name stands in the function outside of an if.
func (g *guarding) named(name string, but ast.Node) bool {
	found := false
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		if n == but {
			return false
		}
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// inCond evaluates a condition under the lock.
func (g *guarding) inCond(st *ast.IfStmt) (func(), error) {
	for _, e := range g.places() {
		if !edit.StandsIn(e, st.Cond) {
			return nil, fmt.Errorf("line %d is in no head of an if", g.line(e))
		}
	}
	if err := g.harmless(st.Cond); err != nil {
		return nil, err
	}
	e := ast.Expr(st.Cond)
	if len(g.all) == 1 && g.first(st.Cond) {
		if use, ok := g.u.Use.(ast.Expr); ok && edit.StandsIn(use, st.Cond) && g.readLate(use, st.Cond) == "" {
			e = use
		}
	}
	t := g.pkg.TypeOf(e)
	if b, ok := t.(*types.Basic); ok && b.Info()&types.IsUntyped != 0 && b.Kind() != types.UntypedBool {
		return nil, errors.New("the condition has no type of its own")
	}
	return g.unlessItFails(e, func() {
		name := g.s.Fresh(around.TempName(e, t), st)
		old := g.s.Expr(e)
		value := g.s.Copy(e)
		g.s.ReplaceExpr(old, edit.Ident(name))
		g.s.InsertBefore(g.s.Stmt(st), g.take(), edit.Define(value, edit.Ident(name)), edit.ExprStmt(g.giveBack()))
	})
}

// first reports whether the access is evaluated whenever the condition is, and
// nothing before it has an effect: it is the condition, negated or not, or the
// left operand of one.
func (g *guarding) first(cond ast.Expr) bool {
	switch e := cond.(type) {
	case *ast.ParenExpr:
		return g.first(e.X)
	case *ast.UnaryExpr:
		return g.first(e.X)
	case *ast.BinaryExpr:
		return edit.StandsIn(g.u.Expr, e.X) && g.first(e.X) || edit.StandsIn(g.u.Expr, e.Y) && g.pkg.Stable(e.X) && !around.IsLogical(e)
	}
	return cond == g.u.Use || cond == ast.Expr(g.u.Expr)
}

// cloned ranges over a copy of the map that it makes under the lock, where the
// body of the loop must not hold it.
//
//	                               s.mu.RLock()
//	for k := range s.items {  →    items := maps.Clone(s.items)
//		do(k)                  s.mu.RUnlock()
//	}                              for k := range items {
func (g *guarding) cloned() (func(), error) {
	loop, ok := g.list[g.from].(*ast.RangeStmt)
	if !ok || g.from != g.to || len(g.all) != 1 || !edit.StandsIn(g.u.Expr, loop.X) || !g.u.Content {
		return nil, errors.New("no map is ranged over")
	}
	for _, err := range []error{g.alone(), g.oneStep()} {
		if err != nil {
			return nil, err
		}
	}
	if !g.s.AtLeast("go1.21") {
		return nil, errors.New("maps.Clone needs Go 1.21")
	}
	if err := g.harmless(loop.X); err != nil {
		return nil, err
	}
	if err := g.unwritten(loop); err != nil {
		return nil, err
	}
	pkg, err := g.clones(loop.X)
	if err != nil {
		return nil, err
	}
	g.s.Downgrade(rules.Unsafe, "the loop then runs over a copy: it does not see entries that come or go meanwhile")
	return func() {
		name := g.s.Fresh(around.TempName(loop.X, g.pkg.TypeOf(loop.X)), loop)
		value := edit.Call(g.s.Qualified(pkg, "Clone"), g.s.Copy(loop.X))
		g.s.ReplaceExpr(g.s.Expr(loop.X), edit.Ident(name))
		g.s.InsertBefore(g.s.Stmt(loop), g.take(), edit.Define(value, edit.Ident(name)), edit.ExprStmt(g.giveBack()))
	}, nil
}

// unwritten refuses a loop that writes the map that it runs over.
func (g *guarding) unwritten(loop *ast.RangeStmt) error {
	for _, u := range g.all {
		if u.Write {
			return fmt.Errorf("line %d writes the map", g.line(u.Expr))
		}
	}
	if because := g.touches(loop.Body); because != "" {
		g.s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d %s", g.line(loop.Body), because))
	}
	return nil
}
