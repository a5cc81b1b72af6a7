package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// ToSyncMap makes a map a sync.Map, and each of its uses in the program a call:
//
//	seen map[string]int              seen sync.Map
//	p.seen[k] = n               →    p.seen.Store(k, n)
//	delete(p.seen, k)                p.seen.Delete(k)
//
// What a sync.Map cannot do refuses: its length, its being passed on, compared
// or encoded, a step that rests on what was read before. A key or value has the
// type in the map that it had: constants are converted, and what is not there is
// the zero value. A map that may be nil where it is written refuses: to write it panics.
// One goroutine alone does what it did; it is never safe, for it suits only keys that are
// written once and read often, or by one goroutine each.
func ToSyncMap(s *edit.Site) error {
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	m := &syncMapVar{variable: u}
	for _, step := range []func() error{m.choose, u.unmoved, m.entriesStay, m.actsInOneStep, m.declaration, m.rewriteAll, u.notNil} {
		if err := step(); err != nil {
			return err
		}
	}
	s.Downgrade(rules.Unsafe, "a sync.Map is for keys that are written once and read often, or by one goroutine each")
	for _, edit := range m.edits {
		edit()
	}
	return nil
}

// entriesStay refuses where somebody changes what the entries lead to: a sync.Map
// puts in order who stores and loads them, and nothing else.
func (m *syncMapVar) entriesStay() error {
	if at := m.entriesChange(); at != nil {
		return fmt.Errorf("%s changes what an entry of %s leads to: a sync.Map guards the entries alone", m.line(at), m.name)
	}
	return nil
}

// A syncMapVar is a map that is to become a sync.Map.
type syncMapVar struct {
	*variable
	typ     *types.Map
	spelled *ast.MapType // as the declaration spells it
	done    map[*use]bool
	edits   []func()
	parts   *shards // where it is to become a map in parts
}

// choose finds how the type is spelled.
func (m *syncMapVar) choose() error {
	m.done = map[*use]bool{}
	typ, ok := types.Unalias(m.v.Type()).(*types.Map)
	if !ok {
		return around.Aside(m.name + " is no plain map")
	}
	m.typ = typ
	if _, nested := typ.Elem().Underlying().(*types.Map); nested {
		return fmt.Errorf("%s holds maps, which would have no guard", m.name)
	}
	var e ast.Expr
	switch decl := m.parent(0).(type) {
	case *ast.Field:
		e = decl.Type
		if len(decl.Names) != 1 {
			return fmt.Errorf("%s is declared with other fields", m.name)
		}
	case *ast.ValueSpec:
		if len(decl.Names) != 1 {
			return fmt.Errorf("%s is declared with other variables", m.name)
		}
		e = decl.Type
		if e == nil && len(decl.Values) == 1 {
			e = m.emptyMap(decl.Values[0])
		}
	}
	if m.spelled, ok = e.(*ast.MapType); !ok {
		return fmt.Errorf("the type of %s is not spelled where it is declared", m.name)
	}
	return nil
}

// emptyMap returns the type of make(map[K]V) or map[K]V{} as it is spelled, nil
// for another expression.
func (u *variable) emptyMap(e ast.Expr) ast.Expr {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		if b, ok := u.pkg.Callee(e).(*types.Builtin); ok && b.Name() == "make" {
			return e.Args[0]
		}
	case *ast.CompositeLit:
		if len(e.Elts) == 0 {
			return e.Type
		}
	}
	return nil
}

// declaration plans the new type.
func (m *syncMapVar) declaration() error {
	switch decl := m.parent(0).(type) {
	case *ast.Field:
		m.edits = append(m.edits, func() {
			at := m.s.At(decl)
			if twin, ok := at.Node(decl).(*dst.Field); ok {
				setType(twin, at.Qualified("sync", "Map"))
			}
		})
	case *ast.ValueSpec:
		if len(decl.Values) == 1 && m.emptyMap(decl.Values[0]) == nil {
			return fmt.Errorf("%s has an initial value at %s", m.name, m.line(decl))
		}
		m.edits = append(m.edits, func() {
			at := m.s.At(decl)
			if twin, ok := at.Node(decl).(*dst.ValueSpec); ok {
				twin.Type, twin.Values = at.Qualified("sync", "Map"), nil
			}
		})
	}
	return nil
}

func (m *syncMapVar) rewriteAll() error { return m.rewriteUses(m.rewrite) }

// rewriteUses plans every use: where the map is made in the same way for all kinds, the
// others by rewrite.
func (m *syncMapVar) rewriteUses(rewrite func(*use) error) error {
	for _, x := range m.uses {
		var err error
		kv, st := x.key(), x.assigned()
		switch {
		case m.done[x]:
		case kv != nil:
			err = m.keyed(x, kv)
		case st != nil:
			err = m.remake(x, st)
		default:
			err = rewrite(x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *syncMapVar) rewrite(x *use) error {
	switch p := x.up(0).(type) {
	case *ast.IndexExpr:
		if ast.Unparen(p.X) == x.expr {
			return m.index(x, p)
		}
	case *ast.RangeStmt:
		if ast.Unparen(p.X) == x.expr {
			return m.loop(x, p)
		}
	case *ast.CallExpr:
		return m.builtin(x, p)
	}
	return fmt.Errorf("%s is used as a whole at %s: a sync.Map is no map", m.name, m.line(x.id))
}

// keyed drops an empty map from a composite literal.
func (m *syncMapVar) keyed(x *use, kv *ast.KeyValueExpr) error {
	lit, ok := x.up(1).(*ast.CompositeLit)
	if !ok || m.emptyMap(kv.Value) == nil && !m.pkg.IsNil(kv.Value) {
		return fmt.Errorf("a literal gives %s a value at %s", m.name, m.line(kv))
	}
	m.edits = append(m.edits, func() { dropElement(m.s.At(x.id), lit, kv) })
	return nil
}

// remake deletes the first making of the map, and clears it at a later one.
func (m *syncMapVar) remake(x *use, st *ast.AssignStmt) error {
	if len(st.Lhs) != 1 || st.Tok != token.ASSIGN || m.emptyMap(st.Rhs[0]) == nil && !m.pkg.IsNil(st.Rhs[0]) {
		return fmt.Errorf("%s gets another map at %s", m.name, m.line(st))
	}
	if _, ok := m.s.At(st).ListAround(st); !ok {
		return fmt.Errorf("the statement at %s is part of another one", m.line(st))
	}
	if m.early(x) {
		m.edits = append(m.edits, func() {
			at := m.s.At(st)
			at.Delete(at.Stmt(st))
		})
		return nil
	}
	if !m.s.AtLeast("go1.23") {
		return fmt.Errorf("%s is emptied at %s, and Clear needs Go 1.23", m.name, m.line(st))
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(m.method(at, x, "Clear")))
	})
	return nil
}

func (m *syncMapVar) method(at *edit.Site, x *use, name string, args ...dst.Expr) *dst.CallExpr {
	m.needs(name)
	return edit.Call(edit.Sel(at.Copy(x.expr), name), args...)
}

// builtin plans delete and clear.
func (m *syncMapVar) builtin(x *use, c *ast.CallExpr) error {
	b, ok := m.pkg.Callee(c).(*types.Builtin)
	if !ok {
		return fmt.Errorf("%s is passed on at %s: a sync.Map is no map", m.name, m.line(x.id))
	}
	switch {
	case b.Name() == "delete":
		key, err := m.boxed(c.Args[1], m.typ.Key(), m.spelled.Key)
		if err != nil {
			return err
		}
		m.edits = append(m.edits, func() {
			at := m.s.At(c)
			at.ReplaceExpr(at.Expr(c), m.method(at, x, "Delete", key(at)))
		})
		return nil
	case b.Name() == "clear" && m.s.AtLeast("go1.23"):
		m.edits = append(m.edits, func() {
			at := m.s.At(c)
			at.ReplaceExpr(at.Expr(c), m.method(at, x, "Clear"))
		})
		return nil
	}
	return fmt.Errorf("a sync.Map has no %s, which %s asks for", b.Name(), m.line(x.id))
}
