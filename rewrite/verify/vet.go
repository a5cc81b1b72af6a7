// Package verify asks others than the type checker whether a program has become
// worse: the analyzers of go vet, and the tests of the packages that changed.
package verify

import (
	"cmp"
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/assign"
	"golang.org/x/tools/go/analysis/passes/atomic"
	"golang.org/x/tools/go/analysis/passes/bools"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/defers"
	"golang.org/x/tools/go/analysis/passes/loopclosure"
	"golang.org/x/tools/go/analysis/passes/lostcancel"
	"golang.org/x/tools/go/analysis/passes/nilfunc"
	"golang.org/x/tools/go/analysis/passes/testinggoroutine"
	"golang.org/x/tools/go/analysis/passes/unreachable"
	"golang.org/x/tools/go/analysis/passes/unusedresult"
	"golang.org/x/tools/go/analysis/passes/waitgroup"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// analyzers are those of go vet that a change of locks, goroutines and control
// flow can set off. The others look at formats, tags and assembly.
var analyzers = []*analysis.Analyzer{
	assign.Analyzer, atomic.Analyzer, bools.Analyzer, copylock.Analyzer, defers.Analyzer, loopclosure.Analyzer,
	lostcancel.Analyzer, nilfunc.Analyzer, testinggoroutine.Analyzer, unreachable.Analyzer,
	unusedresult.Analyzer, waitgroup.Analyzer,
}

// A Complaint is one finding of go vet, told without its line, so that it is the
// same before and after an edit elsewhere.
type Complaint struct {
	Analyzer, Symbol, Message string
}

// Compare orders complaints.
func (c Complaint) Compare(other Complaint) int {
	return cmp.Or(cmp.Compare(c.Symbol, other.Symbol), cmp.Compare(c.Analyzer, other.Analyzer), cmp.Compare(c.Message, other.Message))
}

// Vet returns what go vet has to say of a package, and how often; of some of its
// files, or parts of them, if part returns those (nil: of all). Of a package that does not type-check
// it says nothing: the analyzers rely on types.
func Vet(pkg *load.Package, part func(*load.File) *ast.File) map[Complaint]int {
	all := map[Complaint]int{}
	if pkg.IllTyped || pkg.Superseded || pkg.Types == nil || pkg.Cgo {
		return all
	}
	r := newRunner(pkg, part, func(a *analysis.Analyzer, d analysis.Diagnostic) {
		all[Complaint{a.Name, symbolAt(pkg, d.Pos), withoutLines(d.Message)}]++
	})
	for _, a := range analyzers {
		r.run(a)
	}
	return all
}

// withoutLines takes out the line numbers that some messages hold.
func withoutLines(message string) string { return lineNumber.ReplaceAllString(message, "line …") }

var lineNumber = lazyregexp.New(`line [0-9]+`)

// symbolAt names the function around a place.
func symbolAt(pkg *load.Package, pos token.Pos) string {
	for _, f := range pkg.Files {
		if pos < f.Syntax.FileStart || f.Syntax.FileEnd < pos {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Pos() <= pos && pos <= fn.End() {
				return fn.Name.Name
			}
		}
	}
	return ""
}
