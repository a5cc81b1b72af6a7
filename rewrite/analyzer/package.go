package analyzer

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/source"
)

// packageOf is the package of a pass as the rest of lockfix has it; nil where a
// file is not what was parsed: one that cgo has made.
func packageOf(pass *analysis.Pass) (*load.Package, error) {
	pkg := &load.Package{
		ID: pass.Pkg.Path(), Path: pass.Pkg.Path(), Name: pass.Pkg.Name(),
		Fset: pass.Fset, Types: pass.Pkg, Info: pass.TypesInfo, Sizes: pass.TypesSizes,
		IllTyped: len(pass.TypeErrors) > 0,
	}
	for _, syntax := range pass.Files {
		file := pass.Fset.File(syntax.FileStart)
		raw, err := readFile(pass, file.Name())
		if err != nil {
			return nil, fmt.Errorf("lockfix: %w", err)
		}
		if len(raw) != file.Size() {
			return nil, nil
		}
		f := newFile(pass.TypesInfo, file.Name(), raw, syntax)
		if !bytes.Equal(f.Text, raw) {
			// Positions are those of the raw text here, and edits are made on the other.
			f.Fixed = load.Fixed{Kind: "style", Because: "the file has CRLF, a byte-order mark or no final newline: run the lockfix command"}
			f.File.Text = raw
		}
		pkg.Cgo = pkg.Cgo || f.Fixed.Kind == "cgo"
		pkg.Files = append(pkg.Files, f)
	}
	return pkg, nil
}

// readFile reads through the pass, so that a driver may show other texts. Bazel's
// nogo has no way through it.
func readFile(pass *analysis.Pass, name string) ([]byte, error) {
	if pass.ReadFile == nil {
		return os.ReadFile(name)
	}
	return pass.ReadFile(name)
}

func newFile(info *types.Info, name string, raw []byte, syntax *ast.File) *load.File {
	f := &load.File{
		File: source.New(name, raw), Syntax: syntax, Test: strings.HasSuffix(name, "_test.go"),
		GoVersion: info.FileVersions[syntax],
	}
	f.Fixed = f.Refusal()
	return f
}

// program is the package as a program of its own.
func (k *known) program(pass *analysis.Pass) *load.Program {
	from := importerOf(pass.Pkg)
	version := pass.Pkg.GoVersion()
	return load.Of(k.pkg, func(pkg *load.Package, files map[string][]byte) (*load.Package, error) {
		return again(pkg, files, from, version)
	})
}

// again checks a package with other contents of some of its files.
func again(pkg *load.Package, files map[string][]byte, from importer, version string) (*load.Package, error) {
	next := *pkg
	next.Files, next.Problems = nil, nil
	next.Info = newInfo()
	var syntax []*ast.File
	for _, f := range pkg.Files {
		text, ok := files[f.Path]
		if !ok {
			next.Files, syntax = append(next.Files, f), append(syntax, f.Syntax)
			continue
		}
		parsed, err := parser.ParseFile(pkg.Fset, f.Path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		next.Files, syntax = append(next.Files, newFile(next.Info, f.Path, text, parsed)), append(syntax, parsed)
	}
	cfg := types.Config{
		Importer: from, Sizes: pkg.Sizes, GoVersion: version,
		Error: func(err error) { next.Problems = append(next.Problems, problem(err)) },
	}
	next.Types, _ = cfg.Check(pkg.Path, pkg.Fset, syntax, next.Info)
	for _, f := range next.Files {
		f.GoVersion = next.Info.FileVersions[f.Syntax]
	}
	next.IllTyped = len(next.Problems) > 0
	return &next, nil
}

func problem(err error) load.Problem {
	p := load.Problem{Kind: "types", Message: err.Error()}
	if bad, ok := errors.AsType[types.Error](err); ok {
		at := bad.Fset.PositionFor(bad.Pos, false)
		p.File, p.Line, p.Column, p.Message = at.Filename, at.Line, at.Column, bad.Msg
	}
	return p
}

// Import implements types.Importer.
func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if pkg := i.known[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	return nil, fmt.Errorf("package %s is not at hand", path)
}

func newInfo() *types.Info {
	return &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue),
		Defs:         make(map[*ast.Ident]types.Object),
		Uses:         make(map[*ast.Ident]types.Object),
		Implicits:    make(map[ast.Node]types.Object),
		Instances:    make(map[*ast.Ident]types.Instance),
		Scopes:       make(map[ast.Node]*types.Scope),
		Selections:   make(map[*ast.SelectorExpr]*types.Selection),
		FileVersions: make(map[*ast.File]string),
	}
}
