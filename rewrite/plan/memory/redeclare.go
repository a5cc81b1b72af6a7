package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// Redeclare gives a goroutine a variable of its own in the place of the
// captured one:
//
//	err := first()                err := first()
//	go func() {                   go func() {
//		if err = work(); …    →           if err := work(); …
//	}()                           }()
//	err = second()                err = second()
//
// Behaviour is preserved but for the race: the goroutine reads the variable only
// where it has written it before, on every path, and nobody else can read what
// it writes, for they write the variable themselves first. It would not be
// preserved if somebody waited for the goroutine and then read its result: that
// refuses.
func Redeclare(s *edit.Site) error {
	r, err := racingOf(s)
	if err != nil {
		return err
	}
	lit := r.goroutine()
	if lit == nil || r.v.IsField() || r.At.Content {
		return around.Aside("only a variable that a goroutine assigns can be declared again inside it")
	}
	inside, outside := r.split(lit)
	if err := r.ownedBy(lit, inside); err != nil {
		return err
	}
	if err := r.unreadOutside(lit, outside); err != nil {
		return err
	}
	if !slices.ContainsFunc(inside, func(a *sharing.Access) bool { return a.Read }) {
		return r.blank(inside)
	}
	drop, err := r.unusedOutside(lit, outside)
	if err != nil {
		return err
	}
	if err := r.declareIn(lit, inside); err != nil {
		return err
	}
	drop()
	return nil
}

// unusedOutside returns what takes the declaration out, where nobody but the
// goroutine reads the variable, so that the compiler would not let it stand.
func (r *racing) unusedOutside(lit *ast.FuncLit, outside []*sharing.Access) (drop func(), err error) {
	if r.v.Kind() != types.LocalVar || r.mentionedOutside(lit, outside) {
		return func() {}, nil
	}
	decl, ok := r.declaration().(*ast.DeclStmt)
	if !ok || len(outside) > 0 {
		return nil, fmt.Errorf("nobody but the goroutine reads %s, which is given a value outside of it", r.name)
	}
	spec, ok := decl.Decl.(*ast.GenDecl).Specs[0].(*ast.ValueSpec)
	if !ok || len(decl.Decl.(*ast.GenDecl).Specs) > 1 || len(spec.Names) > 1 || len(spec.Values) > 0 {
		return nil, fmt.Errorf("nobody but the goroutine reads %s, which is declared with others or with a value", r.name)
	}
	return func() { r.s.Delete(r.s.Stmt(decl)) }, nil
}

// mentionedOutside reports whether the variable is used outside of the
// goroutine, as the compiler counts it: to be assigned to is no use.
func (r *racing) mentionedOutside(lit *ast.FuncLit, outside []*sharing.Access) bool {
	assigned := map[ast.Expr]bool{}
	for _, a := range outside {
		assigned[a.Expr] = a.Write && !a.Read
	}
	used := false
	ast.Inspect(r.s.Match.Decl, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && r.pkg.Use(id) == types.Object(r.v) && !edit.StandsIn(id, lit) && !assigned[id] {
			used = true
		}
		return !used
	})
	return used
}

// ownedBy refuses where the goroutine may read a value that it has not written.
func (r *racing) ownedBy(lit *ast.FuncLit, inside []*sharing.Access) error {
	flow := r.pkg.Flow(lit)
	writes := map[facts.Point]bool{}
	for _, a := range inside {
		at, ok := flow.At(a.Expr)
		if a.Func != ast.Node(lit) || !ok {
			return fmt.Errorf("%s is used at line %d by a function literal in the goroutine", r.name, r.line(a.Expr))
		}
		if a.Write && !a.Read {
			writes[at] = true
		}
	}
	for _, a := range inside {
		if !a.Read {
			continue
		}
		at, _ := flow.At(a.Expr)
		start := facts.Point{Block: flow.Blocks[0]}
		if writes[at] || flow.Reaches(start, at, func(p facts.Point) bool { return writes[p] }) {
			return fmt.Errorf("the goroutine reads %s at line %d before it writes it", r.name, r.line(a.Expr))
		}
	}
	if len(writes) == 0 {
		return around.Aside(fmt.Sprintf("the goroutine does not write %s", r.name))
	}
	return nil
}

// unreadOutside refuses where somebody else may read what the goroutine writes.
func (r *racing) unreadOutside(lit *ast.FuncLit, outside []*sharing.Access) error {
	if r.v.Kind() == types.ResultVar {
		return fmt.Errorf("%s is a named result: a return may hand out what the goroutine writes", r.name)
	}
	start := r.shared.Started(lit)
	home := functionOutside(r.s, lit)
	if start == nil || home == nil {
		return errors.New("it is not known where the goroutine starts")
	}
	flow := r.pkg.Flow(home)
	from, ok := flow.At(start)
	if !ok {
		return errors.New("it is not known where the goroutine starts")
	}
	writes := map[facts.Point]bool{}
	for _, a := range outside {
		if at, ok := flow.At(a.Expr); ok && a.Write && !a.Read && a.Func == home {
			writes[at] = true
		}
	}
	for _, a := range outside {
		if !a.Read {
			continue
		}
		if a.Func != home {
			if other := a.Goroutine(); other != nil && r.ownedBy(other, accessesIn(outside, other)) == nil {
				continue
			}
			return fmt.Errorf("%s is read at line %d too, by another function literal", r.name, r.line(a.Expr))
		}
		to, ok := flow.At(a.Expr)
		next := facts.Point{Block: from.Block, Index: from.Index + 1}
		if !ok || flow.Reaches(next, to, func(p facts.Point) bool { return writes[p] }) {
			return fmt.Errorf("line %d may read what the goroutine writes to %s: it may be meant as a result", r.line(a.Expr), r.name)
		}
		if wait := r.waitBefore(lit, to, writes); wait != nil {
			return fmt.Errorf("line %d reads %s behind the wait at line %d, when the goroutine has written it: it may be meant as a result", r.line(a.Expr), r.name, r.line(wait))
		}
	}
	return nil
}

// waitBefore returns where the function that starts a goroutine waits, for it or for
// something that may come of it, with no write of its own from there to a read. The
// write before the wait is then most often the older one.
//
//	go func() { err = work(); close(done) }()
//	err = other()
//	<-done
//	return err
func (r *racing) waitBefore(lit *ast.FuncLit, read facts.Point, writes map[facts.Point]bool) ast.Node {
	home := functionOutside(r.s, lit)
	flow := r.pkg.Flow(home)
	for _, block := range flow.Blocks {
		for i, n := range block.Nodes {
			p := facts.Point{Block: block, Index: i}
			if !writes[p] && r.shared.MayAwait(home, lit, n) && flow.Reaches(p, read, func(p facts.Point) bool { return writes[p] }) {
				return n
			}
		}
	}
	return nil
}

func accessesIn(all []*sharing.Access, n ast.Node) (some []*sharing.Access) {
	for _, a := range all {
		if edit.StandsIn(a.Expr, n) {
			some = append(some, a)
		}
	}
	return some
}

// functionOutside returns the function that a literal stands in.
func functionOutside(s *edit.Site, lit *ast.FuncLit) ast.Node {
	path := s.PathTo(lit)
	for _, n := range slices.Backward(path) {
		switch n := n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			if n != ast.Node(lit) {
				return n
			}
		}
	}
	return nil
}

// blank assigns to nothing what nobody reads.
func (r *racing) blank(inside []*sharing.Access) error {
	for _, a := range inside {
		id, ok := r.s.Node(a.Expr).(*dst.Ident)
		if !ok {
			return fmt.Errorf("%s is not assigned by its name at line %d", r.name, r.line(a.Expr))
		}
		if value := r.typedBy(a); value != nil {
			return fmt.Errorf("nobody reads %s, to which line %d assigns %s, that has no type of its own", r.name, r.line(value), edit.ExprText(value))
		}
		id.Name = "_"
	}
	return nil
}

// typedBy returns the value of an assignment that gets its type from the variable, and could not be
// assigned to nothing: nil, and a constant that is too large for an int somewhere.
func (r *racing) typedBy(a *sharing.Access) ast.Expr {
	st, ok := a.Use.(*ast.AssignStmt)
	if !ok || len(st.Lhs) != len(st.Rhs) {
		return nil
	}
	i := slices.IndexFunc(st.Lhs, func(lhs ast.Expr) bool { return ast.Unparen(lhs) == a.Expr })
	if i < 0 {
		return nil
	}
	value := st.Rhs[i]
	tv := r.pkg.Info.Types[value]
	if tv.Value != nil && tv.Value.Kind() == constant.Int {
		n, exact := constant.Int64Val(tv.Value)
		if !exact || n != int64(int32(n)) {
			return value
		}
	}
	if tv.IsNil() {
		return value
	}
	return nil
}

// declareIn makes the first assignment a declaration where its scope covers all
// other uses, or else declares the variable before the statement of the goroutine that first
// uses it.
func (r *racing) declareIn(lit *ast.FuncLit, inside []*sharing.Access) error {
	first := inside[0]
	join, joinErr := r.joins(lit, inside)
	if stmt, ok := first.Use.(*ast.AssignStmt); ok && stmt.Tok == token.ASSIGN && r.covers(stmt, inside) && (joinErr == nil || !slices.Contains(lit.Body.List, ast.Stmt(stmt))) {
		twin, ok := r.s.Stmt(stmt).(*dst.AssignStmt)
		if drops, all := r.defines(stmt, lit); ok && all {
			twin.Tok = token.DEFINE
			for _, drop := range drops {
				drop()
			}
			if slices.Contains(lit.Body.List, ast.Stmt(stmt)) {
				join()
			}
			return nil
		}
	}
	if joinErr != nil {
		return joinErr
	}
	join()
	typ, err := r.typeName(lit)
	if err != nil {
		return err
	}
	spec := &dst.ValueSpec{Names: []*dst.Ident{edit.Ident(r.name)}, Type: typ}
	decl := &dst.DeclStmt{Decl: &dst.GenDecl{Tok: token.VAR, Specs: []dst.Spec{spec}}}
	if at := firstUse(lit.Body, inside); at != nil && !around.Jumps(lit) {
		r.s.InsertBefore(r.s.Stmt(at), decl)
		return nil
	}
	r.s.InsertFirst(r.s.Node(lit.Body), decl)
	return nil
}

// firstUse returns the first statement of a body in which a variable is used.
func firstUse(body *ast.BlockStmt, inside []*sharing.Access) ast.Stmt {
	at := slices.IndexFunc(body.List, func(st ast.Stmt) bool {
		return slices.ContainsFunc(inside, func(a *sharing.Access) bool { return edit.StandsIn(a.Expr, st) })
	})
	if at < 0 {
		return nil
	}
	return body.List[at]
}

// defines reports whether := can stand for = : each variable that is assigned may be the
// goroutine's own, and its value has its type. It returns what takes the declarations of the
// others out that nobody needs then.
func (r *racing) defines(stmt *ast.AssignStmt, lit *ast.FuncLit) (drops []func(), all bool) {
	for i, lhs := range stmt.Lhs {
		id, ok := lhs.(*ast.Ident)
		if ok && id.Name == "_" {
			continue
		}
		if !ok || !types.Identical(r.valueType(stmt, i), r.pkg.TypeOf(id)) {
			return nil, false
		}
		if r.pkg.ObjectOf(id) == types.Object(r.v) {
			continue
		}
		drop := r.definesToo(id, stmt, lit)
		if drop == nil {
			return nil, false
		}
		drops = append(drops, drop)
	}
	return drops, true
}

// definesToo judges another variable that the statement assigns, and that races, too. It
// returns what takes its declaration out where nobody needs it then, nil where the goroutine
// cannot have a variable of its own.
func (r *racing) definesToo(id *ast.Ident, stmt *ast.AssignStmt, lit *ast.FuncLit) (drop func()) {
	race, races := r.shared.RaceAt(id)
	if !races || race.At.Var.IsField() || race.At.Content {
		return nil
	}
	other := &racing{Race: race, s: r.s, pkg: r.pkg, shared: r.shared, v: race.At.Var, name: id.Name, all: r.shared.Accesses(race)}
	inside, outside := other.split(lit)
	reads := slices.ContainsFunc(inside, func(a *sharing.Access) bool { return a.Read })
	if !reads || other.ownedBy(lit, inside) != nil || other.unreadOutside(lit, outside) != nil || other.declaredAgain(lit.Type) || !other.covers(stmt, inside) {
		return nil
	}
	drop, err := other.unusedOutside(lit, outside)
	if err != nil {
		return nil
	}
	return drop
}

// valueType returns the type of what an assignment gives its i-th operand, as it has it by
// itself: a shift or a comparison takes it from the operand, here.
func (r *racing) valueType(stmt *ast.AssignStmt, i int) types.Type {
	if len(stmt.Rhs) == len(stmt.Lhs) {
		if tv := r.pkg.Info.Types[stmt.Rhs[i]]; tv.Value != nil || tv.IsNil() {
			return types.Typ[types.Invalid] // a constant takes the type from the variable
		}
		return around.OwnType(r.pkg, stmt.Rhs[i])
	}
	tuple, ok := r.pkg.TypeOf(stmt.Rhs[0]).(*types.Tuple)
	if !ok || i >= tuple.Len() {
		return types.Typ[types.Invalid]
	}
	return tuple.At(i).Type()
}

// covers reports whether a variable that a statement declares is in scope at
// all accesses.
func (r *racing) covers(stmt *ast.AssignStmt, inside []*sharing.Access) bool {
	path := r.s.PathTo(stmt)
	scope := path[len(path)-1] // the list, or the statement that it is the init of
	if r.declaredAgain(scope) {
		return false
	}
	for _, a := range inside {
		if !edit.StandsIn(a.Expr, scope) || a.Expr.Pos() < stmt.Pos() {
			return false
		}
	}
	return true
}

// declaredAgain reports whether another variable of the name is declared in the scope of
// a node: a second := there would declare nothing.
//
//	err = send()
//	_, err := receive()
func (r *racing) declaredAgain(scope ast.Node) bool {
	of := r.pkg.Info.Scopes[scope]
	return of != nil && of.Lookup(r.name) != nil
}

// typeName spells the variable's type, if that takes no import.
func (r *racing) typeName(at ast.Node) (dst.Expr, error) {
	var obj types.Object
	switch t := types.Unalias(r.v.Type()).(type) {
	case *types.Basic:
		obj = types.Universe.Lookup(t.Name())
	case *types.Named:
		if t.TypeArgs().Len() == 0 {
			obj = t.Obj()
		}
	}
	if obj == nil || obj.Pkg() != nil && obj.Pkg() != r.pkg.Types {
		return nil, fmt.Errorf("the type of %s, %s, has no plain name here", r.name, r.v.Type())
	}
	scope := r.pkg.Types.Scope().Innermost(at.Pos())
	if scope == nil {
		return nil, errors.New("internal: no scope around the goroutine")
	}
	if _, found := scope.LookupParent(obj.Name(), at.Pos()); found != obj {
		return nil, fmt.Errorf("the name of the type of %s means something else here", r.name)
	}
	return edit.Ident(obj.Name()), nil
}
