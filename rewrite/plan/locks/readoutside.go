package locks

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// readOutside lowers the level where other packages can hold the lock to read when they come to
// the function: a second read lock lets them pass, mostly, and a write lock waits for themselves.
//
//	c.RLock()
//	defer c.RUnlock()
//	c.Fill(k)
func (x *inner) readOutside() {
	h := x.outer
	shared := sharing.Of(h.pkg)
	entry, lock := shared.EnteredBy(h.Func), x.lockObject()
	if entry == nil || lock == nil {
		return
	}
	if lock.Exported() {
		x.s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s when they call %s", h.text(), entry.Name()))
	} else if taker := shared.TakenOutside(lock); taker != nil {
		x.s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s, by %s, when they call %s", h.text(), taker.Name(), entry.Name()))
	}
}

// lockObject returns the field or variable that the lock is, an embedded field too.
func (x *inner) lockObject() types.Object {
	info := x.s.Match.Pkg.Info
	method := info.Selections[x.sel]
	if method != nil && len(method.Index()) > 1 {
		return embedded(method.Recv(), method.Index()[:len(method.Index())-1])
	}
	switch e := ast.Unparen(x.sel.X).(type) {
	case *ast.Ident:
		return x.s.Match.Pkg.ObjectOf(e)
	case *ast.SelectorExpr:
		return x.s.Match.Pkg.ObjectOf(e.Sel)
	}
	return nil
}

// embedded returns the last of the fields on the way of a promoted method.
func embedded(t types.Type, path []int) (field types.Object) {
	for _, i := range path {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return nil
		}
		field = st.Field(i)
		t = field.Type()
	}
	return field
}
