package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// loaded reads under the lock, before the last statement of the region, what that
// one uses:
//
//	                              s.mu.Lock()
//	                              conn := s.conn
//	                              s.mu.Unlock()
//	return s.conn.Close()    →    return conn.Close()
//
// The language leaves open when in a statement a variable is read. It refuses
// maps and slices, whose entries would then be used without the lock.
func (g *guarding) loaded() (func(), error) {
	for _, err := range []error{g.alone(), g.alsoBehind(), g.oneStep(), g.looksOnce()} {
		if err != nil {
			return nil, err
		}
	}
	for i := g.from; i < g.to; i++ {
		if err := g.leaves(g.list[i]); err != nil {
			return nil, err
		}
		if err := g.harmless(g.list[i]); err != nil {
			return nil, err
		}
	}
	last := g.list[g.to]
	values, err := g.values(last)
	if err != nil {
		return nil, err
	}
	under := asNodes(g.list[g.from:g.to])
	for _, same := range values {
		under = append(under, same[0])
	}
	g.mayFail(under...)
	g.modeFor(under...)
	g.usesOutside()
	return func() {
		loads := g.load(values, last)
		loads = append(loads, edit.ExprStmt(g.giveBack()))
		if g.from == g.to {
			around.OpenSection(g.s, last, g.take(), edit.ExprStmt(g.giveBack()), loads...)
			return
		}
		g.s.InsertBefore(g.s.Stmt(g.list[g.from]), g.take())
		g.s.InsertBefore(g.s.Stmt(last), loads...)
	}, nil
}

// values returns the expressions that a statement reads of the variable, those of
// one spelling together, if they can be taken out of the lock.
func (g *guarding) values(st ast.Stmt) ([][]ast.Expr, error) {
	return g.bySpelling(func(u sharing.Unguarded) (ast.Expr, error) {
		if !edit.StandsIn(u.Expr, st) {
			return nil, nil
		}
		return g.value(u, st)
	})
}

// bySpelling returns what is read at each access, where anything is, those of one spelling together.
func (g *guarding) bySpelling(read func(sharing.Unguarded) (ast.Expr, error)) (all [][]ast.Expr, err error) {
	at := map[string]int{}
	for _, u := range g.all {
		e, err := read(u)
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		i, seen := at[edit.Spelling(e)]
		if !seen {
			i, at[edit.Spelling(e)] = len(all), len(all)
			all = append(all, nil)
		}
		if !slices.Contains(all[i], e) {
			all[i] = append(all[i], e)
		}
	}
	return all, nil
}

func (g *guarding) value(u sharing.Unguarded, st ast.Stmt) (ast.Expr, error) {
	e, ok := u.Use.(ast.Expr)
	if !ok || u.Write || !g.pkg.Pure(e) {
		return nil, fmt.Errorf("line %d does more than read the variable", g.line(u.Expr))
	}
	e = g.measured(e)
	if !g.takenOut(g.pkg.TypeOf(e)) {
		return nil, errors.New("what is read cannot be taken out of the lock")
	}
	at := st
	if first := g.firstBehind(e, st); first != nil {
		at = first
	} else if !around.InHeadOf(e, st) || g.underCondition(e, st) {
		return nil, fmt.Errorf("line %d does not always read the variable", g.line(u.Expr))
	}
	if because := g.readLate(e, at); because != "" {
		g.s.Downgrade(rules.Unsafe, because)
	}
	if _, plain := g.owner.(*ast.Ident); g.owner != nil && !plain {
		return nil, fmt.Errorf("line %d reads the variable through another one", g.line(u.Expr))
	}
	return e, nil
}

// firstBehind returns the statement with an expression that comes right behind a test of the same,
// with nothing in between that could change it: both mean what was read once.
//
//	if c.err != nil {
//		return 0, fmt.Errorf("broken: %w", c.err)
//	}
func (g *guarding) firstBehind(e ast.Expr, st ast.Stmt) ast.Stmt {
	test, ok := st.(*ast.IfStmt)
	if !ok || test.Init != nil || len(test.Body.List) == 0 || !edit.StandsIn(e, test.Body.List[0]) || !g.pkg.Pure(test.Cond) {
		return nil
	}
	first := test.Body.List[0]
	switch first.(type) {
	case *ast.ReturnStmt, *ast.ExprStmt:
	default:
		return nil
	}
	asked := slices.ContainsFunc(g.all, func(u sharing.Unguarded) bool {
		x, ok := u.Use.(ast.Expr)
		return ok && edit.StandsIn(x, test.Cond) && edit.Spelling(g.measured(x)) == edit.Spelling(e) && !g.underCondition(x, test)
	})
	if !asked || g.inLiteral(e) {
		return nil
	}
	return first
}

// measured returns len(e) or cap(e) where that is all that is asked of e.
func (g *guarding) measured(e ast.Expr) ast.Expr {
	path := g.s.PathTo(e)
	if len(path) == 0 {
		return e
	}
	c, ok := path[len(path)-1].(*ast.CallExpr)
	if !ok {
		return e
	}
	if b, ok := g.pkg.Callee(c).(*types.Builtin); ok && (b.Name() == "len" || b.Name() == "cap") {
		return c
	}
	return e
}

// takenOut reports whether a value means the same behind the unlock: it does not
// lead to what the lock is for.
func (g *guarding) takenOut(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Map, *types.Slice, *types.Tuple:
		return false
	case *types.Array, *types.Struct:
		return !leadsToShared(t, 0) && !around.CopiesLock(t)
	}
	return !g.leads || !leadsToShared(t, 0)
}

// underCondition reports whether an expression in a statement is evaluated only
// if another one is true, and could fail or cost where it is not.
func (g *guarding) underCondition(e ast.Expr, st ast.Stmt) bool {
	if e == g.u.Expr {
		return false
	}
	for _, n := range g.s.PathTo(e) {
		if b, ok := n.(*ast.BinaryExpr); ok && edit.StandsIn(n, st) && around.IsLogical(b) && edit.StandsIn(e, b.Y) {
			return true
		}
	}
	return false
}
