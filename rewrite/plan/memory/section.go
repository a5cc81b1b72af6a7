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
	"github.com/lockfix/lockfix/rules/facts"
)

// A section is a statement that is to run with a lock held:
//
//	                              v := fetch(k)
//	m[k] = fetch(k)       →       mu.Lock()
//	                              m[k] = v
//	                              mu.Unlock()
//
// Nothing may wait between the two calls. What can, and is the value that the
// statement assigns or an argument of the append that it assigns, is computed
// before: it was computed before the write already. So is a call that gives several values:
//
//	                              n2, err2 := fetch(k)
//	n, err = fetch(k)     →       mu.Lock()
//	                              n, err = n2, err2
//	                              mu.Unlock()
//
// Whatever else waits refuses.
type section struct {
	s     *edit.Site
	pkg   *facts.Package
	stmt  ast.Stmt
	last  ast.Stmt   // where others that follow right behind are taken in
	hoist []ast.Expr // values to compute before, in order
}

// sectionAround returns the section for the statement around an access.
func sectionAround(s *edit.Site, at ast.Node) (*section, error) {
	pkg := s.Match.Pkg
	line := pkg.Fset.Position(at.Pos()).Line
	path := s.PathTo(at)
	for i := len(path) - 1; i > 0; i-- {
		stmt, ok := path[i].(ast.Stmt)
		if !ok {
			if _, lit := path[i].(*ast.FuncLit); lit {
				break
			}
			continue
		}
		switch stmt.(type) {
		case *ast.AssignStmt, *ast.IncDecStmt, *ast.ExprStmt:
		case *ast.IfStmt:
			if !plainTest(stmt.(*ast.IfStmt)) {
				return nil, fmt.Errorf("the statement at line %d is not a simple one: where the lock would be held is not clear", line)
			}
		default:
			return nil, fmt.Errorf("the statement at line %d is not a simple one: where the lock would be held is not clear", line)
		}
		if _, ok := edit.Statements(path[i-1]); !ok {
			return nil, fmt.Errorf("there is no place for a lock before the statement at line %d", line)
		}
		sec := &section{s: s, pkg: pkg, stmt: stmt}
		return sec, sec.check()
	}
	return nil, fmt.Errorf("there is no statement around line %d", line)
}

// plainTest reports whether an if statement does simple things where its condition holds,
// and nothing else: it is one step of a check and an act.
//
//	if first == nil {
//		first = err
//	}
func plainTest(st *ast.IfStmt) bool {
	if st.Init != nil || st.Else != nil {
		return false
	}
	for _, inner := range st.Body.List {
		switch inner.(type) {
		case *ast.AssignStmt, *ast.IncDecStmt, *ast.ExprStmt:
		default:
			return false
		}
	}
	return true
}

// check finds what must be hoisted, and refuses what cannot be.
func (sec *section) check() error {
	if define, ok := sec.stmt.(*ast.AssignStmt); ok && len(define.Rhs) == 1 && (len(define.Lhs) == 1 || sec.several() != nil) {
		sec.values(define.Rhs[0])
	}
	if call := sec.callBefore(); call != nil {
		return fmt.Errorf("line %d calls %s before it computes what may wait, and that is done before the lock is taken", sec.pkg.Fset.Position(call.Pos()).Line, types.ExprString(call.Fun))
	}
	hoisted := map[ast.Node]bool{}
	for _, e := range sec.hoist {
		hoisted[e] = true
	}
	appended, kept := sec.appended(), map[ast.Node]bool{}
	if appended != nil {
		for _, arg := range appended.Args {
			_, kept[arg] = arg.(*ast.FuncLit)
		}
	}
	var err error
	ast.Inspect(sec.stmt, func(n ast.Node) bool {
		call, ok := n.(ast.Expr)
		if hoisted[n] || err != nil || kept[n] {
			return false
		}
		if !ok || n == ast.Node(appended) {
			return true
		}
		if because, waits := sec.waits(call); waits {
			err = fmt.Errorf("line %d %s: the lock would be held meanwhile", sec.pkg.Fset.Position(n.Pos()).Line, because)
		}
		return err == nil
	})
	return err
}

// callBefore returns a call in what is assigned to, where something is computed before the section:
// it would come after that.
//
//	m[next()] = fetch()
func (sec *section) callBefore() (found *ast.CallExpr) {
	assign, ok := sec.stmt.(*ast.AssignStmt)
	if !ok || len(sec.hoist) == 0 {
		return nil
	}
	for _, lhs := range assign.Lhs {
		ast.Inspect(lhs, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && found == nil && !sec.pkg.Pure(call) {
				found = call
			}
			return found == nil
		})
	}
	return found
}

// appended returns the append whose result the statement assigns.
func (sec *section) appended() *ast.CallExpr {
	assign, ok := sec.stmt.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return nil
	}
	call, isCall := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
	if name, _ := sec.builtin(call, isCall); name == "append" {
		return call
	}
	return nil
}

// waits reports whether a call or a receive may wait.
func (sec *section) waits(e ast.Expr) (string, bool) {
	switch e.(type) {
	case *ast.CallExpr, *ast.UnaryExpr:
		return sec.pkg.Blocks(e)
	}
	return "", false
}

// values notes the values of a statement that must be computed before it: of an append all that
// do something, if one may wait, for they come in their order.
func (sec *section) values(e ast.Expr) {
	call := sec.appended()
	if call == nil {
		if _, waits := sec.pkg.Blocks(e); waits {
			sec.hoist = append(sec.hoist, e)
		}
		return
	}
	wait := func(arg ast.Expr) bool { _, waits := sec.pkg.Blocks(arg); return waits }
	if call.Ellipsis.IsValid() || !slices.ContainsFunc(call.Args[1:], wait) {
		return
	}
	for _, arg := range call.Args[1:] {
		if !sec.pkg.Pure(arg) {
			sec.hoist = append(sec.hoist, arg)
		}
	}
}

func (sec *section) builtin(call *ast.CallExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	b, isBuiltin := sec.pkg.Callee(call).(*types.Builtin)
	if !isBuiltin {
		return "", false
	}
	return b.Name(), true
}

// several returns the call that gives the statement, an assignment, more than one value.
func (sec *section) several() *ast.CallExpr {
	assign, ok := sec.stmt.(*ast.AssignStmt)
	if !ok || assign.Tok != token.ASSIGN || len(assign.Lhs) < 2 || len(assign.Rhs) != 1 {
		return nil
	}
	call, _ := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
	return call
}

// typed refuses values whose variable would have another type.
func (sec *section) typed() error {
	for _, e := range sec.hoist {
		t := sec.pkg.TypeOf(e)
		if t == nil || sec.several() == nil && !types.Identical(t, around.OwnType(sec.pkg, e)) {
			return errors.New("a value of the statement has no type of its own")
		}
	}
	return nil
}

// computesWith reports whether an access is part of a value that is computed before the
// section, and so without the lock.
func (sec *section) computesWith(access ast.Node) bool {
	return slices.ContainsFunc(sec.hoist, func(e ast.Expr) bool { return edit.StandsIn(access, e) })
}

// hold puts lock and unlock around the statement.
func (sec *section) hold(lock, unlock dst.Stmt) {
	twin := sec.s.Stmt(sec.stmt)
	var before []dst.Stmt
	for _, e := range sec.hoist {
		if sec.several() != nil {
			before = append(before, sec.spread(e))
			continue
		}
		name := sec.s.Fresh(around.TempName(e, sec.pkg.TypeOf(e)), sec.stmt)
		value := sec.s.Use(e)
		sec.replace(e, edit.Ident(name))
		before = append(before, edit.Define(value, edit.Ident(name)))
	}
	if len(before) == 0 {
		around.OpenSection(sec.s, sec.stmt, lock, unlock)
	} else {
		sec.s.InsertBefore(twin, append(before, lock)...)
	}
	if sec.last != nil {
		twin = sec.s.Stmt(sec.last)
	}
	sec.s.InsertAfter(twin, unlock)
}

// spread gives each value of a call a name, and assigns those: what is assigned to nothing stays
// out of the section.
func (sec *section) spread(e ast.Expr) dst.Stmt {
	assign := sec.stmt.(*ast.AssignStmt)
	twin := sec.s.Stmt(assign).(*dst.AssignStmt)
	value := sec.s.Use(e)
	var names, left, right []dst.Expr
	for i, lhs := range assign.Lhs {
		id, plain := lhs.(*ast.Ident)
		if plain && id.Name == "_" {
			names = append(names, edit.Ident("_"))
			continue
		}
		name := around.TempName(lhs, sec.pkg.TypeOf(lhs))
		if plain {
			name = id.Name
		}
		name = sec.s.Fresh(name, sec.stmt)
		names, left, right = append(names, edit.Ident(name)), append(left, twin.Lhs[i]), append(right, edit.Ident(name))
	}
	twin.Lhs, twin.Rhs = left, right
	return edit.Define(value, names...)
}

// comesTo reports whether a statement follows right behind the section.
func (sec *section) comesTo(next ast.Stmt) bool {
	last := sec.stmt
	if sec.last != nil {
		last = sec.last
	}
	list, _ := sec.s.ListAround(last)
	i := slices.Index(list, last)
	return i >= 0 && i+1 < len(list) && list[i+1] == next
}

// replace puts another expression where a hoisted one stood.
func (sec *section) replace(old ast.Expr, with dst.Expr) {
	assign := sec.stmt.(*ast.AssignStmt)
	twin, ok := sec.s.Stmt(assign).(*dst.AssignStmt)
	if !ok {
		return
	}
	if assign.Rhs[0] == old {
		twin.Rhs[0] = with
		return
	}
	call, ok := ast.Unparen(assign.Rhs[0]).(*ast.CallExpr)
	if !ok {
		return
	}
	for i, arg := range call.Args {
		if arg == old {
			sec.s.Expr(call).(*dst.CallExpr).Args[i] = with
		}
	}
}
