package memory

import (
	"errors"
	"fmt"
	"go/ast"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/pattern"
)

// taken reads in one section, before the first statement that does, all that the function reads of
// the variables, and goes on with that:
//
//	                                     s.mu.RLock()
//	if s.conn == nil {                   conn := s.conn
//	    return errClosed                 s.mu.RUnlock()
//	}                               →    if conn == nil {
//	n, err := s.conn.Read(buf)               return errClosed
//	                                     }
//	                                     n, err := conn.Read(buf)
//
// Nothing that the function calls meanwhile writes them, or may, and it waits for nobody who does: one
// goroutine alone reads what it did. It is never safe: what others write behind the section is not seen
// any more.
func (g *guarding) taken() (func(), error) {
	for _, err := range []error{g.alone(), g.alsoBehind(), g.oneStep(), g.looksOnce(), g.staysAsRead()} {
		if err != nil {
			return nil, err
		}
	}
	values, err := g.bySpelling(g.takenValue)
	if err != nil {
		return nil, err
	}
	var under []ast.Node
	for _, same := range values {
		under = append(under, same[0])
	}
	g.modeFor(under...)
	g.usesOutside()
	g.s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d reads is used behind the unlock, whatever others write meanwhile", g.line(g.all[0].Expr)))
	return func() {
		loads := append(g.load(values, g.list[g.from]), edit.ExprStmt(g.giveBack()))
		around.OpenSection(g.s, g.list[g.from], g.take(), edit.ExprStmt(g.giveBack()), loads...)
	}, nil
}

// looksOnce refuses where what a test has seen has to be so still when the function acts.
func (g *guarding) looksOnce() error {
	for _, st := range g.list[g.from : g.to+1] {
		if test, ok := st.(*ast.IfStmt); ok {
			if err := g.looksAgain(test); err != nil {
				return err
			}
		}
	}
	return nil
}

// staysAsRead refuses where the function, or what it calls in the region, may write what it reads.
func (g *guarding) staysAsRead() error {
	if g.fresh != nil {
		return errors.New("the lock is to be made first")
	}
	if around.Jumps(g.u.Func) {
		return errors.New("a goto may jump past the lock")
	}
	shared := sharing.Of(g.pkg)
	for _, u := range g.all {
		for _, st := range g.list[g.from : g.to+1] {
			if write := shared.WrittenMeanwhile(u, st); write != nil {
				return fmt.Errorf("line %d may write what line %d reads", g.line(write), g.line(u.Expr))
			}
		}
		for _, first := range g.all {
			if wait := shared.WaitsBetween(first, u); wait != nil {
				return fmt.Errorf("line %d waits, and line %d reads what others have written meanwhile", g.line(wait), g.line(u.Expr))
			}
		}
	}
	return nil
}

// takenValue returns what an access reads of its variable, if it means the same in the whole region.
func (g *guarding) takenValue(u sharing.Unguarded) (ast.Expr, error) {
	if u.Write || u.Content || u.Element {
		return nil, fmt.Errorf("line %d does more than read the variable", g.line(u.Expr))
	}
	if !g.ownField(u.Expr) {
		return nil, fmt.Errorf("line %d reads a variable of another object", g.line(u.Expr))
	}
	e := g.measured(u.Expr)
	if !g.takenOut(g.pkg.TypeOf(e)) {
		return nil, errors.New("what is read cannot be taken out of the lock")
	}
	for _, n := range g.s.PathTo(e) {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.FuncLit, *ast.LabeledStmt:
			if edit.StandsIn(n, g.around) && n != g.around && n != g.u.Func {
				return nil, fmt.Errorf("line %d reads it again on each turn", g.line(u.Expr))
			}
		}
	}
	return e, nil
}

// ownField reports whether an expression names a field of the very object that the lock is of, so
// that to read it early cannot fail where to take the lock does not.
func (g *guarding) ownField(e ast.Expr) bool {
	if g.owner == nil {
		_, ok := ast.Unparen(e).(*ast.Ident)
		return ok
	}
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	return ok && pattern.Same(sel.X, g.owner, g.pkg.Info)
}

// load gives each value a name, which nothing around a statement has, and puts it in place of the value.
func (g *guarding) load(values [][]ast.Expr, at ast.Stmt) (loads []dst.Stmt) {
	for _, same := range values {
		name := g.s.Fresh(around.TempName(same[0], g.pkg.TypeOf(same[0])), at)
		loads = append(loads, edit.Define(g.s.Copy(same[0]), edit.Ident(name)))
		for _, e := range same {
			g.s.ReplaceExpr(g.s.Expr(e), edit.Ident(name))
		}
	}
	return loads
}
