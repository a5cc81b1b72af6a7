package edit

import (
	"slices"

	"github.com/dave/dst"
)

// Delete takes a statement out of its list. Its comments stay: above the next
// statement, else below the previous one, else in the emptied block or clause.
//
//	mu.Lock()                 mu.Lock()
//	// give it back    →      // give it back
//	mu.Unlock() // now        // now
//	b()                       b()
func (s *Site) Delete(st dst.Stmt) {
	p, ok := s.find(st)
	if !ok {
		return
	}
	s.remove(p, s.Remains(st))
}

// remove takes the statement at p out and leaves comments, each on its own
// line, in its place.
func (s *Site) remove(p place, left dst.Decorations) {
	next, prev := p.next(), p.prev()
	switch {
	case next != nil:
		leaveAbove(p.stmt(), prev, next, left)
	case prev != nil:
		leaveBelow(p.stmt(), prev, left)
	default:
		leaveInside(p.owner, left)
	}
	*p.list = slices.Delete(*p.list, p.index, p.index+1)
}

// leaveAbove gives the comments of a deleted statement to the next one. A
// blank line between them stays, so that two groups do not become one.
func leaveAbove(old, prev, next dst.Stmt, left dst.Decorations) {
	gone, d := old.Decorations(), next.Decorations()
	if len(left) > 0 && max(gone.After, d.Before) == dst.EmptyLine {
		left = append(left, "\n")
	}
	d.Start = append(left, d.Start...)
	switch {
	case prev != nil && apart(old, left):
		d.Before = dst.EmptyLine
	case prev == nil || len(left) > 0:
		d.Before = gone.Before
	default:
		d.Before = max(d.Before, gone.Before)
	}
}

// apart reports whether all that a deleted statement leaves is a comment that
// a blank line set apart from it.
func apart(st dst.Stmt, left dst.Decorations) bool {
	_, hanging := SplitEnd(st.Decorations().End)
	return len(left) > 0 && len(hanging) > 0 && hanging[0] == "\n" && len(left) == len(ownLines(hanging))
}

// leaveBelow gives the comments of the last statement of a list to the one
// before it.
func leaveBelow(old, prev dst.Stmt, left dst.Decorations) {
	gone, d := old.Decorations(), prev.Decorations()
	if len(left) > 0 {
		if max(d.After, gone.Before) == dst.EmptyLine || apart(old, left) {
			left = append(dst.Decorations{"\n"}, left...)
		}
		d.End = JoinEnd(d.End, left)
	}
	d.After = gone.After
}

// leaveInside gives the comments of an only statement to its block or clause:
// below what stands behind the brace or colon.
func leaveInside(owner dst.Node, left dst.Decorations) {
	switch owner := owner.(type) {
	case *dst.BlockStmt:
		owner.Decs.Lbrace = JoinEnd(owner.Decs.Lbrace, left)
	case *dst.CaseClause:
		owner.Decs.End = JoinEnd(owner.Decs.Colon, left)[len(owner.Decs.Colon):]
	case *dst.CommClause:
		owner.Decs.End = JoinEnd(owner.Decs.Colon, left)[len(owner.Decs.Colon):]
	}
}
