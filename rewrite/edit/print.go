package edit

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"go/printer"

	"github.com/dave/dst"
	"github.com/dave/dst/decorator"
)

// layout is gofmt's, without the flag that rewrites number literals: what is
// printed must not differ from the source in anything that was not changed.
var layout = printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}

// render prints a tree. It does not sort imports, as decorator.Fprint and
// format.Node do.
func render(tree *dst.File) ([]byte, error) {
	r := decorator.NewRestorer()
	file, err := r.RestoreFile(tree)
	if err != nil {
		return nil, fmt.Errorf("internal: the tree could not be restored: %w", err)
	}
	var buf bytes.Buffer
	if err := layout.Fprint(&buf, r.Fset, file); err != nil {
		return nil, fmt.Errorf("internal: the tree could not be printed: %w", err)
	}
	return buf.Bytes(), nil
}

// print returns the normalised text of the file in which what differs between
// tree and the unchanged tree is carried over to the author's own lines: as
// gofmt writes it if it was, and with every comment but those dropped.
func (d *Document) print(tree *dst.File, dropped []string) ([]byte, error) {
	if text, ok := d.printParts(tree, dropped); ok {
		return text, nil
	}
	return d.printWhole(tree, dropped)
}

// printWhole is print by way of the whole file.
func (d *Document) printWhole(tree *dst.File, dropped []string) ([]byte, error) {
	mut, err := render(tree)
	if err != nil {
		return nil, err
	}
	text, err := carry(d.file.Text, d.base, mut, d.survives)
	if err != nil {
		return nil, err
	}
	if d.clean {
		if text, err = format.Source(text); err != nil {
			return nil, fmt.Errorf("internal: the result does not parse: %w", err)
		}
	}
	return text, d.keepComments(text, dropped)
}

// survives reports whether a printed file has the tokens of its source.
func survives(source, base []byte) bool {
	if bytes.Equal(source, base) {
		return true
	}
	same, err := sameTokens(base, source)
	return same && err == nil
}

// carry brings the change from base to mut to the source. survives says that base has the tokens
// of the source.
func carry(source, base, mut []byte, survives bool) ([]byte, error) {
	if bytes.Equal(base, source) {
		return mut, nil
	}
	want, err := tokensOf(mut)
	if err != nil {
		return nil, fmt.Errorf("internal: the printed file does not parse: %w", err)
	}
	if !survives {
		return nil, errors.New("internal: the file does not survive printing")
	}
	for _, text := range [][]byte{
		mergeLines(source, base, mut, indenter{}),
		mergeLines(source, base, mut, nil), // for raw strings, which are not to be moved
		mergeDecls(source, base, mut),
	} {
		got, err := tokensOf(text)
		if err == nil && want.equal(got) {
			return text, nil
		}
	}
	return nil, errors.New("the layout of the file leaves no place for the change: run gofmt on it first")
}
