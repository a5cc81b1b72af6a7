package sharing

import (
	"go/ast"
	"slices"
)

// A strand is how one function comes to an access: on its own goroutine, or by
// a goroutine that it starts.
type strand struct {
	start *function // the literal that runs on the goroutine; nil for the function's own
	at    ast.Node  // the node of the function: the access, or what starts or runs the literal
	exit  bool      // a deferred call makes the access, when the function ends
	known bool
}

// strandIn returns how a function comes to an access in it or in its literals.
func strandIn(in *function, a *Access) strand {
	var way []*function // from the literal around the access out to the one right inside the function
	for fn := a.fn; fn != in; fn, _, _ = fn.out() {
		if fn == nil || len(way) > deepest {
			return strand{}
		}
		way = append(way, fn)
	}
	s := strand{at: a.node(), known: true}
	group := false // a subtest runs those in it to their end
	for i, lit := range slices.Backward(way) {
		_, runs, at := lit.out()
		if i == len(way)-1 {
			s.at = at
		}
		switch runs {
		case started:
			if group && runsSubtest(at) {
				continue
			}
			if slices.ContainsFunc(way[:i], (*function).putAway) {
				return strand{}
			}
			_, atExit := at.(*ast.DeferStmt) // what is called then starts it
			s.start, s.exit = lit, s.exit || atExit && i == len(way)-1
			return s
		case deferred:
			s.exit = s.exit || i == len(way)-1
		case inPlace:
			group = group || runsSubtest(at)
		default:
			if lit.served {
				s.start = lit
				return s
			}
			return strand{}
		}
	}
	return s
}

// putAway reports whether a literal runs on a goroutine of which nothing is known, that
// finds it somewhere.
//
//	go func() { <-timer.C; s.do(func() { s.stopped = true }) }() // func (s *S) do(f func()) { s.ops <- op{f} }
func (fn *function) putAway() bool { return fn.inbox && fn.runs == later }

// runsSubtest reports whether a literal is run by t.Run.
func runsSubtest(at ast.Node) bool {
	call, ok := at.(*ast.CallExpr)
	return ok && calledMethod(call) == "Run" && len(call.Args) == 2
}

// innermostAround returns the innermost function around both accesses.
func innermostAround(a, b *Access) *function {
	for fn := a.fn; fn != nil; fn = fn.around {
		for other := b.fn; other != nil; other = other.around {
			if fn == other {
				return fn
			}
		}
	}
	return nil
}
