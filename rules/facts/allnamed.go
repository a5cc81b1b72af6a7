package facts

import (
	"go/ast"
	"go/types"
)

// namesAll reports whether a switch has a case for each constant that there is of a type
// declared for them: no value is left for what stands behind it.
//
//	type state int
//	const ( idle state = iota; running; ended )
func (p *Package) namesAll(s *ast.SwitchStmt) bool {
	named, ok := types.Unalias(p.TypeOf(s.Tag)).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	cased := make(map[string]bool)
	for _, clause := range s.Body.List {
		for _, test := range clause.(*ast.CaseClause).List {
			if value := p.Info.Types[test].Value; value != nil {
				cased[value.ExactString()] = true
			}
		}
	}
	scope, n := named.Obj().Pkg().Scope(), 0
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if !ok || !types.Identical(c.Type(), named) {
			continue
		}
		if !cased[c.Val().ExactString()] {
			return false
		}
		n++
	}
	return n > 1
}
