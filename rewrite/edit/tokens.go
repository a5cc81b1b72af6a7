package edit

import (
	"bytes"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
)

// A tokenList is what a file says, without how it is laid out: its tokens, and
// apart from them its comments, as gofmt would print them. Two texts with equal
// lists are the same program with the same comments.
type tokenList struct {
	tokens   []string
	comments []string
}

func (a tokenList) equal(b tokenList) bool {
	return slices.Equal(a.tokens, b.tokens) && slices.Equal(a.comments, b.comments)
}

func sameTokens(a, b []byte) (bool, error) {
	la, err := tokensOf(a)
	if err != nil {
		return false, err
	}
	lb, err := tokensOf(b)
	return err == nil && la.equal(lb), err
}

// tokensOf reads the tokens of a file. The file is printed first, since layout
// decides on some tokens: semicolons, trailing commas, doubled parentheses.
func tokensOf(src []byte) (tokenList, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return tokenList{}, err
	}
	var buf bytes.Buffer
	if err := layout.Fprint(&buf, fset, file); err != nil {
		return tokenList{}, err
	}
	return scan(buf.Bytes()), nil
}

// scan cuts a printed file into tokens. A semicolon or comma before a closing
// bracket means nothing, and written or automatic semicolons mean the same.
func scan(src []byte) tokenList {
	var list tokenList
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(src)), src, nil, scanner.ScanComments)
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return list
		case token.COMMENT:
			list.comments = append(list.comments, plain(lit))
			continue
		case token.SEMICOLON:
			lit = ";"
		case token.RPAREN, token.RBRACE, token.RBRACK:
			list.tokens = trimSeparator(list.tokens)
		}
		if lit == "" {
			lit = tok.String()
		}
		list.tokens = append(list.tokens, lit)
	}
}

func trimSeparator(tokens []string) []string {
	if n := len(tokens); n > 0 && (tokens[n-1] == ";" || tokens[n-1] == ",") {
		return tokens[:n-1]
	}
	return tokens
}

// plain returns a comment without the white space that printing may change.
func plain(comment string) string {
	return strings.Join(strings.Fields(comment), " ")
}

// commentsOf counts the comments of a file.
func commentsOf(src []byte) (map[string]int, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, group := range file.Comments {
		for _, c := range group.List {
			count[plain(c.Text)]++
		}
	}
	return count, nil
}
