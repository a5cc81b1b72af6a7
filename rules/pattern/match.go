package pattern

import (
	"errors"
	"go/ast"
	"go/types"
	"slices"
)

// A Subject is the place that a pattern is matched against.
type Subject struct {
	Info   *types.Info // nil: names are compared as text
	Node   ast.Node    // where an expression, declaration or single statement would stand
	Parent ast.Node    // the node around Node
	List   []ast.Stmt  // where a run of statements would stand: in List,
	Index  int         // from Index on
}

// A Solution is one way in which a pattern matches.
type Solution struct {
	Nodes []ast.Node // the node, or the statements of the run
	Bound Bindings   // the holes, those given included
}

// ErrTooMany says that a pattern has more ways to match at one place than are
// worth trying: write it with fewer lists.
var ErrTooMany = errors.New("the pattern has too many ways to match here: write it with fewer $* lists")

// budget bounds the steps of one Match. Three gaps over a block of 200
// statements need about a million.
const budget = 4_000_000

// Match calls yield for every way in which p matches at the subject, the ones
// with shorter gaps first, until it returns false. Holes that are bound in
// given must match the same things. The error is [ErrTooMany].
func (p *Pattern) Match(at Subject, given Bindings, yield func(Solution) bool) error {
	if !p.standsAt(at) || !p.IsRun() && !p.couldBe(p.nodes[0], at.Node) {
		return nil
	}
	s := &solver{pattern: p, info: at.Info, bound: slices.Clip(given), budget: budget}
	if p.IsRun() {
		p.matchRun(s, at, yield)
	} else {
		s.found = func() bool {
			return yield(Solution{Nodes: []ast.Node{at.Node}, Bound: slices.Clone(s.bound)})
		}
		s.solve(&goal{want: p.nodes[0], got: at.Node})
	}
	if s.budget < 0 {
		return ErrTooMany
	}
	return nil
}

// standsAt reports whether the subject is a place of its own for p.
func (p *Pattern) standsAt(at Subject) bool {
	if _, ok := at.Node.(*ast.ParenExpr); ok {
		return false // what it holds is a place
	}
	if _, ok := at.Node.(ast.Expr); p.kind == Expr && !ok {
		return false
	}
	switch parent := at.Parent.(type) {
	case *ast.SelectorExpr:
		return at.Node != parent.Sel // f of x.f is no expression
	case *ast.GenDecl:
		return p.tok == 0 || p.tok == parent.Tok
	}
	return true
}

// IsRun reports whether p matches several statements, so that a [Subject] needs a List.
func (p *Pattern) IsRun() bool { return len(p.nodes) > 1 }

func (p *Pattern) matchRun(s *solver, at Subject, yield func(Solution) bool) {
	if p.isGap(p.nodes[0]) && at.Index > 0 {
		return // a gap at the start reaches back to the start of the list
	}
	list := nodes(at.List[at.Index:])
	s.found = func() bool {
		run := list[:len(list)-s.left]
		return yield(Solution{Nodes: run, Bound: slices.Clone(s.bound)})
	}
	s.solve(&goal{isList: true, wants: p.nodes, gots: list, open: true})
}

// Same reports whether a and b are the same syntax, redundant parentheses and
// layout aside, and where info is not nil, every name in them denotes the same
// object. It does not ask whether evaluating them twice gives the same value.
func Same(a, b ast.Node, info *types.Info) bool {
	same := false
	s := &solver{info: info, budget: budget, exact: &exact{a, b}}
	s.found = func() bool { same = true; return false }
	s.solve(&goal{want: a, got: b})
	return same
}

func sameLists(a, b []ast.Node, info *types.Info) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Same(a[i], b[i], info) {
			return false
		}
	}
	return true
}
