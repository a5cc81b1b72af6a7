package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// Who puts a new object into a guarded map, and goes on to fill it behind the unlock, races with
// whoever looks it up there meanwhile, and uses what is still being filled, with the lock or
// without it.
//
//	n := &Node{addr: addr}
//	r.mu.Lock()                       r.mu.Lock()
//	r.nodes[addr] = n                 n := r.nodes[addr]
//	r.mu.Unlock()                     r.mu.Unlock()
//	n.table = load()                  return n.table[key]

// putBefore returns the statement by which a function has put the new object into a map that an
// access writes, and a use of the same field by another function that finds it there.
func (f *Facts) putBefore(a *Access, top *function) (put, other ast.Node) {
	v := f.rootPointer(a)
	if v == nil || a.Element || !f.varies(a.Var) || !f.ownsAll(top, v) {
		return nil, nil
	}
	into, assigned := f.putBy(top, v)
	by, unknown := ast.Node(assigned), assigned != nil && f.ownKey(top, assigned)
	if into == nil {
		into, by, unknown = f.putByHelper(a.fn, v)
	} else if into.fn != a.fn {
		return nil, nil
	}
	if into == nil || f.local(into) || f.deletes(into) || f.deletes(&Access{Var: into.Var, fn: a.fn}) {
		return nil, nil
	}
	lock := f.entryLock(into, a)
	flow := f.pkg.Flow(a.fn.node)
	from, ok := flow.At(by)
	to, ok2 := flow.At(a.Expr)
	barrier := func(n ast.Node) bool { return f.waitsIn(n) || f.renews(n, v) }
	if lock == nil || !ok || !ok2 || !f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) {
		return nil, nil
	}
	if b := f.finderOf(a, into, lock, unknown); b != nil {
		return by, b.Expr
	}
	return nil, nil
}

// ownKey reports whether a function puts something into a map under a number that it has just
// counted, or under a name that it has just made: nobody knows it yet.
//
//	r.next++
//	id := r.next
//	r.nodes[id] = n
func (f *Facts) ownKey(top *function, by *ast.AssignStmt) (own bool) {
	index, ok := ast.Unparen(by.Lhs[0]).(*ast.IndexExpr)
	if !ok {
		return false
	}
	key := ast.Unparen(index.Index)
	if v, ok := f.holder(key).(*types.Var); ok && v.Kind() == types.LocalVar {
		given := f.valuesOf(top)[v]
		if given == nil || given.unknown || len(given.values) != 1 {
			return false
		}
		key = ast.Unparen(given.values[0])
	}
	if call, ok := key.(*ast.CallExpr); ok {
		return f.makesKey(call)
	}
	text := types.ExprString(key)
	f.pkg.Inspect(top.body(), func(n ast.Node) bool {
		counted, ok := n.(*ast.IncDecStmt)
		own = own || ok && types.ExprString(counted.X) == text
		return !own
	})
	return own
}

// makesKey reports whether a call returns a number or a name that is nobody else's: it counts, or makes
// one of nothing.
//
//	id := uuid.New().String()
func (f *Facts) makesKey(call *ast.CallExpr) bool {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	if callee.Pkg() != nil && callee.Pkg().Path() == "sync/atomic" {
		return strings.HasPrefix(callee.Name(), "Add")
	}
	if len(call.Args) > 0 {
		return false
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && !keyMaker.MatchString(callee.Name()) {
		of, ok := ast.Unparen(sel.X).(*ast.CallExpr)
		return ok && f.makesKey(of)
	}
	return keyMaker.MatchString(callee.Name())
}

var keyMaker = lazyregexp.New(`(?i)^(new|next|gen|rand|u?int(32|63|64)?$)`)

// byKey reports whether an access is of what was looked up in a map by a key.
func (f *Facts) byKey(b *Access) bool {
	v := f.rootPointer(b)
	given := f.valuesOf(f.topAround(v.Pos()))[v]
	return !slices.ContainsFunc(given.values, func(value ast.Expr) bool {
		index, ok := ast.Unparen(value).(*ast.IndexExpr)
		return !ok || !isMap(f.pkg.TypeOf(index.X))
	})
}

// finderOf returns an access of the same field by a function that looks entries of the same map up
// under the lock, and has released it since; unknown says that nobody can ask for it by its key.
func (f *Facts) finderOf(a, into *Access, lock types.Object, unknown bool) *Access {
	for _, b := range f.accesses[a.Var] {
		if b.fn.outermost() == a.fn.outermost() || b.fn.test || b.Address || !conflicts(a, b) || f.excused(b) || f.early(b) || f.prepares(b.fn.outermost()) {
			continue
		}
		if f.ofSameEntries(b, into.Var) && !(unknown && f.byKey(b)) && f.released(b.fn, b.Expr, lock) && f.stateAt(b.fn, b.Expr).bare && f.quiet(b.fn, b.Expr) && !f.oneGoroutine(a.fn, b.fn) && !f.ordered(a, b) {
			return b
		}
	}
	return nil
}

// ownsAll reports whether all that a local variable is given is new.
func (f *Facts) ownsAll(top *function, v *types.Var) bool {
	given := f.valuesOf(top)[v]
	if v.Kind() != types.LocalVar || given == nil || given.unknown || len(given.values) == 0 {
		return false
	}
	for _, value := range given.values {
		if f.valueOwner(top, value) != Own {
			return false
		}
	}
	return true
}
