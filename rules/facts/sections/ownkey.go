package sections

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// ownKey reports whether nobody else can have the key: the request of a handler, or one that the function
// has drawn itself, in which nobody else has a part.
func (f *Facts) ownKey(fn ast.Node, key ast.Expr) bool {
	if key == nil {
		return false
	}
	if facts.TypeIs(f.pkg.TypeOf(key), "*net/http.Request") {
		return true
	}
	v := f.variable(key)
	return v != nil && v.Kind() == types.LocalVar && f.drawn(fn, v)
}

// drawn reports whether all that a variable is set to are calls that give something new each time, by
// their names: newID(), uuid.New().String(), rand.Text().
func (f *Facts) drawn(fn ast.Node, v *types.Var) bool {
	drawn, other := false, false
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		st, ok := n.(*ast.AssignStmt)
		if !ok {
			return
		}
		for i, lhs := range st.Lhs {
			if f.variable(lhs) != v {
				continue
			}
			call, ok := ast.Unparen(st.Rhs[min(i, len(st.Rhs)-1)]).(*ast.CallExpr)
			if ok && draws.MatchString(types.ExprString(call.Fun)) {
				drawn = true
			} else {
				other = true
			}
		}
	})
	return drawn && !other
}

var draws = lazyregexp.New(`(?i)rand|uuid|ulid|xid|uniq|(new|next|gen|generate|make)[a-z]*(id|token|key|nonce)\b`)

// keyChanges reports whether a variable in the key is assigned between two uses.
func (f *Facts) keyChanges(fn ast.Node, look, store use) (changes bool) {
	if store.key == nil {
		return false
	}
	names := map[types.Object]bool{}
	f.pkg.Inspect(store.key, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[f.pkg.Use(id)] = true
		}
		_, call := n.(*ast.CallExpr)
		changes = changes || call
		return true
	})
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		if st, ok := n.(*ast.AssignStmt); ok && st.Pos() > look.at.End() && st.End() <= store.at.Pos() {
			for _, lhs := range st.Lhs {
				v := f.variable(lhs)
				changes = changes || v != nil && names[v]
			}
		}
		return !changes
	})
	return changes
}
