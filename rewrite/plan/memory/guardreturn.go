package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// returnsCopies plans copies of the guarded maps and slices that the region returns: who
// gets them reads the entries without the lock, while others write them.
//
//	                               s.mu.RLock()
//	                               defer s.mu.RUnlock()
//	return s.items         →       return maps.Clone(s.items)
//
// Those who get a copy may have written into the original: the fix is never safe.
func (g *guarding) returnsCopies(shared *sharing.Facts) (edits []func(), err error) {
	for _, u := range g.all {
		result := shared.ReturnedBy(u)
		if result == nil {
			continue
		}
		pkg, err := g.clones(result)
		if err != nil {
			return nil, err
		}
		clone, err := cloneOf(g.s, pkg, result)
		if err != nil {
			return nil, fmt.Errorf("%s itself is returned at line %d: who gets it holds no lock", edit.ExprText(u.Expr), g.line(result))
		}
		edits = append(edits, func() { g.s.ReplaceExpr(g.s.Expr(result), clone()) })
	}
	if len(edits) > 0 {
		g.s.Downgrade(rules.Unsafe, "callers get a copy: what they write into it reaches nobody else")
	}
	return edits, nil
}

// clones returns the package whose Clone copies a map or slice.
func (g *guarding) clones(e ast.Expr) (pkg string, err error) {
	switch t := g.pkg.TypeOf(e).Underlying().(type) {
	case *types.Slice:
		if !around.CopiesLock(t.Elem()) {
			return "slices", nil
		}
	case *types.Map:
		if !around.CopiesLock(t.Elem()) {
			return "maps", nil
		}
	}
	return "", errors.New("the entries hold locks or atomics, which must not be copied")
}

// leavesRegion refuses a region that returns the local variable of a guarded map or slice.
func (g *guarding) leavesRegion() error {
	for _, use := range g.behind {
		path := g.s.PathTo(use)
		if len(path) == 0 {
			continue
		}
		if _, returned := path[len(path)-1].(*ast.ReturnStmt); !returned {
			continue
		}
		switch g.pkg.TypeOf(use).Underlying().(type) {
		case *types.Map, *types.Slice:
			return fmt.Errorf("%s is returned at line %d: who gets it holds no lock", edit.ExprText(use), g.line(use))
		}
	}
	return nil
}
