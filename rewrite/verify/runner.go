package verify

import (
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"reflect"

	"golang.org/x/tools/go/analysis"

	"github.com/lockfix/lockfix/rewrite/load"
)

// A runner runs analyzers on one package, each once, those that they require
// first. Facts of imported packages are not there: what vet knows of them it
// does without, before an edit as well as after it.
type runner struct {
	pkg     *load.Package
	files   []*ast.File
	info    *types.Info
	report  func(*analysis.Analyzer, analysis.Diagnostic)
	results map[*analysis.Analyzer]any
	failed  map[*analysis.Analyzer]bool
	facts   map[factKey]analysis.Fact
}

type factKey struct {
	obj types.Object // nil for a fact of the package
	typ reflect.Type
}

func newRunner(pkg *load.Package, part func(*load.File) *ast.File, report func(*analysis.Analyzer, analysis.Diagnostic)) *runner {
	r := &runner{
		pkg: pkg, report: report,
		results: map[*analysis.Analyzer]any{},
		failed:  map[*analysis.Analyzer]bool{},
		facts:   map[factKey]analysis.Fact{},
	}
	info := *pkg.Info
	info.FileVersions = make(map[*ast.File]string, len(pkg.Files))
	for _, f := range pkg.Files {
		file := f.Syntax
		if part != nil {
			file = part(f)
		}
		if file != nil {
			r.files = append(r.files, file)
			info.FileVersions[file] = pkg.Info.FileVersions[f.Syntax]
		}
	}
	r.info = &info
	return r
}

// run runs an analyzer and reports whether it has a result. One that fails says
// nothing.
func (r *runner) run(a *analysis.Analyzer) bool {
	if _, ok := r.results[a]; ok || r.failed[a] {
		return ok
	}
	for _, needed := range a.Requires {
		if !r.run(needed) {
			r.failed[a] = true
			return false
		}
	}
	result, err := r.call(a)
	if err != nil {
		r.failed[a] = true
		return false
	}
	r.results[a] = result
	return true
}

func (r *runner) call(a *analysis.Analyzer) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", a.Name, p)
		}
	}()
	return a.Run(r.pass(a))
}

func (r *runner) pass(a *analysis.Analyzer) *analysis.Pass {
	return &analysis.Pass{
		Analyzer:   a,
		Fset:       r.pkg.Fset,
		Files:      r.files,
		Pkg:        r.pkg.Types,
		TypesInfo:  r.info,
		TypesSizes: r.pkg.Sizes,
		ResultOf:   r.results,
		Report:     func(d analysis.Diagnostic) { r.report(a, d) },
		ReadFile:   os.ReadFile,

		ImportObjectFact:  func(obj types.Object, fact analysis.Fact) bool { return r.factOf(obj, fact) },
		ExportObjectFact:  func(obj types.Object, fact analysis.Fact) { r.facts[factKey{obj, reflect.TypeOf(fact)}] = fact },
		ImportPackageFact: func(*types.Package, analysis.Fact) bool { return false },
		ExportPackageFact: func(analysis.Fact) {},
		AllObjectFacts:    func() []analysis.ObjectFact { return nil },
		AllPackageFacts:   func() []analysis.PackageFact { return nil },
	}
}

// factOf copies a known fact of an object into fact.
func (r *runner) factOf(obj types.Object, fact analysis.Fact) bool {
	known, ok := r.facts[factKey{obj, reflect.TypeOf(fact)}]
	if ok {
		reflect.ValueOf(fact).Elem().Set(reflect.ValueOf(known).Elem())
	}
	return ok
}
