package facts

import (
	"go/ast"
	"go/types"
)

// A Lock names one lock within a function: a root object and the fields that
// lead from it to the mutex. It is comparable.
type Lock struct {
	Root types.Object // receiver, parameter, local, global
	Path string       // field names from the root, ".shard.mu"; fields in fact, joined for comparability: see Fields
}

// A LockCall is a call of a method of sync.Mutex, sync.RWMutex or sync.Locker.
type LockCall struct {
	Call *ast.CallExpr
	Lock Lock
	Op   LockOp
	Read bool // RLock, RUnlock, TryRLock
}

// LockOp is what a call does to a lock.
type LockOp int

const (
	Acquire LockOp = iota
	TryAcquire
	Release
)

// An Acquisition is one call that takes a lock, and all that becomes of it.
type Acquisition struct {
	LockCall
	Func     ast.Node         // *ast.FuncDecl or *ast.FuncLit that it stands in
	Releases []*ast.CallExpr  // calls that release it on some path, in source order; deferred ones among them
	Deferred []*ast.DeferStmt // the defers among them
	Lost     []Loss           // normal ways out on which it stays held, in source order
	Unknown  string           // why no answer is given ("the mutex escapes to f"); empty: the answer stands
}

// A Loss is a way out of a function, or back to the same Lock, with the lock held.
type Loss struct {
	At     ast.Node // the *ast.ReturnStmt, *ast.BranchStmt, or the closing *ast.BlockStmt of the function
	Relock bool     // the way leads back to the same Lock: it would wait for itself
	Must   bool     // held on every path that reaches At
}
