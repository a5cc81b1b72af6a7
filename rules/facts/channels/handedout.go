package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// HandedOut returns the return by which a function first gives a channel to who receives from it,
// if a bare send stands before that, on a channel without room that the function has made: nobody
// can be there to receive.
//
//	func (t *T) Subscribe() chan int {
//		c := make(chan int)
//		t.subs = append(t.subs, c)
//		c <- len(t.subs)
//		return c
//	}
func (f *Facts) HandedOut(fn ast.Node, send *ast.SendStmt) *ast.ReturnStmt {
	v := f.Variable(send.Chan)
	made, ok := f.channelMade(v)
	if !ok || len(made.Args) > 1 || f.isCase(fn, send) || f.inTest(send) {
		return nil
	}
	if home, _ := functionAt(f.mentions(v)[0].stack); home != fn || v.Kind() == types.ResultVar && f.sets(v) != 1 {
		return nil
	}
	var out *ast.ReturnStmt
	for _, m := range f.mentions(v) {
		if in, _ := functionAt(m.stack); in != fn {
			return nil // a literal may receive
		}
		ret, kept := f.keepsOnly(m, v)
		if ret == nil && !kept {
			return nil
		}
		if ret != nil {
			out = ret
		}
	}
	if out == nil && v.Kind() == types.ResultVar {
		out = bareReturn(fn)
	}
	if out == nil {
		return nil
	}
	if some, _ := f.pkg.Flow(fn).Follows(send, out); !some {
		return nil
	}
	return out
}

// bareReturn returns the last return of a function itself that names no results.
func bareReturn(fn ast.Node) (found *ast.ReturnStmt) {
	ast.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		ret, ok := n.(*ast.ReturnStmt)
		_, literal := n.(*ast.FuncLit)
		if ok && len(ret.Results) == 0 {
			found = ret
		}
		return !literal
	})
	return found
}

// keepsOnly returns the return of which a mention of a channel is a result; kept is true where it
// is sent on, closed, compared, measured, or put where only senders of the package take it from.
func (f *Facts) keepsOnly(m mention, v *types.Var) (out *ast.ReturnStmt, kept bool) {
	if _, sets := f.setBy(m); sets {
		return nil, true
	}
	switch around := m.around(0).(type) {
	case *ast.ReturnStmt:
		return around, false
	case *ast.SendStmt:
		return nil, ast.Unparen(around.Chan) == ast.Expr(m.id)
	case *ast.BinaryExpr, *ast.ValueSpec, *ast.Field:
		return nil, true
	case *ast.KeyValueExpr:
		return nil, f.nobodyReceives(around.Key)
	case *ast.AssignStmt:
		i := slices.IndexFunc(around.Rhs, func(x ast.Expr) bool { return ast.Unparen(x) == ast.Expr(m.id) })
		return nil, i >= 0 && i < len(around.Lhs) && f.nobodyReceives(around.Lhs[i])
	case *ast.CallExpr:
		if f.isBuiltin(around, "append") {
			return nil, len(around.Args) > 0 && f.nobodyReceives(around.Args[0])
		}
		b, builtin := f.pkg.Callee(around).(*types.Builtin)
		return nil, builtin && (b.Name() == "close" || b.Name() == "len" || b.Name() == "cap")
	}
	return nil, false
}

// nobodyReceives reports whether no function of the package receives from the channels of a field,
// or of what it holds, and nobody else can come to them by it.
func (f *Facts) nobodyReceives(x ast.Expr) bool {
	v := f.classVar(x)
	if v == nil || f.pkg.Reachable(v) {
		return false
	}
	c := f.classes()[v]
	return c != nil && len(c.Of(Receive, Range)) == 0
}
