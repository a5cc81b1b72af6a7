package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
)

// TypedAtomic makes a variable one of the types of sync/atomic, and each of its
// uses in the program a method of it:
//
//	type Server struct {              type Server struct {
//		stopped bool                      stopped atomic.Bool
//		served  int               →       served  atomic.Int64
//	}                                 }
//	for !s.stopped {                  for !s.stopped.Load() {
//	s.served++                        s.served.Add(1)
//
// One goroutine alone does what it did: each use reads or writes the same value
// at the same point (int(x) of an int64 gives the int that was stored). With many,
// the uses of this variable are in one order that all see. What takes two steps
// stays two steps, so a write that rests on a read is made one step, or refused;
// and a flag must be the last that its writer writes, or what it announces would
// look safe and not be. All uses of the program are rewritten or none.
func TypedAtomic(s *edit.Site) error {
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	a := &atomicVar{variable: u, done: map[*use]bool{}}
	for _, step := range []func() error{a.choose, u.unmoved, u.announces, u.unawaited, u.unstarted, a.declaration, a.oneStep, a.loadOnce, a.rewriteAll} {
		if err := step(); err != nil {
			return err
		}
	}
	u.settleLayout()
	for _, edit := range append(a.reads, a.writes...) {
		edit()
	}
	return nil
}

// An atomicVar is a variable that is to become a typed atomic.
type atomicVar struct {
	*variable
	kind    string       // Bool, Int32, Int64, Uint32, Uint64, Uintptr, Pointer
	elem    *types.Basic // what its methods take; nil for a pointer
	convert bool         // the variable's own type is another

	done          map[*use]bool // uses whose edit is planned
	reads, writes []func()      // the edits, those of whole statements last
}

// choose finds the atomic type for the variable's.
func (a *atomicVar) choose() error {
	if !a.s.AtLeast("go1.19") {
		return errors.New("the types of sync/atomic need Go 1.19")
	}
	t := types.Unalias(a.v.Type())
	if _, ok := t.(*types.Pointer); ok {
		a.kind = "Pointer"
		return nil
	}
	b, ok := t.Underlying().(*types.Basic)
	if !ok || around.IsTypeParam(t) {
		return around.Aside(fmt.Sprintf("sync/atomic has no type for %s", types.TypeString(t, types.RelativeTo(a.pkg.Types))))
	}
	switch b.Kind() {
	case types.Bool, types.Int32, types.Int64, types.Uint32, types.Uint64, types.Uintptr:
		a.elem = b
	case types.Int:
		a.elem = types.Typ[types.Int64]
	case types.Uint:
		a.elem = types.Typ[types.Uint64]
	default:
		return around.Aside(fmt.Sprintf("sync/atomic has no type for %s", types.TypeString(t, types.RelativeTo(a.pkg.Types))))
	}
	a.convert = !types.Identical(t, a.elem)
	name := a.elem.Name()
	if a.convert && a.declares(name) {
		return around.Aside(fmt.Sprintf("%s is something else in this package", name))
	}
	a.kind = strings.ToUpper(name[:1]) + name[1:]
	return nil
}

// declares reports whether the package gives a name a meaning of its own anywhere.
func (a *atomicVar) declares(name string) bool {
	for id := range a.pkg.Info.Defs {
		if id.Name == name {
			return true
		}
	}
	return false
}

// typeExpr builds the atomic type in the file of a site.
func (a *atomicVar) typeExpr(at *edit.Site, old ast.Expr) dst.Expr {
	t := at.Qualified("sync/atomic", a.kind)
	if a.kind == "Pointer" {
		return &dst.IndexExpr{X: t, Index: at.Copy(old.(*ast.StarExpr).X)}
	}
	return t
}

// method builds the call of a method on the variable as a use names it.
func (a *atomicVar) method(at *edit.Site, x *use, name string, args ...dst.Expr) *dst.CallExpr {
	return edit.Call(edit.Sel(at.Copy(x.expr), name), args...)
}

// rewriteAll plans the edit of each use.
func (a *atomicVar) rewriteAll() error {
	for _, x := range a.uses {
		if a.done[x] {
			continue
		}
		if err := a.rewrite(x); err != nil {
			return err
		}
	}
	return nil
}

func (a *atomicVar) rewrite(x *use) error {
	if kv := x.key(); kv != nil {
		return a.keyed(x, kv)
	}
	if st := x.assigned(); st != nil {
		return a.store(x, st)
	}
	switch p := x.up(0).(type) {
	case *ast.IncDecStmt:
		return a.count(x, p)
	case *ast.UnaryExpr:
		if p.Op == token.AND {
			return a.function(x, p)
		}
	case *ast.RangeStmt:
		if p.Key == x.expr || p.Value == x.expr {
			return fmt.Errorf("the loop at %s gives %s its values", a.line(p), a.name)
		}
	}
	return a.load(x)
}

// load plans a read.
func (a *atomicVar) load(x *use) error {
	if access := a.shared.AccessAt(x.expr); access != nil && access.Address {
		return fmt.Errorf("the address of %s is taken at %s", a.name, a.line(x.id))
	}
	if err := a.leadsOn(x); err != nil {
		return err
	}
	back, err := a.conversion(x)
	if err != nil {
		return err
	}
	a.reads = append(a.reads, func() {
		at := a.s.At(x.id)
		at.ReplaceExpr(at.Expr(x.expr), back(at, a.method(at, x, "Load")))
	})
	return nil
}

// conversion returns what makes the variable's own type of what Load returns.
func (a *atomicVar) conversion(x *use) (func(*edit.Site, dst.Expr) dst.Expr, error) {
	if !a.convert {
		return func(_ *edit.Site, e dst.Expr) dst.Expr { return e }, nil
	}
	spelled, err := a.spell(a.v.Type(), x.id)
	if err != nil {
		return nil, err
	}
	return func(at *edit.Site, e dst.Expr) dst.Expr { return edit.Call(spelled(at), e) }, nil
}

// value returns a value as the methods take it.
func (a *atomicVar) value(at *edit.Site, e ast.Expr) dst.Expr {
	if !a.convert || fromContext(e) {
		return at.Use(e)
	}
	if c, ok := ast.Unparen(e).(*ast.CallExpr); ok && len(c.Args) == 1 && a.pkg.IsType(c.Fun) {
		if types.Identical(a.pkg.TypeOf(c.Args[0]), a.elem) {
			return at.Use(c.Args[0])
		}
	}
	return edit.Call(edit.Ident(a.elem.Name()), at.Use(e))
}

// fromContext reports whether an expression is a literal, which takes its type
// from where it stands.
func fromContext(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		return e.Op != token.AND && fromContext(e.X)
	case *ast.Ident:
		return e.Name == "true" || e.Name == "false" || e.Name == "nil"
	}
	return false
}

// spell returns a builder of a type's name in the file of a node.
func (u *variable) spell(t types.Type, n ast.Node) (func(*edit.Site) dst.Expr, error) {
	var obj types.Object
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		obj = types.Universe.Lookup(t.Name())
	case *types.Named:
		if t.TypeArgs().Len() == 0 {
			obj = t.Obj()
		}
	}
	if obj == nil {
		return nil, fmt.Errorf("the type %s of %s has no plain name", t, u.name)
	}
	if obj.Pkg() != nil && obj.Pkg() != u.pkg.Types {
		if !obj.Exported() {
			return nil, fmt.Errorf("the type %s of %s has no name here", t, u.name)
		}
		return func(at *edit.Site) dst.Expr { return at.Qualified(obj.Pkg().Path(), obj.Name()) }, nil
	}
	scope := u.pkg.Types.Scope().Innermost(n.Pos())
	if scope == nil {
		return nil, errors.New("internal: no scope around a use")
	}
	if _, found := scope.LookupParent(obj.Name(), n.Pos()); found != obj {
		return nil, fmt.Errorf("%s means something else at %s", obj.Name(), u.line(n))
	}
	return func(*edit.Site) dst.Expr { return edit.Ident(obj.Name()) }, nil
}

// zero reports whether an expression is the zero value of the variable's type.
func (u *variable) zero(e ast.Expr) bool {
	tv := u.pkg.Info.Types[e]
	if tv.IsNil() {
		return true
	}
	if tv.Value == nil {
		return false
	}
	switch tv.Value.Kind() {
	case constant.Bool:
		return !constant.BoolVal(tv.Value)
	case constant.Int, constant.Float:
		return constant.Sign(tv.Value) == 0
	}
	return false
}
