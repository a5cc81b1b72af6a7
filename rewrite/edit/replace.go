package edit

import (
	"slices"
	"strings"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"
)

// ReplaceStmt puts statements in the place of one. The comments around old
// stay around them; those inside it that the new ones do not hold any more go
// above. Parts of old may be used in the new statements (see [Site.Use]).
//
//	// load                     // load
//	v, ok := m.Load(k) // it →  v, loaded := m.LoadOrStore(k, n) // it
func (s *Site) ReplaceStmt(old dst.Stmt, stmts ...dst.Stmt) {
	if len(stmts) == 0 {
		s.Delete(old)
		return
	}
	p, ok := s.find(old)
	if !ok {
		return
	}
	s.splice(p, 1, stmts)
}

// Splice puts statements in the place of a run of consecutive ones, first to
// last. The comments above the first stay above, those below the last below;
// what hung between them, and inside what is gone, goes above.
//
//	mu.Lock()    // a            // a
//	v := x       // b        →   v := load(x) // c
//	mu.Unlock()  // c
func (s *Site) Splice(first, last dst.Stmt, stmts ...dst.Stmt) {
	p, ok := s.find(first)
	if !ok {
		return
	}
	end := slices.Index(*p.list, last)
	if end < p.index {
		s.Fail("internal: the statements to replace do not follow each other")
		return
	}
	if len(stmts) == 0 {
		for _, st := range slices.Clone((*p.list)[p.index : end+1]) {
			s.Delete(st)
		}
		return
	}
	s.splice(p, end+1-p.index, stmts)
}

// splice replaces n statements at p.
func (s *Site) splice(p place, n int, stmts []dst.Stmt) {
	if len(stmts) > 1 {
		unfold(*p.list)
	}
	old := slices.Clone((*p.list)[p.index : p.index+n])
	before, after := old[0].Decorations().Before, old[n-1].Decorations().After
	above, end := s.gather(old, stmts)
	if len(stmts) > 1 {
		OwnLine(stmts)
	}
	first, last := stmts[0].Decorations(), stmts[len(stmts)-1].Decorations()
	first.Start = append(above, first.Start...)
	same, hanging := SplitEnd(end)
	if len(first.End) > 0 && len(same) > 0 {
		first.Start, same = append(first.Start, ownLines(same)...), nil
	}
	first.End = append(first.End, same...)
	last.End = JoinEnd(last.End, hanging)
	first.Before, last.After = before, after
	*p.list = slices.Replace(*p.list, p.index, p.index+n, stmts...)
}

// gather collects what the replaced statements leave: the comments that go
// above, and the End of the last one. A statement that lives on among the new
// ones keeps its own.
func (s *Site) gather(old, stmts []dst.Stmt) (above, end dst.Decorations) {
	keep := make([]dst.Node, len(stmts))
	alive := map[dst.Node]bool{}
	for i, st := range stmts {
		keep[i] = st
		for _, n := range nodes(st) {
			alive[n] = true
		}
	}
	for i, st := range old {
		d := st.Decorations()
		if alive[st] {
			continue
		}
		above = append(above, ownLines(slices.Concat(d.Start, s.harvest(st, keep...)))...)
		if i == len(old)-1 {
			end = d.End
			continue
		}
		above = append(above, ownLines(d.End)...)
	}
	return above, end
}

// ReplaceExpr puts an expression in the place of another. The comments around
// old stay around it, also where to is wrapped around old. A comment inside old that the new expression does not
// hold goes behind it, or above the statement if it is a // comment, which
// would end the line.
//
//	/* l */ m[k /* id */]   →   /* l */ m.Load(k) /* id */
func (s *Site) ReplaceExpr(old, to dst.Expr) {
	line, ok := s.substitute(old, to)
	if !ok {
		s.Fail("internal: the expression to replace is not in the tree")
		return
	}
	from, d := old.Decorations(), to.Decorations()
	d.Before, d.After = s.space(old)
	d.Start = slices.Concat(from.Start, d.Start)
	if holds(to, old) {
		d.End = slices.Concat(d.End, from.End)
		from.Start, from.End, from.Before, from.After = nil, nil, dst.None, dst.None
		return
	}
	inside, above := sortOut(s.harvest(old, to))
	d.End = slices.Concat(d.End, inside, from.End)
	if len(above) > 0 {
		ld := line.Decorations()
		ld.Start = append(above, ld.Start...)
	}
}

// substitute puts to at the place of old, in parentheses if need be, and returns
// the statement, declaration or file around it.
func (s *Site) substitute(old, to dst.Expr) (around dst.Node, ok bool) {
	path := pathTo(s.root(), old)
	if len(path) < 2 {
		return nil, false
	}
	dstutil.Apply(path[len(path)-2], func(c *dstutil.Cursor) bool {
		if ok || c.Node() != dst.Node(old) {
			return !ok
		}
		c.Replace(Fitted(to, c.Parent(), c.Name()))
		ok = true
		return false
	}, nil)
	for _, n := range path {
		guardHeader(n)
	}
	return innermostLine(path), ok
}

// pathTo returns the nodes from root down to n, nil if n is not below root.
func pathTo(root, n dst.Node) (path []dst.Node) {
	var stack []dst.Node
	dst.Inspect(root, func(c dst.Node) bool {
		if c == nil {
			stack = stack[:len(stack)-1]
			return false
		}
		stack = append(stack, c)
		if c == n {
			path = slices.Clone(stack)
		}
		return path == nil
	})
	return path
}

// innermostLine returns the last node of a path that starts a line: a member
// of a list of statements, a declaration, or the file.
func innermostLine(path []dst.Node) dst.Node {
	for i := len(path) - 1; i > 0; i-- {
		if list := listOf(path[i-1]); list != nil {
			for _, st := range *list {
				if dst.Node(st) == path[i] {
					return path[i]
				}
			}
		}
		if _, ok := path[i].(dst.Decl); ok {
			return path[i]
		}
	}
	return path[0]
}

// sortOut divides harvested comments into those that may stay inside an
// expression and those that may not.
func sortOut(comments dst.Decorations) (inside, above dst.Decorations) {
	for _, c := range comments {
		switch {
		case strings.HasPrefix(c, "/*") && !strings.Contains(c, "\n"):
			inside = append(inside, c)
		case c != "\n":
			above = append(above, c)
		}
	}
	return inside, ownLines(above)
}

// holds reports whether n is below root, or root itself.
func holds(root, n dst.Node) bool { return slices.Contains(nodes(root), n) }
