package rewrite

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// stem is a key, or the text of a call, without the arguments, or what stands in the braces of
// statements: an edit of those leaves the call, or the statements around, what they were.
//
//	s.Add(s.Get()) → s.Add(s.getLocked())
//	if started.Load() { return errStarted } started.Store(true) for { … }
func (k key) stem() key {
	k.text = stemOf(k.text)
	return k
}

func (h harm) stem() harm {
	h.call = stemOf(h.call)
	return h
}

// stemOf returns what is called, and with how many arguments, or what a send goes to; what is
// neither is itself. What stands in braces does not count.
func stemOf(text string) string {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return emptied(sendStem(text))
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return emptied(text)
	}
	return emptied(fmt.Sprintf("%s(%d)", text[:call.Lparen-1], len(call.Args)))
}

// emptied returns a text with nothing in its outermost braces.
func emptied(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, []byte(text), nil, 0)
	var out strings.Builder
	depth, from := 0, 0
	for {
		pos, tok, _ := s.Scan()
		at := file.Offset(pos)
		switch {
		case tok == token.LBRACE:
			if depth++; depth == 1 {
				out.WriteString(text[from : at+1])
			}
		case tok == token.RBRACE && depth > 0:
			if depth--; depth == 0 {
				from = at
			}
		case tok == token.EOF:
			if depth == 0 {
				out.WriteString(text[from:])
			}
			return out.String()
		}
	}
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
