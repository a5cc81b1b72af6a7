package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// Who is outside of the package holds one of its locks where a function of the package returns
// with the lock held, or gives it away:
//
//	func (t *Table) Lock()               { t.mu.Lock() }
//	func (t *Table) Open() func()        { t.mu.Lock(); return t.mu.Unlock }
//	func (t *Table) Locker() sync.Locker { return &t.mu }

// TakenOutside returns such a function, nil if there is none.
func (f *Facts) TakenOutside(lock types.Object) *types.Func {
	for _, fn := range f.order {
		if fn.public && fn.obj != nil && (f.returnsHolding(fn, lock) || f.returnsLock(fn, lock)) {
			return fn.obj
		}
	}
	return nil
}

// returnsHolding reports whether a function may return with a lock held that it has taken.
func (f *Facts) returnsHolding(fn *function, lock types.Object) bool {
	summary, class := f.pkg.Summary(fn.obj), f.pkg.ClassOf(lock)
	return summary != nil && slices.ContainsFunc(summary.Effects, func(e facts.Effect) bool {
		return e.Class == class && (e.Does == facts.Acquires || e.Does == facts.MayAcquire)
	})
}

// returnsLock reports whether a function returns the address of a lock.
func (f *Facts) returnsLock(fn *function, lock types.Object) (gives bool) {
	ast.Inspect(fn.body(), func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		ret, ok := n.(*ast.ReturnStmt)
		gives = gives || ok && slices.ContainsFunc(ret.Results, func(e ast.Expr) bool {
			address, ok := ast.Unparen(e).(*ast.UnaryExpr)
			return ok && address.Op == token.AND && f.holder(address.X) == lock
		})
		return !gives
	})
	return gives
}

// EnteredBy returns a function that other packages call and that comes to another, or is it,
// in the goroutine that calls; nil if there is none.
func (f *Facts) EnteredBy(node ast.Node) *types.Func {
	return f.enteredBy(f.funcs[node], map[*function]bool{})
}

func (f *Facts) enteredBy(fn *function, seen map[*function]bool) *types.Func {
	for fn != nil && fn.around != nil {
		if fn.runs == started {
			return nil
		}
		fn = fn.around
	}
	if fn == nil || fn.obj == nil || seen[fn] {
		return nil
	}
	if fn.public {
		return fn.obj
	}
	seen[fn] = true
	for _, s := range fn.sites {
		if s.in == nil || s.runs == started {
			continue
		}
		if entry := f.enteredBy(s.in, seen); entry != nil {
			return entry
		}
	}
	return nil
}
