package channels

import (
	"go/ast"
	"slices"
)

// oneOfMany is about goroutines that a loop starts, and the function around it, which makes
// the channel that they all may send on, and receives from it once: whoever has something to
// say later waits for ever.
//
//	s.found = make(chan string)
//	for _, p := range parts { go func() { if match(p) { s.found <- p } }() }
//	return <-s.found
func (f *Facts) oneOfMany(c *Class, send *ClassOp) *Deserted {
	receives := c.Of(Receive, Range)
	starts := f.startedOnly(send.Fn)
	if send.Test || len(receives) != 1 || len(starts) != 1 || len(c.Makes) != 1 || f.repeats(&Op{Fn: send.Fn, Node: send.Node}) {
		return nil
	}
	r, home := receives[0], starts[0].in
	if r.Fn != home || r.Kind == Range || r.Defer != nil || f.around(c.Makes[0]) != home || f.repeats(&Op{Fn: home, Node: r.Node}) || f.endsTheProgram(home) {
		return nil
	}
	loops := f.loopsAround(home, starts[0].stmt)
	if len(loops) == 0 || slices.Contains(f.loopsAround(home, c.Makes[0]), loops[0]) || loops[0].End() > r.Node.Pos() || f.turnsOf(loops[0]) < 2 {
		return nil
	}
	s := &search{f: f, fn: home, flow: f.pkg.Flow(home), from: flowNode(r.Kind, r.Node), covered: func(ast.Node) bool { return false }}
	exit := s.out()
	if exit == nil {
		return nil
	}
	return &Deserted{Receive: r.Node, Exit: exit}
}
