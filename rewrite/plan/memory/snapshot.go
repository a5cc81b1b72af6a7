package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// Snapshot keeps a map behind an atomic pointer: who reads gets a map that nobody
// writes, who writes puts a changed copy in its place.
//
//	routes map[string]handler           routes   atomic.Pointer[map[string]handler]
//	                                    routesMu sync.Mutex // held by who changes routes
//
//	h := s.routes[path]            →    h := s.routesNow()[path]
//
//	                                    s.routesMu.Lock()
//	s.routes[path] = h             →    next := maps.Clone(s.routesNow())
//	                                    next[path] = h
//	                                    s.routes.Store(&next)
//	                                    s.routesMu.Unlock()
//
// A function that writes holds the mutex from its first use of the map to its
// last, so that what it reads stays true until it acts on it; a loop may delete
// the entry that it is at, and change nothing else, since it runs over the map as
// it was. What reads alone may stand anywhere: also in a condition, or a range
// with break and labels. One goroutine alone reads what it has written. It is
// never safe: each write costs a copy of the map.
func Snapshot(s *edit.Site) error {
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	c := &snapshotVar{newGuard: &newGuard{variable: u}}
	for _, step := range []func() error{c.choose, u.unmoved, c.announces, c.keptInside, c.entriesStay, c.locks, c.rewriteAll, c.declaration} {
		if err := step(); err != nil {
			return err
		}
	}
	s.Downgrade(rules.Unsafe, "each write copies the map: it suits one that is read much more often than written")
	for _, edit := range append(c.edits, c.steps...) {
		edit()
	}
	return nil
}

// A snapshotVar is a map that is to be replaced as a whole.
type snapshotVar struct {
	*newGuard
	spelled ast.Expr // its type, as the declaration has it
	now     string   // the function that returns the map
	empty   bool     // a literal made it, and now does: what is not stored yet is empty
	asked   ast.Node // where it is compared with nil
	steps   []func() // edits inside of what the locks are put around
}

func (c *snapshotVar) choose() error {
	if _, ok := c.v.Type().Underlying().(*types.Map); !ok || !c.s.AtLeast("go1.21") {
		return around.Aside(c.name + " is no map, or Go is older than 1.21, which has maps.Clone")
	}
	if !c.v.IsField() && c.v.Kind() != types.PackageVar {
		return around.Aside(c.name + " is a local variable")
	}
	if c.v.IsField() && (c.owner == nil || c.owner.TypeParams != nil || c.parent(2) != ast.Node(c.owner.Type)) {
		return fmt.Errorf("%s is a field of a type that cannot get a method for it", c.name)
	}
	switch decl := c.parent(0).(type) {
	case *ast.Field:
		c.spelled = decl.Type
		if len(decl.Names) != 1 {
			return fmt.Errorf("%s is declared with other fields", c.name)
		}
	case *ast.ValueSpec:
		if c.spelled = decl.Type; c.spelled == nil && len(decl.Values) == 1 {
			c.spelled = c.emptyMap(decl.Values[0])
		}
		if len(decl.Names) != 1 || len(decl.Values) == 1 && c.emptyMap(decl.Values[0]) == nil {
			return fmt.Errorf("%s has an initial value, or is declared with other variables, at %s", c.name, c.line(decl))
		}
		c.empty = len(decl.Values) == 1
	}
	if c.spelled == nil {
		return fmt.Errorf("the type of %s is not spelled where it is declared", c.name)
	}
	sync := types.NewPackage("sync", "sync")
	mutex := types.NewNamed(types.NewTypeName(0, sync, "Mutex", nil), types.NewStruct(nil, nil), nil)
	c.fresh, c.lock = true, types.NewVar(0, c.pkg.Types, around.FreshName(c.s, c.name+"Mu"), mutex)
	c.now = around.FreshName(c.s, c.name+"Now")
	return nil
}

// entriesStay refuses where somebody changes what the entries lead to.
func (c *snapshotVar) entriesStay() error {
	if c.changed != nil {
		return fmt.Errorf("%s changes what an entry of %s leads to: who has an older copy sees that happen", c.line(c.changed), c.name)
	}
	for _, x := range c.uses {
		for _, e := range c.entryUses(x) {
			if shortens(e.top) {
				return fmt.Errorf("%s shortens an entry of %s: what is appended then is written into older copies", c.line(e.top), c.name)
			}
		}
	}
	return nil
}

// shortens reports whether an expression is a slice without its end.
func shortens(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		x, ok := n.(*ast.SliceExpr)
		found = found || ok && x.High != nil && x.Max == nil
		return !found
	})
	return found
}

// locks plans the section of each function that writes.
func (c *snapshotVar) locks() error {
	var order []ast.Node
	for _, x := range c.uses {
		access := c.shared.AccessAt(x.expr)
		if access != nil && access.Write && x.fn != nil && !c.early(x) && !slices.Contains(order, x.fn) {
			order = append(order, x.fn)
		}
	}
	for _, fn := range order {
		g, err := c.guarding(fn, c.inFunction(fn))
		if err != nil {
			return err
		}
		edit, err := g.plan((*guarding).inSection, (*guarding).deferred)
		if err != nil {
			return fmt.Errorf("at %s: %w", c.line(fn), err)
		}
		c.edits = append(c.edits, func() {
			c.s.At(fn)
			edit()
		})
	}
	return nil
}

func (c *snapshotVar) rewriteAll() error {
	done := map[ast.Stmt]bool{}
	for _, x := range c.uses {
		access := c.shared.AccessAt(x.expr)
		switch kv := x.key(); {
		case kv != nil:
			if err := c.keyed(x, kv); err != nil {
				return err
			}
		case access == nil:
			return fmt.Errorf("%s is used at %s in a way that is not known", c.name, c.line(x.id))
		case access.Write:
			if st := c.written(x); st != nil && !done[st] {
				done[st] = true
				if err := c.write(x, st); err != nil {
					return err
				}
			} else if st == nil {
				return fmt.Errorf("the write at %s is no statement of its own", c.line(x.id))
			}
		}
	}
	for _, x := range c.uses {
		if st := c.written(x); x.key() == nil && (st == nil || !done[st]) {
			c.read(x)
		}
	}
	if c.asked != nil && c.empty {
		return fmt.Errorf("%s asks whether %s is nil, which it then never is", c.line(c.asked), c.name)
	}
	return nil
}

// written returns the statement that a use is part of, if it stands in a list and
// is one that can write.
func (c *snapshotVar) written(x *use) ast.Stmt {
	st := x.stmt()
	switch st.(type) {
	case *ast.AssignStmt, *ast.IncDecStmt, *ast.ExprStmt:
		if _, ok := c.s.At(st).ListAround(st); ok {
			return st
		}
	}
	return nil
}

// keyed drops an empty map from a composite literal.
func (c *snapshotVar) keyed(x *use, kv *ast.KeyValueExpr) error {
	lit, ok := x.up(1).(*ast.CompositeLit)
	isNil := c.pkg.IsNil(kv.Value)
	if !ok || c.emptyMap(kv.Value) == nil && !isNil {
		return fmt.Errorf("a literal gives %s a value at %s", c.name, c.line(kv))
	}
	c.empty = c.empty || !isNil
	c.steps = append(c.steps, func() { dropElement(c.s.At(x.id), lit, kv) })
	return nil
}

// read plans a use that changes nothing.
func (c *snapshotVar) read(x *use) {
	if b, ok := x.up(0).(*ast.BinaryExpr); ok {
		c.asked = b
	}
	c.steps = append(c.steps, func() {
		at := c.s.At(x.id)
		at.ReplaceExpr(at.Expr(x.expr), c.current(at, x))
	})
}

// current builds the call that returns the map.
func (c *snapshotVar) current(at *edit.Site, x *use) dst.Expr {
	if sel, ok := x.expr.(*ast.SelectorExpr); ok && c.v.IsField() {
		return edit.Call(&dst.SelectorExpr{X: at.Copy(sel.X), Sel: edit.Ident(c.now)})
	}
	return edit.Call(edit.Ident(c.now))
}

// write plans a statement that writes the map, or entries of it.
func (c *snapshotVar) write(x *use, st ast.Stmt) error {
	if loop := c.loopOver(x); loop != nil && !deletesKeyOf(c.variable, st, loop) {
		return fmt.Errorf("the loop at %s changes %s at %s: it would run over the map as it was", c.line(loop), c.name, c.line(st))
	}
	if whole := x.assigned(); whole != nil {
		return c.replace(x, whole)
	}
	var same []*use
	for _, y := range c.uses {
		if y.stmt() == st {
			same = append(same, y)
			if edit.Spelling(y.expr) != edit.Spelling(x.expr) {
				return fmt.Errorf("%s uses the maps of two objects", c.line(st))
			}
		}
	}
	c.steps = append(c.steps, func() {
		at := c.s.At(st)
		next := at.Fresh("next", st)
		copied := edit.Define(edit.Call(at.Qualified("maps", "Clone"), c.current(at, x)), edit.Ident(next))
		store := c.store(at, x, next)
		for _, y := range same {
			at.ReplaceExpr(at.Expr(y.expr), edit.Ident(next))
		}
		at.InsertBefore(at.Stmt(st), copied)
		at.InsertAfter(at.Stmt(st), store)
	})
	return nil
}

func (c *snapshotVar) store(at *edit.Site, x *use, next string) dst.Stmt {
	return edit.ExprStmt(edit.Call(edit.Sel(at.Copy(x.expr), "Store"), &dst.UnaryExpr{Op: token.AND, X: edit.Ident(next)}))
}

// replace plans s.m = v.
func (c *snapshotVar) replace(x *use, st *ast.AssignStmt) error {
	if len(st.Lhs) != 1 || st.Tok != token.ASSIGN {
		return fmt.Errorf("more than %s is assigned at %s", c.name, c.line(st))
	}
	value := st.Rhs[0]
	isNil := c.pkg.IsNil(value)
	if !isNil && !types.Identical(c.pkg.TypeOf(value), c.v.Type()) {
		return fmt.Errorf("the value at %s has a type of its own", c.line(st))
	}
	if !isNil && c.emptyMap(value) == nil && !c.cloned(value) {
		return fmt.Errorf("%s gets a map at %s that others may have too", c.name, c.line(st))
	}
	for _, y := range c.uses {
		if y != x && y.stmt() == ast.Stmt(st) {
			return fmt.Errorf("the new map at %s rests on the old one", c.line(st))
		}
	}
	c.steps = append(c.steps, func() {
		at := c.s.At(st)
		if isNil {
			at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(edit.Call(edit.Sel(at.Copy(x.expr), "Store"), edit.Ident("nil"))))
			return
		}
		next := at.Fresh("next", st)
		at.ReplaceStmt(at.Stmt(st), edit.Define(at.Use(value), edit.Ident(next)), c.store(at, x, next))
	})
	return nil
}

// cloned reports whether an expression makes a map that is nobody else's.
func (c *snapshotVar) cloned(e ast.Expr) bool {
	made, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		lit, isLit := ast.Unparen(e).(*ast.CompositeLit)
		return isLit && lit != nil
	}
	fn, ok := c.pkg.Callee(made).(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "maps" && (fn.Name() == "Clone" || fn.Name() == "Collect")
}

// loopOver returns the range over the map that a use stands in the body of.
func (c *snapshotVar) loopOver(x *use) *ast.RangeStmt {
	for _, n := range x.path {
		loop, ok := n.(*ast.RangeStmt)
		if ok && edit.StandsIn(x.id, loop.Body) && c.useIn(loop.X) != nil {
			return loop
		}
	}
	return nil
}

// deletesKeyOf reports whether a statement deletes the entry that a loop is at.
func deletesKeyOf(u *variable, st ast.Stmt, loop *ast.RangeStmt) bool {
	e, ok := st.(*ast.ExprStmt)
	if !ok {
		return false
	}
	del, ok := e.X.(*ast.CallExpr)
	if !ok || len(del.Args) != 2 {
		return false
	}
	key, ok := ast.Unparen(del.Args[1]).(*ast.Ident)
	own, ok2 := loop.Key.(*ast.Ident)
	return ok && ok2 && u.pkg.ObjectOf(key) == u.pkg.ObjectOf(own)
}

// declaration plans the new type, the mutex, and the function that returns the map.
func (c *snapshotVar) declaration() error {
	c.edits = append(c.edits, func() {
		at := c.s.At(c.ident)
		pointer := &dst.IndexExpr{X: at.Qualified("sync/atomic", "Pointer"), Index: at.Copy(c.spelled)}
		switch twin := at.Node(c.parent(0)).(type) {
		case *dst.Field:
			setType(twin, pointer)
		case *dst.ValueSpec:
			twin.Type, twin.Values = pointer, nil
		}
	})
	text := c.function()
	c.edits = append(c.edits, func() {
		at := c.s.At(c.ident)
		decls, err := edit.ParseDecls(text, map[string]func() dst.Expr{"MAP": func() dst.Expr { return at.Copy(c.spelled) }})
		if err != nil {
			at.Fail("%v", err)
			return
		}
		at.AddDecls(c.ident, decls)
	})
	return c.declare("Mutex", "is held by who changes")
}

// function spells the function that returns the map.
func (c *snapshotVar) function() string {
	recv, load := "", c.name
	if c.v.IsField() {
		name := c.owner.Name.Name
		letter := string(unicode.ToLower([]rune(name)[0]))
		recv, load = "("+letter+" *"+name+") ", letter+"."+c.name
	}
	zero := "nil"
	if c.empty {
		zero = "MAP{}"
	}
	return strings.NewReplacer("NOW", c.now, "RECV ", recv, "LOAD", load, "NAME", c.name, "ZERO", zero).Replace(
		`// NOW returns what NAME is now. Nobody changes it: who writes stores a copy.
func RECV NOW() MAP {
	if m := LOAD.Load(); m != nil {
		return *m
	}
	return ZERO
}
`)
}
