package channels

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"

	"github.com/lockfix/lockfix/rules/facts"
)

// A loop that counts from a constant to a constant, or over what is not empty,
// has a first turn: no path leads past it.
//
//	for i := 0; i < 3; i++ { … }
//	for _, name := range []string{"a", "b"} { … }

// learnNumber notes the constant that a variable is set to, where a condition of
// the function compares it with another.
func (f *Facts) learnNumber(fn ast.Node, known conditions, v *types.Var, value constant.Value) conditions {
	if value.Kind() != constant.Int || !f.comparedIn(fn)[v] {
		return known
	}
	return known.with(numberOf(v), fact{truth: true, vars: []*types.Var{v}, value: value})
}

func numberOf(v *types.Var) string { return fmt.Sprint("number ", v.Pos()) }

// with returns the conditions and one more.
func (c conditions) with(text string, is fact) conditions {
	more := maps.Clone(c)
	if more == nil {
		more = conditions{}
	}
	more[text] = is
	return more
}

// compares decides the comparison of a variable that is known to be a constant
// with another constant.
func (f *Facts) compares(known conditions, cond ast.Expr) (holds, decided bool) {
	v, op, bound := f.bounded(cond)
	if v == nil {
		return false, false
	}
	is, ok := known[numberOf(v)]
	if !ok {
		return false, false
	}
	return constant.Compare(is.value, op, bound), true
}

// bounded returns the parts of a comparison of a variable with an integer.
func (f *Facts) bounded(cond ast.Expr) (v *types.Var, op token.Token, bound constant.Value) {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return nil, 0, nil
	}
	switch b.Op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
	default:
		return nil, 0, nil
	}
	bound = f.pkg.Info.Types[b.Y].Value
	if bound == nil || bound.Kind() != constant.Int {
		return nil, 0, nil
	}
	return f.Variable(b.X), b.Op, bound
}

// comparedIn returns the variables that the conditions of a function compare
// with integers.
func (f *Facts) comparedIn(fn ast.Node) map[*types.Var]bool {
	if vars, ok := f.compared[fn]; ok {
		return vars
	}
	vars := map[*types.Var]bool{}
	for _, b := range f.pkg.Flow(fn).Blocks {
		for _, e := range b.Succs {
			if e.Cond == nil || e.Tag != nil {
				continue
			}
			if v, _, _ := f.bounded(e.Cond); v != nil {
				vars[v] = true
			}
		}
	}
	f.compared[fn] = vars
	return vars
}

// turns follows a range over what is not empty: it ends only after a turn.
func (f *Facts) turns(known conditions, from *facts.Block, e facts.Edge) (_ conditions, possible bool) {
	loop := rangeAt(from)
	if loop == nil || !f.notEmpty(loop.X) {
		return known, true
	}
	text := fmt.Sprint("turn ", loop.Pos())
	if e.Case == ast.Node(loop) {
		return known.with(text, fact{truth: true}), true
	}
	if _, turned := known[text]; !turned {
		return known, false
	}
	left := maps.Clone(known)
	delete(left, text)
	return left, true
}

// rangeAt returns the range statement whose turns begin at the end of a block.
func rangeAt(from *facts.Block) *ast.RangeStmt {
	for _, e := range from.Succs {
		if loop, ok := e.Case.(*ast.RangeStmt); ok {
			return loop
		}
	}
	return nil
}

// notEmpty reports whether a range over an expression has a turn, by its text or
// type.
func (f *Facts) notEmpty(x ast.Expr) bool {
	tv := f.pkg.Info.Types[x]
	if tv.Value != nil && tv.Value.Kind() == constant.Int {
		return constant.Sign(tv.Value) > 0
	}
	if tv.Type == nil {
		return false
	}
	if array, ok := pointedTo(tv.Type).(*types.Array); ok {
		return array.Len() > 0
	}
	lit, ok := ast.Unparen(x).(*ast.CompositeLit)
	return ok && len(lit.Elts) > 0
}

// pointedTo returns the underlying type of a type, or of what it points to.
func pointedTo(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem().Underlying()
	}
	return t.Underlying()
}
