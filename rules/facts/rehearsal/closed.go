package rehearsal

import (
	"go/ast"
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/lockfix/lockfix/rules/facts"
)

// Closed reports whether all of a program is in the package: it is a command, has
// nothing but tests, or is small and has tests; and has something to wait for.
func Closed(pkg *facts.Package) bool {
	if pkg.Types == nil || pkg.Types.Name() != "main" && !pkg.OnlyTests() && !tested(pkg) {
		return false
	}
	for _, file := range pkg.Files {
		if waitsForOthers(file) {
			return true
		}
	}
	return false
}

// tested reports whether a package is small, and has tests of its own: they show
// how it is meant to be used.
func tested(pkg *facts.Package) bool {
	size, tests := 0, false
	for _, file := range pkg.Files {
		size += int(file.FileEnd - file.FileStart)
		tests = tests || pkg.InTest(file.Package)
	}
	return tests && size < smallPackage
}

// smallPackage is how many bytes of source are run, where others may use it too.
const smallPackage = 80_000

// waitsForOthers reports whether a file starts goroutines, sends, receives or closes, has locks, or
// tests that are parallel.
func waitsForOthers(file *ast.File) (waits bool) {
	for _, imp := range file.Imports {
		if imp.Path.Value == `"sync"` {
			return true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.SendStmt:
			waits = true
		case *ast.UnaryExpr:
			waits = waits || n.Op == token.ARROW
		case *ast.Ident:
			waits = waits || n.Name == "close" || n.Name == "Parallel"
		}
		return !waits
	})
	return waits
}

// build makes the SSA form of a package; nil if that cannot be done.
func build(pkg *facts.Package) (made *ssa.Package) {
	defer func() {
		if recover() != nil {
			made = nil // what does not type-check in full has no SSA form
		}
	}()
	prog := ssa.NewProgram(pkg.Fset, ssa.InstantiateGenerics)
	for _, imp := range pkg.Types.Imports() {
		prog.CreatePackage(imp, nil, nil, true)
	}
	made = prog.CreatePackage(pkg.Types, pkg.Files, pkg.Info, false)
	made.Build()
	return made
}

// roots returns the functions that a program begins with.
func roots(p *ssa.Package) (all []*ssa.Function) {
	for _, member := range members(p) {
		fn, ok := member.(*ssa.Function)
		if !ok || fn.Blocks == nil {
			continue
		}
		if p.Pkg.Name() == "main" && fn.Name() == "main" || isTest(fn) {
			all = append(all, fn)
		}
	}
	return all
}

// members returns the members of a package in the order of their names.
func members(p *ssa.Package) (all []ssa.Member) {
	for _, name := range p.Pkg.Scope().Names() {
		if m := p.Members[name]; m != nil {
			all = append(all, m)
		}
	}
	return all
}

// isTest reports whether go test runs a function.
func isTest(fn *ssa.Function) bool {
	params := fn.Signature.Params()
	if !strings.HasPrefix(fn.Name(), "Test") || params.Len() != 1 || fn.Signature.Results().Len() > 0 {
		return false
	}
	return facts.TypeIs(params.At(0).Type(), "*testing.T")
}
