package edit

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/diffs"
)

// A lawful edit is one that random statements go through. What it may do to the
// lines of the file is the law.
type lawfulEdit struct {
	make func(s *Site, list []dst.Stmt, i int)
	law  func(c *change) string // what is broken
}

var lawfulEdits = map[string]lawfulEdit{
	"insert before": {
		func(s *Site, list []dst.Stmt, i int) { s.InsertBefore(list[i], marker()) },
		addsOnlyMarkers(1),
	},
	"insert after": {
		func(s *Site, list []dst.Stmt, i int) { s.InsertAfter(list[i], marker()) },
		addsOnlyMarkers(1),
	},
	"delete": {
		func(s *Site, list []dst.Stmt, i int) { s.Delete(list[i]) },
		removesOnlyTheStatement(0),
	},
	"replace": {
		func(s *Site, list []dst.Stmt, i int) { s.ReplaceStmt(list[i], marker()) },
		removesOnlyTheStatement(1),
	},
	"replace by two": {
		func(s *Site, list []dst.Stmt, i int) { s.ReplaceStmt(list[i], marker(), marker()) },
		removesOnlyTheStatement(2),
	},
	"swap": {
		func(s *Site, list []dst.Stmt, i int) { s.Swap(list[i], list[(i+1)%len(list)]) },
		keepsTheLines,
	},
	"move": {
		func(s *Site, list []dst.Stmt, i int) { s.MoveAfter(list[i], list[(i+1)%len(list)]) },
		keepsTheLines,
	},
	"wrap": {
		func(s *Site, list []dst.Stmt, i int) {
			s.Wrap(list[i], list[min(i+1, len(list)-1)], func(b *dst.BlockStmt) dst.Stmt {
				return IfStmt(nil, Ident("lockfixMarker"), b)
			})
		},
		wraps,
	},
}

func marker() dst.Stmt { return ExprStmt(Call(Ident("lockfixMarker"))) }

// A change is what an edit of the statement on the lines from first to last
// (from 0) did to a file, as lines without white space.
type change struct {
	before, after []string
	first, last   int
	comments      map[string]bool // lines that are part of a comment, and nothing else
	oneLine       bool            // the statement shares its line
	only          bool            // and its list
}

// addsOnlyMarkers: n lines are new, none is gone. A list on one line unfolds.
func addsOnlyMarkers(n int) func(*change) string {
	return func(c *change) string {
		if c.oneLine {
			return ""
		}
		added, removed := c.difference()
		if len(added) != n || len(removed) > 0 {
			return fmt.Sprintf("added %q, removed %q", added, removed)
		}
		return ""
	}
}

// wraps: "if marker {" and "}" are new. Lines that move deeper are printed, and
// two blank lines among them become one.
func wraps(c *change) string {
	return addsOnlyMarkers(2)(&change{
		before: withoutBlank(c.before), after: withoutBlank(c.after), oneLine: c.oneLine,
	})
}

// removesOnlyTheStatement: what is gone belongs to the statement, or is a blank
// line; what is new is n markers, or a comment that stood inside.
func removesOnlyTheStatement(n int) func(*change) string {
	return func(c *change) string {
		if c.oneLine || c.only && n == 0 {
			return "" // "{" and "}" may join
		}
		added, removed := c.difference()
		markers := 0
		for _, l := range added {
			if strings.Contains(l, "lockfixMarker") {
				markers++
			} else if !c.comments[l] && l != "" {
				return fmt.Sprintf("added %q", l)
			}
		}
		own := slices.Clone(c.before[c.first : c.last+1])
		for _, l := range removed {
			if i := slices.Index(own, l); i >= 0 {
				own = slices.Delete(own, i, i+1)
			} else if !c.comments[l] && l != "" {
				return fmt.Sprintf("removed %q", l)
			}
		}
		if markers != n {
			return fmt.Sprintf("%d lines with the new statements, not %d", markers, n)
		}
		return ""
	}
}

// keepsTheLines: every line is still there, somewhere.
func keepsTheLines(c *change) string {
	if c.oneLine {
		return ""
	}
	before, after := withoutBlank(c.before), withoutBlank(c.after)
	slices.Sort(before)
	slices.Sort(after)
	if !slices.Equal(before, after) {
		return "lines were lost or made"
	}
	return ""
}

func withoutBlank(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l == "" })
}

// difference returns the lines that are new and those that are gone.
func (c *change) difference() (added, removed []string) {
	for _, h := range diffs.Lines(c.before, c.after) {
		removed = append(removed, c.before[h.AStart:h.AEnd]...)
		added = append(added, c.after[h.BStart:h.BEnd]...)
	}
	return added, removed
}

// TestLawEdit makes random edits in real files of every style: no comment is
// lost, no edit refused, and only the expected lines change.
func TestLawEdit(t *testing.T) {
	for _, style := range slices.Sorted(maps.Keys(styles)) {
		t.Run(style, func(t *testing.T) {
			random := rand.New(rand.NewPCG(11, 13))
			made := 0
			for _, path := range corpus(t, 16) {
				doc := decorateFile(t, path, []byte(styles[style](string(read(t, path)))))
				if doc == nil {
					continue
				}
				for _, name := range slices.Sorted(maps.Keys(lawfulEdits)) {
					made += testEdit(t, doc, name, random)
				}
			}
			t.Logf("%d edits", made)
		})
	}
}

// testEdit makes one edit of a random statement and returns 1, or 0 where the
// file has no statement.
func testEdit(t *testing.T, doc *Document, name string, random *rand.Rand) int {
	t.Helper()
	lists := statementLists(doc.file.Syntax)
	if len(lists) == 0 {
		return 0
	}
	list := lists[random.IntN(len(lists))]
	i := random.IntN(len(list))
	s := doc.untyped()
	twins := make([]dst.Stmt, len(list))
	for j, st := range list {
		twins[j] = s.Stmt(st)
	}
	law := lawfulEdits[name]
	text, err := attemptEdit(doc, s, func() { law.make(s, twins, i) })
	where := fmt.Sprintf("%s:%d: %s", doc.file.Path, doc.line(list[i].Pos())+1, name)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return 1
	}
	if broken := law.law(doc.change(list, i, text)); broken != "" {
		t.Errorf("%s: %s", where, broken)
		if os.Getenv("LOCKFIX_DIFFS") != "" {
			t.Log(diffs.Unified([]diffs.Change{{Path: "x.go", Before: doc.file.Text, After: text}}))
		}
	}
	return 1
}

// attemptEdit makes an edit and prints; a panic is an error.
func attemptEdit(doc *Document, s *Site, edit func()) (text []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	edit()
	if s.Err() != nil {
		return nil, s.Err()
	}
	return printBothWays(doc, s.File, nil)
}

// printBothWays prints a changed tree. What comes out in parts is what comes out of the whole file.
func printBothWays(doc *Document, tree *dst.File, dropped []string) ([]byte, error) {
	whole, err := doc.printWhole(tree, dropped)
	if parts, ok := doc.printParts(tree, dropped); ok && (err != nil || !bytes.Equal(parts, whole)) {
		return nil, fmt.Errorf("printed in parts it is\n%s\nand as a whole\n%s%v", parts, whole, err)
	}
	return whole, err
}

// statementLists returns every list of statements of a file.
func statementLists(f *ast.File) (lists [][]ast.Stmt) {
	ast.Inspect(f, func(n ast.Node) bool {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			return true
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		if len(list) > 0 && !isClause(list[0]) {
			lists = append(lists, list)
		}
		return true
	})
	return lists
}

func isClause(st ast.Stmt) bool {
	switch st.(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// change describes what became of the document by an edit of list[i].
func (d *Document) change(list []ast.Stmt, i int, text []byte) *change {
	c := &change{
		before: bareLines(d.file.Text),
		after:  bareLines(text),
		first:  d.line(list[i].Pos()),
		last:   d.line(list[i].End()),
		only:   len(list) == 1,
	}
	for j, st := range list {
		prevEnd := -1
		if j > 0 {
			prevEnd = d.line(list[j-1].End())
		}
		c.oneLine = c.oneLine || d.line(st.Pos()) == prevEnd || !d.startsLine(st)
	}
	c.comments = d.commentLines()
	return c
}

// bareLines returns the lines of a text without white space, and without the
// semicolons that end them: those belong to no statement.
func bareLines(text []byte) []string {
	lines := squeezed(diffs.SplitLines(text))
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, ";")
	}
	return lines
}

// startsLine reports whether nothing but white space and comments stands
// before a statement on its line, nor code behind it.
func (d *Document) startsLine(st ast.Stmt) bool {
	at := int(st.Pos() - d.file.Syntax.FileStart)
	lineStart := strings.LastIndexByte(string(d.file.Text[:at]), '\n') + 1
	head := strings.TrimSpace(string(d.file.Text[lineStart:at]))
	return head == "" || strings.HasPrefix(head, "/*")
}

// line returns the line of a position, from 0.
func (d *Document) line(pos token.Pos) int {
	return bytes.Count(d.file.Text[:pos-d.file.Syntax.FileStart], []byte("\n"))
}

// commentLines returns the lines that hold nothing but a part of a comment,
// wherever the comment stands now.
func (d *Document) commentLines() map[string]bool {
	lines := map[string]bool{}
	for _, group := range d.file.Syntax.Comments {
		for _, c := range group.List {
			for line := range strings.Lines(c.Text) {
				lines[squeeze(line)] = true
			}
		}
	}
	return lines
}
