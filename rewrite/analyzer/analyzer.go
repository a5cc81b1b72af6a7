// Package analyzer is the rules of lockfix as analyzers of go/analysis, for
// every driver that knows those: go vet, go fix, golangci-lint, nogo.
//
// An analyzer reads no file but those of the package, no environment and no clock,
// so that its result can be cached and made elsewhere. It sees one package: what
// the packages below it do with locks comes as a fact, and what is above it, or
// asks for the whole program, only the lockfix command sees. A fix is offered if
// it is safe and was verified on the package; the bytes that it changes are those
// of the package.
//
// Words: the suite has one analyzer a rule, named as the rule is; [Analyzer] is
// all of them in one.
package analyzer

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rules"
)

const url = "https://github.com/lockfix/lockfix"

// Analyzer runs the rules that run by default and reports all that they find, each
// under the id of its rule as its category. Its flags enable and disable rules.
var Analyzer = newAll()

func newAll() *analysis.Analyzer {
	all := &selection{}
	a := &analysis.Analyzer{
		Name:     "lockfix",
		Doc:      "find concurrency hazards\n\nThe rules of lockfix; the category of a finding is the id of its rule.",
		URL:      url,
		Requires: []*analysis.Analyzer{factsAnalyzer},
	}
	all.bind(&a.Flags)
	a.Run = func(pass *analysis.Pass) (any, error) {
		findings, err := all.findings(pass)
		if err != nil {
			return nil, err
		}
		for _, f := range findings.all {
			findings.tell(pass, f)
		}
		return nil, nil
	}
	return a
}

// Suite returns one analyzer for each rule that runs by default. Each call
// returns the same ones. They are made when they are first asked for: a hook on a
// commit without Go files has no time to read the library.
var Suite = sync.OnceValue(newSuite)

func newSuite() (all []*analysis.Analyzer) {
	found := newFinder()
	for _, rule := range rules.Library() {
		if rule.Stability != "stable" || rule.Confidence == "low" {
			continue
		}
		all = append(all, &analysis.Analyzer{
			Name:     rule.ID,
			Doc:      rule.Title + "\n\n" + rule.Rationale,
			URL:      url,
			Requires: []*analysis.Analyzer{found},
			Run: func(pass *analysis.Pass) (any, error) {
				findings := pass.ResultOf[found].(*findings)
				for _, f := range findings.all {
					if f.Rule == rule.ID {
						findings.tell(pass, f)
					}
				}
				return nil, nil
			},
		})
	}
	return all
}

// tell reports a finding, with its fix if that may be applied without a question.
func (all *findings) tell(pass *analysis.Pass, f report.Finding) {
	file := all.file(f.File)
	if file == nil {
		return
	}
	d := analysis.Diagnostic{
		Pos:      all.pos(file, f.Range.Start),
		End:      all.pos(file, f.Range.End),
		Category: f.Rule,
		Message:  fmt.Sprintf("%s [%s]", f.Message, f.Rule),
		Related:  all.related(f),
	}
	if fix, ok := all.fix(f); ok {
		d.SuggestedFixes = []analysis.SuggestedFix{fix}
	}
	pass.Report(d)
}

func (all *findings) related(f report.Finding) (related []analysis.RelatedInformation) {
	for _, e := range f.Related {
		if file := all.file(e.File); file != nil {
			at := all.pos(file, report.Position{Line: e.Line, Column: 1})
			related = append(related, analysis.RelatedInformation{Pos: at, Message: e.Message})
		}
	}
	return related
}

func (all *findings) fix(f report.Finding) (fix analysis.SuggestedFix, ok bool) {
	if f.Fix.Status != report.Fixable || f.Fix.Applicability != string(rules.Safe) {
		return fix, false
	}
	fix.Message = f.Fix.Title
	for _, e := range f.Fix.Edits {
		file := all.file(e.File)
		if file == nil {
			return fix, false
		}
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{
			Pos: file.Pos(e.Start), End: file.Pos(e.End), NewText: []byte(e.New),
		})
	}
	return fix, len(fix.TextEdits) > 0
}

// run runs the rules on the package of a pass.
func run(pass *analysis.Pass, opts rewrite.Options) (*findings, error) {
	known := pass.ResultOf[factsAnalyzer].(*known)
	all := &findings{fset: pass.Fset}
	for _, f := range pass.Files {
		all.files = append(all.files, pass.Fset.File(f.FileStart))
	}
	if known.facts == nil {
		return all, nil
	}
	opts.Load.Dir = "/" // so that absolute names lose their first slash, and no more
	opts.Load.Jobs = 1
	result, err := rewrite.RunOn(context.Background(), opts, known.program(pass), known.facts)
	if err != nil {
		return nil, err
	}
	for _, f := range result.Report.Findings {
		if !f.Suppressed {
			all.all = append(all.all, f)
		}
	}
	if len(result.Report.Errors) > 0 {
		e := result.Report.Errors[0]
		return nil, fmt.Errorf("lockfix: %s", strings.TrimSpace(e.Message))
	}
	return all, nil
}
