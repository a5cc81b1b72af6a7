package channels

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A search looks for a path through one function that leaves it without doing
// something.
type search struct {
	f    *Facts
	fn   ast.Node
	flow *facts.Flow
	from ast.Node // the path must pass it first; nil: the entry
	// covered reports whether the path does it at a node, and need not be
	// followed.
	covered func(n ast.Node) bool
	// crossed is the same for an edge.
	crossed func(from *facts.Block, e facts.Edge) bool
	// leaves reports whether a way out counts; nil: normal ones.
	leaves func(*facts.Block) bool
	// until is what the path must come to instead of a way out; nil: a way out.
	until func(n ast.Node) bool
	inner bool // that is one of the function, behind which comes what is deferred
	lost  bool // there were too many states to say
}

const mostStates = 3000 // after which nothing is found

// A trail is a state of the search.
type trail struct {
	block *facts.Block
	index int
	begun bool
	known conditions
	found ast.Node // what the search is for
}

// out returns the way out of one such path, nil if there is none.
func (s *search) out() ast.Node {
	if s.flow == nil {
		return nil
	}
	first := trail{block: s.flow.Blocks[0], begun: s.from == nil}
	start, ok := facts.Point{}, true
	if s.from != nil {
		start, ok = s.flow.At(s.from)
	}
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	todo := []trail{first}
	for len(todo) > 0 {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id := t.id(); seen[id] {
			continue
		} else if seen[id] = true; len(seen) > mostStates {
			s.lost = true
			return nil
		}
		t, ok := s.through(t, start)
		if t.found != nil {
			return t.found
		}
		if !ok {
			continue
		}
		if t.begun && s.until == nil && s.exits(t.block) {
			return t.block.Way
		}
		todo = append(todo, s.next(t)...)
	}
	return nil
}

// Leads reports whether a path of a function leads from one of its nodes to
// another, or to a normal exit if that is nil, and passes nothing that a barrier
// holds back; conditions on local variables are taken into account.
func (f *Facts) Leads(fn, from, to ast.Node, barrier func(ast.Node) bool) bool {
	s := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), from: from, covered: barrier}
	if to != nil {
		at, ok := s.flow.At(to)
		if !ok {
			return true // nobody knows
		}
		target := at.Block.Nodes[at.Index]
		s.until, s.inner = func(n ast.Node) bool { return n == target }, true
	}
	return s.out() != nil || s.lost
}

func (s *search) exits(b *facts.Block) bool {
	if s.leaves != nil {
		return s.leaves(b)
	}
	return b.Exit.Normal()
}

// through goes over the nodes of a block; ok is false where the path is covered.
func (s *search) through(t trail, start facts.Point) (trail, bool) {
	for ; t.index < len(t.block.Nodes); t.index++ {
		n := t.block.Nodes[t.index]
		if t.begun && s.until != nil && s.reaches(n, &t) {
			return t, false
		}
		if !t.begun && s.from != nil && start.Block == t.block && start.Index == t.index {
			t.begun = true
		} else if s.f.endsByName(n) {
			return t, false
		} else if s.counts(n, t) && s.covers(n) {
			return t, false
		}
		t.known = s.f.learn(s.fn, s.f.forget(t.known, n), n)
	}
	return t, true
}

// counts reports whether a path can be covered at a node: one behind its start, or a
// deferred call, unless the path ends before that runs.
func (s *search) counts(n ast.Node, t trail) bool {
	if _, deferred := n.(*ast.DeferStmt); deferred {
		return !s.inner
	}
	return t.begun
}

// reaches notes the first thing that a node evaluates and the search is for.
func (s *search) reaches(n ast.Node, t *trail) bool {
	s.f.pkg.Evaluated(n, func(n ast.Node) bool {
		if t.found == nil && s.until(n) {
			t.found = n
		}
		return t.found == nil
	})
	return t.found != nil
}

// covers asks of all that a node evaluates.
func (s *search) covers(n ast.Node) (found bool) {
	s.f.pkg.Evaluated(n, func(n ast.Node) bool {
		found = found || s.covered(n)
		return !found
	})
	return found
}

// next returns the trails over the edges that can be taken.
func (s *search) next(t trail) (all []trail) {
	for _, e := range t.block.Succs {
		if t.begun && s.crossed != nil && s.crossed(t.block, e) || s.f.neverChosen(e) || s.f.neverEnds(t.block, e) || s.f.comparesNil(e) {
			continue
		}
		known, possible := s.f.assume(s.fn, t.known, e)
		if possible {
			known, possible = s.f.turns(known, t.block, e)
		}
		if possible {
			all = append(all, trail{block: e.To, begun: t.begun, known: known})
		}
	}
	return all
}

func (t trail) id() string {
	return fmt.Sprint(t.block.Index, " ", t.begun, " ", t.known.id())
}

// conditions are what is known to be true or false, by its normal text.
type conditions map[string]fact

type fact struct {
	truth bool
	vars  []*types.Var
	value constant.Value // of the variable; nil: it is a condition
}

func (c conditions) id() string {
	var parts []string
	for _, text := range slices.Sorted(maps.Keys(c)) {
		parts = append(parts, fmt.Sprint(text, c[text].truth, c[text].value))
	}
	return strings.Join(parts, ";")
}

// assume adds the condition of an edge; possible is false where it contradicts.
func (f *Facts) assume(fn ast.Node, known conditions, e facts.Edge) (_ conditions, possible bool) {
	if e.Cond == nil || e.Tag != nil {
		return known, true
	}
	if v := f.pkg.Info.Types[e.Cond].Value; v != nil {
		return known, (v.String() == "true") == e.Truth
	}
	if holds, decided := f.compares(known, e.Cond); decided {
		return known, holds == e.Truth
	}
	text, truth, vars, ok := f.normal(fn, e.Cond, e.Truth)
	if had, knows := known[text]; ok && knows {
		return known, had.truth == truth
	}
	if !ok || f.asked(fn)[text] < 2 {
		return known, true // nothing else depends on it
	}
	more := maps.Clone(known)
	if more == nil {
		more = conditions{}
	}
	more[text] = fact{truth: truth, vars: vars}
	return more, true
}

// asked counts how often the conditions of a function decide something.
func (f *Facts) asked(fn ast.Node) map[string]int {
	if n, ok := f.conds[fn]; ok {
		return n
	}
	n := map[string]int{}
	f.conds[fn] = n
	seen := map[ast.Expr]bool{}
	for _, b := range f.pkg.Flow(fn).Blocks {
		for _, e := range b.Succs {
			if e.Cond == nil || e.Tag != nil || seen[e.Cond] {
				continue
			}
			seen[e.Cond] = true
			if text, _, _, ok := f.normal(fn, e.Cond, e.Truth); ok {
				n[text]++
			}
		}
	}
	return n
}

// normal spells a condition over local variables that only the function itself
// sets, x != y as the opposite of x == y.
func (f *Facts) normal(fn ast.Node, x ast.Expr, truth bool) (text string, _ bool, vars []*types.Var, ok bool) {
	x = ast.Unparen(x)
	if not, isNot := x.(*ast.UnaryExpr); isNot && not.Op == token.NOT {
		return f.normal(fn, not.X, !truth)
	}
	vars, ok = f.plainVars(fn, x)
	if !ok || len(vars) == 0 {
		return "", false, nil, false
	}
	text = types.ExprString(x)
	if b, isBinary := x.(*ast.BinaryExpr); isBinary && b.Op == token.NEQ {
		text, truth = types.ExprString(b.X)+" == "+types.ExprString(b.Y), !truth
	}
	for _, v := range vars {
		text += fmt.Sprint(" ", v.Pos())
	}
	return text, truth, vars, true
}

// plainVars returns the variables of a condition, if it is made of nothing but
// local variables, fields of such that nothing changes, constants and comparisons.
func (f *Facts) plainVars(fn ast.Node, x ast.Expr) (vars []*types.Var, ok bool) {
	ok = true
	f.pkg.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			v, isVar := f.pkg.Use(n).(*types.Var)
			if isVar {
				vars = append(vars, v)
				ok = ok && !v.IsField() && v.Kind() != types.PackageVar && !f.setByLiterals(fn)[v]
			}
		case *ast.CallExpr:
			ok = ok && f.isBuiltin(n, "len")
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW && n.Op != token.AND
		case *ast.SelectorExpr:
			if whole := f.partOfSteady(fn, n); whole != nil {
				vars = append(vars, whole)
				return false
			}
			ok = false
		case *ast.IndexExpr, *ast.StarExpr, *ast.TypeAssertExpr, *ast.FuncLit, *ast.CompositeLit:
			ok = false
		}
		return ok
	})
	return vars, ok
}

// forget takes out what a node may make untrue.
func (f *Facts) forget(known conditions, n ast.Node) conditions {
	if len(known) == 0 {
		return known
	}
	set := f.setIn(n)
	left := known
	for text, k := range known {
		if slices.ContainsFunc(k.vars, func(v *types.Var) bool { return set[v] }) {
			if len(left) == len(known) {
				left = maps.Clone(known)
			}
			delete(left, text)
		}
	}
	return left
}

// learn adds what a variable is that a node sets to a constant, or to something that
// is not nil, where some condition asks for just that.
func (f *Facts) learn(fn ast.Node, known conditions, n ast.Node) conditions {
	if decl, ok := n.(*ast.DeclStmt); ok {
		return f.learnZeros(fn, known, decl)
	}
	assign, ok := n.(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 || assign.Tok != token.DEFINE && assign.Tok != token.ASSIGN {
		return known
	}
	v, value := f.Variable(assign.Lhs[0]), f.pkg.Info.Types[assign.Rhs[0]].Value
	if v == nil || v.IsField() || v.Kind() == types.PackageVar || f.setByLiterals(fn)[v] {
		return known
	}
	if value == nil {
		return f.learnNotNil(fn, known, v, assign.Rhs[0])
	}
	return f.learnValue(fn, known, v, value, types.ExprString(assign.Rhs[0]))
}

// learnValue adds that a variable has the value of a constant, which is spelled so.
func (f *Facts) learnValue(fn ast.Node, known conditions, v *types.Var, value constant.Value, spelled string) conditions {
	known = f.learnNumber(fn, known, v, value)
	text, truth := fmt.Sprint(v.Name(), " == ", spelled, " ", v.Pos()), true
	if value.Kind() == constant.Bool {
		text, truth = fmt.Sprint(v.Name(), " ", v.Pos()), constant.BoolVal(value)
	}
	if f.asked(fn)[text] == 0 {
		return known
	}
	return known.with(text, fact{truth: truth, vars: []*types.Var{v}})
}

// learnZeros adds that the variables of a declaration without values are false, or zero.
func (f *Facts) learnZeros(fn ast.Node, known conditions, decl *ast.DeclStmt) conditions {
	for _, spec := range decl.Decl.(*ast.GenDecl).Specs {
		spec, ok := spec.(*ast.ValueSpec)
		if !ok || len(spec.Values) > 0 {
			continue
		}
		for _, id := range spec.Names {
			v, ok := f.pkg.Def(id).(*types.Var)
			if !ok || f.setByLiterals(fn)[v] {
				continue
			}
			switch basic, _ := v.Type().Underlying().(*types.Basic); {
			case basic == nil:
			case basic.Info()&types.IsBoolean != 0:
				known = f.learnValue(fn, known, v, constant.MakeBool(false), "false")
			case basic.Info()&types.IsInteger != 0:
				known = f.learnValue(fn, known, v, constant.MakeInt64(0), "0")
			}
		}
	}
	return known
}

// setIn returns the variables that a flow node sets, declares anew, or takes the address of.
func (f *Facts) setIn(n ast.Node) map[*types.Var]bool {
	set := map[*types.Var]bool{}
	note := func(x ast.Expr) {
		if v := f.Variable(x); v != nil {
			set[v] = true
		}
	}
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		eachSet(n, note)
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, id := range n.Names {
				note(id)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				note(n.X)
			}
		}
		return true
	})
	return set
}

// eachSet visits what a statement itself sets.
func eachSet(n ast.Node, visit func(ast.Expr)) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, x := range n.Lhs {
			visit(x)
		}
	case *ast.IncDecStmt:
		visit(n.X)
	case *ast.RangeStmt:
		for _, x := range []ast.Expr{n.Key, n.Value} {
			if x != nil {
				visit(x)
			}
		}
	}
}

// setByLiterals returns the variables that literals within a function set.
func (f *Facts) setByLiterals(fn ast.Node) map[*types.Var]bool {
	if set, ok := f.written[fn]; ok {
		return set
	}
	set := map[*types.Var]bool{}
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if !ok || n == fn {
			return true
		}
		f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
			if st, ok := n.(ast.Stmt); ok {
				maps.Copy(set, f.setDirectly(st))
			}
			return true
		})
		return false
	})
	f.written[fn] = set
	return set
}

// setDirectly is setIn for the statements that set something themselves.
func (f *Facts) setDirectly(st ast.Stmt) map[*types.Var]bool {
	switch st.(type) {
	case *ast.AssignStmt, *ast.IncDecStmt, *ast.RangeStmt, *ast.DeclStmt, *ast.ExprStmt:
		return f.setIn(st)
	}
	return nil
}
