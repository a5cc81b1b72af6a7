package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// failsLast reports whether an edge is one to which an error leads in what a loop has received, and
// whoever sends one sends nothing after it: who leaves then has taken all.
//
//	for s.Scan() {
//		rows <- row{text: s.Text()}
//	}
//	rows <- row{err: s.Err()}
func (f *Facts) failsLast(t *Trace, op *Op, loop ast.Stmt, e facts.Edge) bool {
	sel := f.failedField(e)
	if sel == nil {
		return false
	}
	body, _ := bodyOf(loop)
	if !f.isReceived(body, sel) && !f.isRanged(loop, sel) {
		return false
	}
	field, ok := f.field(sel).(*types.Var)
	sends := t.Of(Send)
	if !ok || len(t.Elsewhere) > 0 || len(In(op.Thread, sends)) != len(sends) {
		return false
	}
	flow := f.pkg.Flow(op.Thread.Fn)
	return !slices.ContainsFunc(sends, func(first *Op) bool {
		if !first.Direct() || first.Deferred != nil {
			return true
		}
		return f.maySet(first, field) && slices.ContainsFunc(sends, func(next *Op) bool {
			some, _ := flow.Follows(first.Anchor, next.Anchor)
			return some
		})
	})
}

// failedField is the field that holds an error wherever an edge leads: r.err != nil,
// errors.Is(r.err, io.EOF).
func (f *Facts) failedField(e facts.Edge) *ast.SelectorExpr {
	if e.Cond == nil || e.Tag != nil || !e.Truth {
		return nil
	}
	failed := f.failed(e.Cond)
	if call, ok := ast.Unparen(e.Cond).(*ast.CallExpr); ok && len(call.Args) == 2 {
		if fn, ok := f.pkg.Callee(call).(*types.Func); ok && fn.FullName() == "errors.Is" {
			failed = call.Args[0]
		}
	}
	if failed == nil {
		return nil
	}
	sel, _ := ast.Unparen(failed).(*ast.SelectorExpr)
	return sel
}

// maySet reports whether a field of what is sent may hold something: it is no literal without it.
func (f *Facts) maySet(send *Op, field *types.Var) bool {
	st, ok := send.Node.(*ast.SendStmt)
	if !ok {
		return true
	}
	value := ast.Unparen(st.Value)
	if address, ok := value.(*ast.UnaryExpr); ok && address.Op == token.AND {
		value = ast.Unparen(address.X)
	}
	lit, ok := value.(*ast.CompositeLit)
	if !ok {
		return true
	}
	for i, elt := range lit.Elts {
		set, value := f.fieldGiven(lit, i, elt)
		if (set == nil || set == field) && !f.pkg.IsNil(value) {
			return true
		}
	}
	return false
}

// fieldGiven returns the field that element number i of a literal sets, and to what.
func (f *Facts) fieldGiven(lit *ast.CompositeLit, i int, elt ast.Expr) (field *types.Var, value ast.Expr) {
	if pair, ok := elt.(*ast.KeyValueExpr); ok {
		if key, ok := pair.Key.(*ast.Ident); ok {
			field, _ = f.pkg.Use(key).(*types.Var)
		}
		return field, pair.Value
	}
	if st, ok := f.pkg.TypeOf(lit).Underlying().(*types.Struct); ok && i < st.NumFields() {
		field = st.Field(i)
	}
	return field, elt
}
