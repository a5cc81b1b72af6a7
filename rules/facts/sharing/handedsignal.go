package sharing

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
)

// handedSignals returns the signals that a goroutine gives and waits for, by the names
// that they have where it is started: go func(ch chan error) { … }(done) gives done.
func (f *Facts) handedSignals(goroutine *function) (gives, waits map[types.Object][]ast.Node) {
	own := f.signalsOf(goroutine)
	start, ok := goroutine.at.(*ast.GoStmt)
	if goroutine.runs == bound && !goroutine.handed {
		_, _, at := goroutine.out()
		start, ok = at.(*ast.GoStmt) // go run(done), of what a variable holds
	}
	lit, isLit := goroutine.node.(*ast.FuncLit)
	if !ok || !isLit || goroutine.runs != bound && ast.Unparen(start.Call.Fun) != ast.Expr(lit) || len(start.Call.Args) == 0 {
		return own.gives, own.waits
	}
	gives, waits = maps.Clone(own.gives), maps.Clone(own.waits)
	for i, name := range parameterNames(lit) {
		if name == nil || i >= len(start.Call.Args) {
			continue
		}
		param, outer := f.pkg.Def(name), f.holder(start.Call.Args[i])
		if param != nil && outer != nil {
			gives[outer] = slices.Concat(gives[outer], own.gives[param])
			waits[outer] = slices.Concat(waits[outer], own.waits[param])
		}
	}
	return gives, waits
}

// parameterNames are those of a literal, nil for one without a name.
func parameterNames(lit *ast.FuncLit) (names []*ast.Ident) {
	for _, field := range lit.Type.Params.List {
		if len(field.Names) == 0 {
			names = append(names, nil)
		}
		names = append(names, field.Names...)
	}
	return names
}
