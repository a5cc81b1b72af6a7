package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// The lock of a sync.Cond is a sync.Locker, which need not keep anybody out: it
// may be the read side of an RWMutex. Where a package makes its conditions from
// mutexes only, it does.

// sharesLock reports whether who takes a lock twice may get it twice: a Locker
// of which it is not known what it is.
func (u *unit) sharesLock(at place) bool {
	if at.class.kind != "Locker" {
		return false
	}
	if len(at.fields) == 0 {
		return true
	}
	field := at.fields[len(at.fields)-1]
	return !u.pkg.excludingField(field) && (!isCondLocker(field) || !u.pkg.excludingConds())
}

// mayBeShared is the same question of a lock as a summary names it: by the path
// to the L of a condition, and the class of the condition.
func (p *Package) mayBeShared(r Ref) bool {
	ofCond := strings.HasSuffix(r.Path, ".L") && !strings.HasSuffix(r.Class, ".L")
	return r.Kind == "Locker" && (!ofCond || !p.excludingConds()) && !p.excludingClass(r.Class)
}

func isCondLocker(v *types.Var) bool {
	return v.Name() == "L" && v.Pkg() != nil && v.Pkg().Path() == "sync"
}

// excludingConds reports whether every sync.Cond that the package makes has a
// mutex for its lock.
func (p *Package) excludingConds() bool {
	if p.conds == 0 {
		p.conds = -1
		if p.onlyMutexConds() {
			p.conds = 1
		}
	}
	return p.conds > 0
}

func (p *Package) onlyMutexConds() bool {
	made, other := false, false
	for _, file := range p.Files {
		p.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if p.calls(n, "sync", "NewCond") && len(n.Args) == 1 {
					made = true
					other = other || !isMutexPointer(p.TypeOf(n.Args[0]))
				}
			case *ast.Ident: // cond.L = …, sync.Cond{L: …}, new(sync.Cond)
				obj := p.Use(n)
				tn, ok := obj.(*types.TypeName)
				other = other || ok && tn.Name() == "Cond" && p.makesCond(file, n)
			}
			return !other
		})
	}
	return made && !other
}

// makesCond reports whether a mention of the type sync.Cond is more than a
// pointer to one: the zero Cond gets its lock later.
func (p *Package) makesCond(file *ast.File, id *ast.Ident) bool {
	obj := p.Use(id)
	if obj.Pkg() == nil || obj.Pkg().Path() != "sync" {
		return false
	}
	pointed := false
	p.Inspect(file, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok && star.Pos() < id.Pos() && id.End() == star.End() {
			pointed = true
		}
		return !pointed
	})
	return !pointed
}

// privateConds reports whether the lock of every sync.Cond that the package makes
// is known to nobody else: each is made with a mutex that has no other name.
func (p *Package) privateConds() bool {
	return p.Keep(privateCondsKey{}, func() any { return p.excludingConds() && p.onlyFreshConds() }).(bool)
}

type privateCondsKey struct{}

func (p *Package) onlyFreshConds() bool {
	fresh := true
	for _, file := range p.Files {
		p.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && p.calls(call, "sync", "NewCond") && len(call.Args) == 1 {
				fresh = fresh && p.makesMutex(call.Args[0])
			}
			return fresh
		})
	}
	return fresh
}

// makesMutex matches &sync.Mutex{} and new(sync.Mutex).
func (p *Package) makesMutex(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		_, literal := ast.Unparen(e.X).(*ast.CompositeLit)
		return literal
	case *ast.CallExpr:
		return p.Info.Types[e.Fun].IsBuiltin()
	}
	return false
}

func isMutexPointer(t types.Type) bool {
	pointer, ok := types.Unalias(t).(*types.Pointer)
	return ok && isMutex(pointer.Elem())
}
