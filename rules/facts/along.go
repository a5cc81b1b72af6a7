package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// local names a lock of a callee's summary in the terms of the function that
// makes the call.
func (u *unit) local(call *ast.CallExpr, r Ref) (place, bool) {
	switch {
	case r.Arg == Global:
		v := u.pkg.global(r.Global)
		if v == nil {
			return place{}, false
		}
		return rooted(v).along(r.Path)
	case r.Arg == 0:
		at, ok := u.receiverOf(call)
		if !ok {
			return place{}, false
		}
		at.class.kind, at.class.shared = "", false
		return at.along(r.Path)
	case r.Arg > 0 && r.Arg <= len(call.Args):
		at, ok := u.place(call.Args[r.Arg-1])
		if !ok {
			return place{}, false
		}
		return at.along(r.Path)
	}
	return place{}, false
}

// receiverOf returns the receiver of the function that a call runs.
func (u *unit) receiverOf(call *ast.CallExpr) (place, bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	r, runs := u.runs[call]
	switch {
	case runs && r.value != nil:
		return u.receiver(r.value)
	case runs && r.object != nil:
		return u.methodPlace(r.object, r.fn)
	case !ok || runs && r.may:
		return place{}, false
	case runs:
		return u.holder(sel)
	}
	return u.receiver(sel)
}

// holder is the place of the struct that a selected field belongs to.
func (u *unit) holder(e *ast.SelectorExpr) (place, bool) {
	sel := u.pkg.Info.Selections[e]
	base, ok := u.place(e.X)
	if !ok || sel == nil {
		return place{}, false
	}
	index := sel.Index()
	return base.fieldsAt(sel.Recv(), index[:len(index)-1])
}

// along follows the fields of a path, as a Lock has it, from a place.
func (b place) along(path string) (place, bool) {
	for path != "" {
		end := 1 + strings.IndexAny(path[1:], ".[")
		if end == 0 {
			end = len(path)
		}
		i, st := fieldNamed(b.typ, path[1:end])
		if path[0] != '.' || i < 0 {
			return place{}, false // an element: which one is the callee's secret
		}
		next, ok := b.fieldsAt(st, []int{i})
		if !ok {
			return place{}, false
		}
		b, path = next, path[end:]
	}
	return b.locked(), true
}

// fieldNamed returns the index of a struct's own field, -1 if it has none.
func fieldNamed(t types.Type, name string) (int, types.Type) {
	if t == nil {
		return -1, nil
	}
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok {
		return -1, nil
	}
	for i := range st.NumFields() {
		if st.Field(i).Name() == name {
			return i, t
		}
	}
	return -1, nil
}
