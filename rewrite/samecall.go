package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
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

// stemOf returns what is called, and with how many arguments, or what a send goes to; what is
// neither is itself.
func stemOf(text string) string {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return sendStem(text)
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return text
	}
	return fmt.Sprintf("%s(%d)", text[:call.Lparen-1], len(call.Args))
}

// sendStem returns what a send goes to.
//
//	c <- s.n → c <- n
func sendStem(text string) string {
	const head = "package p; func _() { "
	file, err := parser.ParseFile(token.NewFileSet(), "", head+text+"\n}", 0)
	if err != nil {
		return text
	}
	list := file.Decls[0].(*ast.FuncDecl).Body.List
	if len(list) != 1 {
		return text
	}
	send, ok := list[0].(*ast.SendStmt)
	if !ok {
		return text
	}
	return strings.TrimSpace(text[:int(send.Arrow)-1-len(head)]) + " <-"
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
