package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"slices"
)

// testSite is where a condition is tested.
type testSite struct {
	at   token.Pos
	cond condID
}

// touches notes where a call does something to a lock. A literal does it where
// its own calls stand.
func (c *compiler) touches(call *ast.CallExpr, s step) {
	switch s := s.(type) {
	case runLiteral:
	case summaryStep:
		c.callPoints = append(c.callPoints, call.Pos())
		if !s.inert() {
			c.lockPoints = append(c.lockPoints, call.Pos())
		}
	default:
		c.lockPoints = append(c.lockPoints, call.Pos())
	}
}

// findDecisive finds the conditions under which lock calls stand: those of an
// if, for or switch with one inside. The others can only decide where the
// function is left; they are the first to go when there are too many worlds.
func (u *unit) findDecisive() {
	slices.Sort(u.lockPoints)
	slices.Sort(u.callPoints)
	slices.SortFunc(u.tested, func(a, b testSite) int { return cmp.Compare(a.at, b.at) })
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			u.decides(n.Cond, n)
		case *ast.ForStmt:
			u.decides(n.Cond, n)
		case *ast.CaseClause:
			for _, e := range n.List {
				u.decides(e, n)
			}
		}
		return true
	})
	for u.copyDecisive() {
	}
}

// decides notes the conditions that are tested in where, if the statement
// around it holds a lock call.
func (u *unit) decides(where ast.Expr, stmt ast.Stmt) {
	if where == nil || !u.locksWithin(stmt) {
		return
	}
	i, _ := slices.BinarySearchFunc(u.tested, where.Pos(), func(t testSite, pos token.Pos) int { return cmp.Compare(t.at, pos) })
	for ; i < len(u.tested) && u.tested[i].at < where.End(); i++ {
		u.decisive.add(u.tested[i].cond)
	}
}

// locksWithin reports whether a lock call stands in n.
func (u *unit) locksWithin(n ast.Node) bool { return anyWithin(u.lockPoints, n) }

// anyWithin reports whether one of the sorted positions lies in n.
func anyWithin(points []token.Pos, n ast.Node) bool {
	i, _ := slices.BinarySearch(points, n.Pos())
	return i < len(points) && points[i] < n.End()
}

// copyDecisive adds the conditions from which decisive ones get their values.
func (u *unit) copyDecisive() (grew bool) {
	for _, r := range u.order {
		for _, binds := range r.binds {
			for _, b := range binds {
				for _, t := range b.truths {
					if u.decisive.has(t.cond) && !t.sure && !u.decisive.has(t.copy.cond) {
						u.decisive.add(t.copy.cond)
						grew = true
					}
				}
			}
		}
	}
	return grew
}

// matters reports whether running a literal can change a world: a lock call
// stands in it, or it assigns a variable of a function around it.
func (u *unit) matters(lit *ast.FuncLit) bool {
	info := u.literals[lit]
	if info.matters == nil {
		yes := u.locksWithin(lit) || anyWithin(u.callPoints, lit) || u.assignsOutside(lit)
		info.matters = &yes
	}
	return *info.matters
}

func (u *unit) assignsOutside(lit *ast.FuncLit) bool {
	for v, info := range u.vars {
		if info.foreign && (v.Pos() < lit.Pos() || v.Pos() >= lit.End()) {
			for _, at := range info.assigned {
				if lit.Pos() <= at && at < lit.End() {
					return true
				}
			}
		}
	}
	return false
}
