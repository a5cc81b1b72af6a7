package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// loop plans a range over the map.
func (m *syncMapVar) loop(x *use, st *ast.RangeStmt) error {
	if !m.s.AtLeast("go1.23") {
		return fmt.Errorf("%s is ranged over at %s, which for a sync.Map needs Go 1.23", m.name, m.line(st))
	}
	if st.Tok == token.ASSIGN {
		return fmt.Errorf("the loop at %s assigns variables from outside", m.line(st))
	}
	if w := m.addedIn(st.Body); w != nil {
		return fmt.Errorf("the loop at %s adds entries at %s: Range may come to them", m.line(st), m.line(w.id))
	}
	head, err := m.typed(st.Key, m.typ.Key(), m.spelled.Key)
	if err != nil {
		return err
	}
	tail, err := m.typed(st.Value, m.typ.Elem(), m.spelled.Value)
	if err != nil {
		return err
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		twin, ok := at.Stmt(st).(*dst.RangeStmt)
		if !ok {
			return
		}
		var first []dst.Stmt
		if head != nil {
			first = append(first, head(at, &twin.Key, "key", st))
		}
		if tail != nil {
			first = append(first, tail(at, &twin.Value, "value", st))
		}
		at.ReplaceExpr(at.Expr(x.expr), edit.Sel(at.Copy(x.expr), "Range"))
		if len(first) > 0 {
			at.InsertFirst(at.Node(st.Body), first...)
		}
	})
	return nil
}

// typed returns what gives a variable of a loop its type again.
func (m *syncMapVar) typed(e ast.Expr, t types.Type, spelled ast.Expr) (func(at *edit.Site, place *dst.Expr, name string, st ast.Stmt) dst.Stmt, error) {
	id, ok := e.(*ast.Ident)
	if e == nil || ok && id.Name == "_" {
		return nil, nil
	}
	typ, err := m.typeName(t, spelled, e)
	if err != nil {
		return nil, err
	}
	return func(at *edit.Site, place *dst.Expr, name string, st ast.Stmt) dst.Stmt {
		fresh := at.Fresh(name, st)
		*place = edit.Ident(fresh)
		return edit.Define(&dst.TypeAssertExpr{X: edit.Ident(fresh), Type: typ(at)}, at.Copy(e), edit.Ident("_"))
	}, nil
}

// addedIn returns a use that adds an entry, in a block or in what it calls here.
func (m *syncMapVar) addedIn(body ast.Node) *use {
	for _, x := range m.uses {
		if access := m.shared.AccessAt(x.expr); edit.StandsIn(x.id, body) && access != nil && access.Write && !isDelete(x) {
			return x
		}
	}
	return nil
}

func isDelete(x *use) bool {
	_, call := x.up(0).(*ast.CallExpr)
	return call
}
