package memory

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// index plans a use of one entry.
func (m *syncMapVar) index(x *use, ix *ast.IndexExpr) error {
	if !m.pkg.Pure(ix.Index) {
		return fmt.Errorf("the key at %s is computed with an effect", m.line(ix))
	}
	switch p := x.up(1).(type) {
	case *ast.AssignStmt:
		if len(p.Lhs) == 1 && ast.Unparen(p.Lhs[0]) == ast.Expr(ix) {
			return m.store(x, ix, p)
		}
		for _, lhs := range p.Lhs {
			if ast.Unparen(lhs) == ast.Expr(ix) {
				return fmt.Errorf("more than one variable is assigned at once at %s", m.line(p))
			}
		}
		if len(p.Lhs) == 2 && len(p.Rhs) == 1 {
			return m.commaOK(x, ix, p)
		}
	case *ast.IncDecStmt:
		return m.step(x, ix, p, p.Tok, &ast.BasicLit{Kind: token.INT, Value: "1"})
	case *ast.ValueSpec:
		return fmt.Errorf("an entry of %s is read by a declaration at %s", m.name, m.line(p))
	}
	return m.read(x, ix)
}

func (m *syncMapVar) store(x *use, ix *ast.IndexExpr, st *ast.AssignStmt) error {
	if _, ok := m.s.At(st).ListAround(st); !ok {
		return fmt.Errorf("the statement at %s is part of another one", m.line(st))
	}
	switch st.Tok {
	case token.ASSIGN:
	case token.ADD_ASSIGN:
		return m.step(x, ix, st, token.INC, st.Rhs[0])
	case token.SUB_ASSIGN:
		return m.step(x, ix, st, token.DEC, st.Rhs[0])
	default:
		return fmt.Errorf("there is no one step for the %s at %s", st.Tok, m.line(st))
	}
	key, err := m.boxed(ix.Index, m.typ.Key(), m.spelled.Key)
	if err != nil {
		return err
	}
	value, err := m.boxed(st.Rhs[0], m.typ.Elem(), m.spelled.Value)
	if err != nil {
		return err
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(m.method(at, x, "Store", key(at), value(at))))
	})
	return nil
}

// commaOK plans v, ok := m[k].
func (m *syncMapVar) commaOK(x *use, ix *ast.IndexExpr, st *ast.AssignStmt) error {
	key, err := m.boxed(ix.Index, m.typ.Key(), m.spelled.Key)
	if err != nil {
		return err
	}
	if id, ok := st.Lhs[0].(*ast.Ident); ok && id.Name == "_" {
		m.edits = append(m.edits, func() {
			at := m.s.At(st)
			at.ReplaceExpr(at.Expr(ix), m.method(at, x, "Load", key(at)))
		})
		return nil
	}
	elem, err := m.typeName(m.typ.Elem(), m.spelled.Value, st)
	if err != nil {
		return err
	}
	id, ok := st.Lhs[0].(*ast.Ident)
	if !ok || st.Tok != token.DEFINE {
		return fmt.Errorf("what the entry of %s at %s is assigned to is declared elsewhere", m.name, m.line(st))
	}
	own := edit.Define
	if m.pkg.Def(id) == nil {
		own = edit.Assign
	}
	test, inHead := x.up(2).(*ast.IfStmt)
	if inHead = inHead && test.Init == ast.Stmt(st); inHead && !m.onlyInBody(id, test) {
		return fmt.Errorf("%s is used outside of the block at %s", id.Name, m.line(test))
	} else if !inHead && m.s.At(st) != nil {
		if _, ok := m.s.At(st).ListAround(st); !ok {
			return fmt.Errorf("the statement at %s is part of another one", m.line(st))
		}
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		name := at.Fresh("value", st)
		typed := own(&dst.TypeAssertExpr{X: edit.Ident(name), Type: elem(at)}, at.Copy(id), edit.Ident("_"))
		at.ReplaceExpr(at.Expr(ix), m.method(at, x, "Load", key(at)))
		at.ReplaceExpr(at.Expr(id), edit.Ident(name))
		if inHead {
			at.InsertFirst(at.Node(test.Body), typed)
			return
		}
		at.InsertAfter(at.Stmt(st), typed)
	})
	return nil
}

// onlyInBody reports whether a name that the head of an if declares is used in
// its body alone.
func (m *syncMapVar) onlyInBody(id *ast.Ident, test *ast.IfStmt) bool {
	obj, only := m.pkg.Def(id), true
	ast.Inspect(test, func(n ast.Node) bool {
		if used, ok := n.(*ast.Ident); ok && m.pkg.Use(used) == obj {
			only = only && edit.StandsIn(used, test.Body)
		}
		return true
	})
	return only && obj != nil
}

// read plans the value of an entry in an expression: what is not there is the
// zero value.
func (m *syncMapVar) read(x *use, ix *ast.IndexExpr) error {
	st := x.stmt()
	if _, ok := m.s.At(st).ListAround(st); !ok || !around.InHeadOf(ix, st) || conditional(x, st) {
		return fmt.Errorf("the entry of %s at %s is read where no statement can stand before", m.name, m.line(ix))
	}
	if first := m.calledBefore(ix, st); first != nil {
		return fmt.Errorf("%s calls %s, which may change what the entry of %s is", m.line(first), edit.ExprText(first.Fun), m.name)
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
		name, typed := at.Fresh("value", st), at.Fresh("entry", st)
		load := edit.Define(m.method(at, x, "Load", key(at)), edit.Ident(name), edit.Ident("_"))
		assertion := edit.Define(&dst.TypeAssertExpr{X: edit.Ident(name), Type: elem(at)}, edit.Ident(typed), edit.Ident("_"))
		at.ReplaceExpr(at.Expr(ix), edit.Ident(typed))
		at.InsertBefore(at.Stmt(st), load, assertion)
	})
	return nil
}

// calledBefore returns a call in a statement that may write the map, or change the key, before
// the entry is read: gc reads variables late.
func (m *syncMapVar) calledBefore(ix *ast.IndexExpr, st ast.Stmt) (found *ast.CallExpr) {
	ast.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.BlockStmt:
			return false
		case *ast.CallExpr:
			if found == nil && !edit.StandsIn(ix, n) && !m.pkg.Pure(n) && !m.pkg.IsType(n.Fun) &&
				(!m.pkg.Stable(ix.Index) || m.touches(&ast.ExprStmt{X: n}, map[*ast.FuncDecl]bool{}) != "") {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// conditional reports whether a use in a statement is evaluated only if
// something else in it is true.
func conditional(x *use, st ast.Stmt) bool {
	for _, n := range x.path {
		if b, ok := n.(*ast.BinaryExpr); ok && edit.StandsIn(n, st) && around.IsLogical(b) && edit.StandsIn(x.expr, b.Y) {
			return true
		}
	}
	return false
}
