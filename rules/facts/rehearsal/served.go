package rehearsal

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// A course is what the runs of a closed program have come to, all in all.
type course struct {
	done   map[token.Pos]bool // operations that somebody has done
	stuck  map[token.Pos]bool // operations at which somebody waits at the end of a run
	left   map[token.Pos]bool // returns by which somebody has left
	partly bool               // a root was not run, or not to its end
}

func newCourse() *course {
	return &course{done: map[token.Pos]bool{}, stuck: map[token.Pos]bool{}, left: map[token.Pos]bool{}}
}

// add takes note of one run.
func (c *course) add(r *run) {
	for pos := range r.did.done {
		c.done[pos] = true
	}
	for pos := range r.did.left {
		c.left[pos] = true
	}
	if r.end == gaveUp || r.end == tooLong {
		c.partly = true
	}
	for _, g := range r.goroutines {
		if !g.ended && g.pending != nil {
			for _, a := range g.pending.cases {
				c.stuck[a.pos] = true
			}
			c.stuck[g.pending.pos] = true
		}
	}
}

// end notes whether a root was left before each of its decisions had been taken otherwise.
func (c *course) end(q *queue) {
	if c != nil && q.untried() {
		c.partly = true
	}
}

// does notes that a goroutine does what it is pending before.
func (r *run) does(p *pending) {
	r.did.done[p.pos] = true
	for _, a := range p.cases {
		r.did.done[a.pos] = true
	}
}

// leaves notes that a function returns. One that has no word for that leaves at its end.
func (r *run) leaves(instr *ssa.Return) {
	pos := instr.Pos()
	if syntax := instr.Parent().Syntax(); !pos.IsValid() && syntax != nil {
		pos = syntax.End() - 1
	}
	r.did.left[pos] = true
}

// Served reports whether the package is a whole program, and in all its runs nobody has waited in
// vain at an operation that somebody came to.
func (f *Facts) Served(n ast.Node) bool {
	c := f.course
	at := place(n)
	return c != nil && !c.partly && c.done[at] && !c.stuck[at]
}

// Left reports whether somebody has left by a return, or the brace at the end of a function.
func (f *Facts) Left(exit ast.Node) bool {
	return f.course != nil && f.course.left[exit.Pos()]
}
