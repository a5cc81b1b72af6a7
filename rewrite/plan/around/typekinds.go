package around

import "go/types"

// CopiesLock reports whether to copy a value of a type copies a lock or an
// atomic: something of sync or sync/atomic, or what go vet takes for one, which
// has Lock and Unlock on its pointer.
func CopiesLock(t types.Type) bool {
	if named, ok := types.Unalias(t).(*types.Named); ok && !types.IsInterface(t) {
		if pkg := named.Obj().Pkg(); pkg != nil && (pkg.Path() == "sync" || pkg.Path() == "sync/atomic") {
			return true
		}
		methods := types.NewMethodSet(types.NewPointer(t))
		if methods.Lookup(named.Obj().Pkg(), "Lock") != nil && methods.Lookup(named.Obj().Pkg(), "Unlock") != nil {
			return true
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if CopiesLock(f.Type()) {
				return true
			}
		}
	case *types.Array:
		return CopiesLock(u.Elem())
	}
	return false
}

// IsMapType reports whether a type is a map, or is defined as one; nil is none.
func IsMapType(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// IsTypeParam reports whether a type is a parameter of its declaration.
func IsTypeParam(t types.Type) bool { _, ok := t.(*types.TypeParam); return ok }

// IsMutex reports whether a type is sync.Mutex or sync.RWMutex itself.
func IsMutex(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "sync" && (named.Obj().Name() == "Mutex" || named.Obj().Name() == "RWMutex")
}
