package memory

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// alsoBehind refuses to release the lock right behind the region where the function goes on to
// read what others change under it, by a reference that it has got in the region:
//
//	list := s.list            s.list[0].hits++ // elsewhere, under the lock
//	for i := range list {
//		n += list[i].hits
//	}
func (g *guarding) alsoBehind() error {
	return g.readsAt(func(n ast.Node) bool { return n.Pos() > g.list[g.to].End() || g.inLiteral(n) })
}

// readsAt refuses such reads at some places.
func (g *guarding) readsAt(behind func(ast.Node) bool) error {
	if g.fresh != nil {
		return nil
	}
	t := g.tracing(bodyAround(g.u.Func))
	read, write := t.readsOf(g.s, g.u.Func, behind, g.locks)
	if read == nil {
		read, write = t.readsOfCallees(g, behind)
	}
	if read == nil {
		return nil
	}
	return fmt.Errorf("line %d reads behind the unlock what line %d changes under %s", g.line(read), g.line(write), g.text)
}

// locks reports whether a function takes the lock, or is for callers that hold one.
func (g *guarding) locks(decl *ast.FuncDecl) bool {
	found := strings.HasSuffix(decl.Name.Name, "Locked")
	ast.Inspect(decl, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "Lock" {
			v := around.VariableIn(g.pkg, sel.X)
			found = found || v != nil && g.u.Guard.Lock == v
		}
		return !found
	})
	return found
}

// readsOfCallees is readsOf for the functions of the package that the function calls behind the
// region with a reference, and that take no lock themselves.
func (t *tracer) readsOfCallees(g *guarding, behind func(ast.Node) bool) (read, write ast.Node) {
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok || read != nil || !behind(c) {
			return read == nil
		}
		decl := g.pkg.Body(c)
		refs := t.passed(c)
		if decl == nil || len(refs) == 0 || around.HoldsLockCall(decl) {
			return true
		}
		inner := t.within(g.pkg, c, decl, refs)
		if _, w := inner.readsOf(g.s, decl.Body, func(ast.Node) bool { return true }, g.locks); w != nil {
			read, write = c, w
		}
		return true
	})
	return read, write
}

// within is the tracer of a function that gets references.
func (t *tracer) within(pkg *facts.Package, c *ast.CallExpr, decl *ast.FuncDecl, refs []ast.Expr) *tracer {
	inner := newTracer(pkg)
	inner.deep = t.deep + 1
	for _, ref := range refs {
		if v := t.parameter(c, decl, ref); v != nil {
			inner.locals[v] = true
		}
	}
	inner.follow(decl.Body)
	return inner
}
