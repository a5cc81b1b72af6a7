package load

import "bytes"

// blankBodies overwrites function bodies and the elements of composite
// literals with spaces, in place, newlines kept: positions stay, and the parser
// and the type checker have next to nothing to do.
//
// At top level braces hold struct fields, interface elements, the statements
// of a function, or the elements of a literal. A package's importers see the
// first two only: the type of a literal is written before its brace, and no
// type, constant or signature can depend on a statement. The one exception is
// [...]T{…}, whose elements are counted.
//
// It reads tokens no finer than it must. Where src is not Go it may blank too
// much, or nothing.
func blankBodies(src []byte) {
	r := reader{src: src}
	counted := false // the next literal is a [...]T
	for {
		before := r.token()
		if !r.next() {
			return
		}
		switch c := r.src[r.start]; {
		case c == '.' && string(before) == "[":
			counted = true
		case c == '{' && !opensType(before):
			body := r.skipBlock()
			if !counted {
				blank(body)
			}
			counted = false
		}
	}
}

func opensType(token []byte) bool {
	return string(token) == "struct" || string(token) == "interface"
}

func blank(body []byte) {
	for i, c := range body {
		if c != '\n' {
			body[i] = ' '
		}
	}
}

// A reader steps through src token by token: a word, a quoted literal, or one
// byte of anything else. Comments and white space are no tokens.
type reader struct {
	src        []byte
	start, end int // the token is src[start:end]
}

func (r *reader) token() []byte { return r.src[r.start:r.end] }

// next steps to the next token and reports whether there is one.
func (r *reader) next() bool {
	r.start = skipSpace(r.src, r.end)
	if r.start == len(r.src) {
		r.end = r.start
		return false
	}
	r.end = tokenEnd(r.src, r.start)
	return true
}

// skipBlock steps over the block that the current token opens, and returns
// what is between its braces; nothing if it never ends.
func (r *reader) skipBlock() []byte {
	open := r.end
	r.start = blockEnd(r.src, open)
	if r.start == len(r.src) {
		r.end = r.start
		return nil
	}
	r.end = r.start + 1
	return r.src[open:r.start]
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

// skipSpace returns where the white space and comments that begin at i end.
func skipSpace(src []byte, i int) int {
	for i < len(src) {
		switch src[i] {
		case ' ', '\t', '\r', '\n':
			i++
		case '/':
			end := commentEnd(src, i)
			if end == i {
				return i
			}
			i = end
		default:
			return i
		}
	}
	return i
}
