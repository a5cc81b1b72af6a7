package pattern

import (
	"fmt"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"unicode"
	"unicode/utf8"
)

// IsHole reports whether text is the name of a hole as rules refer to it: "$x".
func IsHole(text string) bool {
	if len(text) < 2 || text[0] != '$' {
		return false
	}
	name := text[1:]
	return name != "_" && HoleName(name) == name
}

// HoleName returns the name that text begins with, or "".
func HoleName(text string) string {
	end := 0
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return text[:end]
}

// cut returns source with every hole replaced by an identifier of the same
// length ("$x" by "_x", "$*xs" by "__xs"), and the holes by the offset of those
// identifiers. So the parser's positions are those of the source.
func cut(source string) (string, map[int]Hole, *Error) {
	text := []byte(source)
	holes := map[int]Hole{}
	for _, dollar := range dollars(source) {
		list := dollar+1 < len(text) && text[dollar+1] == '*'
		start := dollar + 1
		if list {
			start++
		}
		name := HoleName(source[start:])
		if name == "" {
			return "", nil, &Error{Offset: dollar, Message: "a $ that begins no hole: write $x, $*xs, $_ or $*_"}
		}
		for i := dollar; i < start; i++ {
			text[i] = '_'
		}
		holes[dollar] = Hole{Name: "$" + name, List: list}
	}
	return string(text), holes, checkKinds(holes)
}

// Cut returns source with every hole replaced by an identifier of the same
// length, and the holes by the offset of those identifiers. It serves whoever
// parses Go with holes to write it; to match, use [Parse]. The error is an [*Error].
func Cut(source string) (text string, holes map[int]Hole, err error) {
	text, holes, bad := cut(source)
	if bad != nil {
		bad.in = source
		return "", nil, bad
	}
	return text, holes, nil
}

// dollars returns the offsets of the dollar signs in source that do not stand
// in a literal or comment.
func dollars(source string) (at []int) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", 1, len(source))
	s.Init(file, []byte(source), func(token.Position, string) {}, 0) // the parser reports what is wrong
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return at
		}
		if tok == token.ILLEGAL && literal == "$" {
			at = append(at, int(pos)-1)
		}
	}
}

// checkKinds reports a name that is one thing here and a list there.
func checkKinds(holes map[int]Hole) *Error {
	lists := map[string]bool{}
	for _, offset := range slices.Sorted(maps.Keys(holes)) {
		hole := holes[offset]
		if list, ok := lists[hole.Name]; ok && list != hole.List && hole.Name != "$_" {
			name := hole.Name[1:]
			return &Error{Offset: offset, Message: fmt.Sprintf("$%s and $*%s are one hole: is it one thing or a list?", name, name)}
		}
		lists[hole.Name] = hole.List
	}
	return nil
}
