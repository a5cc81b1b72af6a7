package match

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/syntax"
)

var lockParts = []eventPart{
	{"lock", "the mutex, as written: s.mu, or s where the mutex is embedded"},
	{"call", "the call"},
	{"defer", "the defer statement, if the call is deferred"},
	{"go", "the go statement, if the call is one"},
}

var lockEvent = event{
	doc:   "a call of Lock or RLock of sync.Mutex, sync.RWMutex or sync.Locker, promoted or not; a deferred one too",
	parts: lockParts,
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	keys:  []string{"Lock", "RLock"},
	find:  findLockCall,
}

var unlockEvent = event{
	doc:   "a call of Unlock or RUnlock of sync.Mutex, sync.RWMutex or sync.Locker, promoted or not; a deferred one too",
	parts: lockParts,
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	keys:  []string{"Unlock", "RUnlock"},
	find:  findLockCall,
}

var tryLockEvent = event{
	doc:   "a call of TryLock or TryRLock of sync.Mutex or sync.RWMutex, promoted or not",
	parts: lockParts,
	at:    []ast.Node{(*ast.CallExpr)(nil)},
	keys:  []string{"TryLock", "TryRLock"},
	find:  findLockCall,
}

// findLockCall finds a call of a method of a lock; the index has seen to its name.
func findLockCall(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
	call := at.Node().(*ast.CallExpr)
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return true
	}
	fn, ok := q.pkg.Use(selector.Sel).(*types.Func)
	if !ok || !isLockMethod(fn) {
		return true
	}
	parts := occurrence{{"lock", one(selector.X)}, {"call", one(call)}}
	addStart(&parts, at)
	return yield(parts)
}

// isLockMethod reports whether fn is a method of one of the lock types of
// package sync. What merely has such a method may be no lock at all.
func isLockMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	if recv == nil || fn.Pkg() == nil || fn.Pkg().Path() != "sync" {
		return false
	}
	t := recv.Type()
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := t.(*types.Named)
	if !ok {
		return false
	}
	switch named.Obj().Name() {
	case "Mutex", "RWMutex", "Locker":
		return true
	}
	return false
}
