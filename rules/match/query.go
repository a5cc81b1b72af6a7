package match

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/pattern"
	"github.com/lockfix/lockfix/rules/syntax"
)

// A query is what the matchers of one rule ask of one file. Its methods search
// with continuations: each calls yield for every way in which something holds,
// until yield returns false, and returns false if it did.
type query struct {
	pkg     *facts.Package
	file    *ast.File
	program *Program // nil: the package alone
	set     *Set     // what is searched for; nil: nobody knows
	err     error    // the first pattern that had too many ways to match

	changes  map[*types.Var]ast.Node          // kept by changed
	calls    map[types.Object][]*ast.CallExpr // kept by callsOf
	literals map[ast.Decl][]ast.Node          // kept by function

	last       syntax.Cursor // the node of the happenings
	anchor     []ast.Node    // that node, kept by anchorAt
	happenings []happening   // kept by occurrences
	collectors []*collector  // that are free
	frames     []*frame      // those in use come first
	depth      int           // how many are
}

type yield func(found) bool

// searches reports whether a rule is among those that are searched for.
func (q *query) searches(id string) bool { return q.set == nil || q.set.ids[id] }

// matches finds the ways in which m matches at a node, given what is bound.
func (q *query) matches(m *matcher, at syntax.Cursor, given found, yield yield) bool {
	if q.cannot(m, at) {
		return true
	}
	fr := q.enter(yield)
	fr.m = m
	goOn := q.subject(m, at, given, fr.subject)
	q.leave()
	return goOn
}

// cannot reports whether it is plain, without a search, that m matches nothing at
// a node.
func (q *query) cannot(m *matcher, at syntax.Cursor) bool {
	return m.event != nil && len(q.occurrences(m, at)) == 0 || m.pattern != nil && !m.canStart(at.Node())
}

// holds reports whether m matches where f does.
func (q *query) holds(m *matcher, f found) bool {
	none := q.matches(m, f.at, f, func(found) bool { return false })
	return !none
}

func (q *query) subject(m *matcher, at syntax.Cursor, given found, yield yield) bool {
	switch {
	case m.pattern != nil:
		return q.pattern(m, at, given, yield)
	case m.event != nil:
		return q.event(m, at, given, yield)
	case m.all != nil:
		return q.all(m.all, at, given, yield)
	case m.any != nil:
		for _, part := range m.any {
			if !q.matches(part, at, given, yield) {
				return false
			}
		}
		return true
	default:
		return yield(given) // it only narrows what matched before
	}
}

// all finds what the first part matches and the others match too.
func (q *query) all(parts []*matcher, at syntax.Cursor, given found, yield yield) bool {
	if q.cannot(parts[0], at) {
		return true // most do not, and should cost nothing
	}
	return q.matches(parts[0], at, given, func(f found) bool {
		if len(parts) == 1 {
			return yield(f)
		}
		return q.all(parts[1:], at, f, func(rest found) bool {
			rest.nodes = f.nodes // the first anchors
			return yield(rest)
		})
	})
}

func (q *query) pattern(m *matcher, at syntax.Cursor, given found, yield yield) bool {
	if !m.canStart(at.Node()) {
		return true
	}
	subject := pattern.Subject{Info: q.pkg.Info, Node: at.Node(), Parent: at.Parent().Node()}
	if m.pattern.IsRun() {
		subject.List, subject.Index = listOf(at)
		if subject.List == nil {
			return true
		}
	}
	goOn := true
	err := m.pattern.Match(subject, given.bound, func(s pattern.Solution) bool {
		goOn = yield(found{at: at, nodes: s.Nodes, bound: s.Bound, evidence: given.evidence})
		return goOn
	})
	if err != nil && q.err == nil {
		q.err = err
	}
	return goOn
}

// listOf returns the list of statements that a statement stands in, and its
// index there; nil for what stands alone, as an init statement does.
func listOf(at syntax.Cursor) ([]ast.Stmt, int) {
	stmt, ok := at.Node().(ast.Stmt)
	if !ok || isClause(stmt) {
		return nil, -1 // the body of a switch is no list of statements
	}
	var list []ast.Stmt
	switch parent := at.Parent().Node().(type) {
	case *ast.BlockStmt:
		list = parent.List
	case *ast.CaseClause:
		list = parent.Body
	case *ast.CommClause:
		list = parent.Body
	}
	if i := slices.Index(list, stmt); i >= 0 {
		return list, i
	}
	return nil, -1
}

func isClause(n ast.Node) bool {
	switch n.(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// sameNodes reports whether two holes hold the same syntax about the same objects.
func sameNodes(a, b []ast.Node, info *types.Info) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !pattern.Same(a[i], b[i], info) {
			return false
		}
	}
	return true
}
