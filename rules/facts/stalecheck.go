package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A StaleCheck is a check-then-act in two critical sections of one lock: what the
// first read may not be true any more when the second acts on it, since others
// come in between.
type StaleCheck struct {
	First, Second Acquisition
	Read          ast.Stmt // of the first section: v, ok := c.m[k]
	Guarded       ast.Expr // what is read there, and written in the second section: c.m[k]
	// Test decides on what was read whether the second section runs; nil where
	// what is written is made of it.
	Test  *ast.IfStmt
	Write ast.Stmt
}

// StaleChecks returns those of fn, in source order. The second section does not
// look again at what it writes, nor call anything that could, before it writes.
// What a map remembers of a plain value is left out: who comes second stores the
// same once more.
func (p *Package) StaleChecks(fn ast.Node) []StaleCheck {
	acqs := p.Acquisitions(fn)
	if len(acqs) < 2 || p.RunsAlone(fn) {
		return nil
	}
	var found []StaleCheck
	for _, first := range acqs {
		for _, second := range acqs {
			if !comesAfter(first, second) {
				continue
			}
			s := staleSearch{p: p, fn: fn, first: first, second: second}
			if check, ok := s.find(); ok {
				found = append(found, check)
			}
		}
	}
	return found
}

// comesAfter reports whether two acquisitions are of one lock, one after the
// other, each at one place, the second to write.
func comesAfter(first, second Acquisition) bool {
	return first.Lock == second.Lock && first.Call.End() < second.Call.Pos() && !second.Read &&
		first.Unknown == "" && second.Unknown == "" && len(first.Deferred) == 0 && len(first.Releases) > 0 &&
		!slices.ContainsFunc(first.Releases, func(r *ast.CallExpr) bool { return r.Pos() > second.Call.Pos() })
}

// RunsAlone reports whether a function seems to be one goroutine's: a go
// statement starts it, or it loops for ever. It may be the only one that writes.
func (p *Package) RunsAlone(fn ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return true // a literal: who knows
	}
	alone := false
	p.Inspect(decl.Body, func(n ast.Node) bool {
		loop, ok := n.(*ast.ForStmt)
		alone = alone || ok && loop.Cond == nil
		return !alone
	})
	return alone || p.startedFuncs()[p.Def(decl.Name)]
}

type startedKey struct{}

// startedFuncs holds the functions that go statements of the package start.
func (p *Package) startedFuncs() map[types.Object]bool {
	return p.Keep(startedKey{}, func() any {
		started := map[types.Object]bool{}
		for _, file := range p.Files {
			p.Inspect(file, func(n ast.Node) bool {
				if stmt, ok := n.(*ast.GoStmt); ok {
					if fn := p.callee(stmt.Call); fn != nil {
						started[fn] = true
					}
				}
				return true
			})
		}
		return started
	}).(map[types.Object]bool)
}

// A staleSearch looks for a check in one section and the act in another.
type staleSearch struct {
	p             *Package
	fn            ast.Node
	first, second Acquisition
}

func (s *staleSearch) find() (StaleCheck, bool) {
	var found StaleCheck
	ok := false
	s.each(s.first, func(read ast.Stmt) {
		assign, isAssign := read.(*ast.AssignStmt)
		if ok || !isAssign {
			return
		}
		locals := s.locals(assign)
		for _, guarded := range s.guardedIn(assign.Rhs) {
			if ok = len(locals) > 0 && s.acts(&found, guarded, s.derived(locals)); ok {
				found.First, found.Second, found.Read, found.Guarded = s.first, s.second, read, guarded
				return
			}
		}
	})
	return found, ok
}

// each calls visit with the statements of the function at which it holds an
// acquisition, in source order.
func (s *staleSearch) each(acq Acquisition, visit func(ast.Stmt)) {
	flow := s.p.Flow(s.fn)
	s.p.Inspect(bodyOf(s.fn), func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		stmt, ok := n.(ast.Stmt)
		if !ok || n.Pos() < acq.Call.End() {
			return true
		}
		if _, evaluated := flow.At(stmt); !evaluated {
			return true
		}
		held, _ := s.p.Held(s.fn, stmt)
		if slices.ContainsFunc(held, func(h Holding) bool { return slices.Contains(h.By, acq.Call) }) {
			visit(stmt)
		}
		return true
	})
}

// locals returns the local variables that an assignment defines.
func (s *staleSearch) locals(assign *ast.AssignStmt) map[types.Object]bool {
	locals := map[types.Object]bool{}
	for _, lhs := range assign.Lhs {
		if id, ok := lhs.(*ast.Ident); ok && id.Name != "_" {
			if v, ok := s.p.ObjectOf(id).(*types.Var); ok && v.Parent() != s.p.Types.Scope() {
				locals[v] = true
			}
		}
	}
	return locals
}

// derived adds the variables whose values are made of others, between the two sections.
func (s *staleSearch) derived(from map[types.Object]bool) map[types.Object]bool {
	s.p.Inspect(bodyOf(s.fn), func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if ok && assign.End() <= s.second.Call.Pos() && assign.Pos() > s.first.Call.End() {
			for _, rhs := range assign.Rhs {
				if s.mentions(rhs, from) {
					for v := range s.locals(assign) {
						from[v] = true
					}
				}
			}
		}
		return true
	})
	return from
}

// unchanged returns the variables that are not assigned between the first section
// and a statement, but where they got what was read.
func (s *staleSearch) unchanged(vars map[types.Object]bool, until ast.Stmt) map[types.Object]bool {
	count := map[types.Object]int{}
	s.p.Inspect(bodyOf(s.fn), func(n ast.Node) bool {
		if assign, ok := n.(*ast.AssignStmt); ok && assign.Pos() > s.first.Call.End() && assign.End() <= until.Pos() {
			for v := range s.locals(assign) {
				count[v]++
			}
		}
		return true
	})
	kept := map[types.Object]bool{}
	for v := range vars {
		if count[v] == 1 {
			kept[v] = true
		}
	}
	return kept
}

func (s *staleSearch) mentions(n ast.Node, vars map[types.Object]bool) bool {
	found := false
	s.p.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = found || vars[s.p.Use(id)]
		}
		return !found
	})
	return found
}

// guardedIn returns what expressions read through the owner of the lock: fields,
// elements of such maps.
func (s *staleSearch) guardedIn(exprs []ast.Expr) []ast.Expr {
	var found []ast.Expr
	for _, e := range exprs {
		s.p.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CallExpr:
				return s.p.Info.Types[n.Fun].IsBuiltin() // what it reads is not what it returns
			case *ast.IndexExpr:
				if s.field(n.X) != nil && s.isMap(n.X) {
					found = append(found, n)
					return false
				}
			case *ast.SelectorExpr:
				if s.field(n) != nil {
					found = append(found, n)
					return false
				}
			}
			return true
		})
	}
	return found
}

// field returns the field that an expression selects on the owner of the lock, or an element
// of which it is.
func (s *staleSearch) field(e ast.Expr) *types.Var {
	e = ast.Unparen(e)
	for {
		part, ok := e.(*ast.IndexExpr)
		if !ok {
			break
		}
		e = ast.Unparen(part.X)
	}
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	selection := s.p.Info.Selections[sel]
	if !ok || selection == nil || selection.Kind() != types.FieldVal || s.p.Use(id) != s.owner() {
		return nil
	}
	v, _ := selection.Obj().(*types.Var)
	return v
}

// owner returns the variable to which the lock belongs: what its path begins with, or what a
// local pointer to it was made of.
//
//	mu := &s.locks[i]
func (s *staleSearch) owner() types.Object {
	root, ok := s.first.Lock.Root.(*types.Var)
	if !ok || root.Kind() != types.LocalVar || s.first.Lock.Path != "" {
		return s.first.Lock.Root
	}
	owner := types.Object(root)
	s.p.Inspect(bodyOf(s.fn), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != len(set.Rhs) {
			return true
		}
		for i, lhs := range set.Lhs {
			if id, ok := lhs.(*ast.Ident); ok && s.p.Def(id) == root {
				if base := addressedRoot(set.Rhs[i]); base != nil {
					owner = s.p.Use(base)
				}
			}
		}
		return true
	})
	return owner
}

// addressedRoot returns the name with which a path begins of which the address is taken.
func addressedRoot(e ast.Expr) *ast.Ident {
	address, ok := ast.Unparen(e).(*ast.UnaryExpr)
	if !ok || address.Op != token.AND {
		return nil
	}
	for e = ast.Unparen(address.X); ; e = ast.Unparen(e) {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.Ident:
			return x
		default:
			return nil
		}
	}
}

func (s *staleSearch) isMap(e ast.Expr) bool {
	t := s.p.TypeOf(e)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// acts looks for the write of what was read, in the second section.
func (s *staleSearch) acts(found *StaleCheck, guarded ast.Expr, vars map[types.Object]bool) bool {
	done := false
	s.each(s.second, func(stmt ast.Stmt) {
		if done || found.Write != nil {
			return
		}
		value, writes := s.writes(stmt, guarded)
		switch {
		case writes:
			if !s.memo(guarded, value) {
				found.Test = s.testBefore(vars)
			}
			if found.Test != nil || value != nil && s.mentions(value, s.unchanged(vars, stmt)) {
				found.Write = stmt
			}
			done = true
		case s.looksAgain(stmt, guarded):
			done = true
		}
	})
	return found.Write != nil
}

// writes reports whether a statement writes what an expression reads, and what.
func (s *staleSearch) writes(stmt ast.Stmt, guarded ast.Expr) (value ast.Expr, ok bool) {
	text := types.ExprString(guarded)
	switch stmt := stmt.(type) {
	case *ast.AssignStmt:
		for i, lhs := range stmt.Lhs {
			if stmt.Tok != token.ASSIGN {
				return nil, false // a sum: what others add meanwhile stays
			}
			if types.ExprString(lhs) == text {
				return valueAt(stmt.Rhs, len(stmt.Lhs), i), true
			}
		}
	case *ast.IncDecStmt:
		return nil, types.ExprString(stmt.X) == text
	}
	return nil, false
}

// memo reports whether a write remembers, in a map, a value of which a second
// copy is as good as the first.
func (s *staleSearch) memo(guarded, value ast.Expr) bool {
	index, ok := guarded.(*ast.IndexExpr)
	if !ok || value == nil {
		return false
	}
	t := s.p.TypeOf(index)
	if pair, ok := t.(*types.Tuple); ok {
		t = pair.At(0).Type() // v, ok := c.m[k]
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Chan:
		return false
	}
	return true
}

// testBefore returns the if statement that decides, on what was read, whether
// the second section runs: it stands around it, or leaves before it.
func (s *staleSearch) testBefore(vars map[types.Object]bool) (found *ast.IfStmt) {
	at := s.second.Call
	s.p.Inspect(bodyOf(s.fn), func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || found != nil || test.Pos() < s.first.Call.End() || test.Pos() > at.Pos() || !s.mentions(test.Cond, vars) {
			return found == nil
		}
		around := test.Body.Pos() <= at.Pos() && at.End() <= test.End()
		if around || test.End() < at.Pos() && leavesAtEnd(test.Body) {
			found = test
		}
		return found == nil
	})
	return found
}

// leavesAtEnd reports whether a block ends in a statement that goes elsewhere.
func leavesAtEnd(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// looksAgain reports whether a statement reads the field that is written later,
// or calls something that could.
func (s *staleSearch) looksAgain(stmt ast.Stmt, guarded ast.Expr) bool {
	at := guarded
	if index, ok := guarded.(*ast.IndexExpr); ok {
		at = index.X
	}
	field, again := s.field(at), false
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			again = again || s.field(n) == field
		case *ast.CallExpr:
			again = again || n != s.second.Call && s.reachesOwner(n)
		case *ast.UnaryExpr:
			again = again || n.Op == token.ARROW
		case *ast.BinaryExpr:
			if at != guarded && s.p.IsNil(n.Y) && s.field(n.X) == field && s.isMap(n.X) {
				return false // whether there is a map says nothing of the entry
			}
		}
		return !again
	}
	for _, part := range ownParts(stmt) {
		ast.Inspect(part, look)
	}
	return again
}

// ownParts returns what a statement evaluates beside the statements in it, as far
// as a check can stand there.
func ownParts(stmt ast.Stmt) []ast.Node {
	var parts []ast.Node
	switch stmt := stmt.(type) {
	case *ast.BlockStmt, *ast.LabeledStmt, *ast.CaseClause, *ast.CommClause, *ast.SelectStmt:
	case *ast.IfStmt:
		parts = append(parts, stmt.Cond)
	case *ast.ForStmt:
		if stmt.Cond != nil {
			parts = append(parts, stmt.Cond)
		}
	case *ast.RangeStmt:
		parts = append(parts, stmt.X)
	case *ast.SwitchStmt:
		if stmt.Tag != nil {
			parts = append(parts, stmt.Tag)
		}
	case *ast.TypeSwitchStmt:
		parts = append(parts, stmt.Assign)
	default:
		parts = append(parts, stmt)
	}
	return parts
}

// reachesOwner reports whether a call gets the owner of the lock.
func (s *staleSearch) reachesOwner(call *ast.CallExpr) bool {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if _, lock := s.p.lockMethod(sel); lock {
			return false
		}
	}
	return slices.ContainsFunc(operandsOf(call), func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && s.p.Use(id) == s.first.Lock.Root
	})
}
