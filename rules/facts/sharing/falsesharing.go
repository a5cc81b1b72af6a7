package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A FalseSharing is a word that one goroutine writes again and again, on the cache
// line of another one that another goroutine writes: each write takes the line away
// from the other's processor, though the two share nothing (Bolosky and Scott, False
// sharing and its effect on shared memory performance, SEDMS 1993).
type FalseSharing struct {
	// Before and Field are two fields of one struct, in the order of the fields.
	// Of elements Before is nil, and Field too where the elements are no structs.
	Before, Field *types.Var
	// Other is a write of Before, or the start of the goroutines that write one
	// element each.
	Other ast.Node
	// Elem is the type of the elements, nil for fields.
	Elem types.Type
	// Line is the length of a cache line in bytes.
	Line int64
}

// FalseSharingAt returns what the word that an expression names shares a cache line
// with. Of all writes of a field the first is told.
func (f *Facts) FalseSharingAt(e ast.Expr) (FalseSharing, bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		if s, ok := f.besideField(e); ok {
			return s, true
		}
		if index, ok := ast.Unparen(e.X).(*ast.IndexExpr); ok {
			return f.besideElement(index, e)
		}
	case *ast.IndexExpr:
		return f.besideElement(e, nil)
	}
	return FalseSharing{}, false
}

// besideField looks for an earlier field of the struct on the same line.
func (f *Facts) besideField(e *ast.SelectorExpr) (s FalseSharing, ok bool) {
	selection := f.pkg.Info.Selections[e]
	if selection == nil || selection.Kind() != types.FieldVal {
		return s, false
	}
	field, _ := selection.Obj().(*types.Var)
	writes := f.hotWrites()[field.Origin()]
	if len(writes) == 0 || len(f.hot) < 2 {
		return s, false
	}
	fields, offsets := f.layoutOf(field.Origin())
	line, at := f.pkg.CacheLine(), -1
	for i, other := range fields {
		if other == field.Origin() {
			at = i
		}
	}
	for i := at - 1; i >= 0 && offsets[i]/line == offsets[at]/line; i-- {
		here, there := f.apart(writes, f.hot[fields[i]])
		if here != nil && here.expr == e {
			return FalseSharing{Before: fields[i], Field: fields[at], Other: there.expr, Line: line}, true
		}
	}
	return s, false
}

// layoutOf returns the fields of the struct that a field is declared in, and where
// they lie in it; nothing where that depends on a type parameter.
func (f *Facts) layoutOf(field *types.Var) (fields []*types.Var, offsets []int64) {
	if f.structs == nil {
		f.structs = map[*types.Var]*types.Struct{}
		for e, tv := range f.pkg.Info.Types {
			if _, lit := e.(*ast.StructType); lit {
				st := tv.Type.(*types.Struct)
				for v := range st.Fields() {
					f.structs[v] = st
				}
			}
		}
	}
	st := f.structs[field]
	if st == nil {
		return nil, nil
	}
	for v := range st.Fields() {
		if !sized(v.Type()) {
			return nil, nil
		}
		fields = append(fields, v)
	}
	return fields, f.pkg.SizesOf().Offsetsof(fields)
}

// sized reports whether the size of a type is known: it does not depend on a type
// parameter, and the type holds no value of itself, as one that is wrong may.
func sized(t types.Type) bool { return isSized(t, map[types.Type]bool{}) }

func isSized(t types.Type, around map[types.Type]bool) bool {
	t = types.Unalias(t)
	if around[t] {
		return false
	}
	around[t] = true
	defer delete(around, t)
	switch t := t.(type) {
	case *types.TypeParam:
		return false
	case *types.Array:
		return isSized(t.Elem(), around)
	case *types.Named:
		return isAtomicPointer(t) || isSized(t.Underlying(), around)
	case *types.Struct:
		for v := range t.Fields() {
			if !isSized(v.Type(), around) {
				return false
			}
		}
	case *types.Basic:
		return t.Kind() != types.Invalid
	}
	return true
}

// isAtomicPointer reports whether a type is atomic.Pointer, which is a word whatever
// it points to.
func isAtomicPointer(t *types.Named) bool {
	return facts.TypeIs(t, "sync/atomic.Pointer")
}

// apart returns writes of two fields that different goroutines make, of which each
// leaves the other field alone; nil where there are none.
func (f *Facts) apart(these, those []*hotWrite) (here, there *hotWrite) {
	for _, a := range these {
		for _, b := range those {
			if f.byOthers(a, b, these, those) {
				return a, b
			}
		}
	}
	return nil, nil
}

func (f *Facts) byOthers(a, b *hotWrite, these, those []*hotWrite) bool {
	if a.retried && b.retried && !writtenIn(a.fn, those) && !writtenIn(b.fn, these) && f.oneOwner(a, b) {
		return true
	}
	for x := range a.roots {
		for y := range b.roots {
			if x.Start != y.Start && !f.comesTo(x, those) && !f.comesTo(y, these) && f.startedTogether(x, y) && f.oneOwner(a, b) {
				return true
			}
		}
	}
	return false
}

// writtenIn reports whether a declared function or a literal in it makes one of some writes.
func writtenIn(fn *function, writes []*hotWrite) bool {
	for _, w := range writes {
		if w.fn.outermost() == fn.outermost() {
			return true
		}
	}
	return false
}

// comesTo reports whether a goroutine makes one of some writes, ever.
func (f *Facts) comesTo(r Root, writes []*hotWrite) bool {
	for _, w := range writes {
		for _, of := range f.rootsOf(w.fn) {
			if of.Start == r.Start {
				return true
			}
		}
	}
	return false
}

// oneOwner reports whether two writes are of fields of one object, as far as that
// shows: both name it by a variable that is around both, or by a receiver or
// parameter.
func (f *Facts) oneOwner(a, b *hotWrite) bool {
	x, y := f.ownerVar(a.expr), f.ownerVar(b.expr)
	if x == nil || y == nil {
		return false
	}
	parameter := func(v *types.Var) bool { return v.Kind() == types.ParamVar || v.Kind() == types.RecvVar }
	return x == y || parameter(x) && parameter(y)
}

// ownerVar returns the variable that the path to a field begins with.
func (f *Facts) ownerVar(e ast.Expr) *types.Var {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.SelectorExpr:
			if f.pkg.Info.Selections[x] == nil {
				v, _ := f.pkg.Use(x.Sel).(*types.Var)
				return v
			}
			e = x.X
		case *ast.Ident:
			v, _ := f.pkg.Use(x).(*types.Var)
			return v
		default:
			return nil
		}
	}
}

// startedTogether reports whether one function starts two goroutines, or is one of
// them and starts the other.
func (f *Facts) startedTogether(a, b Root) bool {
	x, y := f.declaredAround(a.Start), f.declaredAround(b.Start)
	return x != nil && x == y
}

func (f *Facts) declaredAround(n ast.Node) *function {
	if n == nil {
		return nil
	}
	if fn := f.funcs[n]; fn != nil {
		return fn.outermost()
	}
	return f.topAround(n.Pos())
}
