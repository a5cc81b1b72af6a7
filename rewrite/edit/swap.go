package edit

import "github.com/dave/dst"

// Swap exchanges two statements. Each takes the comments above it and on its
// line along; blank lines and what hangs below stay where they are.
//
//	a() // a              b() // b
//	// below         →    // below
//
//	b() // b              a() // a
func (s *Site) Swap(a, b dst.Stmt) {
	pa, okA := s.find(a)
	pb, okB := s.find(b)
	if !okA || !okB || a == b {
		return
	}
	for _, p := range []place{pa, pb} {
		unfold(*p.list)
	}
	da, db := a.Decorations(), b.Decorations()
	da.Before, db.Before = db.Before, da.Before
	da.After, db.After = db.After, da.After
	sameA, hangingA := SplitEnd(da.End)
	sameB, hangingB := SplitEnd(db.End)
	da.End, db.End = JoinEnd(sameA, hangingB), JoinEnd(sameB, hangingA)
	(*pa.list)[pa.index], (*pb.list)[pb.index] = b, a
}

// MoveAfter takes a statement, with the comments above it and on its line, to
// the place right after target; what hangs below it stays.
//
//	// lock             a()
//	mu.Lock() // it  →  // lock
//	a()                 mu.Lock() // it
func (s *Site) MoveAfter(st, target dst.Stmt) {
	p, ok := s.find(st)
	if !ok || st == target {
		return
	}
	unfold(*p.list)
	d := st.Decorations()
	same, hanging := SplitEnd(d.End)
	s.remove(p, ownLines(hanging))
	d.End, d.Before, d.After = same, dst.NewLine, dst.NewLine
	s.InsertAfter(target, st)
}

// MoveBefore takes a statement, with the comments above it and on its line, to
// the place right before target; what hangs below it stays.
func (s *Site) MoveBefore(st, target dst.Stmt) {
	p, ok := s.find(st)
	if !ok || st == target {
		return
	}
	unfold(*p.list)
	d := st.Decorations()
	same, hanging := SplitEnd(d.End)
	s.remove(p, ownLines(hanging))
	d.End, d.Before, d.After = same, dst.NewLine, dst.NewLine
	s.InsertBefore(target, st)
}
