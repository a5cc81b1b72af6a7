package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// spinsUnder returns a loop that a function spins in with a lock held, or a call of a function
// that spins.
//
//	s.mu.Lock()
//	for !s.ready.Load() { runtime.Gosched() }
func (f *Facts) spinsUnder(fn *function, lock types.Object) ast.Node {
	for _, loop := range f.spinsOf(fn) {
		if f.heldIn(fn, loop, lock) {
			return loop.at
		}
	}
	return nil
}

// heldIn reports whether a lock is held wherever a loop turns.
func (f *Facts) heldIn(fn *function, l *loop, lock types.Object) bool {
	some := false
	for _, n := range l.nodes() {
		if _, held := f.stateAt(fn, n).locks[lock]; !held || f.waitsOnCond(n) {
			return false
		}
		some = true
	}
	return some
}

// callsSpin reports whether a node calls a function of the package that spins.
func (f *Facts) callsSpin(n ast.Node) (found bool) {
	if _, started := n.(*ast.GoStmt); started {
		return false
	}
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			callee := f.decls[originOf(f.pkg.Callee(c))]
			found = found || callee != nil && f.maySpin(callee)
		}
		return !found
	})
	return found
}

// maySpin reports whether a function, or one that it calls, spins.
func (f *Facts) maySpin(fn *function) bool {
	if fn.spinning != unasked {
		return fn.spinning == yes
	}
	fn.spinning = no // in recursion
	if len(f.spinsOf(fn)) > 0 {
		fn.spinning = yes
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			if callee := f.decls[originOf(f.pkg.Callee(n))]; fn.spinning == no && callee != nil && f.maySpin(callee) {
				fn.spinning = yes
			}
		}
		return fn.spinning == no
	})
	return fn.spinning == yes
}

// SpinIn returns a loop in code of this package that spins, or a call of a function that does.
func (f *Facts) SpinIn(n ast.Node) (found ast.Node) {
	for _, fn := range f.order {
		if within(fn.node, n) || within(n, fn.node) {
			for _, l := range f.spinsOf(fn) {
				if found == nil && within(n, l.at) && !startedIn(n, l.at) {
					found = l.at
				}
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if _, started := n.(*ast.GoStmt); started {
			return false
		}
		if c, ok := n.(*ast.CallExpr); ok && found == nil {
			if callee := f.decls[originOf(f.pkg.Callee(c))]; callee != nil && f.maySpin(callee) {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// startedIn reports whether a part of a node runs in a goroutine that the node starts.
func startedIn(n, part ast.Node) (started bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		g, ok := n.(*ast.GoStmt)
		started = started || ok && within(g, part)
		return !started
	})
	return started
}

// spinsOf returns the loops of a function, literals aside, that spin.
func (f *Facts) spinsOf(fn *function) (loops []*loop) {
	if known, ok := f.spinning[fn]; ok {
		return known
	}
	f.spinning[fn] = nil // in recursion
	for _, l := range loopsOf(f.pkg.Flow(fn.node)) {
		if f.spinsIn(l) {
			loops = append(loops, l)
		}
	}
	f.spinning[fn] = loops
	return loops
}

// spinsIn reports whether a loop goes on until somebody else does something: while what it asks
// of others stays as it is, no way leads out of it.
func (f *Facts) spinsIn(l *loop) bool {
	s := spin{f: f, loop: l, changed: map[types.Object]bool{}, values: map[types.Object][]ast.Expr{}, seen: map[types.Object]bool{}}
	for _, n := range l.nodes() {
		s.changes(n, map[*function]bool{})
	}
	return s.turnsForEver()
}

// A spin is a loop of which is asked whether it spins.
type spin struct {
	f       *Facts
	loop    *loop
	changed map[types.Object]bool       // by what the loop does
	values  map[types.Object][]ast.Expr // of local variables that the loop only assigns
	seen    map[types.Object]bool       // local variables on the way
}

// changes notes what the loop, or a function that it calls, changes.
func (s *spin) changes(n ast.Node, seen map[*function]bool) {
	s.f.pkg.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			s.assigned(n)
		case *ast.IncDecStmt:
			s.change(n.X)
		case *ast.SendStmt:
			s.change(n.Chan)
		case *ast.UnaryExpr:
			if n.Op == token.AND || n.Op == token.ARROW && !s.isCase(n) {
				s.change(n.X)
			}
		case *ast.CallExpr:
			if s.f.asksOthers(n) {
				return false
			}
			s.called(n, seen)
		}
		return true
	})
}

// isCase reports whether a receive is the case of a select by which the loop is left: that asks.
func (s *spin) isCase(recv ast.Expr) bool {
	return slices.ContainsFunc(s.loop.cases(), func(e facts.Edge) bool {
		c := e.Case.(*ast.CommClause)
		return c.Comm != nil && within(c.Comm, recv) && s.loop.leftFrom(e.To, c)
	})
}

func (s *spin) assigned(n *ast.AssignStmt) {
	for i, lhs := range n.Lhs {
		v := s.f.localVar(lhs)
		if v == nil || n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
			s.change(lhs)
			continue
		}
		rhs, because := n.Rhs[min(i, len(n.Rhs)-1)], s.conditions(n)
		if s.f.pkg.Info.Types[rhs].Value != nil && len(because) == 0 && n.Tok == token.ASSIGN {
			s.change(lhs)
		}
		s.values[v] = append(append(s.values[v], rhs), because...)
	}
}

// conditions are those of the loop on which a statement hangs.
func (s *spin) conditions(st ast.Stmt) (all []ast.Expr) {
	ast.Inspect(s.loop.fn, func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok && s.loop.holds(test.Cond) && (within(test.Body, st) || test.Else != nil && within(test.Else, st)) {
			all = append(all, test.Cond)
		}
		return n == nil || within(n, st)
	})
	return all
}

// localVar returns the local variable that an expression is, or nil.
func (f *Facts) localVar(e ast.Expr) types.Object {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		if v := f.pkg.ObjectOf(id); v != nil && isLocal(v) {
			return v
		}
	}
	return nil
}

func isLocal(v types.Object) bool {
	x, ok := v.(*types.Var)
	return ok && !x.IsField() && (x.Pkg() == nil || x.Parent() != x.Pkg().Scope())
}

// change notes the variables that an expression goes by.
func (s *spin) change(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		s.changed[s.f.pkg.ObjectOf(e)] = true
	case *ast.SelectorExpr:
		s.changed[s.f.pkg.ObjectOf(e.Sel)] = true
	case *ast.IndexExpr:
		s.change(e.X)
	case *ast.StarExpr:
		s.change(e.X)
	case *ast.SliceExpr:
		s.change(e.X)
	}
}

// called notes what a call changes: what a function of the package does, what another one gets.
func (s *spin) called(c *ast.CallExpr, seen map[*function]bool) {
	if s.f.pkg.IsType(c.Fun) {
		return
	}
	if b, ok := s.f.pkg.Callee(c).(*types.Builtin); ok && (b.Name() == "len" || b.Name() == "cap") {
		return
	}
	if callee := s.f.decls[originOf(s.f.pkg.Callee(c))]; callee != nil {
		if !seen[callee] {
			seen[callee] = true
			s.changes(callee.body(), seen)
		}
		return
	}
	if sel, ok := ast.Unparen(c.Fun).(*ast.SelectorExpr); ok && s.f.pkg.Info.Selections[sel] != nil {
		s.change(sel.X)
	}
	for _, arg := range c.Args {
		if _, plain := s.f.typeOf(arg).(*types.Basic); !plain {
			s.change(arg)
		}
	}
}

// asksOthers reports whether a call asks for what others do, and does nothing itself: it loads an
// atomic, swaps it from a state that others bring about, tries a lock, looks at a context or a clock.
func (f *Facts) asksOthers(c *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(c).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() + "." + fn.Name() {
	case "sync.TryLock", "sync.TryRLock", "context.Err":
		return true
	}
	if path := fn.Pkg().Path(); path == "time" {
		return true
	} else if path != "sync/atomic" && path != "sync" || len(fn.Name()) < 4 {
		return false
	}
	fixed := func(i int) bool { return i >= 0 && i < len(c.Args) && f.pkg.Info.Types[c.Args[i]].Value != nil }
	switch fn.Name()[:4] {
	case "Load":
		return true
	case "Comp":
		return fixed(len(c.Args) - 2)
	case "Swap":
		return fixed(len(c.Args) - 1)
	}
	return false
}

func (s *spin) hangs(n ast.Node, in map[*function]bool) (asks, moves bool) {
	s.f.pkg.Inspect(n, func(n ast.Node) bool {
		a, m := false, false
		switch n := n.(type) {
		case *ast.FuncLit:
			m = true
		case *ast.UnaryExpr:
			a = n.Op == token.ARROW
		case *ast.SendStmt, *ast.StarExpr:
			a = true
		case *ast.CallExpr:
			a, m = s.hangsOnCall(n, in)
		case *ast.Ident:
			a, m = s.hangsOn(n, in)
		}
		asks, moves = asks || a, moves || m
		return !moves
	})
	return asks, moves
}

// hangsOnCall asks of a call; what nobody knows is taken for one that changes its answer.
func (s *spin) hangsOnCall(c *ast.CallExpr, in map[*function]bool) (asks, moves bool) {
	if s.f.asksOthers(c) {
		return true, false
	}
	if s.f.pkg.IsType(c.Fun) || s.f.pkg.Info.Types[c.Fun].IsBuiltin() {
		return false, false
	}
	callee := s.f.decls[originOf(s.f.pkg.Callee(c))]
	if callee == nil {
		fn, ok := s.f.pkg.Callee(c).(*types.Func)
		return false, !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" // its Lock and Unlock change nothing
	}
	if in[callee] {
		return false, false
	}
	in[callee] = true
	return s.hangs(callee.body(), in)
}

func (s *spin) hangsOn(id *ast.Ident, in map[*function]bool) (asks, moves bool) {
	v, ok := s.f.pkg.Use(id).(*types.Var)
	if !ok {
		return false, false
	}
	if s.changed[v] || s.changed[v.Origin()] {
		return false, true
	}
	if !isLocal(v) {
		return true, false
	}
	if s.seen[v] {
		return false, true // its value comes of itself: p = p.next
	}
	s.seen[v] = true
	defer delete(s.seen, v)
	for _, value := range s.values[v] {
		a, m := s.hangs(value, in)
		asks, moves = asks || a, moves || m
	}
	_, isChan := v.Type().Underlying().(*types.Chan)
	return asks || isChan || s.f.shared[v], moves
}
