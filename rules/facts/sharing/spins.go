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
			return loop
		}
	}
	return nil
}

// heldIn reports whether a lock is held wherever a loop turns.
func (f *Facts) heldIn(fn *function, loop ast.Node, lock types.Object) bool {
	some := false
	for _, block := range f.pkg.Flow(fn.node).Blocks {
		if len(block.Nodes) == 0 || !inside(loop, block) || !comesBack(loop, block) {
			continue
		}
		for _, n := range block.Nodes {
			if _, held := f.stateAt(fn, n).locks[lock]; !held || f.waitsOnCond(n) {
				return false
			}
			some = true
		}
	}
	return some
}

// inside reports whether all nodes of a block stand in a loop.
func inside(loop ast.Node, block *facts.Block) bool {
	return !slices.ContainsFunc(block.Nodes, func(n ast.Node) bool { return !within(loop, n) })
}

// comesBack reports whether a loop comes back to a block of it.
func comesBack(loop ast.Node, block *facts.Block) bool {
	seen := map[*facts.Block]bool{}
	todo := []*facts.Block{block}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, edge := range at.Succs {
			if edge.To == block {
				return true
			}
			if !seen[edge.To] && inside(loop, edge.To) {
				seen[edge.To] = true
				todo = append(todo, edge.To)
			}
		}
	}
	return false
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

// SpinIn returns a loop in code of this package that spins.
func (f *Facts) SpinIn(n ast.Node) (found ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.ForStmt:
			if found == nil && f.spinsIn(n) {
				found = n
			}
		case *ast.CallExpr:
			if callee := f.decls[originOf(f.pkg.Callee(n))]; found == nil && callee != nil && f.maySpin(callee) {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// spinsOf returns the loops of a function, literals aside, that spin.
func (f *Facts) spinsOf(fn *function) (loops []*ast.ForStmt) {
	if known, ok := f.spinning[fn]; ok {
		return known
	}
	defer func() { f.spinning[fn] = loops }()
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if loop, ok := n.(*ast.ForStmt); ok && f.spinsIn(loop) {
			loops = append(loops, loop)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return loops
}

// spinsIn reports whether a loop goes on until somebody else does something: each of its exits
// asks for what others change, and the loop does not.
func (f *Facts) spinsIn(loop *ast.ForStmt) bool {
	s := spin{f: f, loop: loop, changed: map[types.Object]bool{}, values: map[types.Object][]ast.Expr{}, seen: map[types.Object]bool{}}
	s.changes(loop, map[*function]bool{})
	exits := exitsOf(loop)
	return len(exits) > 0 && !slices.ContainsFunc(exits, func(needs []ast.Node) bool { return !slices.ContainsFunc(needs, s.hangsOnOthers) })
}

// A spin is a loop of which is asked whether it spins.
type spin struct {
	f       *Facts
	loop    *ast.ForStmt
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
func (s *spin) isCase(recv ast.Expr) (found bool) {
	ast.Inspect(s.loop, func(n ast.Node) bool {
		if c, ok := n.(*ast.CommClause); ok && c.Comm != nil && within(c.Comm, recv) {
			found = waysOut(c.Body)
		}
		return !found
	})
	return found
}

// waysOut reports whether statements of a case hold a way out of the loop.
func waysOut(list []ast.Stmt) bool {
	w := exitWalk{continues: true}
	w.list(list, nil)
	return len(w.exits) > 0
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
	ast.Inspect(s.loop.Body, func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok && (within(test.Body, st) || test.Else != nil && within(test.Else, st)) {
			all = append(all, test.Cond)
		}
		return n == nil || within(n, st)
	})
	return all
}

// localVar returns the local variable that an expression is, or nil.
func (f *Facts) localVar(e ast.Expr) types.Object {
	if id, ok := ast.Unparen(e).(*ast.Ident); ok {
		if v := f.pkg.Info.ObjectOf(id); v != nil && isLocal(v) {
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
		s.changed[s.f.pkg.Info.ObjectOf(e)] = true
	case *ast.SelectorExpr:
		s.changed[s.f.pkg.Info.ObjectOf(e.Sel)] = true
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
	if s.f.pkg.Info.Types[c.Fun].IsType() {
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

// hangsOnOthers reports whether a condition, or what a case waits for, asks for what others
// change and the loop does not.
func (s *spin) hangsOnOthers(n ast.Node) bool {
	asks, moves := s.hangs(n, map[*function]bool{})
	return asks && !moves
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
	if s.f.pkg.Info.Types[c.Fun].IsType() || s.f.pkg.Info.Types[c.Fun].IsBuiltin() {
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
	v, ok := s.f.pkg.Info.Uses[id].(*types.Var)
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

// exitsOf returns for each way out of a loop all that has to hold for it.
func exitsOf(loop *ast.ForStmt) [][]ast.Node {
	w := exitWalk{breaks: true, continues: true}
	if loop.Cond != nil {
		for _, part := range operands(loop.Cond, token.LOR) {
			w.needs = append(w.needs, part)
		}
		w.exits, w.needs = append(w.exits, w.needs), nil
	}
	w.list(loop.Body.List, nil)
	return w.exits
}

// operands are the parts of a chain of && or ||.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == op {
		return append(operands(b.X, op), operands(b.Y, op)...)
	}
	return []ast.Expr{e}
}

// An exitWalk looks for the ways out of a loop.
type exitWalk struct {
	breaks    bool       // a break without a label is a way out
	continues bool       // a continue without a label begins the next turn
	needs     []ast.Node // that held where a continue was passed
	exits     [][]ast.Node
}

// list walks statements that run where what is needed holds.
func (w *exitWalk) list(list []ast.Stmt, needs []ast.Node) {
	for _, st := range list {
		w.statement(st, needs)
	}
}

func (w *exitWalk) statement(st ast.Stmt, needs []ast.Node) {
	switch st := st.(type) {
	case *ast.BlockStmt:
		w.list(st.List, needs)
	case *ast.LabeledStmt:
		w.statement(st.Stmt, needs)
	case *ast.IfStmt:
		w.branch(st, needs)
	case *ast.ForStmt:
		if st.Cond != nil {
			needs = append(slices.Clip(needs), st.Cond)
		}
		w.inner(st.Body.List, needs, false)
	case *ast.RangeStmt:
		w.inner(st.Body.List, needs, false)
	case *ast.SwitchStmt:
		w.clauses(st.Body, needs, st.Tag)
	case *ast.TypeSwitchStmt:
		w.clauses(st.Body, needs, nil)
	case *ast.SelectStmt:
		w.clauses(st.Body, needs, nil)
	case *ast.ReturnStmt:
		w.exit(needs)
	case *ast.BranchStmt:
		w.jump(st, needs)
	}
}

func (w *exitWalk) branch(st *ast.IfStmt, needs []ast.Node) {
	inside := slices.Clip(needs)
	for _, part := range operands(st.Cond, token.LAND) {
		inside = append(inside, part)
	}
	w.list(st.Body.List, inside)
	if st.Else != nil {
		w.statement(st.Else, append(slices.Clip(needs), st.Cond))
	}
}

// inner walks an inner loop or a clause, whose own breaks are no way out.
func (w *exitWalk) inner(list []ast.Stmt, needs []ast.Node, continues bool) {
	in := exitWalk{continues: continues && w.continues, needs: w.needs}
	in.list(list, needs)
	w.exits, w.needs = append(w.exits, in.exits...), in.needs
}

func (w *exitWalk) clauses(body *ast.BlockStmt, needs []ast.Node, tag ast.Expr) {
	if tag != nil {
		needs = append(slices.Clip(needs), tag)
	}
	for _, clause := range body.List {
		switch c := clause.(type) {
		case *ast.CaseClause:
			w.inner(c.Body, append(slices.Clip(needs), asked(c.List)...), true)
		case *ast.CommClause:
			w.inner(c.Body, append(slices.Clip(needs), comms(body, c)...), true)
		}
	}
}

func asked(list []ast.Expr) (all []ast.Node) {
	for _, e := range list {
		all = append(all, e)
	}
	return all
}

// comms is what a clause of a select waits for; the default asks for all of the others.
func comms(body *ast.BlockStmt, c *ast.CommClause) (all []ast.Node) {
	if c.Comm != nil {
		return []ast.Node{c.Comm}
	}
	for _, other := range body.List {
		if comm := other.(*ast.CommClause).Comm; comm != nil {
			all = append(all, comm)
		}
	}
	return all
}

func (w *exitWalk) jump(st *ast.BranchStmt, needs []ast.Node) {
	switch {
	case st.Tok == token.BREAK && (w.breaks || st.Label != nil), st.Tok == token.GOTO:
		w.exit(needs)
	case st.Tok == token.CONTINUE && (w.continues || st.Label != nil):
		w.needs = append(slices.Clip(w.needs), needs...)
	}
}

func (w *exitWalk) exit(needs []ast.Node) {
	w.exits = append(w.exits, append(slices.Clip(w.needs), needs...))
}
