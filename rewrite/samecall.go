package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
)

// stem is a key, or the text of a call, without the arguments: an edit of those leaves the call
// what it was.
//
//	s.Add(s.Get()) → s.Add(s.getLocked())
func (k key) stem() key {
	k.text = stemOf(k.text)
	return k
}

func (h harm) stem() harm {
	h.call = stemOf(h.call)
	return h
}

// stemOf returns what is called, and with how many arguments; what is no call is itself.
func stemOf(text string) string {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return text
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return text
	}
	return fmt.Sprintf("%s(%d)", text[:call.Lparen-1], len(call.Args))
}

// stemmed is implemented by what is counted by the text of a call.
type stemmed[T any] interface {
	comparable
	stem() T
}

// totals counts by the calls, whatever their arguments are.
func totals[K stemmed[K]](counts map[K]int) map[K]int {
	all := map[K]int{}
	for k, n := range counts {
		all[k.stem()] += n
	}
	return all
}
