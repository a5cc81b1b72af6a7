package analyzer

import (
	"go/types"
	"path/filepath"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// factsAnalyzer makes the facts of a package, and hands what its functions do
// with locks to the packages that import it.
var factsAnalyzer = &analysis.Analyzer{
	Name:       "lockfixfacts",
	Doc:        "what functions do with locks, for other analyzers",
	URL:        url,
	FactTypes:  []analysis.Fact{new(exported)},
	ResultType: reflect.TypeFor[*known](),
	Run:        makeFacts,
}

// exported is what a package tells those that import it, encoded.
type exported struct{ Data []byte }

// AFact marks exported as a fact.
func (*exported) AFact() {}

func (e *exported) String() string { return "lockfix" }

// known is a package with its facts; both are nil for one that lockfix does not
// look into.
type known struct {
	pkg   *load.Package
	facts *facts.Package
}

func makeFacts(pass *analysis.Pass) (any, error) {
	if !own(pass) {
		return &known{}, nil
	}
	pkg, err := packageOf(pass)
	if err != nil || pkg == nil {
		return &known{}, err
	}
	f := pkg.Facts()
	f.Imports = importsOf(pass)
	data, err := sharing.Export(f).Encode()
	if err != nil {
		return nil, err
	}
	pass.ExportPackageFact(&exported{data})
	return &known{pkg, f}, nil
}

// own reports whether a package is of the program and not of a dependency: of
// those, as on the command line, nothing is known but what the models say.
func own(pass *analysis.Pass) bool {
	if m := pass.Module; m != nil && m.Path != "" {
		return m.Version == ""
	}
	return !standard(pass)
}

// standard reports whether a package is of the standard library, as far as a driver
// that knows of no module lets one see: it stands below src, and its path begins
// with no name of a host. One that was named by its files, and one that Bazel builds
// under a path of its own, is not.
func standard(pass *analysis.Pass) bool {
	path := pass.Pkg.Path()
	first, _, _ := strings.Cut(path, "/")
	if strings.Contains(first, ".") || pass.Pkg.Name() == "main" || len(pass.Files) == 0 {
		return false
	}
	dir := filepath.ToSlash(filepath.Dir(pass.Fset.File(pass.Files[0].FileStart).Name()))
	return strings.HasSuffix(dir, "/src/"+path)
}

// importsOf are the facts of the packages below.
func importsOf(pass *analysis.Pass) facts.Imports {
	all := facts.Imports{}
	for _, fact := range pass.AllPackageFacts() {
		e, ok := fact.Fact.(*exported)
		if !ok || fact.Package == pass.Pkg {
			continue
		}
		if export, err := facts.Decode(e.Data); err == nil {
			all[fact.Package.Path()] = export
		}
	}
	return all
}

// importer finds a package among those that the pass knows: a fix that needs
// another is none for it.
type importer struct{ known map[string]*types.Package }

func importerOf(pkg *types.Package) importer {
	i := importer{map[string]*types.Package{}}
	i.add(pkg.Imports())
	return i
}

func (i importer) add(pkgs []*types.Package) {
	for _, pkg := range pkgs {
		if i.known[pkg.Path()] == nil {
			i.known[pkg.Path()] = pkg
			i.add(pkg.Imports())
		}
	}
}
