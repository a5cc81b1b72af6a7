package match

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
	"github.com/lockfix/lockfix/rules/pattern"
)

var guardedPredicate = predicate{
	doc: "the place may run under a lock: the function holds one there on some path, says that its caller does, or has a caller in the package that does",
	params: []parameter{
		{name: "at", doc: "the place"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		if !a.guarded(a.node("at"), 0) {
			return true
		}
		return yield(answer{})
	},
}

// callers is how many calls up guarded looks.
const callers = 3

func (q *query) guarded(n ast.Node, level int) bool {
	fn := q.function(n)
	if fn == nil {
		return false
	}
	if q.held(fn, n) {
		return true
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return q.guarded(fn, level) // a literal, by the function that it stands in
	}
	if says(decl) {
		return true
	}
	if level == callers {
		return false
	}
	for _, call := range q.callsOf(decl) {
		if q.guarded(call, level+1) {
			return true
		}
	}
	return false
}

// says reports whether a function says that its caller holds a lock.
func says(decl *ast.FuncDecl) bool {
	return lockedName.MatchString(decl.Name.Name) || decl.Doc != nil && lockedDoc.MatchString(decl.Doc.Text())
}

var (
	lockedName = lazyregexp.New(`(Locked|NoLock|Unlocked|_locked|_nolock)$`)
	lockedDoc  = lazyregexp.New(`(?is)\b(lock\w*|mutex|mu)\b.{0,60}\b(held|holds?|holding|taken|acquired)\b|\b(held|holds?|holding|takes?|acquires?)\b.{0,60}\b(lock\w*|mutex|mu)\b`)
)

// held reports whether fn itself holds some lock, on some path, where n is evaluated.
func (q *query) held(fn, n ast.Node) bool {
	w := way{q.pkg.Flow(fn)}
	if w.flow == nil {
		return false
	}
	at, ok := w.step(n)
	if !ok {
		return false
	}
	takes, releases := q.lockCalls(fn)
	for _, take := range takes {
		from, ok := w.step(take)
		if ok && w.leads(from, at, w.steps(q.ofSameLock(take, releases))) {
			return true
		}
	}
	return false
}

// lockCalls returns the calls by which fn itself takes and releases locks; a
// deferred call does neither before the function ends.
func (q *query) lockCalls(fn ast.Node) (takes, releases []*ast.CallExpr) {
	q.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == fn
		case *ast.DeferStmt, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			method, ok := q.objectOf(n).(*types.Func)
			if !ok || !isLockMethod(method) {
				return true
			}
			switch method.Name() {
			case "Unlock", "RUnlock":
				releases = append(releases, n)
			default:
				takes = append(takes, n)
			}
		}
		return true
	})
	return takes, releases
}

// ofSameLock returns the calls that are spelled with the lock of call.
func (q *query) ofSameLock(call *ast.CallExpr, others []*ast.CallExpr) (same []ast.Node) {
	lock := receiver(call)
	for _, other := range others {
		if pattern.Same(lock, receiver(other), q.pkg.Info) {
			same = append(same, other)
		}
	}
	return same
}

// receiver returns the operand of a method call.
func receiver(call *ast.CallExpr) ast.Expr {
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return selector.X
	}
	return call.Fun
}

// callsOf returns the calls of a function in the package.
func (q *query) callsOf(decl *ast.FuncDecl) []*ast.CallExpr {
	if q.calls == nil {
		q.calls = map[types.Object][]*ast.CallExpr{}
		for _, file := range q.pkg.Files {
			q.pkg.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if fn, ok := q.objectOf(call).(*types.Func); ok {
						q.calls[fn.Origin()] = append(q.calls[fn.Origin()], call)
					}
				}
				return true
			})
		}
	}
	return q.calls[q.pkg.Def(decl.Name)]
}
