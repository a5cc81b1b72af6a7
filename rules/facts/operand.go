package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// An operand is where the receiver or an argument of a call leads, found once
// for all locks that the callee reaches through it.
type operand struct {
	at     place
	ok     bool
	fields bool // a struct stands there
	ref    Ref  // of at, for the callers of the function
	wraps  bool // its struct is nothing but locks: the class is that of what holds it
}

type operandKey struct {
	call   *ast.CallExpr
	arg    int
	global string
}

// operand returns what leads a callee to a lock.
func (u *unit) operand(call *ast.CallExpr, r Ref) *operand {
	key := operandKey{call, r.Arg, r.Global}
	if o := u.operands[key]; o != nil {
		return o
	}
	o := &operand{}
	prefix := r
	prefix.Path = ""
	o.at, o.ok = u.local(call, prefix)
	if o.ok {
		o.ref = u.refFrom(u.function(), o.at)
		if st, ok := deref(o.at.typ).Underlying().(*types.Struct); ok {
			o.fields, o.wraps = true, wrapsLock(st)
		}
	}
	if u.operands == nil {
		u.operands = make(map[operandKey]*operand)
	}
	u.operands[key] = o
	return o
}

// function returns the object of the unit's root, nil if it is a literal.
func (u *unit) function() *types.Func {
	decl, ok := u.root.(*ast.FuncDecl)
	if !ok {
		return nil
	}
	fn, _ := u.pkg.Def(decl.Name).(*types.Func)
	return fn
}

// lockOf returns the lock that a callee's Ref names where it is called.
func (u *unit) lockOf(call *ast.CallExpr, r Ref) (Lock, bool) {
	if r.Arg == Nowhere {
		return Lock{}, false
	}
	o := u.operand(call, r)
	if !o.ok || strings.Count(r.Path, ".")+len(o.at.fields) > maxSteps {
		return Lock{}, false
	}
	named := Lock{Root: o.at.Root, Path: o.at.Path + r.Path}
	at := u.ledBack(named)
	return at, r.Path == "" || o.fields || at != named
}

// rename returns a callee's Ref as callers of this function have it.
func (u *unit) rename(call *ast.CallExpr, r Ref) (Ref, Lock, bool) {
	lost := Ref{Arg: Nowhere, Class: r.Class, Kind: r.Kind, Shared: r.Shared}
	lock, ok := u.lockOf(call, r)
	if !ok {
		return lost, lock, false
	}
	o := u.operand(call, r)
	if o.wraps {
		if at, ok := u.local(call, r); ok {
			return u.refFrom(u.function(), at), lock, true
		}
		return lost, lock, false
	}
	if o.at.Path+r.Path != lock.Path || o.at.Root != lock.Root {
		return u.refBack(lost, lock), lock, true
	}
	if o.ref.Arg == Nowhere || u.reassigned(r.Path) {
		return lost, lock, true
	}
	out := r
	out.Arg, out.Global, out.Path = o.ref.Arg, o.ref.Global, o.ref.Path+r.Path
	return out, lock, true
}

// refBack names a lock to which what a struct keeps leads back.
func (u *unit) refBack(lost Ref, lock Lock) Ref {
	fn := u.function()
	if fn == nil || u.reassigned(lock.Path) || isGlobal(lock.Root) {
		return lost
	}
	if ref := refOf(fn, lock); ref.Arg != Nowhere {
		lost.Arg, lost.Path = ref.Arg, ref.Path
	}
	return lost
}

// reassigned reports whether the unit assigns a field of a name that stands on
// a path before its end.
func (u *unit) reassigned(path string) bool {
	if len(u.assigned) == 0 || strings.Count(path, ".") < 2 {
		return false
	}
	for f := range u.assigned {
		if i := strings.Index(path, "."+f.Name()); i >= 0 && strings.HasPrefix(path[i+1+len(f.Name()):], ".") {
			return true
		}
	}
	return false
}
