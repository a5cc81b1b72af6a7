// Package locks has the strategies that take a lock, release it, or do so elsewhere:
// lost unlocks, deferred ones, locks taken twice or in two orders.
//
// A holding is one acquisition of a lock with all that releases it: most strategies ask
// first whether they know them all.
package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// A holding is the acquisition that a lock strategy repairs: one call that
// takes a lock, and the function around it.
type holding struct {
	facts.Acquisition
	s    *edit.Site
	pkg  *facts.Package
	mu   ast.Expr // what Lock is called on
	name string   // of the method that releases it; "" if mu is a variable whose call does
	// righted are the releases in the other mode that the fix gives the right one.
	righted []*ast.CallExpr
}

// holdingOf returns the acquisition that a match is about: its call, or a place
// where it is lost, is among the matched nodes.
func holdingOf(s *edit.Site) (*holding, error) {
	acq, ok := acquisitionOf(s)
	if !ok {
		return nil, errors.New("internal: the match names no acquisition of a lock")
	}
	return newHolding(s, acq)
}

func newHolding(s *edit.Site, acq facts.Acquisition) (*holding, error) {
	if acq.Unknown != "" {
		return nil, fmt.Errorf("it is not known what becomes of the lock: %s", acq.Unknown)
	}
	if acq.Given != nil {
		return givenHolding(s, acq)
	}
	sel, ok := ast.Unparen(acq.Call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil, errors.New("the lock is not taken by a plain call of its method")
	}
	h := &holding{Acquisition: acq, s: s, pkg: s.Match.Pkg, mu: sel.X, name: releaseOf(sel.Sel.Name)}
	if !h.pairs(sel) {
		if acq.Helper {
			return nil, fmt.Errorf("%s takes the lock, and may do more: what undoes it is not known", edit.ExprText(sel))
		}
		return nil, fmt.Errorf("%s.%s is not the method that releases what %s takes", h.text(), h.name, edit.ExprText(sel))
	}
	return h, nil
}

// givenHolding is the holding of a lock that a call of a variable releases: the
// variable has what the call that took the lock returned.
func givenHolding(s *edit.Site, acq facts.Acquisition) (*holding, error) {
	h := &holding{Acquisition: acq, s: s, pkg: s.Match.Pkg}
	for _, release := range acq.Releases {
		if id, ok := ast.Unparen(release.Fun).(*ast.Ident); ok && h.pkg.Use(id) == types.Object(acq.Given) {
			h.mu = id
			s.Downgrade(rules.Unsafe, fmt.Sprintf("%s may do more than unlock", id.Name))
			return h, nil
		}
	}
	return nil, fmt.Errorf("no call of %s is known to release the lock", acq.Given.Name())
}

// pairs reports whether the release is a method of the same type of package
// sync as the Lock: a type that embeds a mutex may have an Unlock of its own.
func (h *holding) pairs(lock *ast.SelectorExpr) bool {
	taken, ok := h.pkg.Use(lock.Sel).(*types.Func)
	if !ok {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(h.pkg.TypeOf(h.mu), true, h.pkg.Types, h.name)
	release, ok := obj.(*types.Func)
	return ok && release.Pkg() == taken.Pkg() &&
		types.Identical(release.Signature().Recv().Type(), taken.Signature().Recv().Type())
}

// releaseOf returns the method that undoes another.
func releaseOf(method string) string {
	switch method {
	case "RLock", "TryRLock":
		return "RUnlock"
	}
	return "Unlock"
}

func acquisitionOf(s *edit.Site) (facts.Acquisition, bool) {
	named, all := namedNodes(s), acquisitionsIn(s)
	for _, acq := range all {
		if named[acq.Call] {
			return acq, true
		}
	}
	for _, acq := range all {
		if slices.ContainsFunc(acq.Lost, func(l facts.Loss) bool { return named[l.At] }) {
			return acq, true
		}
	}
	return facts.Acquisition{}, false
}

// acquisitionsIn returns the acquisitions of all functions of the matched
// declaration, literals too.
func acquisitionsIn(s *edit.Site) []facts.Acquisition {
	var all []facts.Acquisition
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			all = append(all, s.Match.Pkg.Acquisitions(n)...)
		}
		return true
	})
	return all
}

// namedNodes returns the nodes that the match and its holes name, and the calls
// that are all of a named statement.
func namedNodes(s *edit.Site) map[ast.Node]bool {
	nodes := append([]ast.Node{s.Match.At}, s.Match.Nodes...)
	for _, bound := range s.Match.Bound {
		nodes = append(nodes, bound...)
	}
	named := map[ast.Node]bool{}
	for _, n := range nodes {
		named[n] = true
		switch n := n.(type) {
		case *ast.ExprStmt:
			named[n.X] = true
		case *ast.DeferStmt:
			named[n.Call] = true
		}
	}
	return named
}

// unlock builds the call that releases the lock: of its method on the text that
// Lock is called on, or of the variable that does it.
func (h *holding) unlock() *dst.CallExpr {
	if h.name == "" {
		return edit.Call(h.s.Copy(h.mu))
	}
	return edit.Call(edit.Sel(h.s.Copy(h.mu), h.name))
}

// body returns the body of the function.
func (h *holding) body() *ast.BlockStmt {
	if lit, ok := h.Func.(*ast.FuncLit); ok {
		return lit.Body
	}
	return h.Func.(*ast.FuncDecl).Body
}

// stmt returns the statement that does nothing but take the lock; nil if there
// is none, as in: if mu.TryLock() {
func (h *holding) stmt() *ast.ExprStmt {
	path := h.s.PathTo(h.Call)
	for _, n := range slices.Backward(path) {
		switch n := n.(type) {
		case *ast.ParenExpr:
		case *ast.ExprStmt:
			return n
		default:
			return nil
		}
	}
	return nil
}

// explicit returns the calls that release the lock and are not deferred, each
// with its statement, nil where it is a part of another one.
func (h *holding) explicit() map[*ast.CallExpr]*ast.ExprStmt {
	stmts := map[*ast.CallExpr]*ast.ExprStmt{}
	deferred := map[*ast.CallExpr]bool{}
	for _, d := range h.Deferred {
		ast.Inspect(d, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				deferred[c] = true
			}
			return true
		})
	}
	for _, release := range h.Releases {
		if !deferred[release] {
			path := h.s.PathTo(release)
			stmts[release], _ = path[len(path)-1].(*ast.ExprStmt)
		}
	}
	return stmts
}

// line returns the line of a node, for a sentence.
func (h *holding) line(n ast.Node) int { return h.pkg.Fset.Position(n.Pos()).Line }

// text returns the lock as the source spells it.
func (h *holding) text() string { return edit.Spelling(h.mu) }
