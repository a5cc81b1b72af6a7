package sharing

import "go/ast"

// deepest bounds how many functions a walk outwards passes: literals that
// variables hold can call each other in a circle.
const deepest = 16

// out says where a function comes from: the function that runs it, how that
// does so, and where. Of a literal that a variable holds it is the first call
// that starts it on a goroutine, or else the first call; of one that is handed to
// another function, the call that hands it over.
func (fn *function) out() (around *function, runs manner, at ast.Node) {
	switch {
	case fn.around == nil:
		return nil, later, nil
	case fn.handed:
		return fn.around, fn.hand, fn.at
	case fn.runs != bound:
		return fn.around, fn.runs, fn.at
	}
	first := -1
	for i, s := range fn.sites {
		if s.in == nil || within(fn.node, s.call) {
			continue // it calls itself
		}
		if s.runs == started {
			return s.in, started, s.stmt
		}
		if first < 0 {
			first = i
		}
	}
	if first < 0 {
		return fn.around, later, nil
	}
	return fn.sites[first].in, fn.sites[first].runs, fn.sites[first].stmt
}
