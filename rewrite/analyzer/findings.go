package analyzer

import (
	"flag"
	"go/token"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

// findings are those of one package, and where they stand.
type findings struct {
	all   []report.Finding
	fset  *token.FileSet
	files []*token.File
}

// file finds a file by the name that the report has for it.
func (all *findings) file(name string) *token.File {
	for _, f := range all.files {
		if strings.TrimPrefix(f.Name(), "/") == strings.TrimPrefix(name, "/") {
			return f
		}
	}
	return nil
}

// pos is a position in a file; the report counts columns in bytes.
func (all *findings) pos(file *token.File, p report.Position) token.Pos {
	if p.Line < 1 || p.Line > file.LineCount() {
		return file.Pos(0)
	}
	at := file.LineStart(p.Line) + token.Pos(max(0, p.Column-1))
	return min(at, token.Pos(file.Base()+file.Size()))
}

// newFinder is the analyzer that the suite shares: it finds, and the others
// tell, each what is its own.
func newFinder() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:       "lockfixfindings",
		Doc:        "find concurrency hazards, for other analyzers to report",
		URL:        url,
		Requires:   []*analysis.Analyzer{factsAnalyzer},
		ResultType: reflect.TypeFor[*findings](),
		Run: func(pass *analysis.Pass) (any, error) {
			return new(selection).findings(pass)
		},
	}
}

// A selection is which rules run.
type selection struct{ enable, disable string }

func (s *selection) bind(flags *flag.FlagSet) {
	flags.StringVar(&s.enable, "enable", "", "only these rules, by id, comma-separated")
	flags.StringVar(&s.disable, "disable", "", "not these rules, by id, comma-separated")
}

func (s *selection) findings(pass *analysis.Pass) (*findings, error) {
	return run(pass, rewrite.Options{Enable: ids(s.enable), Disable: ids(s.disable)})
}

func ids(list string) (all []string) {
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id != "" {
			all = append(all, id)
		}
	}
	return all
}
