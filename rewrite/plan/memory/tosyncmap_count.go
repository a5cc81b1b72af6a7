package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// step plans m[k]++ and its kind: tried again until nobody came in between.
func (m *syncMapVar) step(x *use, ix *ast.IndexExpr, st ast.Stmt, tok token.Token, by ast.Expr) error {
	if !m.s.AtLeast("go1.20") {
		return errors.New("CompareAndSwap of sync.Map needs Go 1.20")
	}
	b, ok := m.typ.Elem().Underlying().(*types.Basic)
	if !ok || tok == token.DEC && b.Info()&(types.IsUnsigned|types.IsString) != 0 {
		return fmt.Errorf("there is no one step for %s at %s", m.name, m.line(st))
	}
	if by.Pos().IsValid() && (!m.pkg.Pure(by) || m.useIn(by) != nil) {
		return fmt.Errorf("the step at %s is computed with an effect", m.line(st))
	}
	key, err := m.boxed(ix.Index, m.typ.Key(), m.spelled.Key)
	if err != nil {
		return err
	}
	elem, err := m.typeName(m.typ.Elem(), m.spelled.Value, ix)
	if err != nil {
		return err
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		c := &countLoop{m: m, at: at, x: x, tok: tok, elem: elem}
		c.typed = types.Identical(m.typ.Elem(), types.Typ[types.Int])
		c.delta = func() dst.Expr { return &dst.BasicLit{Kind: token.INT, Value: "1"} }
		if by.Pos().IsValid() {
			c.typed = m.hasType(by, m.typ.Elem())
			c.delta = func() dst.Expr { return at.Copy(by) }
		}
		c.key = func() dst.Expr { return edit.Bare(key(at)) }
		at.ReplaceStmt(at.Stmt(st), append(c.hoist(ix, by, st, key), c.loop(st))...)
	})
	return nil
}

// A countLoop is the loop that a step of an entry becomes.
type countLoop struct {
	m          *syncMapVar
	at         *edit.Site
	x          *use
	tok        token.Token
	elem       func(*edit.Site) dst.Expr
	key, delta func() dst.Expr
	typed      bool // the step has the type of the values
}

// hoist evaluates the key and the step once, before the loop, where they could
// change or cost.
func (c *countLoop) hoist(ix *ast.IndexExpr, by ast.Expr, st ast.Stmt, key func(*edit.Site) dst.Expr) (before []dst.Stmt) {
	if !c.fixed(ix.Index) {
		name := c.at.Fresh("key", st)
		before = append(before, edit.Define(key(c.at), edit.Ident(name)))
		c.key = func() dst.Expr { return edit.Ident(name) }
	}
	if by.Pos().IsValid() && !c.fixed(by) {
		step := c.at.Fresh("step", st)
		before = append(before, edit.Define(c.at.Use(by), edit.Ident(step)))
		c.delta = func() dst.Expr { return edit.Ident(step) }
	}
	return before
}

// fixed reports whether an expression can be evaluated as often as one likes.
func (c *countLoop) fixed(e ast.Expr) bool {
	return c.m.pkg.Info.Types[e].Value != nil || c.m.pkg.Stable(e)
}

// loop builds
//
//	for {
//		old, loaded := m.LoadOrStore(k, V(1))
//		if !loaded || m.CompareAndSwap(k, old, old.(V)+1) {
//			break
//		}
//	}
func (c *countLoop) loop(st ast.Stmt) dst.Stmt {
	op := token.ADD
	first := c.delta()
	if !c.typed {
		first = edit.Call(c.elem(c.at), first)
	}
	if c.tok == token.DEC {
		op, first = token.SUB, &dst.UnaryExpr{Op: token.SUB, X: edit.Parenthesised(first, token.UnaryPrec)}
	}
	old, loaded := c.at.Fresh("old", st), c.at.Fresh("loaded", st)
	next := &dst.BinaryExpr{X: &dst.TypeAssertExpr{X: edit.Ident(old), Type: c.elem(c.at)}, Op: op, Y: edit.Parenthesised(c.delta(), token.ADD.Precedence()+1)}
	swap := c.m.method(c.at, c.x, "CompareAndSwap", c.key(), edit.Ident(old), next)
	done := &dst.BinaryExpr{X: edit.Not(edit.Ident(loaded)), Op: token.LOR, Y: swap}
	return &dst.ForStmt{Body: edit.Block(
		edit.Define(c.m.method(c.at, c.x, "LoadOrStore", c.key(), first), edit.Ident(old), edit.Ident(loaded)),
		edit.IfStmt(nil, done, edit.Block(&dst.BranchStmt{Tok: token.BREAK})),
	)}
}
