package load

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// A Problem is something that could not be loaded.
type Problem struct {
	File         string // absolute, or "" where no file is to blame
	Line, Column int    // from 1; 0 where the whole file is to blame
	Package      string // import path
	Kind         string // list, read, parse, type; internal: a failure of lockfix or of the Go libraries; more: how many are not told
	Message      string // what is wrong, and what to do
}

// compare orders problems by place.
func (p Problem) compare(q Problem) int {
	return cmp.Or(
		cmp.Compare(p.File, q.File),
		cmp.Compare(p.Line, q.Line),
		cmp.Compare(p.Column, q.Column),
		cmp.Compare(p.Message, q.Message),
		cmp.Compare(p.Package, q.Package),
	)
}

// sameAs reports whether p and q are one problem, found in two variants, on
// two platforms, or by the go command and the type checker.
func (p Problem) sameAs(q Problem) bool {
	return p.File == q.File && p.Line == q.Line && p.Column == q.Column && p.Message == q.Message
}

// sorted returns problems by place, each once.
func sorted(problems []Problem) []Problem {
	problems = slices.Clone(problems)
	slices.SortFunc(problems, Problem.compare)
	return slices.CompactFunc(problems, Problem.sameAs)
}

// typeProblems turns what the type checker said into problems. It says the
// second place of an error ("other declaration of x") separately, indented.
func typeProblems(fset *token.FileSet, errs []types.Error) []Problem {
	var problems []Problem
	for _, err := range errs {
		at := fset.PositionFor(err.Pos, false) // the place in the file at hand, whatever //line says
		if rest, ok := strings.CutPrefix(err.Msg, "\t"); ok && len(problems) > 0 {
			last := &problems[len(problems)-1]
			last.Message += fmt.Sprintf("; %s at %s:%d", rest, filepath.Base(at.Filename), at.Line)
			continue
		}
		message := oneLine(err.Msg)
		if strings.Contains(message, newerGo) {
			message = withRemedy(message)
		}
		problems = append(problems, Problem{
			File: at.Filename, Line: at.Line, Column: at.Column,
			Kind: "type", Message: message,
		})
	}
	return problems
}
