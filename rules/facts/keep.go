package facts

import (
	"go/ast"
	"go/types"
)

// Keep returns the answers of a family of facts that lives in a package of its
// own. They are made when first asked for under the key, and kept with the
// package; make must not ask for them itself. The key is a value of a type that
// the family declares, so that no two families meet.
func (p *Package) Keep(key any, make func() any) any {
	if kept, ok := p.kept[key]; ok {
		return kept
	}
	if p.kept == nil {
		p.kept = map[any]any{}
	}
	made := make()
	p.kept[key] = made
	return made
}

// Forget drops all answers, which take more memory than the package itself. They
// are made anew when somebody asks again.
func (p *Package) Forget() {
	*p = Package{
		Fset: p.Fset, Files: p.Files, Types: p.Types, Info: p.Info,
		GoVersion: p.GoVersion, OldTimers: p.OldTimers, IllTyped: p.IllTyped, Unbuilt: p.Unbuilt, Sizes: p.Sizes, Line: p.Line, Models: p.Models, Imports: p.Imports, Within: p.Within,
	}
}

// Declaration returns the declaration of a function or method of this package,
// nil for any other.
func (p *Package) Declaration(fn *types.Func) *ast.FuncDecl {
	if fn == nil {
		return nil
	}
	return p.declOf(fn.Origin())
}
