package hook

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// touched returns the findings of the report that the commit has to do with: a
// line of the finding, or of what it rests on, is new; or lines were taken out
// of the function that it stands in.
func (v *view) touched(findings []report.Finding, pathOf func(string) string) (all []report.Finding) {
	byPath := map[string]*stagedFile{}
	for i, f := range v.staged {
		byPath[v.repo.Path(f.Path)] = &v.staged[i]
	}
	for _, f := range findings {
		if f.Suppressed {
			continue
		}
		file := byPath[pathOf(f.File)]
		news := file != nil && (file.added(f.Range.Start.Line, f.Range.End.Line) || file.shortened(f.Range.Start.Line))
		for _, e := range f.Related {
			related := byPath[pathOf(e.File)]
			news = news || related != nil && related.added(e.Line, e.Line)
		}
		if news {
			all = append(all, f)
		}
	}
	return all
}

// added reports whether the commit adds one of the lines first to last.
func (f *stagedFile) added(first, last int) bool {
	for line := first; line <= max(first, last); line++ {
		if f.everySide(func(h diffs.Hunk) bool { return h.BStart < line && line <= h.BEnd }) {
			return true
		}
	}
	return false
}

// shortened reports whether the commit takes lines out of the function around a
// line without putting others in their place: an unlock, maybe.
func (f *stagedFile) shortened(line int) bool {
	first, last := f.function(line)
	return f.everySide(func(h diffs.Hunk) bool {
		return h.BStart == h.BEnd && first <= h.BStart && h.BStart < last
	})
}

// everySide reports whether what the commit changes of each parent has a hunk
// of some kind.
func (f *stagedFile) everySide(is func(diffs.Hunk) bool) bool {
	return !slices.ContainsFunc(f.sides, func(hunks []diffs.Hunk) bool { return !slices.ContainsFunc(hunks, is) })
}

// function returns the lines of the function around a line; none if it is in none.
func (f *stagedFile) function(line int) (first, last int) {
	fset := token.NewFileSet()
	file, _ := parser.ParseFile(fset, "", f.text, parser.SkipObjectResolution)
	if file == nil {
		return 0, 0
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		from, to := fset.PositionFor(fn.Pos(), false).Line, fset.PositionFor(fn.End(), false).Line
		if from <= line && line <= to {
			return from, to
		}
	}
	return 0, 0
}
