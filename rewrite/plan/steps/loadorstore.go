package steps

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// LoadOrStore makes a Load and the Store that follows a miss one step. Where
// the new value is nothing but a plain value, the Load becomes it:
//
//	v, ok := m.Load(k)                v, ok := m.LoadOrStore(k, 1)
//	if !ok {                     →
//		m.Store(k, 1)
//		v = 1
//	}
//
// Else the Load stays, so that the new value is made only on a miss, as it was,
// and the Store becomes it. Who then finds that another goroutine came first
// goes on like one who found something at once:
//
//	if v, ok := m.Load(k); ok {       if v, ok := m.Load(k); ok {
//		return v.(*T)                     return v.(*T)
//	}                                 }
//	t := newT()                  →    t := newT()
//	m.Store(k, t)                     if v, ok := m.LoadOrStore(k, t); ok {
//	return t                              return v.(*T)
//	                                  }
//	                                  return t
//
// One goroutine alone sees no difference: after a miss LoadOrStore stores and
// reports false, provided that nothing between the calls stored under the key.
// Where code runs between them that could, or whose effects would be made for
// nothing, the fix is unsafe; where it makes something that must be closed, it
// is refused.
func LoadOrStore(s *edit.Site) error {
	c, err := findCheckAct(s, "Store")
	if err != nil {
		return err
	}
	m, err := c.missPath()
	if err != nil {
		return err
	}
	if err := c.method("LoadOrStore", "go1.9"); err != nil {
		return err
	}
	between := []ast.Node{m.stored}
	for _, st := range m.before {
		between = append(between, st)
	}
	if err := c.undisturbed(between); err != nil {
		return err
	}
	if err := m.nothingOpened(between); err != nil {
		return err
	}
	if m.plain() {
		m.storeAtLoad()
		return nil
	}
	if len(m.hit) > 0 {
		return m.storeOrHit()
	}
	return m.storeOrGoOn()
}

// nothingOpened refuses where the value of a loser would have to be closed: it
// was made by code with effects, and has a method for that.
func (m *missPath) nothingOpened(between []ast.Node) error {
	if !slices.ContainsFunc(between, func(n ast.Node) bool { return m.effect(n) != "" }) {
		return nil
	}
	typ := m.pkg.TypeOf(m.stored)
	for _, name := range []string{"Close", "Stop", "Shutdown", "Cancel", "Release"} {
		obj, _, _ := types.LookupFieldOrMethod(typ, true, m.pkg.Types, name)
		if _, ok := obj.(*types.Func); ok {
			return fmt.Errorf("a goroutine that comes second would have to call %s of its %s", name, types.TypeString(typ, types.RelativeTo(m.pkg.Types)))
		}
	}
	return nil
}

// storeAtLoad turns the Load into LoadOrStore and takes the Store out. A test
// whose body is then empty goes too.
func (m *missPath) storeAtLoad() {
	s := m.s
	call := m.rename(m.load, "LoadOrStore")
	call.Args = append(call.Args, s.Use(m.stored))
	if m.exits || len(m.hit) > 0 || len(m.after) > 0 {
		m.bindResults(m.used(m.value, m.act, m.takenNode()), true)
		m.deleteStore()
		return
	}
	bind, needsValue, needsOk := s.Stmt(m.bind), m.used(m.value, m.test), m.used(m.ok, m.test)
	m.bindResults(needsValue, needsOk)
	if !needsValue && !needsOk {
		bind = edit.ExprStmt(call)
	}
	m.replaceTest(bind)
}

// deleteStore takes out the Store, and value = stored behind it.
func (m *missPath) deleteStore() {
	if m.taken != nil {
		m.s.Delete(m.s.Stmt(m.taken))
	}
	m.s.Delete(m.s.Stmt(m.stmt))
}

// storeOrHit puts, in the place of the Store, a LoadOrStore and what the test
// does with a value that was found.
func (m *missPath) storeOrHit() error {
	const most = 3 // statements, which then stand there twice
	if len(m.hit) > most {
		return fmt.Errorf("what happens on a hit, from line %d on, is too long to stand there twice", m.line(m.hit[0]))
	}
	if len(m.after) > 0 || m.taken != nil {
		return fmt.Errorf("line %d goes on after the Store as if it had stored", m.line(m.list[slices.Index(m.list, ast.Stmt(m.stmt))+1]))
	}
	var again []dst.Stmt
	usesValue := false
	for _, st := range m.hit {
		if !m.repeatable(st) {
			return fmt.Errorf("line %d cannot stand a second time, at line %d", m.line(st), m.line(m.act))
		}
		usesValue = usesValue || m.mentions(st, m.value)
		again = append(again, edit.Bare(m.s.Stmt(st)))
	}
	call := m.rename(m.act, "LoadOrStore")
	init := edit.Define(call, blankOr(m.value, usesValue), blankOr(m.ok, true))
	m.s.ReplaceStmt(m.s.Stmt(m.stmt), edit.IfStmt(init, edit.Ident(m.ok.Name), edit.Block(again...)))
	return nil
}

// repeatable reports whether a statement means the same in the place of act.
func (m *missPath) repeatable(st ast.Stmt) bool {
	plain := true
	ast.Inspect(st, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.LabeledStmt, *ast.FuncLit, *ast.DeferStmt, *ast.GoStmt:
			plain = false
		}
		return plain
	})
	return plain && m.meansTheSame(st, m.act)
}

// storeOrGoOn puts a LoadOrStore in the place of the Store where a hit does
// nothing of its own: its results become those of the Load.
//
//	if !ok {                  if !ok {
//		t := newT()               t := newT()
//		m.Store(k, t)    →        v, ok = m.LoadOrStore(k, t)
//		count++                   if !ok {
//	}                                 count++
//	return v                      }
//	                          }
//	                          return v
func (m *missPath) storeOrGoOn() error {
	if err := m.goesOnAlike(); err != nil {
		return err
	}
	s := m.s
	needsValue := m.used(m.value, m.test)
	needsOk := len(m.after) > 0 || m.used(m.ok, m.test)
	call := m.rename(m.act, "LoadOrStore")
	if needsValue || needsOk {
		s.ReplaceStmt(s.Stmt(m.stmt), edit.Assign(call, blankOr(m.value, needsValue), blankOr(m.ok, needsOk)))
	}
	if m.taken != nil {
		s.Delete(s.Stmt(m.taken))
	}
	if len(m.after) > 0 {
		s.Wrap(s.Stmt(m.after[0]), s.Stmt(m.after[len(m.after)-1]), func(b *dst.BlockStmt) dst.Stmt {
			return edit.IfStmt(nil, edit.Not(edit.Ident(m.ok.Name)), b)
		})
	}
	return nil
}

// goesOnAlike checks that the variable of the Load, and that of the new value,
// hold what they held for one goroutine alone, and the winner's for a loser.
func (m *missPath) goesOnAlike() error {
	holds := m.taken != nil || m.denotes(m.stored, m.value)
	if !holds && m.used(m.value, m.test) && !m.terminates(m.after) {
		return fmt.Errorf("after the Store %s does not hold what was stored", m.value.Name)
	}
	for _, st := range m.after {
		if !holds && m.mentions(st, m.value) {
			return fmt.Errorf("line %d uses %s as it was before the Store", m.line(st), m.value.Name)
		}
	}
	if err := m.newValueStays(); err != nil {
		return err
	}
	for _, id := range []*ast.Ident{m.value, m.ok} {
		if id != nil && !m.visible(id, m.act) {
			return fmt.Errorf("%s is another variable where the Store stands", id.Name)
		}
	}
	return nil
}

// newValueStays refuses a variable that the path of the miss sets to the new
// value and that is used behind the test: a loser's is not what is stored.
func (m *missPath) newValueStays() error {
	x, ok := m.stored.(*ast.Ident)
	if !ok || m.denotes(x, m.value) || !m.used(x, m.test.Body) {
		return nil
	}
	for _, st := range m.before {
		if m.changes(st, x) != nil {
			return fmt.Errorf("%s is used behind the test, and need not be what is stored", x.Name)
		}
	}
	return nil
}
