package facts

import "go/types"

// A lockClass is what is known of a lock whatever instance it belongs to: the
// field (or variable) that holds it. Two locks of one function with different
// names may be the same lock only if their classes agree.
type lockClass struct {
	of types.Object
	// shared says that the field holds a pointer or a sync.Locker, so that the
	// lock may as well live in another field.
	shared bool
	// kind is the name of the lock type: Mutex, RWMutex, Locker.
	kind string
}

// mayBe reports whether locks of the two classes can be the same one.
func (c lockClass) mayBe(d lockClass) bool {
	if c.of == d.of {
		return true
	}
	if !c.shared && !d.shared {
		return false
	}
	return c.kind == d.kind || c.kind == "Locker" || d.kind == "Locker"
}

// locked completes the class of a lock's place.
func (at place) locked() place {
	at.class.kind = "Locker"
	if at.typ == nil {
		return at
	}
	if named, ok := types.Unalias(deref(at.typ)).(*types.Named); ok && isSync(named) {
		at.class.kind = named.Obj().Name()
	}
	switch at.typ.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		at.class.shared = true
	}
	return at
}

// wrapsLock reports whether a struct is nothing but locks of package sync: a
// type of its own for a mutex. The field that holds such a struct says more of
// the lock than the field inside.
func wrapsLock(st *types.Struct) bool {
	for i := range st.NumFields() {
		if !isSync(st.Field(i).Type()) {
			return false
		}
	}
	return true
}

func isSync(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "sync"
}
