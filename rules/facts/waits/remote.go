package waits

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A remote is a wait inside a function that is called, as its callers see it.
type remote struct {
	*op
	at facts.Lock // rooted at a receiver, a parameter or a global variable of the function
}

// maxDepth is how many calls deep a wait is looked for.
const maxDepth = 3

// within returns the waits of a function of the package that a call of it comes
// to, whatever it is called with: one that stands under a condition on a
// parameter is none.
func (f *Facts) within(decl *ast.FuncDecl, depth int) []remote {
	var all []remote
	for _, o := range f.waits[decl] {
		if !o.deferred && !f.chosen(decl, o.stack) {
			all = append(all, remote{o, o.at})
		}
	}
	if depth == maxDepth {
		return all
	}
	for _, call := range f.callsOf(decl, false) {
		for _, inner := range f.through(decl, call, depth+1) {
			if _, ok := f.operandOf(decl, inner.at.Root); ok || global(inner.at) {
				all = append(all, inner)
			}
		}
	}
	return all
}

// through returns the waits that a call comes to in the function that it calls,
// as the function around the call names them.
func (f *Facts) through(root ast.Node, call *ast.CallExpr, depth int) []remote {
	decl := f.pkg.Body(call)
	if decl == nil || ast.Node(decl) == root {
		return nil
	}
	var all []remote
	for _, inner := range f.inside(decl, depth) {
		if global(inner.at) {
			all = append(all, inner)
			continue
		}
		i, ok := f.operandOf(decl, inner.at.Root)
		if !ok {
			continue
		}
		if at, named := locally(f.namesIn(root), call, facts.Ref{Arg: i, Path: inner.at.Path}); named {
			all = append(all, remote{inner.op, at})
		}
	}
	return all
}

// inside is within, kept for each function.
func (f *Facts) inside(decl *ast.FuncDecl, depth int) []remote {
	if kept, ok := f.remotes[decl]; ok {
		return kept
	}
	f.remotes[decl] = nil // in recursion: what was found without it
	all := f.within(decl, depth)
	if depth <= 1 {
		f.remotes[decl] = all
	} else {
		delete(f.remotes, decl)
	}
	return all
}

// operandOf returns which operand of a call a variable of the callee stands
// for: 0 the receiver, i+1 the parameter i.
func (f *Facts) operandOf(decl *ast.FuncDecl, root types.Object) (int, bool) {
	fn, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok {
		return 0, false
	}
	sig := fn.Signature()
	if sig.Recv() != nil && root == types.Object(sig.Recv()) {
		return 0, true
	}
	for i := range sig.Params().Len() {
		if root == types.Object(sig.Params().At(i)) && !(sig.Variadic() && i == sig.Params().Len()-1) {
			return i + 1, true
		}
	}
	return 0, false
}

// callsOf returns the calls that a function makes itself: those alone that it makes
// whatever it is given, or all.
func (f *Facts) callsOf(fn ast.Node, all bool) []*ast.CallExpr {
	var calls []*ast.CallExpr
	decl, _ := fn.(*ast.FuncDecl)
	f.pkg.PreorderStack(bodyOf(fn), nil, func(n ast.Node, stack []ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.CallExpr:
			if f.pkg.Body(n) != nil && (all || decl == nil || !f.chosen(decl, stack)) {
				calls = append(calls, n)
			}
		}
		return true
	})
	return calls
}

func bodyOf(fn ast.Node) ast.Node {
	if lit, ok := fn.(*ast.FuncLit); ok {
		return lit.Body
	}
	return fn.(*ast.FuncDecl).Body
}

// chosen reports whether something around a node depends on what the caller
// passes for a parameter.
func (f *Facts) chosen(decl *ast.FuncDecl, stack []ast.Node) bool {
	for _, around := range stack {
		var cond ast.Node
		switch around := around.(type) {
		case *ast.IfStmt:
			cond = around.Cond
		case *ast.SwitchStmt:
			return true
		case *ast.TypeSwitchStmt:
			return true
		}
		found := false
		if cond != nil {
			f.pkg.Inspect(cond, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				if ok {
					i, isOperand := f.operandOf(decl, f.pkg.Use(id))
					found = found || isOperand && i > 0
				}
				return !found
			})
		}
		if found {
			return true
		}
	}
	return false
}
