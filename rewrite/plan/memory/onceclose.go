package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// OnceClose lets a sync.Once beside a channel close it, wherever the program does:
//
//	type conn struct {                type conn struct {
//		quit chan struct{}                quit     chan struct{}
//	}                             →           quitOnce sync.Once // closes quit
//	                                  }
//	select {                          c.quitOnce.Do(func() {
//	case <-c.quit:                            close(c.quit)
//	default:                          })
//		close(c.quit)
//	}
//
// Who comes first closes, and who comes second goes on behind the close, where he
// panicked before or found the channel closed. A check by which a close looked first,
// and did nothing else, goes with it. It is not safe: a panic told of a mistake
// somewhere else, perhaps. It refuses a channel that is made anew, since a Once does
// not run again, and one that others may close.
func OnceClose(s *edit.Site) error {
	u, err := closedVariable(s)
	if err != nil {
		return err
	}
	n := &newGuard{variable: u, fresh: true}
	closes, err := u.closes()
	if err != nil {
		return err
	}
	if err := u.unmoved(); err != nil {
		return err
	}
	n.lock = types.NewVar(0, u.pkg.Types, around.FreshName(n.s, u.name+"Once"), types.Typ[types.Invalid])
	if err := n.declare("Once", "closes"); err != nil {
		return err
	}
	s.Downgrade(rules.Unsafe, "who closed second panicked before, and goes on now")
	for _, c := range closes {
		n.closeOnce(c)
	}
	for _, edit := range n.edits {
		edit()
	}
	return nil
}

// closedVariable finds all uses of the channel that a match closes.
func closedVariable(s *edit.Site) (*variable, error) {
	call, ok := s.Bound("$close").(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil, errors.New("internal: the match names no close")
	}
	var id *ast.Ident
	switch x := ast.Unparen(call.Args[0]).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil, errors.New("the channel has no name")
	}
	pkg := s.Match.Pkg
	v, ok := pkg.Use(id).(*types.Var)
	if !ok || !v.IsField() && v.Kind() != types.PackageVar {
		return nil, fmt.Errorf("%s is a local variable or a parameter: there is no place for a Once that all its goroutines know", id.Name)
	}
	u := &variable{s: s, pkg: pkg, shared: sharing.Of(pkg), v: v.Origin(), name: id.Name}
	u.collect()
	if u.ident == nil {
		return nil, fmt.Errorf("%s is declared in another package", u.name)
	}
	u.owner = u.typeAround()
	return u, u.closed()
}

// A closing is one close of a channel: the statement to be replaced by the Once, and
// the close itself.
type closing struct {
	stmt  ast.Stmt // of the close, or the select that asks and closes
	close *ast.CallExpr
	owner ast.Expr // the struct of the channel; nil for a variable of the package
}

// closes returns all closes of the variable. It refuses one that is made anew, goes
// elsewhere, or is closed in the middle of something.
func (u *variable) closes() (all []closing, err error) {
	for _, x := range u.uses {
		if x.key() != nil {
			continue
		}
		if st, ok := x.up(0).(*ast.AssignStmt); ok && !(u.early(x) && u.ofLocal(x)) {
			for _, lhs := range st.Lhs {
				if ast.Unparen(lhs) == x.expr {
					return nil, fmt.Errorf("%s is set anew at %s, and a Once does not run again", u.name, u.line(x.id))
				}
			}
		}
		c, isClose, err := u.closing(x)
		if err != nil {
			return nil, err
		}
		if isClose {
			all = append(all, c)
		}
	}
	return all, nil
}

// ofLocal reports whether a use is of what a local variable holds, as in a constructor: a
// receiver may have been closed before.
func (u *variable) ofLocal(x *use) bool {
	root := channels.Of(u.pkg).Root(x.expr)
	if root == nil {
		return false
	}
	v, ok := u.pkg.ObjectOf(root).(*types.Var)
	return ok && v.Kind() == types.LocalVar
}

// closing returns the close that a use is the operand of.
func (u *variable) closing(x *use) (c closing, ok bool, err error) {
	call, isCall := x.up(0).(*ast.CallExpr)
	if !isCall {
		return c, false, nil
	}
	if b, isBuiltin := u.pkg.Callee(call).(*types.Builtin); !isBuiltin || b.Name() != "close" {
		return c, false, nil
	}
	c.close = call
	if sel, isField := x.expr.(*ast.SelectorExpr); isField && u.v.IsField() {
		c.owner = sel.X
	}
	switch st := x.up(1).(type) {
	case *ast.ExprStmt:
		c.stmt = st
	case *ast.DeferStmt:
		c.stmt = st
	default:
		return c, false, fmt.Errorf("the close at %s is no statement of its own", u.line(call))
	}
	if ask := askingSelect(x, c.stmt); ask != nil {
		c.stmt = ask
	}
	return c, true, nil
}

// askingSelect returns the select statement that does nothing but to ask whether the
// channel is closed, and to close it else; nil if there is none around a close.
func askingSelect(x *use, close ast.Stmt) *ast.SelectStmt {
	clause, ok := x.up(2).(*ast.CommClause)
	ask, ok2 := x.up(4).(*ast.SelectStmt)
	if !ok || !ok2 || clause.Comm != nil || len(clause.Body) != 1 || clause.Body[0] != close || len(ask.Body.List) != 2 {
		return nil
	}
	for _, other := range ask.Body.List {
		other := other.(*ast.CommClause)
		if other == clause {
			continue
		}
		expr, ok := other.Comm.(*ast.ExprStmt)
		if !ok || len(other.Body) > 0 {
			return nil
		}
		receive, ok := ast.Unparen(expr.X).(*ast.UnaryExpr)
		if !ok || receive.Op != token.ARROW || edit.Spelling(receive.X) != edit.Spelling(x.expr) {
			return nil
		}
	}
	return ask
}

// closeOnce plans that the Once does one close.
func (n *newGuard) closeOnce(c closing) {
	n.edits = append(n.edits, func() {
		at := n.s.At(c.close)
		once := dst.Expr(edit.Ident(n.lock.Name()))
		if c.owner != nil {
			once = edit.Sel(at.Copy(c.owner), n.lock.Name())
		}
		do := edit.Call(edit.Sel(once, "Do"), edit.FuncLit(edit.ExprStmt(at.Copy(c.close))))
		if _, later := c.stmt.(*ast.DeferStmt); later {
			at.ReplaceStmt(at.Stmt(c.stmt), &dst.DeferStmt{Call: do})
			return
		}
		at.ReplaceStmt(at.Stmt(c.stmt), edit.ExprStmt(do))
	})
}
