package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// MoveEarly moves a write before the go statement of the goroutine that reads
// what it writes:
//
//	go c.run()               c.host = host
//	c.host = host       →    go c.run()
//
// One goroutine alone does what it did: nothing between the two places reads or
// writes what the statement does, can leave, wait or take a lock. With many, it
// is one of the orders that were possible before: the goroutine that starts late.
func MoveEarly(s *edit.Site) error {
	r, err := racingOf(s)
	if err != nil {
		return err
	}
	m := &moving{racing: r}
	for _, step := range []func() error{m.find, m.moves, m.crossesAll} {
		if err := step(); err != nil {
			return err
		}
	}
	write := s.Stmt(m.list[m.from])
	s.MoveBefore(write, s.Stmt(m.list[m.to]))
	return nil
}

// A moving is a statement that moves up in its list: from list[from] to before
// list[to].
type moving struct {
	*racing
	stmt     *ast.AssignStmt
	list     []ast.Stmt
	from, to int
	names    map[types.Object]bool // what the statement names
}

// find finds the write and the go statement.
func (m *moving) find() error {
	stmt, ok := m.At.Use.(*ast.AssignStmt)
	if !ok || m.At.Content || m.At.Read {
		return around.Aside("the write is no plain assignment of its own")
	}
	list, ok := m.s.ListAround(stmt)
	if !ok {
		return around.Aside("the write is part of another statement")
	}
	m.stmt, m.list, m.to = stmt, list, -1
	m.from = slices.Index(list, ast.Stmt(stmt))
	for i, st := range list[:max(m.from, 0)] {
		if start, ok := st.(*ast.GoStmt); ok && m.to < 0 && m.mayUse(start) {
			m.to = i
		}
	}
	if m.to < 0 {
		return around.Aside(fmt.Sprintf("no go statement stands before line %d in its list", m.line(stmt)))
	}
	if !m.v.IsField() && m.hasValue() {
		return fmt.Errorf("%s has a value when the goroutine starts: which one is meant is not clear", m.name)
	}
	if m.v.IsField() && m.replaces() {
		return fmt.Errorf("%s is given another value than it has when the goroutine starts, which may be meant to work off the old one", m.name)
	}
	return nil
}

// replaces reports whether the write gives a field of an object that the function was given
// another channel, map or slice than one that it has had before: then the goroutine may be
// meant to work off the old one.
//
//	go func() { for v := range w.queue { … } }()
//	w.queue = make(chan int)
func (m *moving) replaces() bool {
	switch m.v.Type().Underlying().(type) {
	case *types.Chan, *types.Map, *types.Slice:
	default:
		return false
	}
	owner := m.At.Expr
	for {
		sel, ok := ast.Unparen(owner).(*ast.SelectorExpr)
		if !ok {
			break
		}
		owner = sel.X
	}
	id, ok := ast.Unparen(owner).(*ast.Ident)
	if !ok {
		return true
	}
	root, ok := m.s.Match.Pkg.Use(id).(*types.Var)
	return ok && root.Kind() != types.LocalVar && m.givenElsewhere()
}

// givenElsewhere reports whether another statement, or a literal, gives the field a value
// that is not nil.
func (m *moving) givenElsewhere() (given bool) {
	info := m.s.Match.Pkg.Info
	isField := func(id *ast.Ident) bool {
		v, ok := info.Uses[id].(*types.Var)
		return ok && v.Origin() == m.v
	}
	for _, file := range m.s.Match.Pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				key, ok := n.Key.(*ast.Ident)
				given = given || ok && isField(key) && !info.Types[n.Value].IsNil()
			case *ast.AssignStmt:
				for i, lhs := range n.Lhs {
					sel, ok := ast.Unparen(lhs).(*ast.SelectorExpr)
					given = given || ok && n != m.stmt && isField(sel.Sel) && !(len(n.Lhs) == len(n.Rhs) && info.Types[n.Rhs[i]].IsNil())
				}
			}
			return !given
		})
	}
	return given
}

// mayUse reports whether a goroutine may use the variable: its literal does, or
// it is a function that stands elsewhere.
func (m *moving) mayUse(start *ast.GoStmt) bool {
	lit, ok := ast.Unparen(start.Call.Fun).(*ast.FuncLit)
	return !ok || m.mentions(lit, m.v)
}

// hasValue reports whether a local variable is given one before the go statement.
func (m *moving) hasValue() bool {
	if decl, ok := m.declared().(*ast.ValueSpec); !ok || len(decl.Values) > 0 {
		return true
	}
	return slices.ContainsFunc(m.all, func(b *sharing.Access) bool { return b.Write && b.Expr.Pos() < m.list[m.to].Pos() })
}

// declared returns what declares a local variable.
func (m *moving) declared() (found ast.Node) {
	ast.Inspect(m.s.Match.Decl, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ValueSpec, *ast.AssignStmt:
			if n.Pos() <= m.v.Pos() && m.v.Pos() < n.End() {
				found = n
			}
		}
		return true
	})
	return found
}

// moves refuses a statement that must stay where it is.
func (m *moving) moves() error {
	m.names = map[types.Object]bool{}
	if m.stmt.Tok != token.ASSIGN {
		return errors.New("the write declares, or rests on the old value")
	}
	for _, e := range slices.Concat(m.stmt.Lhs, m.stmt.Rhs) {
		if !m.pkg.Pure(e) {
			return fmt.Errorf("%s is computed with an effect: before the goroutine that may be another one", edit.ExprText(e))
		}
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if v, ok := m.pkg.ObjectOf(id).(*types.Var); ok {
					m.names[v] = true
				}
			}
			return true
		})
	}
	return nil
}

// crossesAll refuses where a statement between the two places minds.
func (m *moving) crossesAll() error {
	for _, st := range m.list[m.to:m.from] {
		if err := m.crosses(st); err != nil {
			return err
		}
	}
	return nil
}

func (m *moving) crosses(st ast.Stmt) (err error) {
	literal := goroutineOf(st)
	ast.Inspect(st, func(n ast.Node) bool {
		if err != nil || n == ast.Node(literal) && literal != nil {
			return false
		}
		switch n := n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.LabeledStmt, *ast.DeferStmt:
			err = fmt.Errorf("control may leave at line %d before the write", m.line(n))
		case *ast.AssignStmt:
			err = m.assigns(n.Lhs)
		case *ast.IncDecStmt:
			err = m.assigns([]ast.Expr{n.X})
		case *ast.RangeStmt:
			err = m.assigns([]ast.Expr{n.Key, n.Value})
		case *ast.DeclStmt:
			err = m.declares(n)
		case *ast.UnaryExpr:
			if id, ok := ast.Unparen(n.X).(*ast.Ident); ok && n.Op == token.AND && m.names[m.pkg.ObjectOf(id)] {
				err = fmt.Errorf("line %d takes the address of %s", m.line(n), id.Name)
			}
		case *ast.CallExpr:
			err = m.calls(n, st)
		case *ast.Ident:
			if v, ok := m.pkg.Use(n).(*types.Var); ok && v.Origin() == m.v {
				err = fmt.Errorf("line %d uses %s too", m.line(n), m.name)
			}
		}
		return err == nil
	})
	if _, start := st.(*ast.GoStmt); err != nil || start {
		return err
	}
	if because, waits := m.pkg.Waits(st); waits {
		return fmt.Errorf("line %d %s: the write comes after that", m.line(st), because)
	}
	return nil
}

// goroutineOf returns the literal that a go statement starts.
func goroutineOf(st ast.Stmt) *ast.FuncLit {
	start, ok := st.(*ast.GoStmt)
	if !ok {
		return nil
	}
	lit, _ := ast.Unparen(start.Call.Fun).(*ast.FuncLit)
	return lit
}

// assigns refuses what gives a value to something that the write names.
func (m *moving) assigns(lhs []ast.Expr) error {
	for _, e := range lhs {
		if e == nil {
			continue
		}
		id, ok := ast.Unparen(e).(*ast.Ident)
		if sel, isField := ast.Unparen(e).(*ast.SelectorExpr); isField {
			id, ok = sel.Sel, true
		}
		if !ok {
			return fmt.Errorf("line %d writes %s", m.line(e), edit.ExprText(e))
		}
		if m.names[m.pkg.ObjectOf(id)] {
			return fmt.Errorf("line %d writes %s, which the write rests on", m.line(e), edit.ExprText(e))
		}
	}
	return nil
}

// declares refuses the declaration of a variable that the write names.
func (m *moving) declares(st *ast.DeclStmt) (err error) {
	ast.Inspect(st, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && m.names[m.pkg.Def(id)] {
			err = fmt.Errorf("line %d declares %s, which the write rests on", m.line(n), id.Name)
		}
		return true
	})
	return err
}

// calls refuses calls that may look at what is written, or at the order.
func (m *moving) calls(call *ast.CallExpr, st ast.Stmt) error {
	if start, ok := st.(*ast.GoStmt); ok && start.Call == call {
		return nil // it runs what races with the write already
	}
	switch fn := m.pkg.Callee(call).(type) {
	case *types.Builtin:
		return nil
	case *types.Func:
		if fn.Pkg() != nil && fn.Pkg().Path() == "sync" && fn.Name() == "Add" {
			return nil
		}
	}
	if m.pkg.Pure(call) {
		return nil
	}
	return fmt.Errorf("line %d calls %s, which may look at what is written", m.line(call), edit.ExprText(call.Fun))
}

// mentions reports whether a variable is named below a node.
func (r *racing) mentions(n ast.Node, v *types.Var) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !found {
			used, isVar := r.pkg.Use(id).(*types.Var)
			found = isVar && used.Origin() == v
		}
		return !found
	})
	return found
}
