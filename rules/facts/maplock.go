package facts

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// A MapLock is a mutex field under which nothing ever happens but one call of a
// sync.Map of the same struct: the map needs no lock for that.
type MapLock struct {
	Lock *types.Var
	Map  *types.Var
	At   *ast.CallExpr   // the first call that takes it
	Uses []*ast.CallExpr // what is done under it
}

// MapLocks returns those of the package, by the call that is first in the source.
// A critical section with two steps, a Range, a loop or anything else in it makes
// the mutex worth having, and so does a mutex that is handed on.
func (p *Package) MapLocks() map[*ast.CallExpr]MapLock {
	return p.Keep(mapLockKey{}, func() any {
		s := &mapLockSearch{p: p, found: map[*types.Var]*MapLock{}, useful: map[*types.Var]bool{}}
		for _, fn := range p.LockFunctions() {
			for _, acq := range p.Acquisitions(fn) {
				s.note(fn, acq)
			}
		}
		s.handedOn()
		locks := map[*ast.CallExpr]MapLock{}
		for v, lock := range s.found {
			if !s.useful[v] && len(lock.Uses) > 1 && !v.Exported() {
				locks[lock.At] = *lock
			}
		}
		return locks
	}).(map[*ast.CallExpr]MapLock)
}

type mapLockKey struct{}

type mapLockSearch struct {
	p      *Package
	found  map[*types.Var]*MapLock
	useful map[*types.Var]bool // mutexes that guard something else, or who knows
}

// note looks at one critical section.
func (s *mapLockSearch) note(fn ast.Node, acq Acquisition) {
	v := s.fieldOf(acq.Lock)
	if v == nil {
		return
	}
	lock := s.found[v]
	if lock == nil {
		lock = &MapLock{Lock: v, At: acq.Call}
		s.found[v] = lock
	}
	section := staleSearch{p: s.p, fn: fn, first: acq}
	var calls []*ast.CallExpr
	section.each(acq, func(stmt ast.Stmt) {
		switch stmt.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt:
			s.useful[v] = true
		}
		for _, part := range ownParts(stmt) {
			s.p.Inspect(part, func(n ast.Node) bool { return s.step(v, acq, n, &calls) })
		}
	})
	if len(calls) != 1 || acq.Unknown != "" || acq.Helper || acq.Op != Acquire || len(acq.Releases) == 0 {
		s.useful[v] = true
		return
	}
	m := s.p.variable(ast.Unparen(calls[0].Fun).(*ast.SelectorExpr).X).(*types.Var)
	s.useful[v] = s.useful[v] || lock.Map != nil && lock.Map != m
	lock.Map, lock.Uses = m, append(lock.Uses, calls[0])
	if acq.Call.Pos() < lock.At.Pos() {
		lock.At = acq.Call
	}
}

// step looks at one node that is evaluated under the lock.
func (s *mapLockSearch) step(v *types.Var, acq Acquisition, n ast.Node, calls *[]*ast.CallExpr) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
		switch {
		case s.p.IsType(n.Fun) || s.p.Info.Types[n.Fun].IsBuiltin():
		case ok && s.p.syncReceiver(sel) != "":
			return false
		case ok && s.singleStep(sel, acq.Lock.Root):
			*calls = append(*calls, n)
			for _, arg := range n.Args {
				s.p.Inspect(arg, func(n ast.Node) bool { return s.step(v, acq, n, calls) })
			}
			return false
		default:
			s.useful[v] = true
		}
	case *ast.Ident:
		obj, ok := s.p.Use(n).(*types.Var)
		if ok && (obj.IsField() || obj.Parent() == s.p.Types.Scope()) {
			s.useful[v] = true
		}
	case *ast.FuncLit:
		s.useful[v] = true
	}
	return true
}

// singleSteps are the methods of sync.Map that are one step each.
var singleSteps = []string{"Load", "Store", "Delete", "LoadOrStore", "LoadAndDelete", "Swap", "CompareAndSwap", "CompareAndDelete"}

// singleStep reports whether a selector is such a method of a sync.Map that is a
// field of an object.
func (s *mapLockSearch) singleStep(sel *ast.SelectorExpr, owner types.Object) bool {
	fn, ok := s.p.Use(sel.Sel).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || !slices.Contains(singleSteps, fn.Name()) {
		return false
	}
	field, ok := ast.Unparen(sel.X).(*ast.SelectorExpr)
	if !ok || s.p.Info.Selections[field] == nil {
		return false
	}
	root, ok := ast.Unparen(field.X).(*ast.Ident)
	named, isNamed := types.Unalias(s.p.typeOf(field)).(*types.Named)
	return ok && s.p.Use(root) == owner && isNamed && named.Obj().Name() == "Map"
}

// fieldOf returns the field of a struct of this package that a lock is.
func (s *mapLockSearch) fieldOf(lock Lock) *types.Var {
	if strings.Count(lock.Path, ".") != 1 || strings.Contains(lock.Path, "[") {
		return nil
	}
	i, st := fieldNamed(lock.Root.Type(), lock.Path[1:])
	if i < 0 {
		return nil
	}
	v := deref(st).Underlying().(*types.Struct).Field(i).Origin()
	if v.Pkg() != s.p.Types || v.Embedded() {
		return nil
	}
	return v
}

// handedOn finds the mutexes that are used otherwise than by their methods.
func (s *mapLockSearch) handedOn() {
	locked := map[ast.Expr]bool{}
	for _, file := range s.p.Files {
		s.p.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if s.p.syncReceiver(sel) != "" {
				locked[ast.Unparen(sel.X)] = true
			}
			if v, ok := s.p.Use(sel.Sel).(*types.Var); ok && s.found[v.Origin()] != nil && !locked[sel] {
				s.useful[v.Origin()] = true
			}
			return true
		})
	}
}
