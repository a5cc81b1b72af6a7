package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// bySite returns what is held at an access for each caller of its function,
// where callers differ; nothing where some caller is not known.
func (f *Facts) bySite(a *Access) (each []context) {
	if a.fn.obj == nil || a.fn.public || a.fn.valued || a.fn.says() {
		return nil
	}
	own := f.lockset(f.pkg.LocksAt(a.fn.node, a.Expr).Held)
	for _, s := range f.realSites(a.fn) {
		entry := f.atSite(a.fn, s)
		if !entry.known {
			return nil
		}
		if s.in != nil && f.prepares(s.in.outermost()) {
			continue
		}
		entry.locks = entry.locks.with(own)
		each = append(each, entry)
	}
	return each
}

// bareCall returns the call of an access's function by an exported method of the
// same object that holds no lock and has held none, where the other callers hold
// the guard.
func (f *Facts) bareCall(a *Access, g *Guard) (bare *ast.CallExpr) {
	if len(f.bySite(a)) < 2 || f.obeys(a.fn) || len(f.pkg.Acquisitions(a.fn.node)) > 0 || !f.ofReceiver(Unguarded{Access: a, Guard: g}) {
		return nil
	}
	holding := 0
	for _, s := range f.realSites(a.fn) {
		entry := f.atSite(a.fn, s)
		if _, held := entry.locks[g.Lock]; held {
			holding++
			continue
		}
		if f.callsBare(s, a, g) {
			bare = s.call
		}
	}
	if holding == 0 {
		return nil
	}
	return bare
}

// callsBare reports whether a site is in an exported method that calls another
// one of its own object, and nothing says that it need not hold the lock.
func (f *Facts) callsBare(s site, a *Access, g *Guard) bool {
	m := s.in
	if m == nil || s.runs != inPlace || m.obj == nil || !m.public || m.test || f.prepares(m) || m.byContract() || endName.MatchString(m.name()) || setterName.MatchString(m.name()) || fillName.MatchString(m.name()) || !f.quiet(m, s.call) {
		return false
	}
	if f.takesHere(m, g.Lock, func(at ast.Node) bool { return at.Pos() < s.call.Pos() }) || f.startsBehind(m, s.call) {
		return false
	}
	sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
	if !ok || m.obj.Signature().Recv() == nil || !f.isVariable(sel.X, m.obj.Signature().Recv()) {
		return false
	}
	return !f.excusedIn(m, f.line(s.call.Pos()), false)
}

// fillName is of methods that fill an object before others use it, mostly.
var fillName = lazyregexp.New(`^(Load|Replay|Import|Recover|Rebuild|Read|Parse|Populate|Hydrate)`)

// startsBehind reports whether a function starts goroutines behind a node.
func (f *Facts) startsBehind(fn *function, at ast.Node) bool {
	return slices.ContainsFunc(f.startsIn(fn), func(start ast.Node) bool { return f.before(fn, at, start) })
}

// obeys reports whether a function does one thing or another as a parameter says:
// then not every call makes every access.
func (f *Facts) obeys(fn *function) bool {
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			found = found || f.mentionsParameter(n.Cond)
		case *ast.SwitchStmt:
			found = found || n.Tag != nil && f.mentionsParameter(n.Tag)
		case *ast.CaseClause:
			for _, e := range n.List {
				found = found || f.mentionsParameter(e)
			}
		}
		return !found
	})
	return found
}

func (f *Facts) mentionsParameter(e ast.Expr) bool {
	found := false
	f.pkg.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, isVar := f.pkg.Use(id).(*types.Var)
			found = found || isVar && v.Kind() == types.ParamVar
		}
		return !found
	})
	return found
}
