package sharing

import (
	"go/ast"
	"go/types"
)

// returns notes that a return statement writes the named results of its
// function: a literal that captures one may look at it, or write it, meanwhile.
func (w *walker) returns(stmt *ast.ReturnStmt) {
	fn := w.current()
	if fn == nil || len(stmt.Results) == 0 {
		return
	}
	for i, result := range w.resultsOf(fn) {
		value := stmt.Results[min(i, len(stmt.Results)-1)]
		if result.Name() == "" || result.Name() == "_" || w.isVariable(value, result) {
			continue
		}
		w.accesses[result] = append(w.accesses[result], &Access{Var: result, Expr: value, Use: stmt, Func: fn.node, Write: true, Returned: true, fn: fn})
		if len(w.accesses[result]) == 1 {
			w.vars = append(w.vars, result)
		}
	}
}

// resultsOf returns the results of a function, as its signature names them.
func (w *walker) resultsOf(fn *function) (results []*types.Var) {
	t := fn.signature(w.pkg.Info)
	if t == nil {
		return nil
	}
	for v := range t.Results().Variables() {
		results = append(results, v)
	}
	return results
}

// signature returns the type of a function, nil if it is not known.
func (fn *function) signature(info *types.Info) *types.Signature {
	if fn.obj != nil {
		return fn.obj.Signature()
	}
	lit, ok := fn.node.(*ast.FuncLit)
	if !ok {
		return nil
	}
	t, _ := info.TypeOf(lit).(*types.Signature)
	return t
}

// isVariable reports whether an expression is the name of a variable.
func (f *Facts) isVariable(e ast.Expr, v *types.Var) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && f.pkg.Use(id) == v
}
