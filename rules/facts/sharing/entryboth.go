package sharing

import (
	"go/ast"
	"go/types"
)

// Two maps or slices of one struct may hold the same entries, as an index and a list do:
// some function puts what it has in one variable into both.
//
//	t.byName[name] = p
//	t.all = append(t.all, p)

// alike reports whether what is in one map or slice is in another one too.
func (f *Facts) alike(x, y *types.Var) bool {
	if f.both == nil {
		f.both = map[[2]*types.Var]bool{}
		for _, fn := range f.order {
			if fn.around == nil {
				f.findBoth(fn)
			}
		}
	}
	return f.both[[2]*types.Var{x, y}]
}

// findBoth notes what a function puts into more than one container.
func (f *Facts) findBoth(fn *function) {
	into := map[*types.Var][]*types.Var{}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok || len(set.Lhs) != len(set.Rhs) {
			return true
		}
		for i, lhs := range set.Lhs {
			container, entry := f.puts(lhs, set.Rhs[i])
			if container == nil || entry == nil {
				continue
			}
			for _, other := range into[entry] {
				f.both[[2]*types.Var{container, other}] = true
				f.both[[2]*types.Var{other, container}] = true
			}
			into[entry] = append(into[entry], container)
		}
		return true
	})
}

// puts returns the field whose map or slice an assignment puts a pointer into, and the local
// variable that holds that.
func (f *Facts) puts(lhs, rhs ast.Expr) (container, entry *types.Var) {
	if index, ok := ast.Unparen(lhs).(*ast.IndexExpr); ok {
		return f.fieldNamed(index.X), f.localPointer(rhs)
	}
	call, ok := ast.Unparen(rhs).(*ast.CallExpr)
	if !ok || len(call.Args) != 2 || call.Ellipsis.IsValid() {
		return nil, nil
	}
	if builtin, ok := f.pkg.Callee(call).(*types.Builtin); !ok || builtin.Name() != "append" {
		return nil, nil
	}
	return f.fieldNamed(lhs), f.localPointer(call.Args[1])
}

func (f *Facts) fieldNamed(e ast.Expr) *types.Var {
	if a := f.at[ast.Unparen(e)]; a != nil && a.Var.IsField() {
		return a.Var
	}
	return nil
}

func (f *Facts) localPointer(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Kind() == types.PackageVar {
		return nil
	}
	if _, pointer := v.Type().Underlying().(*types.Pointer); !pointer {
		return nil
	}
	return v
}
