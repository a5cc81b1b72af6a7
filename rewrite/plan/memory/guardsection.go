package memory

import (
	"errors"
	"fmt"
	"go/ast"

	"github.com/dave/dst"
	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// inSection puts the lock before the region and the unlock after it.
func (g *guarding) inSection() (func(), error) {
	if err := g.alsoBehind(); err != nil {
		return nil, err
	}
	for i := g.from; i <= g.to; i++ {
		if err := g.leaves(g.list[i]); err != nil {
			return nil, err
		}
		if err := g.harmless(g.list[i]); err != nil {
			return nil, err
		}
	}
	if because := g.fails(g.inside()...); because != "" {
		if defers, err := g.deferred(); err == nil && around.SectionEnd(g.s, g.list[g.from], edit.ExprStmt(g.giveBack())) == nil {
			return defers, nil
		}
		g.s.Downgrade(rules.Unsafe, because)
	}
	g.modeFor(g.inside()...)
	next := g.nextSection()
	if next == nil {
		if err := g.oneStep(); err != nil {
			return nil, err
		}
		g.usesOutside()
	}
	return func() {
		if next != nil {
			g.moveUp(next)
			return
		}
		around.OpenSection(g.s, g.list[g.from], g.take(), edit.ExprStmt(g.giveBack()))
		g.s.InsertAfter(g.s.Stmt(g.list[g.to]), edit.ExprStmt(g.giveBack()))
	}, nil
}

// inside returns the statements of the region.
func (g *guarding) inside() []ast.Node { return asNodes(g.list[g.from : g.to+1]) }

func asNodes(list []ast.Stmt) (all []ast.Node) {
	for _, st := range list {
		all = append(all, st)
	}
	return all
}

// modeFor takes the lock to write where what it is held around may write.
func (g *guarding) modeFor(nodes ...ast.Node) {
	g.read = g.read && g.writesIn(nodes...) == nil
}

// nextSection returns the statement right behind the region by which the function takes the lock
// itself: it can do so before the region.
//
//	n := len(s.items)      s.mu.Lock()
//	s.mu.Lock()        →   n := len(s.items)
func (g *guarding) nextSection() ast.Stmt {
	if g.to+1 >= len(g.list) || !g.isCall(g.list[g.to+1], g.take(), "Lock") || around.SectionEnd(g.s, g.list[g.from], edit.ExprStmt(g.giveBack())) != nil {
		return nil
	}
	return g.list[g.to+1]
}

// moveUp puts the Lock behind the region before it, and the deferred unlock that stands beside
// it. Nothing is deferred in the region.
func (g *guarding) moveUp(lock ast.Stmt) {
	first := g.s.Stmt(g.list[g.from])
	g.s.MoveBefore(g.s.Stmt(lock), first)
	if at := g.to + 2; at < len(g.list) && g.defers(g.list[at], lock) {
		g.s.MoveBefore(g.s.Stmt(g.list[at]), first)
	}
}

// deferred takes the lock before the region and defers the unlock: the rest of
// the function runs with it.
func (g *guarding) deferred() (func(), error) {
	body := bodyAround(g.u.Func)
	if g.around != ast.Node(body) {
		return nil, fmt.Errorf("line %d stands in a block of its own: a deferred unlock would come too late", g.line(g.u.Expr))
	}
	if around.Jumps(g.u.Func) {
		return nil, errors.New("a goto may jump past the lock")
	}
	if err := g.readsAt(g.inLiteral); err != nil {
		return nil, err
	}
	for _, st := range g.list[g.from:] {
		for _, err := range []error{g.harmless(st), g.defersHarmless(st)} {
			if err != nil {
				return nil, err
			}
		}
	}
	g.modeFor(asNodes(g.list[g.from:])...)
	return func() {
		g.s.InsertBefore(g.s.Stmt(g.list[g.from]), g.take(), edit.DeferStmt(g.giveBack()))
	}, nil
}

// defersHarmless refuses deferred calls that must not run with the lock held: those that are
// deferred behind the unlock run before it.
//
//	s.mu.Lock()
//	defer s.mu.Unlock()
//	s.list[i] = n
//	defer func() { <-done }()
func (g *guarding) defersHarmless(st ast.Stmt) (err error) {
	ast.Inspect(st, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal || err != nil {
			return false
		}
		if d, ok := n.(*ast.DeferStmt); ok {
			err = g.harmless(d.Call)
		}
		return err == nil
	})
	return err
}

func bodyAround(fn ast.Node) *ast.BlockStmt {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Body
	}
	return fn.(*ast.FuncDecl).Body
}

// returned reads the results of a return under the lock, and returns them behind
// the unlock.
func (g *guarding) returned() (func(), error) {
	ret, ok := g.list[g.from].(*ast.ReturnStmt)
	if !ok || g.from != g.to {
		return nil, errors.New("the access stands in no return of its own")
	}
	if err := g.harmless(ret); err != nil {
		return nil, err
	}
	results, err := around.Hoist(g.s, g.u.Func, ret)
	if err != nil {
		return nil, err
	}
	g.mayFail(ret)
	g.modeFor(ret)
	return func() {
		before := append([]dst.Stmt{g.take()}, results.Apply()...)
		g.s.InsertBefore(g.s.Stmt(ret), append(before, edit.ExprStmt(g.giveBack()))...)
	}, nil
}
