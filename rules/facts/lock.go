package facts

import (
	"go/ast"
	"go/types"
)

// A Lock names one lock within a function: a root object and the fields that
// lead from it to the mutex. It is comparable.
//
// A step of the path is a field (".mu"; a field that embeds the mutex is
// written out, ".Mutex"), or an index that is a constant or a variable
// ("[0]", `["a"]`, "[i]"). Pointers are followed without a sign. The name holds
// until the root, an index variable, or a field on the way is assigned anew.
// Local variables that only stand for another place (mu := &s.mu) are replaced
// by it. What cannot be named so (a call's result, a computed index) has no
// Lock, and nothing is said of it.
type Lock struct {
	Root types.Object // receiver, parameter, local, global
	Path string
}

// String returns the lock as Go would select it.
func (l Lock) String() string { return l.Root.Name() + l.Path }

// Nameless reports whether the lock has no name where it is taken, but a func
// that releases it: nothing else does.
func (l Lock) Nameless() bool { return l.Root.Type() == types.Typ[types.Invalid] }

// A LockCall is a call of a method of sync.Mutex, sync.RWMutex or sync.Locker.
type LockCall struct {
	Call *ast.CallExpr
	Lock Lock
	Op   LockOp
	Read bool // RLock, RUnlock, TryRLock, and Lock of an RLocker
}

// LockOp is what a call does to a lock.
type LockOp int

const (
	Acquire LockOp = iota
	TryAcquire
	Release
)

// A lockMethod is what a method of package sync does to its receiver.
type lockMethod struct {
	op   LockOp
	read bool
}

var lockMethods = map[string]lockMethod{
	"Lock": {Acquire, false}, "TryLock": {TryAcquire, false}, "Unlock": {Release, false},
	"RLock": {Acquire, true}, "TryRLock": {TryAcquire, true}, "RUnlock": {Release, true},
}

// lockMethod returns what the selected method does, if it is one of sync.Mutex,
// sync.RWMutex or sync.Locker, maybe promoted from an embedded field. A method
// of that name of any other type is no lock: nothing is known of what it does.
func (p *Package) lockMethod(sel *ast.SelectorExpr) (lockMethod, bool) {
	m, ok := lockMethods[sel.Sel.Name]
	if !ok || p.syncReceiver(sel) == "" {
		return lockMethod{}, false
	}
	return m, true
}

// syncReceiver returns the name of the lock type of package sync whose method
// is selected, "" if it is none.
func (p *Package) syncReceiver(sel *ast.SelectorExpr) string {
	fn, ok := p.Use(sel.Sel).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" {
		return ""
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	named, ok := types.Unalias(deref(recv.Type())).(*types.Named)
	if !ok {
		return ""
	}
	switch name := named.Obj().Name(); name {
	case "Mutex", "RWMutex", "Locker":
		return name
	}
	return ""
}

func deref(t types.Type) types.Type {
	if ptr, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}
