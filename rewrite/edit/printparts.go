package edit

import (
	"bytes"
	"go/format"
	"slices"
	"strings"

	"github.com/dave/dst"
)

// partsOf cuts a file that is laid out as it is printed: the package clause, each declaration, and
// what is below the last one. It returns nil for a file of another layout, of which every line
// says how its author indents.
func partsOf(d *Document) []string {
	if !bytes.Equal(d.base, d.file.Text) {
		return nil
	}
	if all := declarations(d.base); len(all) == len(d.decls)+2 {
		return all
	}
	return nil
}

// printParts is print in the time that the declarations take that were changed, and not the whole
// file: each run of them is printed as a file of its own, and put between what stands as it was.
// It reports false where that could come out otherwise than with the file around it.
//
//	package p          package p
//	                →
//	func f() {…}       func f() {…}
func (d *Document) printParts(tree *dst.File, dropped []string) ([]byte, bool) {
	if d.parts == nil {
		return nil, false
	}
	var text []byte
	at, atNew := 0, 0
	for at < len(d.decls) || atNew < len(tree.Decls) {
		old, now := d.changedRun(tree, at, atNew)
		run, ok := d.printRun(tree, at, old, tree.Decls[atNew:now], dropped)
		if !ok {
			return nil, false
		}
		text = append(text, run...)
		at, atNew = old, now
		for at < len(d.decls) && atNew < len(tree.Decls) && tree.Decls[atNew] == d.decls[at].tree {
			text = append(text, d.parts[at+1]...)
			at, atNew = at+1, atNew+1
		}
	}
	if len(d.decls) > 0 && tree.Decls[len(tree.Decls)-1] == d.decls[len(d.decls)-1].tree {
		text = append(text, d.parts[len(d.decls)+1]...)
	}
	return text, len(tree.Decls) > 0
}

// changedRun returns where the declarations from at on, and atNew of the changed tree, are the same
// again.
func (d *Document) changedRun(tree *dst.File, at, atNew int) (old, now int) {
	for old = at; old < len(d.decls); old++ {
		if i := slices.Index(tree.Decls[atNew:], d.decls[old].tree); i >= 0 {
			return old, atNew + i
		}
	}
	return len(d.decls), len(tree.Decls)
}

// printRun prints the declarations in the place of those from one of the document to another.
func (d *Document) printRun(tree *dst.File, from, to int, decls []dst.Decl, dropped []string) ([]byte, bool) {
	was, now, header := d.tree, tree, ""
	first, last := from+1, to+1
	if from == 0 {
		first = 0
	} else {
		was, now, header = alone(), alone(), "package p\n"
	}
	if to == len(d.decls) {
		last++
	}
	base := header + strings.Join(d.parts[first:last], "")
	if !d.setApart(from, to) {
		return nil, false
	}
	printed, err := render(with(was, treesOf(d.decls[from:to])))
	if err != nil || string(printed) != base {
		return nil, false
	}
	text, err := render(with(now, decls))
	if err != nil || string(text) != base && !d.standsAlone(text, base, dropped) {
		return nil, false
	}
	return bytes.CutPrefix(text, []byte(header))
}

// setApart reports whether blank lines stand around some declarations: without them gofmt aligns
// comments with those of the neighbours.
func (d *Document) setApart(from, to int) bool {
	blank := func(i int) bool {
		return i == 0 || i >= len(d.decls) || strings.HasPrefix(d.parts[i+1], "\n")
	}
	return blank(from) && blank(to)
}

// standsAlone holds what was printed against what is asked of the whole file.
func (d *Document) standsAlone(text []byte, base string, dropped []string) bool {
	if d.clean {
		formatted, err := format.Source(text)
		if err != nil || !bytes.Equal(formatted, text) {
			return false
		}
	}
	had, err := commentsOf([]byte(base))
	return err == nil && lostComments(had, text, dropped) == nil
}

// alone returns a file of nothing but a package clause.
func alone() *dst.File { return &dst.File{Name: dst.NewIdent("p")} }

// with returns a file with other declarations.
func with(file *dst.File, decls []dst.Decl) *dst.File {
	other := *file
	other.Decls = decls
	return &other
}

func treesOf(decls []*declaration) (trees []dst.Decl) {
	for _, d := range decls {
		trees = append(trees, d.tree)
	}
	return trees
}
