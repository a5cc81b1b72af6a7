package match

import (
	"go/ast"
	"go/version"
	"slices"
	"strconv"
	"strings"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// A scope says in which files a rule looks.
type scope struct {
	tests    rules.Tests
	imports  []string
	versions rules.GoRange
}

func (c *compiler) scope() scope {
	versions, err := rules.ParseGoRange(c.rule.Go)
	if err != nil {
		c.add("/go", "%v", err)
	}
	return scope{c.rule.Scope.Tests, c.rule.Scope.Imports, versions}
}

// A filePlace is what a scope asks about a file.
type filePlace struct {
	test      bool
	imports   []string // of the package
	goVersion string
	module    string // the version of the package's module, "" if not known
}

func placeOf(pkg *facts.Package, file *ast.File, imports []string) filePlace {
	p := filePlace{
		test:    strings.HasSuffix(pkg.Fset.File(file.Package).Name(), "_test.go"),
		imports: imports,
	}
	if pkg.GoVersion != nil {
		p.goVersion = pkg.GoVersion(file)
	}
	if pkg.Types != nil && pkg.Types.GoVersion() != "" {
		p.module = version.Lang(pkg.Types.GoVersion())
	}
	if pkg.OldTimers && (p.module == "" || version.Compare(p.module, facts.BeforeTimers) > 0) {
		p.module = facts.BeforeTimers
	}
	return p
}

func (s scope) holds(file filePlace) bool {
	if s.tests == "exclude" && file.test || s.tests == "only" && !file.test {
		return false
	}
	if len(s.imports) > 0 && !slices.ContainsFunc(s.imports, func(path string) bool { return slices.Contains(file.imports, path) }) {
		return false
	}
	// A build constraint changes the language of a file, and not the timers of the program.
	return s.versions.Contains(file.goVersion) && (file.module == "" || s.versions.Contains(file.module))
}

// importsOf returns the paths that the files of a package import.
func importsOf(pkg *facts.Package) (paths []string) {
	for _, file := range pkg.Files {
		for _, spec := range file.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
