package locks

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// readOutside lowers the level where other packages can hold the lock to read when they come to
// the function: a second read lock lets them pass, mostly, and a write lock waits for themselves.
//
//	c.RLock()
//	defer c.RUnlock()
//	c.Fill(k)
func (x *inner) readOutside() {
	heldOutside(x.s, x.outer.Func, x.lockObject(), x.outer.text())
}

// heldOutside lowers the level where other packages can hold a lock when they come to a function.
func heldOutside(s *edit.Site, fn ast.Node, lock types.Object, text string) {
	shared := sharing.Of(s.Match.Pkg)
	entry := shared.EnteredBy(fn)
	if entry == nil || lock == nil {
		return
	}
	if lock.Exported() {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s when they call %s", text, entry.Name()))
	} else if taker := shared.TakenOutside(lock); taker != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can hold %s, by %s, when they call %s", text, taker.Name(), entry.Name()))
	}
}

func (x *inner) lockObject() types.Object { return lockObject(x.s.Match.Pkg, x.sel) }

// lockObject returns the field or variable that the lock of a method is, an embedded field too.
func lockObject(pkg *facts.Package, sel *ast.SelectorExpr) types.Object {
	method := pkg.Info.Selections[sel]
	if method != nil && len(method.Index()) > 1 {
		return embedded(method.Recv(), method.Index()[:len(method.Index())-1])
	}
	switch e := ast.Unparen(sel.X).(type) {
	case *ast.Ident:
		return pkg.ObjectOf(e)
	case *ast.SelectorExpr:
		return pkg.ObjectOf(e.Sel)
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
