package load

import "bytes"

// blankBodies overwrites the bodies of function declarations with spaces, in
// place, newlines kept: positions stay, and the parser has next to nothing to
// do. A package's importers see types, constants, variables and signatures,
// and in none of them the language lets them see into the body of a declared
// function.
//
// It reads tokens no finer than it must. Where src is not Go it may blank
// nothing, or too much.
func blankBodies(src []byte) {
	r := reader{src: src}
	depth := 0
	for r.next() {
		if depth == 0 && r.startsDecl && string(r.token()) == "func" {
			r.skipSignature()
			if body := r.block(); body != nil {
				blank(body)
			}
			continue
		}
		depth += nesting(r.first())
	}
}

func blank(body []byte) {
	for i, c := range body {
		if c != '\n' {
			body[i] = ' '
		}
	}
}

// nesting returns how a token changes the depth of brackets.
func nesting(c byte) int {
	switch c {
	case '(', '[', '{':
		return 1
	case ')', ']', '}':
		return -1
	}
	return 0
}

// A reader steps through src token by token: a word, a quoted literal, or one
// byte of anything else. Comments and white space are no tokens.
type reader struct {
	src        []byte
	start, end int  // the token is src[start:end]
	ended      bool // the newline before the token ends a statement
	startsDecl bool // the token may be the first of a declaration, if at depth 0
}

func (r *reader) token() []byte { return r.src[r.start:r.end] }
func (r *reader) first() byte   { return r.src[r.start] }

// next steps to the next token and reports whether there is one.
func (r *reader) next() bool {
	before := r.token()
	start, newline := skipSpace(r.src, r.end)
	if start == len(r.src) {
		return false
	}
	r.ended = newline && endsStatement(before)
	r.startsDecl = r.ended || len(before) == 0 || before[0] == ';'
	r.start, r.end = start, tokenEnd(r.src, start)
	return true
}

// skipSignature steps from func to the { of the body, or to the first token of
// the next declaration where there is no body.
func (r *reader) skipSignature() {
	depth := 0
	var before []byte
	for r.next() {
		switch c := r.first(); {
		case depth == 0 && r.ended:
			r.end = r.start // the token is not ours
			return
		case depth == 0 && c == '{' && !opensType(before):
			return
		default:
			depth += nesting(c)
		}
		before = r.token()
	}
}

// block steps over the block that the current token opens, and returns what is
// between its braces; nil where the token opens none, or the block never ends.
func (r *reader) block() []byte {
	if r.start == r.end || r.first() != '{' {
		return nil
	}
	open := r.end
	end := blockEnd(r.src, open)
	if end == len(r.src) {
		r.end = end
		return nil
	}
	r.start, r.end = end, end+1
	return r.src[open:end]
}

// blockEnd returns the index of the brace that closes the block whose inside
// starts at i; len(src) if there is none.
func blockEnd(src []byte, i int) int {
	depth := 1
	for i < len(src) {
		switch src[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'', '`':
			i = quotedEnd(src, i)
			continue
		case '/':
			if end := commentEnd(src, i); end > i {
				i = end
				continue
			}
		}
		i++
	}
	return len(src)
}

func opensType(token []byte) bool {
	return string(token) == "struct" || string(token) == "interface"
}

// endsStatement reports whether a newline after the token ends a statement.
// After some keywords it does not, but none of those can be followed by a
// function's body.
func endsStatement(token []byte) bool {
	if len(token) == 0 {
		return false
	}
	c := token[0]
	return isWord(c) || c == '"' || c == '\'' || c == '`' || nesting(c) < 0
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

func tokenEnd(src []byte, i int) int {
	switch c := src[i]; {
	case isWord(c):
		for i++; i < len(src) && isWord(src[i]); i++ {
		}
		return i
	case c == '"' || c == '\'' || c == '`':
		return quotedEnd(src, i)
	}
	return i + 1
}

// quotedEnd returns where the string or rune that begins at i ends. One that
// its line or the file cuts off ends there.
func quotedEnd(src []byte, i int) int {
	quote := src[i]
	for i++; i < len(src); i++ {
		switch c := src[i]; {
		case c == quote:
			return i + 1
		case quote == '`':
			continue
		case c == '\\':
			i++
		case c == '\n':
			return i
		}
	}
	return len(src)
}

// commentEnd returns where the comment that begins at i ends; i if none does.
func commentEnd(src []byte, i int) int {
	rest := src[i:]
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		if n := bytes.IndexByte(rest, '\n'); n >= 0 {
			return i + n
		}
		return len(src)
	case bytes.HasPrefix(rest, []byte("/*")):
		if n := bytes.Index(rest[2:], []byte("*/")); n >= 0 {
			return i + 2 + n + 2
		}
		return len(src)
	}
	return i
}

// skipSpace skips white space and comments from i on, and reports whether
// there was a newline among them.
func skipSpace(src []byte, i int) (next int, newline bool) {
	for i < len(src) {
		switch src[i] {
		case '\n':
			newline = true
			i++
		case ' ', '\t', '\r':
			i++
		case '/':
			end := commentEnd(src, i)
			if end == i {
				return i, newline
			}
			newline = newline || bytes.IndexByte(src[i:end], '\n') >= 0
			i = end
		default:
			return i, newline
		}
	}
	return i, newline
}
