package edit

import "github.com/dave/dst"

// A place is where a statement stands: in the list of a block or of a clause.
type place struct {
	owner dst.Node // *dst.BlockStmt, *dst.CaseClause or *dst.CommClause
	list  *[]dst.Stmt
	index int
}

// find returns the place of a statement, ready for an edit. A statement that stands in no list
// (the init of an if, the statement behind a label, an else) has none.
func (s *Site) find(st dst.Stmt) (p place, ok bool) {
	dst.Inspect(s.root(), func(n dst.Node) bool {
		list := listOf(n)
		if list == nil || ok {
			return !ok
		}
		for i, member := range *list {
			if member == st {
				p, ok = place{owner: n, list: list, index: i}, true
				return false
			}
		}
		return true
	})
	if !ok {
		s.Fail("the statement stands behind a label, or in the head of another: there is no place beside it")
		return p, false
	}
	settle(p.owner)
	return p, true
}

// root is the smallest tree in which edits are looked for.
func (s *Site) root() dst.Node {
	if s.Decl != nil {
		return s.Decl
	}
	return s.File
}

// listOf returns the list of statements that n owns, nil if it owns none.
func listOf(n dst.Node) *[]dst.Stmt {
	switch n := n.(type) {
	case *dst.BlockStmt:
		if n != nil {
			return &n.List
		}
	case *dst.CaseClause:
		return &n.Body
	case *dst.CommClause:
		return &n.Body
	}
	return nil
}

func (p place) at(i int) dst.Stmt { return (*p.list)[i] }

func (p place) stmt() dst.Stmt { return p.at(p.index) }

// next returns the statement after the place, nil at the end of the list.
func (p place) next() dst.Stmt {
	if p.index+1 < len(*p.list) {
		return p.at(p.index + 1)
	}
	return nil
}

// prev returns the statement before the place, nil at the start of the list.
func (p place) prev() dst.Stmt {
	if p.index > 0 {
		return p.at(p.index - 1)
	}
	return nil
}

// settle gives the comments at the end of a clause to its last statement. dst
// keeps them all on the clause, the last statement's own same-line comment too:
//
//	case x:
//		a() // a      ← Decs.End of the clause, not of a()
//		// more
//
// An edit behind a() would tear them apart.
func settle(owner dst.Node) {
	switch owner.(type) {
	case *dst.CaseClause, *dst.CommClause:
	default:
		return
	}
	list := *listOf(owner)
	if len(list) == 0 {
		return
	}
	clause, last := owner.Decorations(), list[len(list)-1].Decorations()
	last.End = append(last.End, clause.End...)
	clause.End = nil
}

// unfold gives every statement of a one-line list a line of its own: a list
// that grows, as in func() { a() }, does not stay on one line.
func unfold(list []dst.Stmt) {
	for i, st := range list {
		d := st.Decorations()
		onLine := d.Before != dst.None || i > 0 && list[i-1].Decorations().After != dst.None
		if !onLine {
			d.Before = dst.NewLine
		}
		if d.After == dst.None {
			d.After = dst.NewLine
		}
	}
}
