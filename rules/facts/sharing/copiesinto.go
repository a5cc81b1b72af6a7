package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// copiesInto reports whether a variable of a method that copies its object leads to the copy: that
// is the caller's own still, whatever lock of the first one is held.
//
//	func (h *Handle) CopyTo(o Object) error { h.mu.Lock(); dst := o.(*Handle); dst.id = h.id; h.mu.Unlock() … }
func (f *Facts) copiesInto(home *function, v *types.Var) bool {
	if home.obj == nil || home.obj.Signature().Recv() == nil || !copyName.MatchString(home.name()) {
		return false
	}
	recv := home.obj.Signature().Recv()
	if v == recv || !types.Identical(v.Type(), recv.Type()) {
		return false
	}
	if v.Kind() == types.ParamVar {
		return true
	}
	assert, ok := f.onlyValue(home, v).(*ast.TypeAssertExpr)
	if !ok {
		return false
	}
	param, ok := f.holder(assert.X).(*types.Var)
	return ok && param.Kind() == types.ParamVar
}

var copyName = lazyregexp.New(`(?i)^(deep)?(copy|clone)(to|into)$`)
