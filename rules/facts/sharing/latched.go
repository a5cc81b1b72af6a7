package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A field that is set once says to who comes later that it is too late: what stands behind the
// test does not meet what started when it was set.
//
//	case "pty":                            case "shell":
//		if s.handled { continue }              s.handled = true
//		s.pty = p                              go func() { use(s.pty) }()

// A truth is a condition, and the value that it has.
type truth struct {
	cond  ast.Expr
	holds bool
}

// latched reports whether a write comes only where a field is found unset that its function
// sets before it starts the goroutine of a read, and that nobody unsets.
func (f *Facts) latched(write, read *Access) bool {
	if !write.Write || write.far != nil || read.far != nil {
		return false
	}
	start := f.goOf(write.fn, read.fn)
	if start == nil {
		return false
	}
	return slices.ContainsFunc(f.truthsAt(write.fn, write.Expr), func(t truth) bool {
		x := f.unset(t)
		flag, ok := f.holder(x).(*types.Var)
		return ok && flag.IsField() && f.setBefore(write.fn, x, start) && !f.unsets(flag.Origin())
	})
}

// goOf returns the go statement by which a function starts the goroutine of another, nil if
// there is none.
func (f *Facts) goOf(in, fn *function) ast.Node {
	for ; fn != nil && fn != in; fn = fn.around {
		if around, runs, start := fn.out(); around == in && runs == started {
			return start
		}
	}
	return nil
}

// seenSet reports whether a write comes only where its own field is found nil, as all writes of
// it do, and a read where it has been found not to be: it is the last value then.
//
//	s.mu.Lock(); if s.err != nil { s.mu.Unlock(); return }; s.err = err; s.mu.Unlock()
//	s.mu.Lock(); err := s.err; s.mu.Unlock(); if err != nil { return s.err }
func (f *Facts) seenSet(write, read *Access) bool {
	if !write.Write || read.Write || !write.Var.IsField() || write.far != nil || read.far != nil || f.unsets(write.Var.Origin()) {
		return false
	}
	once := !slices.ContainsFunc(f.accesses[write.Var], func(a *Access) bool {
		return a.Write && !a.fn.initialises() && f.ownerOf(a) != Own && !slices.ContainsFunc(f.truthsAt(a.fn, a.Expr), func(t truth) bool {
			return f.sameName(f.unset(t), a.Expr)
		})
	})
	return once && slices.ContainsFunc(f.truthsAt(read.fn, read.Expr), func(t truth) bool {
		x := f.unset(truth{t.cond, !t.holds})
		if v, ok := f.holder(x).(*types.Var); ok && v.Kind() == types.LocalVar {
			x = f.onlyValue(read.fn, v)
		}
		return f.sameName(x, read.Expr)
	})
}

func (f *Facts) sameName(a, b ast.Expr) bool {
	return a != nil && f.holder(a) != nil && f.holder(a) == f.holder(b) && types.ExprString(a) == types.ExprString(b)
}

// unset returns what a condition says to be nil, or false; nil if it says no such thing.
func (f *Facts) unset(t truth) ast.Expr {
	switch cond := ast.Unparen(t.cond).(type) {
	case *ast.BinaryExpr:
		if f.pkg.IsNil(cond.Y) && (cond.Op == token.EQL) == t.holds && (cond.Op == token.EQL || cond.Op == token.NEQ) {
			return cond.X
		}
	case *ast.Ident, *ast.SelectorExpr:
		if !t.holds {
			return cond.(ast.Expr)
		}
	}
	return nil
}

// truthsAt returns what the conditions around a node of a function, and of those before it that
// lead away, say when control comes there.
func (f *Facts) truthsAt(fn *function, at ast.Node) (all []truth) {
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, _ []ast.Node) bool {
		if !within(n, at) {
			return false
		}
		switch n := n.(type) {
		case *ast.IfStmt:
			if within(n.Body, at) {
				all = appendTruths(all, n.Cond, true)
			} else if n.Else != nil && within(n.Else, at) {
				all = appendTruths(all, n.Cond, false)
			}
		case *ast.BlockStmt:
			all = f.leftBefore(all, n.List, at)
		case *ast.CaseClause:
			all = f.leftBefore(all, n.Body, at)
		case *ast.CommClause:
			all = f.leftBefore(all, n.Body, at)
		}
		return true
	})
	return all
}

// leftBefore adds what the conditions say under which control has not left some statements
// before a node.
func (f *Facts) leftBefore(all []truth, list []ast.Stmt, at ast.Node) []truth {
	for _, st := range list {
		if st.End() > at.Pos() {
			break
		}
		if test, ok := st.(*ast.IfStmt); ok && test.Else == nil && leadsAway(test.Body) {
			all = appendTruths(all, test.Cond, false)
		}
	}
	return all
}

// appendTruths takes a condition apart into what surely holds.
func appendTruths(all []truth, cond ast.Expr, holds bool) []truth {
	switch c := ast.Unparen(cond).(type) {
	case *ast.UnaryExpr:
		if c.Op == token.NOT {
			return appendTruths(all, c.X, !holds)
		}
	case *ast.BinaryExpr:
		if c.Op == token.LAND && holds || c.Op == token.LOR && !holds {
			return appendTruths(appendTruths(all, c.X, holds), c.Y, holds)
		}
	}
	return append(all, truth{cond, holds})
}

// setBefore reports whether a function always sets a field before it comes to a node.
func (f *Facts) setBefore(fn *function, flag ast.Expr, node ast.Node) (sets bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && slices.ContainsFunc(set.Lhs, func(lhs ast.Expr) bool { return f.sameName(lhs, flag) }) {
			_, always := f.pkg.Flow(fn.node).Precedes(set, node)
			sets = sets || always
		}
		return !sets
	})
	return sets
}

// unsets reports whether somebody gives a field nil or false again, or what is not known to be
// anything else.
func (f *Facts) unsets(flag *types.Var) bool {
	return slices.ContainsFunc(f.accesses[flag], func(a *Access) bool {
		return (a.Write || a.Address) && !a.fn.initialises() && !f.givesValue(a)
	})
}

// givesValue reports whether a write surely sets a field: to true, the address of something, what
// is made there, or a parameter that is an error or a pointer, of which nobody passes nil.
func (f *Facts) givesValue(a *Access) bool {
	set, ok := a.Use.(*ast.AssignStmt)
	if !ok || len(set.Lhs) != len(set.Rhs) {
		return false
	}
	i := slices.IndexFunc(set.Lhs, func(lhs ast.Expr) bool { return ast.Unparen(lhs) == ast.Unparen(a.Expr) })
	if i < 0 {
		return false
	}
	switch value := ast.Unparen(set.Rhs[i]).(type) {
	case *ast.UnaryExpr:
		return value.Op == token.AND
	case *ast.CompositeLit, *ast.FuncLit:
		return true
	case *ast.CallExpr:
		id, ok := ast.Unparen(value.Fun).(*ast.Ident)
		return ok && id.Name == "make"
	case *ast.Ident:
		v := f.pkg.Info.Types[value].Value
		param, isVar := f.holder(value).(*types.Var)
		return v != nil && v.String() == "true" || isVar && param.Kind() == types.ParamVar && !f.pkg.IsNil(value)
	}
	return false
}

// leadsAway reports whether control never comes to the end of a block.
func leadsAway(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	switch block.List[len(block.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}
