package edit

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// Qualified returns an expression for an exported name of a package, and
// imports the package where the file does not: sync.Mutex, or Mutex where the
// file imports it by a dot.
func (s *Site) Qualified(pkg, name string) dst.Expr {
	for _, spec := range importSpecs(s.File) {
		if pathOf(spec) == pkg && nameOf(spec) == "." && !s.Hides()[name] {
			return Ident(name)
		}
	}
	return Sel(Ident(s.AddImport(pkg)), name)
}

// addedIn is the version of Go with which a package came that fixes use: the type
// checker takes an older go line for no reason to refuse it, an older toolchain has
// nothing of that name.
var addedIn = map[string]string{"cmp": "go1.21", "maps": "go1.21", "slices": "go1.21", "iter": "go1.23", "unique": "go1.23"}

// AddImport returns the name under which the declaration around the match can
// use a package, and imports it if need be. An import is reused unless a local
// name hides it; a new one gets a name that means nothing at the site, in the
// file or in the package, the files of other platforms included.
func (s *Site) AddImport(pkg string) (qualifier string) {
	if since := addedIn[pkg]; since != "" && !s.AtLeast(since) {
		s.Fail("package %s came with %s, and the file is of %s", pkg, since, cmp.Or(s.source.GoVersion, "an older version"))
	}
	hidden := s.Hides()
	name, known := s.packageName(pkg)
	as := ""
	for _, spec := range importSpecs(s.File) {
		own := cmp.Or(nameOf(spec), name)
		if pathOf(spec) == pkg && own != "." && own != "_" && !hidden[own] && (as == "" || own == name) {
			as = own
		}
	}
	if as != "" {
		return as
	}
	taken := s.taken(s.Match.Decl)
	alias := name
	for i := 2; taken(alias) || s.imports(alias) || s.Pkg.Dir != "" && s.Pkg.DeclaredElsewhere(alias) != ""; i++ {
		alias = name + strconv.Itoa(i)
	}
	spec := &dst.ImportSpec{Path: &dst.BasicLit{Kind: token.STRING, Value: strconv.Quote(pkg)}}
	if alias != name || !known {
		spec.Name = Ident(alias)
	}
	s.insertImport(spec)
	return alias
}

// Hides returns the names that the declaration around the match declares
// anywhere inside: each may hide an import of that name.
func (s *Site) Hides() map[string]bool {
	hidden := map[string]bool{}
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && s.Pkg.Info.Defs[id] != nil {
			hidden[id.Name] = true
		}
		return true
	})
	return hidden
}

// packageName returns the name that a package calls itself, and whether that
// is known; else it is a guess, and the import must say a name.
func (s *Site) packageName(pkg string) (name string, known bool) {
	if p := findPackage(s.Pkg.Types, pkg, map[*types.Package]bool{}); p != nil {
		return p.Name(), true
	}
	name = path.Base(pkg)
	if majorVersion.MatchString(name) {
		name = path.Base(path.Dir(pkg))
	}
	if IsStandard(pkg) && token.IsIdentifier(name) {
		return name, true
	}
	name = notInName.ReplaceAllString(strings.TrimPrefix(strings.TrimSuffix(name, "-go"), "go-"), "")
	if !token.IsIdentifier(name) {
		name = "imported"
	}
	return name, false
}

var (
	majorVersion = lazyregexp.New(`^v[0-9]+$`)
	notInName    = lazyregexp.New(`[^a-zA-Z0-9_]+`)
)

// findPackage looks for a package among what from imports, directly or not.
func findPackage(from *types.Package, pkg string, seen map[*types.Package]bool) *types.Package {
	for _, p := range from.Imports() {
		if p.Path() == pkg {
			return p
		}
		if seen[p] {
			continue
		}
		seen[p] = true
		if found := findPackage(p, pkg, seen); found != nil {
			return found
		}
	}
	return nil
}

// imports reports whether an import of the tree has the name, one that this
// attempt has added included.
func (s *Site) imports(name string) bool {
	return slices.ContainsFunc(importSpecs(s.File), func(spec *dst.ImportSpec) bool {
		own, _ := s.packageName(pathOf(spec))
		return cmp.Or(nameOf(spec), own) == name
	})
}

// nameOf returns the name that an import says: "" for none, "." or "_".
func nameOf(spec *dst.ImportSpec) string {
	if spec.Name == nil {
		return ""
	}
	return spec.Name.Name
}

// IsStandard reports whether a path looks like one of the standard library:
// its first element has no dot.
func IsStandard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".")
}

func pathOf(spec *dst.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	return p
}

// importDecls returns the import declarations of a file, without import "C":
// the comment above that one is C code.
func importDecls(f *dst.File) []*dst.GenDecl {
	var decls []*dst.GenDecl
	for _, d := range f.Decls {
		g, ok := d.(*dst.GenDecl)
		if ok && g.Tok == token.IMPORT && !importsC(g) {
			decls = append(decls, g)
		}
	}
	return decls
}

func importsC(g *dst.GenDecl) bool {
	return slices.ContainsFunc(g.Specs, func(s dst.Spec) bool { return pathOf(s.(*dst.ImportSpec)) == "C" })
}

func importSpecs(f *dst.File) []*dst.ImportSpec {
	var specs []*dst.ImportSpec
	for _, d := range importDecls(f) {
		for _, s := range d.Specs {
			specs = append(specs, s.(*dst.ImportSpec))
		}
	}
	return specs
}
