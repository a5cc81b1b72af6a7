package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// DropCheck takes the first check of a double check out: the one under the lock
// decides.
//
//	if t == nil {                   mu.Lock()
//		mu.Lock()               defer mu.Unlock()
//		defer mu.Unlock()   →   if t == nil {
//		if t == nil {                   t = load()
//			t = load()      }
//		}                       return t
//	}
//	return t
//
// Where the first check fails the second does too, being the same, so one
// goroutine alone does what it did. It is never safe, for every call waits for
// the lock.
func DropCheck(s *edit.Site) error {
	d, err := doubleCheckOf(s)
	if err != nil {
		return err
	}
	if err := d.restUnderLock(); err != nil {
		return err
	}
	s.Downgrade(rules.Unsafe, "every call then waits for the lock")
	var body []dst.Stmt
	for _, st := range d.outer.Body.List {
		body = append(body, s.UseStmt(st))
	}
	s.ReplaceStmt(s.Stmt(d.outer), body...)
	return nil
}

// OnceDo lets a sync.Once do what a double check did:
//
//	if t == nil {                   tOnce.Do(func() {
//		mu.Lock()                       t = load()
//		defer mu.Unlock()   →   })
//		if t == nil {
//			t = load()
//
// Everybody who comes back from Do sees what it has done. A Once does not try
// again: what can fail, or is undone somewhere, refuses. It is never safe, for
// a panic counts as done, too.
func OnceDo(s *edit.Site) error {
	d, err := doubleCheckOf(s)
	if err != nil {
		return err
	}
	u, err := variableOf(s)
	if err != nil {
		return err
	}
	for _, step := range []func(*variable) error{d.onlyHere, d.cannotFail, d.lockOnlyHere} {
		if err := step(u); err != nil {
			return err
		}
	}
	n := &newGuard{variable: u, fresh: true}
	if err := u.unmoved(); err != nil {
		return err
	}
	n.lock = types.NewVar(0, u.pkg.Types, around.FreshName(n.s, u.name+"Once"), types.Typ[types.Invalid])
	if err := n.declare("Once", "makes"); err != nil {
		return err
	}
	s.Downgrade(rules.Unsafe, "a Once runs once even where it panics")
	d.putOnce(n)
	for _, edit := range n.edits {
		edit()
	}
	return nil
}

// A doubleCheck is a test, the lock, and the same test again, with nothing else
// in the outer one.
type doubleCheck struct {
	sharing.DoubleCheck
	s            *edit.Site
	pkg          *facts.Package
	outer, inner *ast.IfStmt
	locks        []ast.Stmt // the statements of the outer body but the inner if
	deferred     bool       // the unlock is
}

func doubleCheckOf(s *edit.Site) (*doubleCheck, error) {
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return nil, errors.New("internal: the match names no variable")
	}
	found, ok := sharing.Of(s.Match.Pkg).DoubleCheckAt(at)
	if !ok {
		return nil, errors.New("internal: the match names no double check")
	}
	d := &doubleCheck{DoubleCheck: found, s: s, pkg: s.Match.Pkg}
	for _, n := range s.PathTo(at) {
		if st, ok := n.(*ast.IfStmt); ok {
			d.outer = st
		}
	}
	if d.outer == nil || d.outer.Init != nil || d.outer.Else != nil {
		return nil, errors.New("the first check is no plain if")
	}
	if !edit.StandsIn(d.Second.Expr, d.outer) {
		return nil, errors.New("the second check stands behind the first, with all that comes then")
	}
	if _, ok := s.ListAround(d.outer); !ok {
		return nil, errors.New("the first check is part of another statement")
	}
	return d, d.shape()
}

// shape finds the lock and the second check.
func (d *doubleCheck) shape() error {
	for _, st := range d.outer.Body.List {
		if test, ok := st.(*ast.IfStmt); ok && d.inner == nil && test.Init == nil && test.Else == nil && edit.Spelling(test.Cond) == edit.Spelling(d.outer.Cond) {
			d.inner = test
			continue
		}
		_, later := st.(*ast.DeferStmt)
		call := lockCallOf(d.pkg, st)
		if call == nil {
			return fmt.Errorf("line %d does more than lock and test again", d.line(st))
		}
		d.deferred = d.deferred || later
		d.locks = append(d.locks, st)
	}
	if d.inner == nil || len(d.locks) != 2 {
		return errors.New("the second check is not the same as the first")
	}
	if !d.pkg.Pure(d.outer.Cond) {
		return errors.New("the check has an effect")
	}
	return nil
}

// lockCallOf returns the call of a statement that does nothing but take or
// release a mutex of package sync, now or when the function ends.
func lockCallOf(pkg *facts.Package, st ast.Stmt) (call *ast.CallExpr) {
	switch st := st.(type) {
	case *ast.ExprStmt:
		call, _ = st.X.(*ast.CallExpr)
	case *ast.DeferStmt:
		call = st.Call
	}
	if call == nil {
		return nil
	}
	fn, ok := pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync" || fn.Name() != "Lock" && fn.Name() != "Unlock" {
		return nil
	}
	return call
}

func (d *doubleCheck) line(n ast.Node) int { return d.pkg.Fset.Position(n.Pos()).Line }

// restUnderLock refuses what must not run with the lock, where its unlock is
// deferred, and reads behind the unlock, where it is not.
func (d *doubleCheck) restUnderLock() error {
	list, _ := d.s.ListAround(d.outer)
	if d.deferred && len(d.s.PathTo(d.outer)) > 0 && d.s.PathTo(d.outer)[len(d.s.PathTo(d.outer))-1] != ast.Node(bodyAround(d.First.Func)) {
		return errors.New("the first check stands in a block of its own: the deferred unlock would come too late")
	}
	for _, st := range list[slices.Index(list, ast.Stmt(d.outer))+1:] {
		if because, waits := d.pkg.Waits(st); d.deferred && waits {
			return fmt.Errorf("line %d %s: the lock would be held meanwhile", d.line(st), because)
		}
		if d.deferred && len(d.pkg.Calls(st)) > 0 {
			return fmt.Errorf("line %d calls what is not known: the lock would be held meanwhile", d.line(st))
		}
		if !d.deferred && mentionsVar(d.pkg, st, d.First.Var) {
			return fmt.Errorf("line %d uses %s behind the unlock", d.line(st), edit.ExprText(d.First.Expr))
		}
	}
	return nil
}

func mentionsVar(pkg *facts.Package, n ast.Node, v *types.Var) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !found {
			used, isVar := pkg.Use(id).(*types.Var)
			found = isVar && used.Origin() == v
		}
		return !found
	})
	return found
}

// onlyHere refuses a variable that others use: they would be in no order with
// the Once.
func (d *doubleCheck) onlyHere(u *variable) error {
	for _, x := range u.uses {
		if x.key() == nil && x.fn != d.First.Func && !u.early(x) {
			return fmt.Errorf("%s is used at %s too, in no order with a Once", u.name, u.line(x.id))
		}
	}
	return nil
}

// lockOnlyHere refuses where the lock may guard more.
func (d *doubleCheck) lockOnlyHere(u *variable) error {
	for _, file := range d.pkg.Files {
		for id, obj := range usesIn(d.pkg, file) {
			if obj == d.Lock && !edit.StandsIn(id, d.outer) {
				return fmt.Errorf("%s, which is held too, is used at %s", d.Lock.Name(), u.line(id))
			}
		}
	}
	return nil
}

func usesIn(pkg *facts.Package, file *ast.File) map[*ast.Ident]types.Object {
	all := map[*ast.Ident]types.Object{}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && pkg.Use(id) != nil {
			obj := pkg.Use(id)
			if v, isVar := obj.(*types.Var); isVar {
				obj = v.Origin()
			}
			all[id] = obj
		}
		return true
	})
	return all
}

// cannotFail refuses work that may not succeed: a Once does not try again.
func (d *doubleCheck) cannotFail(u *variable) (err error) {
	ast.Inspect(d.inner.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.IfStmt, *ast.DeferStmt:
			err = fmt.Errorf("what is done at %s may not succeed, and a Once does not try again", u.line(n))
		case *ast.CallExpr:
			if mayFail(d.pkg.TypeOf(n)) {
				err = fmt.Errorf("%s at %s may fail, and a Once does not try again", edit.ExprText(n.Fun), u.line(n))
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if edit.Spelling(lhs) == edit.Spelling(d.First.Expr) && (len(n.Lhs) != len(n.Rhs) || !d.made(n.Rhs[i])) {
					err = fmt.Errorf("what %s gets at %s may be nothing, and a Once does not try again", edit.ExprText(lhs), u.line(n))
				}
			}
		}
		return err == nil
	})
	return err
}

// mayFail reports whether an error is among the results of a call.
func mayFail(t types.Type) bool {
	failure := types.Universe.Lookup("error").Type()
	if tuple, ok := t.(*types.Tuple); ok {
		for i := range tuple.Len() {
			if types.Identical(tuple.At(i).Type(), failure) {
				return true
			}
		}
		return false
	}
	return t != nil && types.Identical(t, failure)
}

// made reports whether an expression always gives something.
func (d *doubleCheck) made(e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND
	case *ast.CallExpr:
		b, ok := d.pkg.Callee(e).(*types.Builtin)
		return ok && (b.Name() == "make" || b.Name() == "new")
	}
	tv := d.pkg.Info.Types[e]
	return tv.Value != nil && tv.Value.ExactString() == "true"
}

// putOnce plans the call of Do.
func (d *doubleCheck) putOnce(n *newGuard) {
	n.edits = append(n.edits, func() {
		at := n.s.At(d.outer)
		var body []dst.Stmt
		for _, st := range d.inner.Body.List {
			body = append(body, at.UseStmt(st))
		}
		once := dst.Expr(edit.Ident(n.lock.Name()))
		if field, ok := ast.Unparen(d.First.Expr).(*ast.SelectorExpr); ok && n.v.IsField() {
			once = edit.Sel(at.Copy(field.X), n.lock.Name())
		}
		at.ReplaceStmt(at.Stmt(d.outer), edit.ExprStmt(edit.Call(edit.Sel(once, "Do"), edit.FuncLit(body...))))
	})
}
