package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// store plans x = v, x += v and x -= v.
func (a *atomicVar) store(x *use, st *ast.AssignStmt) error {
	if len(st.Lhs) != 1 || len(st.Rhs) != 1 {
		return a.storeOfMany(x, st)
	}
	if err := a.alone(st); err != nil {
		return err
	}
	value := st.Rhs[0]
	if sum, ok := ast.Unparen(value).(*ast.BinaryExpr); ok && st.Tok == token.ASSIGN && edit.Spelling(sum.X) == edit.Spelling(x.expr) {
		switch sum.Op {
		case token.ADD:
			a.done[a.useIn(sum.X)] = true
			return a.add(x, st, sum.Y, false)
		case token.SUB:
			a.done[a.useIn(sum.X)] = true
			return a.add(x, st, sum.Y, true)
		}
	}
	switch st.Tok {
	case token.ASSIGN:
		if a.useIn(value) != nil {
			return fmt.Errorf("the new value at %s rests on the old one: a Store of a Load would lose updates", a.line(st))
		}
		a.writes = append(a.writes, func() {
			at := a.s.At(x.id)
			at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(a.method(at, x, "Store", a.value(at, value))))
		})
		return nil
	case token.ADD_ASSIGN:
		return a.add(x, st, value, false)
	case token.SUB_ASSIGN:
		return a.add(x, st, value, true)
	}
	return fmt.Errorf("sync/atomic has no method for the %s at %s", st.Tok, a.line(st))
}

// add plans a step by an expression.
func (a *atomicVar) add(x *use, st ast.Stmt, by ast.Expr, minus bool) error {
	if err := a.counts(st); err != nil {
		return err
	}
	if a.useIn(by) != nil {
		return fmt.Errorf("the step at %s rests on the old value", a.line(st))
	}
	if minus && a.unsigned() {
		return fmt.Errorf("an unsigned number is counted down at %s: sync/atomic has no plain method for that", a.line(st))
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(x.id)
		delta := a.value(at, by)
		if minus {
			delta = &dst.UnaryExpr{Op: token.SUB, X: edit.Parenthesised(delta, token.UnaryPrec)}
		}
		at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(a.method(at, x, "Add", delta)))
	})
	return nil
}

// count plans x++ and x--.
func (a *atomicVar) count(x *use, st *ast.IncDecStmt) error {
	if err := a.counts(st); err != nil {
		return err
	}
	if err := a.alone(st); err != nil {
		return err
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(x.id)
		at.ReplaceStmt(at.Stmt(st), edit.ExprStmt(a.method(at, x, "Add", a.one(st.Tok))))
	})
	return nil
}

// one builds the step of ++ or --.
func (a *atomicVar) one(tok token.Token) dst.Expr {
	one := &dst.BasicLit{Kind: token.INT, Value: "1"}
	switch {
	case tok == token.INC:
		return one
	case a.unsigned():
		zero := edit.Call(edit.Ident(a.elem.Name()), &dst.BasicLit{Kind: token.INT, Value: "0"})
		return &dst.UnaryExpr{Op: token.XOR, X: zero}
	}
	return &dst.UnaryExpr{Op: token.SUB, X: one}
}

func (a *atomicVar) unsigned() bool { return a.elem.Info()&types.IsUnsigned != 0 }

// counts refuses steps of what is no number.
func (a *atomicVar) counts(st ast.Stmt) error {
	if a.elem == nil || a.elem.Info()&types.IsInteger == 0 {
		return fmt.Errorf("%s is no integer, and is counted at %s", a.name, a.line(st))
	}
	return nil
}

// alone refuses a statement that stands in no list: nothing can take its place.
func (a *atomicVar) alone(st ast.Stmt) error {
	if _, ok := a.s.At(st).ListAround(st); !ok {
		return fmt.Errorf("the statement at %s is part of another one", a.line(st))
	}
	return nil
}

// useIn returns a use of the variable in an expression, nil if there is none.
func (u *variable) useIn(e ast.Expr) *use {
	for _, x := range u.uses {
		if edit.StandsIn(x.expr, e) {
			return x
		}
	}
	return nil
}

// storeOfMany plans a write beside others: the value goes through a variable.
//
//	s.n, err = f()    →    var n int
//	                       n, err = f()
//	                       s.n.Store(int64(n))
func (a *atomicVar) storeOfMany(x *use, st *ast.AssignStmt) error {
	if st.Tok != token.ASSIGN || len(st.Rhs) != 1 {
		return fmt.Errorf("more than one variable is assigned at once at %s", a.line(st))
	}
	if err := a.alone(st); err != nil {
		return err
	}
	if a.kind == "Pointer" {
		return fmt.Errorf("more than one variable is assigned at once at %s", a.line(st))
	}
	if other := a.racesToo(x, st); other != nil {
		return fmt.Errorf("%s assigns %s, too, which is raced for and cannot be an atomic: a lock can hold for both", a.line(st), other.Name)
	}
	spelled, err := a.spell(a.v.Type(), x.id)
	if err != nil {
		return err
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(x.id)
		name := at.Fresh(a.name, st)
		value := dst.Expr(edit.Ident(name))
		if a.convert {
			value = edit.Call(edit.Ident(a.elem.Name()), value)
		}
		store := edit.ExprStmt(a.method(at, x, "Store", value))
		spec := &dst.ValueSpec{Names: []*dst.Ident{edit.Ident(name)}, Type: spelled(at)}
		at.ReplaceExpr(at.Expr(x.expr), edit.Ident(name))
		at.InsertBefore(at.Stmt(st), &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}})
		at.InsertAfter(at.Stmt(st), store)
	})
	return nil
}

// racesToo returns another captured variable that a statement assigns, for which goroutines race,
// too, and for whose type sync/atomic has none, where a lock could hold for both.
//
//	n, err = f()
func (a *atomicVar) racesToo(x *use, st *ast.AssignStmt) *ast.Ident {
	if !a.lockable(x.expr) {
		return nil
	}
	for _, lhs := range st.Lhs {
		id, ok := lhs.(*ast.Ident)
		if !ok || lhs == x.expr || id.Name == "_" {
			continue
		}
		if _, basic := a.pkg.TypeOf(id).Underlying().(*types.Basic); !basic && a.lockable(id) {
			return id
		}
	}
	return nil
}

// lockable reports whether goroutines race for a captured variable, and a lock could be held around
// each access that is in no order with others.
func (a *atomicVar) lockable(e ast.Expr) bool {
	shared := sharing.Of(a.pkg)
	race, races := shared.RaceAt(e)
	return races && !race.At.Var.IsField() && !slices.ContainsFunc(shared.Unordered(race), func(access *sharing.Access) bool {
		_, err := sectionAround(a.s, access.Expr)
		return err != nil
	})
}

// function plans atomic.AddInt64(&x, n) and its kind.
func (a *atomicVar) function(x *use, address *ast.UnaryExpr) error {
	outer, ok := x.up(1).(*ast.CallExpr)
	if !ok || len(outer.Args) == 0 || ast.Unparen(outer.Args[0]) != ast.Expr(address) {
		return fmt.Errorf("the address of %s is taken at %s", a.name, a.line(address))
	}
	fn, ok := a.pkg.Callee(outer).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "sync/atomic" || fn.Signature().Recv() != nil {
		return fmt.Errorf("the address of %s is taken at %s", a.name, a.line(address))
	}
	method := strings.TrimSuffix(fn.Name(), a.kind)
	if method == fn.Name() || a.convert {
		return fmt.Errorf("%s at %s is for another type", fn.Name(), a.line(address))
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(x.id)
		twin, ok := at.Expr(outer).(*dst.CallExpr)
		if !ok {
			return
		}
		twin.Fun = edit.Sel(at.Use(x.expr), method)
		twin.Args = twin.Args[1:]
	})
	return nil
}

// keyed plans a value in a composite literal: a zero one goes, another is stored
// behind the statement that makes the object.
func (a *atomicVar) keyed(x *use, kv *ast.KeyValueExpr) error {
	lit := x.up(1).(*ast.CompositeLit)
	if a.zero(kv.Value) {
		a.writes = append(a.writes, func() { dropElement(a.s.At(x.id), lit, kv) })
		return nil
	}
	at := 2
	if _, ok := x.up(at).(*ast.UnaryExpr); ok {
		at++
	}
	st, ok := x.up(at).(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 1 || len(st.Rhs) != 1 || st.Tok != token.DEFINE || a.alone(st) != nil {
		return fmt.Errorf("a composite literal gives %s a value at %s", a.name, a.line(kv))
	}
	if !a.pkg.Pure(kv.Value) {
		return fmt.Errorf("the value of %s in the literal at %s is computed with an effect", a.name, a.line(kv))
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(x.id)
		store := edit.Call(edit.Sel(edit.Sel(at.Copy(st.Lhs[0]), a.name), "Store"), a.value(at, kv.Value))
		dropElement(at, lit, kv)
		at.InsertAfter(at.Stmt(st), edit.ExprStmt(store))
	})
	return nil
}

// dropElement takes an element out of a composite literal.
func dropElement(s *edit.Site, lit *ast.CompositeLit, kv *ast.KeyValueExpr) {
	twin, ok := s.Expr(lit).(*dst.CompositeLit)
	if !ok {
		return
	}
	for i, e := range twin.Elts {
		if e != s.Expr(kv) {
			continue
		}
		after, before := e.Decorations().After, e.Decorations().Before
		twin.Elts = append(twin.Elts[:i:i], twin.Elts[i+1:]...)
		if len(twin.Elts) == 0 {
			return
		}
		if i == len(twin.Elts) {
			twin.Elts[i-1].Decorations().After = max(after, twin.Elts[i-1].Decorations().After)
		} else {
			twin.Elts[i].Decorations().Before = max(before, twin.Elts[i].Decorations().Before)
		}
		return
	}
	s.Fail("internal: an element is not in its literal")
}

// declaration plans the new type.
func (a *atomicVar) declaration() error {
	switch decl := a.parent(0).(type) {
	case *ast.Field:
		return a.declareField(decl)
	case *ast.ValueSpec:
		return a.declareVar(decl)
	case *ast.AssignStmt:
		return a.declareLocal(decl)
	}
	return fmt.Errorf("%s is declared in a way that leaves no place for its type", a.name)
}

func (a *atomicVar) declareField(field *ast.Field) error {
	if _, ok := ast.Unparen(field.Type).(*ast.StarExpr); a.kind == "Pointer" && !ok || len(field.Names) == 0 {
		return fmt.Errorf("the type of %s is not spelled out", a.name)
	}
	if len(field.Names) > 1 {
		return a.splitField(field)
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(field)
		if twin, ok := at.Node(field).(*dst.Field); ok {
			setType(twin, a.typeExpr(at, field.Type))
		}
	})
	return nil
}

// setType gives a field another type, with the comments around the old one.
func setType(field *dst.Field, to dst.Expr) {
	from, d := field.Type.Decorations(), to.Decorations()
	d.Start, d.End = from.Start, from.End
	field.Type = to
}

// splitField gives one of several names of a declaration a line of its own.
func (a *atomicVar) splitField(field *ast.Field) error {
	list, ok := a.parent(1).(*ast.FieldList)
	if !ok {
		return errors.New("internal: a field stands in no list")
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(field)
		own := &dst.Field{Names: []*dst.Ident{edit.Ident(a.name)}, Type: a.typeExpr(at, field.Type)}
		splitName(at, list, field, a.name, own)
	})
	return nil
}

// splitName takes a name out of a field, and puts another field behind that.
func splitName(s *edit.Site, list *ast.FieldList, field *ast.Field, name string, own *dst.Field) {
	fields, ok := s.Node(list).(*dst.FieldList)
	twin, ok2 := s.Node(field).(*dst.Field)
	if !ok || !ok2 {
		s.Fail("internal: a field has no twin")
		return
	}
	for i, id := range twin.Names {
		if id.Name == name {
			twin.Names = append(twin.Names[:i:i], twin.Names[i+1:]...)
			break
		}
	}
	s.InsertField(fields, twin, own)
}

func (a *atomicVar) declareVar(spec *ast.ValueSpec) error {
	if len(spec.Names) != 1 {
		return fmt.Errorf("%s is declared with other variables at %s", a.name, a.line(spec))
	}
	if len(spec.Values) == 1 && !a.zero(spec.Values[0]) {
		return fmt.Errorf("%s has an initial value at %s", a.name, a.line(spec))
	}
	if _, ok := spec.Type.(*ast.StarExpr); a.kind == "Pointer" && !ok {
		return fmt.Errorf("the type of %s is not spelled out", a.name)
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(spec)
		if twin, ok := at.Node(spec).(*dst.ValueSpec); ok {
			twin.Type, twin.Values = a.typeExpr(at, spec.Type), nil
		}
	})
	return nil
}

// declareLocal makes a declaration of n := 0.
func (a *atomicVar) declareLocal(st *ast.AssignStmt) error {
	if len(st.Lhs) != 1 || len(st.Rhs) != 1 || !a.zero(st.Rhs[0]) || a.kind == "Pointer" {
		return fmt.Errorf("%s has an initial value at %s", a.name, a.line(st))
	}
	if err := a.alone(st); err != nil {
		return err
	}
	a.writes = append(a.writes, func() {
		at := a.s.At(st)
		spec := &dst.ValueSpec{Names: []*dst.Ident{edit.Ident(a.name)}, Type: a.typeExpr(at, nil)}
		at.ReplaceStmt(at.Stmt(st), &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}})
	})
	return nil
}
