package edit

import (
	"bytes"
	"go/parser"
	"go/token"
	"strings"

	"github.com/lockfix/lockfix/diffs"
)

// mergeDecls is mergeLines with whole declarations for lines: a declaration
// that the change touches is taken as printed, the others are the author's.
// It returns nil where the three texts cannot be cut alike.
func mergeDecls(source, base, mut []byte) []byte {
	s, b, m := declarations(source), declarations(base), declarations(mut)
	if s == nil || len(s) != len(b) || m == nil {
		return nil
	}
	var out []string
	at := 0
	for _, h := range diffs.Lines(b, m) {
		out = append(out, s[at:h.AStart]...)
		out = append(out, m[h.BStart:h.BEnd]...)
		at = h.AEnd
	}
	return []byte(strings.Join(append(out, s[at:]...), ""))
}

// declarations cuts a file after the last line of its package clause and of
// each of its declarations.
func declarations(src []byte) []string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	tf := fset.File(file.FileStart)
	ends := []token.Pos{file.Name.End()}
	for _, d := range file.Decls {
		ends = append(ends, d.End())
	}
	var parts []string
	at := 0
	for _, end := range ends {
		stop := lineEnd(src, tf.Offset(end))
		if stop <= at {
			return nil // two on a line
		}
		parts, at = append(parts, string(src[at:stop])), stop
	}
	return append(parts, string(src[at:]))
}

// lineEnd returns the offset behind the line that offset lies in.
func lineEnd(src []byte, offset int) int {
	if i := bytes.IndexByte(src[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(src)
}
