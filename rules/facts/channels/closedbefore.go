package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// ClosedBefore returns a close of the same channel that can run before this one
// does, or a deferred one that runs after it; nil if there is none.
func (f *Facts) ClosedBefore(fn ast.Node, call *ast.CallExpr) ast.Node {
	return f.closedBefore(fn, call, call.Args[0])
}

// closedBefore is the same for a call that closes ch, or calls what does.
func (f *Facts) closedBefore(fn ast.Node, call *ast.CallExpr, ch ast.Expr) (first ast.Node) {
	flow := f.pkg.Flow(fn)
	root := f.Root(ch)
	if flow == nil || root == nil || f.Variable(root) == nil || f.asksOpen(fn, call, ch) {
		return nil
	}
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			if n.Call != call && f.closes(n.Call, ch) && first == nil && f.bothRun(fn, n, call, ch) && !f.exclude(fn, n, call) && !(f.boundsExclude(fn, n, call) && f.boundsExclude(fn, call, n)) {
				first = n
			}
			return false
		case *ast.CallExpr:
			if f.closes(n, ch) && first == nil && !(n == call && f.endsItsLoop(fn, call, ch)) && f.mayRepeat(fn, n, call, ch) && !f.exclude(fn, n, call) && !f.boundsExclude(fn, n, call) && f.closedAgain(fn, n, call, ch) {
				first = n
			}
		}
		return first == nil
	})
	return first
}

// asksOpen reports whether a close stands under a condition, or in the default case of a
// select, that asks whether the channel is closed already.
//
//	if !s.isClosed() { close(s.done) }
func (f *Facts) asksOpen(fn ast.Node, end *ast.CallExpr, ch ast.Expr) (asks bool) {
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		if asks || !contains(n, end) {
			return false
		}
		switch n := n.(type) {
		case *ast.SelectStmt:
			asks = f.pollsFor(n, ch)
		case *ast.IfStmt:
			asks = contains(n.Body, end) && f.callsPoll(n.Cond, ch)
		}
		return true
	})
	return asks
}

// callsPoll reports whether a condition calls a function that asks whether a channel is
// closed.
func (f *Facts) callsPoll(cond ast.Expr, ch ast.Expr) (polls bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || polls {
			return !polls
		}
		if decl := f.pkg.Body(call); decl != nil {
			f.pkg.Inspect(decl, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectStmt)
				polls = polls || ok && f.pollsFor(s, ch)
				return !polls
			})
		}
		return !polls
	})
	return polls
}

// pollsFor reports whether a select looks at a channel, and does not wait for it.
func (f *Facts) pollsFor(s *ast.SelectStmt, ch ast.Expr) bool {
	looks, waits := false, true
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		receive := receiveOf(clause.Comm)
		waits = waits && clause.Comm != nil
		looks = looks || receive != nil && (f.same(receive.X, ch) || f.Class(ch) != nil && f.Class(receive.X) == f.Class(ch))
	}
	return looks && !waits
}

func (f *Facts) isCloseOf(call *ast.CallExpr, ch ast.Expr) bool {
	return f.isBuiltin(call, "close") && len(call.Args) == 1 && f.same(call.Args[0], ch)
}

// bothRun reports whether a path defers the one close and runs the other, a
// statement of the function itself.
func (f *Facts) bothRun(fn ast.Node, d *ast.DeferStmt, call *ast.CallExpr, ch ast.Expr) bool {
	for _, way := range [][2]ast.Node{{d, call}, {call, d}} {
		s := f.between(fn, way[0], way[1], ch)
		if s.out() != nil {
			return true
		}
	}
	return false
}

// mayRepeat reports whether the one close stands before the other, or is the
// same in a loop that does it in every turn, for a channel from outside. What
// stands under a condition in a loop may well happen in one turn only.
func (f *Facts) mayRepeat(fn ast.Node, one, other *ast.CallExpr, ch ast.Expr) bool {
	if one != other {
		return one.Pos() < other.Pos()
	}
	loops := f.loopsAround(fn, one)
	if len(loops) == 0 {
		return false
	}
	outer, inner := loops[0], loops[len(loops)-1]
	root := f.Variable(f.Root(ch)).Pos()
	return !(outer.Pos() <= root && root < outer.End()) && f.everyTurn(one, inner)
}

// closedAgain reports whether a path leads from one close to the other.
func (f *Facts) closedAgain(fn ast.Node, one, other *ast.CallExpr, ch ast.Expr) bool {
	s := f.between(fn, one, other, ch)
	s.crossed = func(from *facts.Block, e facts.Edge) bool { return f.findsOpen(from, e, ch) }
	return s.out() != nil
}

// findsOpen reports whether an edge is that into the default of a select which else
// receives from a channel: nobody takes it behind the close.
func (f *Facts) findsOpen(from *facts.Block, e facts.Edge, ch ast.Expr) bool {
	clause, ok := e.Case.(*ast.CommClause)
	if !ok || clause.Comm != nil || len(from.Nodes) == 0 {
		return false
	}
	s, ok := from.Nodes[len(from.Nodes)-1].(*ast.SelectStmt)
	return ok && slices.ContainsFunc(s.Body.List, func(st ast.Stmt) bool {
		receive := receiveOf(st.(*ast.CommClause).Comm)
		return receive != nil && f.same(receive.X, ch)
	})
}

// between is the search for a path from one node to another on which the
// channel stays what it is.
func (f *Facts) between(fn, from, to ast.Node, ch ast.Expr) *search {
	root := f.Variable(f.Root(ch))
	return &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: from,
		until:   func(n ast.Node) bool { return n == to },
		covered: func(n ast.Node) bool { return f.mayReplace(n, root, ch) },
	}
}

// mayReplace reports whether a node sets the channel, or what it is part of, or
// calls something that could: a method of the root, a function that gets it.
func (f *Facts) mayReplace(n ast.Node, root *types.Var, ch ast.Expr) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		// the variable of a type switch is declared where the switch gives it a name
		return slices.ContainsFunc(n.Lhs, func(x ast.Expr) bool { return f.prefix(x, ch) || x.Pos() == root.Pos() })
	case *ast.RangeStmt:
		return n.Key != nil && f.prefix(n.Key, ch) || n.Value != nil && f.prefix(n.Value, ch)
	case *ast.ValueSpec:
		return slices.ContainsFunc(n.Names, func(x *ast.Ident) bool { return f.prefix(x, ch) })
	case *ast.CallExpr:
		_, plain := ast.Unparen(ch).(*ast.Ident)
		if _, builtin := f.pkg.Callee(n).(*types.Builtin); builtin {
			return false
		}
		if f.setElsewhere(n, root) {
			return !f.closes(n, ch)
		}
		if plain && !f.setByLiterals(f.declAround(root.Pos()))[root] {
			return false
		}
		return f.names(n, root) && !f.staysSet(ch, root) && !f.closes(n, ch)
	}
	return false
}

// setElsewhere reports whether a call may set a variable that it does not name: one of the
// package, by a function of it, or one that a literal sets, by a call of some func value.
//
//	current.Stop()
//	reset() // func reset() { current = start() }
func (f *Facts) setElsewhere(call *ast.CallExpr, v *types.Var) bool {
	_, declared := f.pkg.Callee(call).(*types.Func)
	if v.Kind() == types.PackageVar {
		return !declared || f.pkg.Body(call) != nil
	}
	return !declared && f.setByLiterals(f.declAround(v.Pos()))[v]
}

// staysSet reports whether a channel is a field that is set where its struct is made, and
// never again, of a struct that nobody overwrites.
func (f *Facts) staysSet(ch ast.Expr, root *types.Var) bool {
	sel, ok := ast.Unparen(ch).(*ast.SelectorExpr)
	if !ok || f.Variable(sel.X) != root || f.setByLiterals(f.declAround(root.Pos()))[root] {
		return false
	}
	c := f.Class(ch)
	return c != nil && !c.Replaced && !c.Nil && !f.overwritten(root.Type())
}

// overwritten reports whether the package assigns whole structs of a type: *s = state{}.
func (f *Facts) overwritten(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if f.overwrites == nil {
		f.overwrites = map[types.Type]bool{}
		for _, file := range f.pkg.Files {
			f.pkg.Inspect(file, func(n ast.Node) bool {
				if st, ok := n.(*ast.AssignStmt); ok && st.Tok == token.ASSIGN {
					for _, left := range st.Lhs {
						if at := f.pkg.TypeOf(left); at != nil {
							f.overwrites[types.Unalias(at)] = true
						}
					}
				}
				return true
			})
		}
	}
	return f.overwrites[types.Unalias(t)]
}

// prefix reports whether x is the channel or what it is selected from.
func (f *Facts) prefix(x, ch ast.Expr) bool {
	for {
		if f.same(x, ch) {
			return true
		}
		sel, ok := ast.Unparen(ch).(*ast.SelectorExpr)
		if !ok {
			return false
		}
		ch = sel.X
	}
}
