package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// relayed reports whether a function comes to b only behind a receive of what somebody has
// sent behind a, the goroutine of a itself or one that has heard of it in the same way:
//
//	go func() {
//		off := f.offset // a
//		for { work <- job{off: off} }
//	}()
//	go func() {
//		for j := range work { done <- answer{j.off} }
//	}()
//	f.offset = (<-done).off // b
//
// It looks at channels of which all sends are known: those of a local variable that is used
// for nothing else, and those whose elements have a type that the function declares.
func (f *Facts) relayed(in *function, a, b *Access, x, y strand) bool {
	if x.start == nil || y.start != nil || a.far != nil || b.far != nil || a.fn != x.start || b.fn != in {
		return false
	}
	if f.comesAgain(in, x.at) || f.comesAgain(a.fn, a.Expr) {
		return false
	}
	r := &relay{f, in, a, b}
	return r.heard(in, b.Expr, 0)
}

// comesAgain reports whether a function may come to a node more than once, or that is not known.
func (f *Facts) comesAgain(fn *function, n ast.Node) bool {
	flow := f.pkg.Flow(fn.node)
	at, ok := flow.At(n)
	return !ok || flow.Reaches(facts.Point{Block: at.Block, Index: at.Index + 1}, at, nil)
}

// A relay asks who hears, in a function and its literals, that an access has been made.
type relay struct {
	*Facts
	in    *function
	first *Access
	then  *Access
}

// heard reports whether a function comes to a node only behind such a receive.
func (r *relay) heard(fn *function, at ast.Node, hops int) (found bool) {
	if hops > 3 {
		return false
	}
	r.Facts.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !found && (r.precedes(fn, n, at) || r.stores(n, at)) {
				found = r.sentBehind(n.X, false, hops)
			}
		case *ast.RangeStmt:
			if !found && within(n.Body, at) {
				found = r.sentBehind(n.X, true, hops)
			}
		}
		return !found
	})
	return found
}

func (r *relay) precedes(fn *function, n, at ast.Node) bool {
	_, always := r.pkg.Flow(fn.node).Precedes(n, at)
	return always
}

// stores reports whether it is the assignment of what is received: f.offset = <-answers.
func (r *relay) stores(receive, at ast.Node) bool {
	st, ok := r.then.Use.(*ast.AssignStmt)
	return ok && at == ast.Node(r.then.Expr) && r.then.Write && !r.then.Read && within(st, receive)
}

// sentBehind reports whether everything that is sent on a channel is sent behind the access. The
// body of a range is not run when the channel is closed; another receive goes on then.
func (r *relay) sentBehind(ch ast.Expr, ranges bool, hops int) bool {
	key := r.channel(ch)
	if key == nil {
		return false
	}
	sends, behind := 0, true
	r.eachSend(func(fn *function, at ast.Node, to ast.Expr, closes bool) {
		if !behind || r.channel(to) != key || closes && ranges {
			return
		}
		sends++
		behind = fn == r.first.fn && (within(at, r.first.Expr) || r.precedes(fn, r.first.Expr, at)) || fn != r.first.fn && r.heard(fn, at, hops+1)
	})
	return behind && sends > 0
}

// eachSend visits the sends and closes of the function and its literals.
func (r *relay) eachSend(visit func(fn *function, at ast.Node, to ast.Expr, closes bool)) {
	var walk func(fn *function)
	walk = func(fn *function) {
		r.Facts.pkg.Inspect(fn.body(), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				if inner := r.funcs[n]; inner != nil {
					walk(inner)
				}
				return false
			case *ast.SendStmt:
				visit(fn, n, n.Chan, false)
			case *ast.CallExpr:
				if b, ok := r.pkg.Callee(n).(*types.Builtin); ok && b.Name() == "close" {
					visit(fn, n, n.Args[0], true)
				}
			}
			return true
		})
	}
	walk(r.in)
}

// channel returns what the channel of an expression has in common with all that it may be: the
// type of its elements, if the function declares it, or a variable; nil for neither.
func (r *relay) channel(e ast.Expr) types.Object {
	t, ok := r.typeOf(e).(*types.Chan)
	if !ok {
		return nil
	}
	if named, ok := types.Unalias(t.Elem()).(*types.Named); ok && r.inside(named.Obj()) {
		return named.Obj()
	}
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := r.pkg.Use(id).(*types.Var)
	if !ok || !r.inside(v) || !r.onlyUsed(v) {
		return nil
	}
	return v
}

func (r *relay) inside(obj types.Object) bool {
	body := r.in.body()
	return body.Pos() <= obj.Pos() && obj.Pos() < body.End()
}

// onlyUsed reports whether a channel is made where its variable is declared, and whether all
// that is done with it is to send, to receive and to close.
func (r *relay) onlyUsed(v *types.Var) bool {
	uses, known := 0, 0
	r.Facts.pkg.Inspect(r.in.body(), func(n ast.Node) bool {
		var ch ast.Expr
		switch n := n.(type) {
		case *ast.Ident:
			if r.pkg.Use(n) == types.Object(v) {
				uses++
			}
		case *ast.SendStmt:
			ch = n.Chan
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				ch = n.X
			}
		case *ast.RangeStmt:
			ch = n.X
		case *ast.CallExpr:
			if b, ok := r.pkg.Callee(n).(*types.Builtin); ok && b.Name() != "append" && len(n.Args) > 0 {
				ch = n.Args[0]
			}
		}
		if id, ok := ch.(*ast.Ident); ok && r.pkg.Use(id) == types.Object(v) {
			known++
		}
		return true
	})
	return uses == known
}
