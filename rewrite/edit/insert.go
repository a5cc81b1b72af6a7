package edit

import (
	"slices"

	"github.com/dave/dst"
)

// InsertBefore puts statements before one of a list. The comments above old
// stay with it, a blank line above goes above the first new one:
//
//	a()                 a()
//
//	// about old   →    new()
//	old()               // about old
//	                    old()
func (s *Site) InsertBefore(old dst.Stmt, stmts ...dst.Stmt) {
	p, ok := s.find(old)
	if !ok || len(stmts) == 0 {
		return
	}
	unfold(*p.list)
	OwnLine(stmts)
	stmts[0].Decorations().Before = old.Decorations().Before
	old.Decorations().Before = dst.NewLine
	*p.list = slices.Insert(*p.list, p.index, stmts...)
}

// InsertAfter puts statements right after one of a list: before the comments
// and the blank line that stand below old.
//
//	old() // about old      old() // about old
//	// below           →    new()
//	                        // below
//	b()
//	                        b()
func (s *Site) InsertAfter(old dst.Stmt, stmts ...dst.Stmt) {
	p, ok := s.find(old)
	if !ok || len(stmts) == 0 {
		return
	}
	unfold(*p.list)
	OwnLine(stmts)
	prev, last := old.Decorations(), stmts[len(stmts)-1].Decorations()
	same, hanging := SplitEnd(prev.End)
	prev.End, last.End = same, JoinEnd(last.End, hanging)
	last.After, prev.After = prev.After, dst.NewLine
	*p.list = slices.Insert(*p.list, p.index+1, stmts...)
}

// InsertFirst puts statements at the start of a block or clause; a comment
// after the opening brace or the colon stays there.
func (s *Site) InsertFirst(owner dst.Node, stmts ...dst.Stmt) {
	list := listOf(owner)
	switch {
	case list == nil:
		s.Fail("internal: a %T holds no statements", owner)
	case len(*list) == 0:
		fill(owner, list, stmts)
	default:
		s.InsertBefore((*list)[0], stmts...)
	}
}

// fill puts the first statements into an empty list. The comments of an empty
// clause all hang on its end: the one on its line belongs to the colon now.
func fill(owner dst.Node, list *[]dst.Stmt, stmts []dst.Stmt) {
	if len(stmts) == 0 {
		return
	}
	OwnLine(stmts)
	*list = stmts
	d, last := owner.Decorations(), stmts[len(stmts)-1].Decorations()
	same, hanging := SplitEnd(d.End)
	switch owner := owner.(type) {
	case *dst.CaseClause:
		owner.Decs.Colon = append(owner.Decs.Colon, same...)
	case *dst.CommClause:
		owner.Decs.Colon = append(owner.Decs.Colon, same...)
	default:
		return
	}
	d.End, last.End = nil, JoinEnd(last.End, hanging)
}

// InsertLast puts statements at the end of a block or clause, before the
// comments that end it.
func (s *Site) InsertLast(owner dst.Node, stmts ...dst.Stmt) {
	list := listOf(owner)
	if list == nil || len(*list) == 0 {
		s.InsertFirst(owner, stmts...)
		return
	}
	s.InsertAfter((*list)[len(*list)-1], stmts...)
}

// OwnLine sets each statement on a line of its own; a blank line that one
// asks for stays.
func OwnLine(stmts []dst.Stmt) {
	for _, st := range stmts {
		d := st.Decorations()
		d.Before, d.After = max(d.Before, dst.NewLine), max(d.After, dst.NewLine)
	}
}
