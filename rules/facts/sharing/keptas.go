package sharing

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// asFields adds to the signals of a function those of the fields that its channels are taken from, or
// kept in.
//
//	done := s.done   // or: done := make(chan struct{}); s.done = done
//	s.mu.Unlock()
//	<-done
func (f *Facts) asFields(fn *function, signals map[types.Object][]ast.Node) map[types.Object][]ast.Node {
	all := maps.Clone(signals)
	for key, nodes := range signals {
		if field := f.keptAs(fn.outermost(), key); field != nil {
			all[field] = slices.Concat(all[field], nodes)
		}
	}
	return all
}

// keptAs returns the field that a local channel is taken from, or kept in; nil if there is none.
func (f *Facts) keptAs(top *function, key types.Object) (field types.Object) {
	v, ok := key.(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	if _, ok := v.Type().Underlying().(*types.Chan); !ok || !f.keepsValue(top, v) {
		return nil
	}
	if from, ok := f.onlyValue(top, v).(*ast.SelectorExpr); ok {
		return f.pkg.Use(from.Sel)
	}
	f.pkg.Inspect(top.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		for i := 0; ok && len(set.Lhs) == len(set.Rhs) && i < len(set.Lhs); i++ {
			if to, ok := ast.Unparen(set.Lhs[i]).(*ast.SelectorExpr); ok && f.holder(set.Rhs[i]) == key {
				field = f.pkg.Use(to.Sel)
			}
		}
		return field == nil
	})
	return field
}
