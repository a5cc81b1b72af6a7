package sections

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// alone reports whether something else than the lock keeps others out, from before a look until behind
// an act: a lock that a function returns the release of, a slot of a channel for one, a word that only
// the first can set; or the act is a part of what a sync.Once runs.
func (f *Facts) alone(fn ast.Node, look, act use) (alone bool) {
	f.own(bodyOf(fn), func(n ast.Node, stack []ast.Node) {
		if alone || n.Pos() >= act.at.Pos() {
			return
		}
		switch n := n.(type) {
		case *ast.DeferStmt:
			alone = n.Pos() < look.at.Pos() && f.releases(fn, n.Call)
		case *ast.SendStmt:
			alone = n.Pos() < look.at.Pos() && f.isSlot(n.Chan)
		case *ast.UnaryExpr:
			alone = n.Op == token.ARROW && n.Pos() < look.at.Pos() && f.isSlot(n.X)
		case *ast.CallExpr:
			alone = f.claims(n, stack)
		}
	})
	return alone
}

// releases reports whether a deferred call ends what a call before has begun, by its names.
//
//	unlock := s.lockKey(k); defer unlock()
//	defer s.lockKey(k)()
//	s.keys.Lock(k); defer s.keys.Unlock(k)
func (f *Facts) releases(fn ast.Node, call *ast.CallExpr) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.CallExpr:
		return locking.MatchString(nameOf(fun.Fun))
	case *ast.Ident:
		v := f.variable(fun)
		return v != nil && (locking.MatchString(v.Name()) || f.givenByLock(fn, v))
	case *ast.SelectorExpr:
		return len(call.Args) > 0 && locking.MatchString(fun.Sel.Name)
	}
	return false
}

// givenByLock reports whether a function that is called as if it locked returns a variable.
func (f *Facts) givenByLock(fn ast.Node, v *types.Var) (given bool) {
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		st, ok := n.(*ast.AssignStmt)
		if !ok || len(st.Rhs) != 1 {
			return
		}
		call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
		for _, lhs := range st.Lhs {
			given = given || ok && f.variable(lhs) == v && locking.MatchString(nameOf(call.Fun))
		}
	})
	return given
}

// locking is how functions are called that keep others out, or let them in again.
var locking = lazyregexp.New(`(?i)lock|acquire|release|exclusive`)

func nameOf(fun ast.Expr) string {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// isSlot reports whether a channel has room for one: who has sent, or received, keeps others out.
func (f *Facts) isSlot(ch ast.Expr) bool {
	all := channels.Of(f.pkg)
	class := all.Class(ch)
	if class == nil || len(class.Makes) == 0 {
		return false
	}
	room, known := all.Room(class)
	return known && room == 1
}

// claims reports whether a call tells that the function is the first, or the only one, and the function
// leaves where it is not: a swap, a TryLock, a function of the package that sets under the lock what it
// asks for. What a sync.Once runs is run by one.
func (f *Facts) claims(call *ast.CallExpr, stack []ast.Node) bool {
	fn, _ := f.pkg.Callee(call).(*types.Func)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	if fn.FullName() == "(*sync.Once).Do" {
		return true
	}
	for _, up := range stack {
		test, ok := up.(*ast.IfStmt)
		if ok && contains(test.Cond, call) {
			return swaps.MatchString(fn.Name()) || saysWhether(fn) && f.setsUnderLock(f.pkg.Body(call))
		}
	}
	return false
}

// saysWhether reports whether a function returns a bool, and nothing else.
func saysWhether(fn *types.Func) bool {
	results := fn.Signature().Results()
	return results.Len() == 1 && isBool(results.At(0).Type())
}

var swaps = lazyregexp.New(`^(CompareAndSwap|Swap|CAS|Try)`)

// setsUnderLock reports whether a function sets or counts something of its receiver under a lock, and
// asks for it.
func (f *Facts) setsUnderLock(decl *ast.FuncDecl) bool {
	if decl == nil || decl.Body == nil || decl.Recv == nil || len(f.pkg.Acquisitions(decl)) != 1 {
		return false
	}
	fn, _ := f.pkg.Def(decl.Name).(*types.Func)
	sets, asks := false, false
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		_, test := n.(*ast.IfStmt)
		asks = asks || test
		sets = sets || fn != nil && f.setsOf(n, fn.Signature().Recv())
		return true
	})
	return sets && asks
}
