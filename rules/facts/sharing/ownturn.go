package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A turn is one of the turns of a loop: the one in which a variable has a value that it has in no other.
type turn struct {
	v     types.Object
	value string
}

// sameTurn reports whether two accesses of a goroutine that a loop starts are made by the goroutine of
// one turn only.
//
//	for i := range n { go func() { v := ask(i); if i == 0 { first = v } }() }
//	for _, s := range []string{"new", "old"} { go func() { switch s { case "new": c.new = ask(s) … } }() }
func (f *Facts) sameTurn(at place, a, b *Access) bool {
	lit := a.goroutine()
	if lit == nil || lit != b.goroutine() {
		return false
	}
	known := f.turnsOfAccess(at, lit, a)
	return slices.ContainsFunc(f.turnsOfAccess(at, lit, b), func(t turn) bool { return slices.Contains(known, t) })
}

// turnsOfAccess returns the turns of the loop around the start of a goroutine in which alone it comes to
// an access.
func (f *Facts) turnsOfAccess(at place, lit *function, a *Access) (all []turn) {
	home, runs, start := lit.out()
	if home == nil || runs != started || !declaredIn(home.node, at.root) || !within(lit.node, a.node()) {
		return nil
	}
	loop := f.onlyLoop(home, start, at.root)
	if loop == nil {
		return nil
	}
	for _, is := range f.equalsAround(lit, a.node()) {
		if value := f.pkg.Info.Types[is[1]].Value; value != nil && f.ownToTurn(loop, lit, start, is[0]) {
			all = append(all, turn{f.holder(is[0]), value.ExactString()})
		}
	}
	return all
}

// onlyLoop returns the loop around a start that a variable is not declared in; nil if there are several.
func (f *Facts) onlyLoop(home *function, start ast.Node, v *types.Var) (loop ast.Stmt) {
	loops := 0
	f.pkg.Inspect(home.body(), func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if within(n, start) && !declaredIn(n, v) {
				loop = n.(ast.Stmt)
				loops++
			}
		case *ast.LabeledStmt:
			loops++ // a goto may come back
		}
		return true
	})
	if loops != 1 {
		return nil
	}
	return loop
}

// equalsAround returns pairs of expressions that are equal wherever a function comes to a node.
func (f *Facts) equalsAround(fn *function, at ast.Node) (all [][2]ast.Expr) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if within(n.Body, at) {
				all = append(all, comparisons(n.Cond, token.EQL, token.LAND)...)
			} else if n.Else != nil && within(n.Else, at) {
				all = append(all, comparisons(n.Cond, token.NEQ, token.LOR)...)
			}
		case *ast.SwitchStmt:
			for i, st := range n.Body.List {
				clause := st.(*ast.CaseClause)
				if n.Tag != nil && within(clause, at) && len(clause.List) == 1 && (i == 0 || !fallsThrough(n.Body.List[i-1])) {
					all = append(all, [2]ast.Expr{n.Tag, clause.List[0]})
				}
			}
		}
		return true
	})
	return all
}

// comparisons returns what a condition compares by an operator, in each of the parts that another joins.
func comparisons(cond ast.Expr, op, joined token.Token) [][2]ast.Expr {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	switch {
	case ok && test.Op == joined:
		return append(comparisons(test.X, op, joined), comparisons(test.Y, op, joined)...)
	case ok && test.Op == op:
		return [][2]ast.Expr{{test.X, test.Y}, {test.Y, test.X}}
	}
	return nil
}

func declaredIn(n ast.Node, v types.Object) bool { return n.Pos() <= v.Pos() && v.Pos() < n.End() }

func fallsThrough(clause ast.Stmt) bool {
	body := clause.(*ast.CaseClause).Body
	if len(body) == 0 {
		return false
	}
	last, ok := body[len(body)-1].(*ast.BranchStmt)
	return ok && last.Tok == token.FALLTHROUGH
}

// ownToTurn reports whether an expression, in a goroutine that a loop starts, has in each turn a value
// that it has in no other: the variable of the loop, a copy of that, or a parameter that it is passed for.
func (f *Facts) ownToTurn(loop ast.Stmt, lit *function, start ast.Node, e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok || f.setIn(loop, v) {
		return false
	}
	switch {
	case declaredIn(lit.node, v):
		passed := passedTo(lit, start, f.pkg.Def, v)
		own, ok := ast.Unparen(passed).(*ast.Ident)
		return ok && f.differs(loop, f.pkg.ObjectOf(own))
	case f.differs(loop, v):
		return f.atLeast(loop.Pos(), "go1.22")
	}
	return f.differs(loop, f.copyOf(loop, v))
}

// passedTo returns what a go statement passes for a parameter of its literal.
func passedTo(lit *function, start ast.Node, def func(*ast.Ident) types.Object, v *types.Var) ast.Expr {
	g, ok := start.(*ast.GoStmt)
	if !ok || ast.Unparen(g.Call.Fun) != ast.Expr(lit.node.(*ast.FuncLit)) {
		return nil
	}
	i := 0
	for _, field := range lit.node.(*ast.FuncLit).Type.Params.List {
		for _, name := range field.Names {
			if def(name) == types.Object(v) && i < len(g.Call.Args) {
				return g.Call.Args[i]
			}
			i++
		}
	}
	return nil
}

// copyOf returns the variable that another, of the body of a loop, is made a copy of.
func (f *Facts) copyOf(loop ast.Stmt, v *types.Var) (from types.Object) {
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && set.Tok == token.DEFINE && len(set.Lhs) == len(set.Rhs) {
			for i, lhs := range set.Lhs {
				if id, ok := lhs.(*ast.Ident); ok && f.pkg.Def(id) == types.Object(v) {
					if value, ok := ast.Unparen(set.Rhs[i]).(*ast.Ident); ok {
						from = f.pkg.ObjectOf(value)
					}
				}
			}
		}
		return from == nil
	})
	return from
}

// differs reports whether the head of a loop gives a variable another value in each turn.
func (f *Facts) differs(loop ast.Stmt, v types.Object) bool {
	if v == nil || f.setIn(loop, v) {
		return false
	}
	is := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && f.pkg.ObjectOf(id) == v
	}
	switch loop := loop.(type) {
	case *ast.RangeStmt:
		switch f.pkg.TypeOf(loop.X).Underlying().(type) {
		case *types.Chan, *types.Signature:
			return false
		}
		return is(loop.Key) || is(loop.Value) && f.allDiffer(loop.X)
	case *ast.ForStmt:
		post, ok := loop.Post.(*ast.IncDecStmt)
		return ok && is(post.X)
	}
	return false
}

// allDiffer reports whether the elements of a list are constants of which no two are equal.
func (f *Facts) allDiffer(list ast.Expr) bool {
	lit := f.literalOf(list)
	if lit == nil {
		return false
	}
	seen := map[string]bool{}
	for _, elt := range lit.Elts {
		value := f.pkg.Info.Types[elt].Value
		if value == nil || seen[value.ExactString()] {
			return false
		}
		seen[value.ExactString()] = true
	}
	return true
}

// literalOf returns the literal that an expression is, or that a local variable is defined as and never
// set, or changed, again.
func (f *Facts) literalOf(e ast.Expr) *ast.CompositeLit {
	if lit, ok := ast.Unparen(e).(*ast.CompositeLit); ok {
		return lit
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	var lit *ast.CompositeLit
	uses := 0
	for _, file := range f.pkg.Files {
		if file.FileStart > v.Pos() || v.Pos() >= file.FileEnd {
			continue
		}
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if f.pkg.Use(n) == types.Object(v) {
					uses++
				}
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					if name, ok := lhs.(*ast.Ident); ok && f.pkg.Def(name) == types.Object(v) && len(n.Rhs) == len(n.Lhs) {
						lit, _ = ast.Unparen(n.Rhs[i]).(*ast.CompositeLit)
					}
				}
			}
			return true
		})
	}
	if uses != 1 {
		return nil // somebody else may change it
	}
	return lit
}

// setIn reports whether a variable is set, or its address taken, in the body of a loop.
func (f *Facts) setIn(loop ast.Stmt, v types.Object) (set bool) {
	is := func(e ast.Expr) bool {
		id, ok := ast.Unparen(e).(*ast.Ident)
		return ok && f.pkg.Use(id) == v
	}
	var body ast.Node
	switch loop := loop.(type) {
	case *ast.ForStmt:
		body = loop.Body
	case *ast.RangeStmt:
		body = loop.Body
	}
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			set = set || slices.ContainsFunc(n.Lhs, is)
		case *ast.IncDecStmt:
			set = set || is(n.X)
		case *ast.RangeStmt:
			set = set || n.Key != nil && is(n.Key) || n.Value != nil && is(n.Value)
		case *ast.UnaryExpr:
			set = set || n.Op == token.AND && is(n.X)
		}
		return !set
	})
	return set
}
