package waits

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// taking reports whether a call takes a lock, itself or through what it calls,
// and then through which function. A function that takes it under a condition on what it is
// given, or on a flag, may do so only where that never holds here: an error that the caller got
// from elsewhere says nothing of the lock.
func (f *Facts) taking(names facts.Names, call *ast.CallExpr, lock facts.Lock, read bool) (through string, ok bool) {
	if c, isLock := names.LockCall(call); isLock {
		return "", c.Op == facts.Acquire && c.Lock == lock && !(read && c.Read)
	}
	if kept := names.KeptTakes(call, lock, read); kept != nil {
		return f.function(kept), true
	}
	fn, isFunc := f.pkg.Callee(call).(*types.Func)
	if !isFunc {
		return "", false
	}
	sum := f.pkg.Summary(fn)
	if sum == nil {
		return "", false
	}
	for _, t := range sum.Takes {
		if t.Op != facts.Acquire || !t.Entry || !t.Always && names.Asks(call, t) != 0 || read && t.Read {
			continue
		}
		if at, named := locally(names, call, t.Ref); named && at == lock || t.Arg == facts.Global && t.Global+t.Path == globalName(lock) {
			return fn.Name(), true
		}
	}
	return "", false
}

// function names the function in which a node stands.
func (f *Facts) function(n ast.Node) string {
	if decl, ok := f.rootOf(n).(*ast.FuncDecl); ok {
		return decl.Name.Name
	}
	return ""
}

// locally returns the lock that a function's summary names, as the function
// around a call of it would name it.
func locally(names facts.Names, call *ast.CallExpr, ref facts.Ref) (facts.Lock, bool) {
	at, ok := facts.Lock{}, false
	switch {
	case ref.Arg == 0:
		at, ok = names.Receiver(call)
	case ref.Arg > 0 && ref.Arg <= len(call.Args):
		at, ok = names.Place(call.Args[ref.Arg-1])
	}
	at.Path += ref.Path
	return at, ok
}

// globalName is the lock as a summary names one that a package declares.
func globalName(l facts.Lock) string {
	if !global(l) {
		return ""
	}
	return l.Root.Pkg().Path() + "." + l.Root.Name() + l.Path
}

// global reports whether a lock is a variable of a package.
func global(l facts.Lock) bool {
	return l.Root.Pkg() != nil && l.Root.Parent() == l.Root.Pkg().Scope() && !strings.Contains(l.Path, "[")
}
