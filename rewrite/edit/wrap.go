package edit

import (
	"slices"

	"github.com/dave/dst"
)

// Wrap moves a run of consecutive statements, first to last, into a block, and
// puts in their place what around makes of that block. Comments stay inside,
// but for those that hang below the last statement.
//
//	// about a           if ok {
//	a()                      // about a
//	b() // b         →       a()
//	// below                 b() // b
//	                     }
//	                     // below
func (s *Site) Wrap(first, last dst.Stmt, around func(*dst.BlockStmt) dst.Stmt) {
	p, ok := s.find(first)
	if !ok {
		return
	}
	end := slices.Index(*p.list, last)
	if end < p.index {
		s.Fail("internal: the statements to wrap do not follow each other")
		return
	}
	unfold(*p.list)
	body := slices.Clone((*p.list)[p.index : end+1])
	from, to := first.Decorations(), last.Decorations()
	before, after := from.Before, to.After
	same, hanging := SplitEnd(to.End)
	to.End = same
	from.Before, to.After = dst.NewLine, dst.NewLine
	outer := around(Block(body...))
	d := outer.Decorations()
	d.Before, d.After, d.End = before, after, JoinEnd(d.End, hanging)
	*p.list = slices.Replace(*p.list, p.index, end+1, outer)
}
