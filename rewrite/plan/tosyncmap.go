package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules"
)

// toSyncMap makes a map a sync.Map, and each of its uses in the program a call:
//
//	seen map[string]int              seen sync.Map
//	p.seen[k] = n               →    p.seen.Store(k, n)
//	delete(p.seen, k)                p.seen.Delete(k)
//
// What a sync.Map cannot do refuses: its length, its being passed on, compared
// or encoded, a step that rests on what was read before. A key or value has the
// type in the map that it had: constants are converted, and what is not there is
// the zero value. One goroutine alone does what it did, but that writing to a nil
// map no longer panics; it is never safe, for it suits only keys that are
// written once and read often, or by one goroutine each.
func toSyncMap(s *Site) error {
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	m := &syncMapVar{variable: u}
	for _, step := range []func() error{m.choose, u.unmoved, m.actsInOneStep, m.declaration, m.rewriteAll} {
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

// A syncMapVar is a map that is to become a sync.Map.
type syncMapVar struct {
	*variable
	typ     *types.Map
	spelled *ast.MapType // as the declaration spells it
	done    map[*use]bool
	edits   []func()
}

// choose finds how the type is spelled.
func (m *syncMapVar) choose() error {
	m.done = map[*use]bool{}
	typ, ok := types.Unalias(m.v.Type()).(*types.Map)
	if !ok {
		return fmt.Errorf("%s is no plain map", m.name)
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

func (m *syncMapVar) rewriteAll() error {
	for _, x := range m.uses {
		if m.done[x] {
			continue
		}
		if err := m.rewrite(x); err != nil {
			return err
		}
	}
	return nil
}

func (m *syncMapVar) rewrite(x *use) error {
	if kv := x.key(); kv != nil {
		return m.keyed(x, kv)
	}
	if st := x.assigned(); st != nil {
		return m.remake(x, st)
	}
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
	if !ok || m.emptyMap(kv.Value) == nil && !m.pkg.Info.Types[kv.Value].IsNil() {
		return fmt.Errorf("a literal gives %s a value at %s", m.name, m.line(kv))
	}
	m.edits = append(m.edits, func() { m.s.At(x.id).dropElement(lit, kv) })
	return nil
}

// remake deletes the first making of the map, and clears it at a later one.
func (m *syncMapVar) remake(x *use, st *ast.AssignStmt) error {
	if len(st.Lhs) != 1 || st.Tok != token.ASSIGN || m.emptyMap(st.Rhs[0]) == nil && !m.pkg.Info.Types[st.Rhs[0]].IsNil() {
		return fmt.Errorf("%s gets another map at %s", m.name, m.line(st))
	}
	if _, ok := m.s.At(st).listAround(st); !ok {
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
		at.ReplaceStmt(at.Stmt(st), exprStmt(m.method(at, x, "Clear")))
	})
	return nil
}

func (m *syncMapVar) method(at *Site, x *use, name string, args ...dst.Expr) *dst.CallExpr {
	return call(sel(at.Copy(x.expr), name), args...)
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

// boxed returns a builder of a key or value that has in the sync.Map the type
// that it has in the map: an untyped constant would come as an int.
func (m *syncMapVar) boxed(e ast.Expr, t types.Type, spelled ast.Expr) (func(*Site) dst.Expr, error) {
	if types.IsInterface(t) || m.hasType(e, t) {
		return func(at *Site) dst.Expr { return at.Use(e) }, nil
	}
	typ, err := m.typeName(t, spelled, e)
	if err != nil {
		return nil, err
	}
	return func(at *Site) dst.Expr {
		name := typ(at)
		switch name.(type) {
		case *dst.Ident, *dst.SelectorExpr:
		default:
			name = &dst.ParenExpr{X: name}
		}
		return call(name, at.Use(e))
	}, nil
}

// hasType reports whether an expression alone has a type.
func (m *syncMapVar) hasType(e ast.Expr, t types.Type) bool {
	tv := m.pkg.Info.Types[e]
	if tv.IsNil() {
		return false
	}
	if tv.Value == nil {
		return types.Identical(tv.Type, t)
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		kinds := map[token.Token]types.BasicKind{token.INT: types.Int, token.FLOAT: types.Float64, token.STRING: types.String, token.CHAR: types.Int32}
		kind, ok := kinds[e.Kind]
		return ok && types.Identical(types.Typ[kind], t)
	case *ast.Ident:
		obj := m.pkg.Info.Uses[e]
		return obj != nil && types.Identical(types.Default(obj.Type()), t)
	case *ast.SelectorExpr:
		obj := m.pkg.Info.Uses[e.Sel]
		return obj != nil && types.Identical(types.Default(obj.Type()), t)
	}
	return false
}

// typeName returns a builder of a type's name at a node.
func (m *syncMapVar) typeName(t types.Type, spelled ast.Expr, n ast.Node) (func(*Site) dst.Expr, error) {
	if name, err := m.spell(t, n); err == nil {
		return name, nil
	}
	if m.s.fileAround(n) != m.s.fileAround(spelled) {
		return nil, fmt.Errorf("the type %s has no plain name at %s", exprText(spelled), m.line(n))
	}
	return func(at *Site) dst.Expr { return at.Copy(spelled) }, nil
}

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
	if _, ok := m.s.At(st).listAround(st); !ok {
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
		at.ReplaceStmt(at.Stmt(st), exprStmt(m.method(at, x, "Store", key(at), value(at))))
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
	own := define
	if m.pkg.Info.Defs[id] == nil {
		own = assign
	}
	test, inHead := x.up(2).(*ast.IfStmt)
	if inHead = inHead && test.Init == ast.Stmt(st); inHead && !m.onlyInBody(id, test) {
		return fmt.Errorf("%s is used outside of the block at %s", id.Name, m.line(test))
	} else if !inHead && m.s.At(st) != nil {
		if _, ok := m.s.At(st).listAround(st); !ok {
			return fmt.Errorf("the statement at %s is part of another one", m.line(st))
		}
	}
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		name := at.Fresh("value", st)
		typed := own(&dst.TypeAssertExpr{X: ident(name), Type: elem(at)}, at.Copy(id), ident("_"))
		at.ReplaceExpr(at.Expr(ix), m.method(at, x, "Load", key(at)))
		at.ReplaceExpr(at.Expr(id), ident(name))
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
	obj, only := m.pkg.Info.Defs[id], true
	ast.Inspect(test, func(n ast.Node) bool {
		if used, ok := n.(*ast.Ident); ok && m.pkg.Info.Uses[used] == obj {
			only = only && standsIn(used, test.Body)
		}
		return true
	})
	return only && obj != nil
}

// read plans the value of an entry in an expression: what is not there is the
// zero value.
func (m *syncMapVar) read(x *use, ix *ast.IndexExpr) error {
	st := x.stmt()
	if _, ok := m.s.At(st).listAround(st); !ok || !inHeadOf(ix, st) || conditional(x, st) {
		return fmt.Errorf("the entry of %s at %s is read where no statement can stand before", m.name, m.line(ix))
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
		load := define(m.method(at, x, "Load", key(at)), ident(name), ident("_"))
		assertion := define(&dst.TypeAssertExpr{X: ident(name), Type: elem(at)}, ident(typed), ident("_"))
		at.ReplaceExpr(at.Expr(ix), ident(typed))
		at.InsertBefore(at.Stmt(st), load, assertion)
	})
	return nil
}

// conditional reports whether a use in a statement is evaluated only if
// something else in it is true.
func conditional(x *use, st ast.Stmt) bool {
	for _, n := range x.path {
		if b, ok := n.(*ast.BinaryExpr); ok && standsIn(n, st) && isLogical(b) && standsIn(x.expr, b.Y) {
			return true
		}
	}
	return false
}

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
		c.key = func() dst.Expr { return bare(key(at)) }
		at.ReplaceStmt(at.Stmt(st), append(c.hoist(ix, by, st, key), c.loop(st))...)
	})
	return nil
}

// A countLoop is the loop that a step of an entry becomes.
type countLoop struct {
	m          *syncMapVar
	at         *Site
	x          *use
	tok        token.Token
	elem       func(*Site) dst.Expr
	key, delta func() dst.Expr
	typed      bool // the step has the type of the values
}

// hoist evaluates the key and the step once, before the loop, where they could
// change or cost.
func (c *countLoop) hoist(ix *ast.IndexExpr, by ast.Expr, st ast.Stmt, key func(*Site) dst.Expr) (before []dst.Stmt) {
	if !c.fixed(ix.Index) {
		name := c.at.Fresh("key", st)
		before = append(before, define(key(c.at), ident(name)))
		c.key = func() dst.Expr { return ident(name) }
	}
	if by.Pos().IsValid() && !c.fixed(by) {
		step := c.at.Fresh("step", st)
		before = append(before, define(c.at.Use(by), ident(step)))
		c.delta = func() dst.Expr { return ident(step) }
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
		first = call(c.elem(c.at), first)
	}
	if c.tok == token.DEC {
		op, first = token.SUB, &dst.UnaryExpr{Op: token.SUB, X: parenthesised(first, token.UnaryPrec)}
	}
	old, loaded := c.at.Fresh("old", st), c.at.Fresh("loaded", st)
	next := &dst.BinaryExpr{X: &dst.TypeAssertExpr{X: ident(old), Type: c.elem(c.at)}, Op: op, Y: parenthesised(c.delta(), token.ADD.Precedence()+1)}
	swap := c.m.method(c.at, c.x, "CompareAndSwap", c.key(), ident(old), next)
	done := &dst.BinaryExpr{X: not(ident(loaded)), Op: token.LOR, Y: swap}
	return &dst.ForStmt{Body: block(
		define(c.m.method(c.at, c.x, "LoadOrStore", c.key(), first), ident(old), ident(loaded)),
		ifStmt(nil, done, block(&dst.BranchStmt{Tok: token.BREAK})),
	)}
}

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
		at.ReplaceExpr(at.Expr(x.expr), sel(at.Copy(x.expr), "Range"))
		if len(first) > 0 {
			at.InsertFirst(at.Node(st.Body), first...)
		}
	})
	return nil
}

// typed returns what gives a variable of a loop its type again.
func (m *syncMapVar) typed(e ast.Expr, t types.Type, spelled ast.Expr) (func(at *Site, place *dst.Expr, name string, st ast.Stmt) dst.Stmt, error) {
	id, ok := e.(*ast.Ident)
	if e == nil || ok && id.Name == "_" {
		return nil, nil
	}
	typ, err := m.typeName(t, spelled, e)
	if err != nil {
		return nil, err
	}
	return func(at *Site, place *dst.Expr, name string, st ast.Stmt) dst.Stmt {
		fresh := at.Fresh(name, st)
		*place = ident(fresh)
		return define(&dst.TypeAssertExpr{X: ident(fresh), Type: typ(at)}, at.Copy(e), ident("_"))
	}, nil
}

// addedIn returns a use that adds an entry, in a block or in what it calls here.
func (m *syncMapVar) addedIn(body ast.Node) *use {
	for _, x := range m.uses {
		if access := m.shared.AccessAt(x.expr); standsIn(x.id, body) && access != nil && access.Write && !isDelete(x) {
			return x
		}
	}
	return nil
}

func isDelete(x *use) bool {
	_, call := x.up(0).(*ast.CallExpr)
	return call
}

// actsInOneStep makes one step of a test and the store that follows it, and
// refuses a write that may rest on what was read before.
func (m *syncMapVar) actsInOneStep() error {
	for _, w := range m.uses {
		access := m.shared.AccessAt(w.expr)
		if access == nil || !access.Write || !access.Content || w.fn == nil || m.done[w] {
			continue
		}
		flow := m.pkg.Flow(w.fn)
		for _, r := range m.inFunction(w.fn) {
			read := m.shared.AccessAt(r.expr)
			if r == w || read == nil || read.Write || m.done[r] {
				continue
			}
			if _, loop := r.up(0).(*ast.RangeStmt); loop && isDelete(w) {
				continue
			}
			if some, _ := flow.Follows(r.expr, w.stmt()); some && !m.loadOrStore(r, w) {
				return fmt.Errorf("the write at %s may rest on what %s reads: two calls of a sync.Map are not one step", m.line(w.id), m.line(r.id))
			}
		}
	}
	return nil
}

// loadOrStore makes one step of
//
//	if _, ok := m[k]; !ok {      →    m.LoadOrStore(k, v)
//		m[k] = v
//	}
func (m *syncMapVar) loadOrStore(r, w *use) bool {
	st, ok := w.up(1).(*ast.AssignStmt)
	test, ok2 := w.up(3).(*ast.IfStmt)
	if !ok || !ok2 || test.Body != w.up(2) || len(test.Body.List) != 1 || test.Else != nil || st.Tok != token.ASSIGN || len(st.Lhs) != 1 {
		return false
	}
	init, ok := test.Init.(*ast.AssignStmt)
	not, ok2 := ast.Unparen(test.Cond).(*ast.UnaryExpr)
	if !ok || !ok2 || not.Op != token.NOT || len(init.Lhs) != 2 || r.up(1) != ast.Node(init) {
		return false
	}
	blank, ok := init.Lhs[0].(*ast.Ident)
	if !ok || blank.Name != "_" || exprText(not.X) != exprText(init.Lhs[1]) || exprText(init.Rhs[0]) != exprText(st.Lhs[0]) {
		return false
	}
	ix, ok := st.Lhs[0].(*ast.IndexExpr)
	if tv := m.pkg.Info.Types[st.Rhs[0]]; !ok || tv.Value == nil && !m.pkg.Stable(st.Rhs[0]) || !m.pkg.Pure(ix.Index) {
		return false // it would be computed whether or not it is stored
	}
	key, err := m.boxed(ix.Index, m.typ.Key(), m.spelled.Key)
	value, err2 := m.boxed(st.Rhs[0], m.typ.Elem(), m.spelled.Value)
	if err != nil || err2 != nil {
		return false
	}
	m.done[r], m.done[w] = true, true
	m.edits = append(m.edits, func() {
		at := m.s.At(st)
		at.ReplaceStmt(at.Stmt(test), exprStmt(m.method(at, w, "LoadOrStore", key(at), value(at))))
	})
	return true
}
