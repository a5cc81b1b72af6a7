package facts

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// A condID is one condition of a unit, in one spelling: a != b is the negation
// of a == b, a > b is b < a.
type condID int

// condInfo says what a condition reads.
type condInfo struct {
	key  string
	deps []types.Object // variables and fields; assigning one makes it unknown
	// hard says that nothing but an assignment in this unit can change it: it
	// is made of constants and local variables that nobody else reaches.
	hard bool
	// subject and value are set for subject == value with a constant value:
	// such a condition excludes the others of that subject.
	subject, value string
	// passed is the condition that a counter has been value and was counted up
	// since: then it is not value any more. -1 if subject is no counter.
	passed  condID
	onlyUp  bool     // of passed: counting up leaves it as it is
	user    *routine // that tests it
	several bool     // others do, too
	judged  bool     // it is asked again when the exits are compared
}

func (c *condInfo) usedBy(r *routine) {
	c.several = c.several || c.user != nil && c.user != r
	c.user = r
}

// A test is a condition as it stands in the text.
type test struct {
	cond    condID
	negated bool
}

// condition numbers an expression of boolean type; ok is false for what cannot
// have the same value twice, such as a receive.
func (u *unit) condition(e ast.Expr) (t test, ok bool) {
	switch x := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			t, ok = u.condition(x.X)
			t.negated = !t.negated
			return t, ok
		}
	case *ast.BinaryExpr:
		return u.comparison(x.Op, x.X, x.Y)
	}
	s := speller{unit: u, hard: true}
	return test{cond: s.done(s.expr(e), "", "")}, !s.failed
}

// comparison numbers x op y.
func (u *unit) comparison(op token.Token, x, y ast.Expr) (test, bool) {
	s := speller{unit: u, hard: true}
	left, right := s.expr(x), s.expr(y)
	t := test{}
	switch op {
	case token.NEQ, token.GEQ, token.LEQ:
		t.negated = true
	}
	switch op {
	case token.EQL, token.NEQ:
		if s.constant(x) {
			left, right, x, y = right, left, y, x
		}
		if s.constant(y) {
			t.cond = s.done(left+" == "+right, left, right)
			s.count(t.cond, x)
			return t, !s.failed
		}
		t.cond = s.done(min(left, right)+" == "+max(left, right), "", "")
	case token.LSS, token.GEQ:
		t.cond = s.done(left+" < "+right, "", "")
	case token.GTR, token.LEQ:
		t.cond = s.done(right+" < "+left, "", "")
	default:
		t.cond = s.done(left+" "+op.String()+" "+right, "", "")
	}
	return t, !s.failed
}

// A speller writes expressions in one spelling, and collects what they read.
type speller struct {
	*unit
	deps   []types.Object
	hard   bool
	failed bool
}

func (s *speller) done(key, subject, value string) condID {
	if s.failed {
		return -1
	}
	id, ok := s.condIDs[key]
	if !ok {
		id = condID(len(s.conds))
		s.condIDs[key] = id
		s.conds = append(s.conds, condInfo{key: key, deps: s.deps, hard: s.hard, subject: subject, value: value, passed: -1})
	}
	return id
}

// constant reports whether e has one value for ever, nil among them. A named
// boolean constant is not: it stands for a choice made elsewhere.
func (s *speller) constant(e ast.Expr) bool {
	tv := s.pkg.Info.Types[e]
	return tv.IsNil() || tv.Value != nil && tv.Value.Kind() != constant.Bool
}

func (s *speller) expr(e ast.Expr) string {
	if tv := s.pkg.Info.Types[e]; tv.Value != nil && tv.Value.Kind() != constant.Bool {
		return tv.Value.ExactString()
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return s.expr(e.X)
	case *ast.Ident:
		return s.ident(e)
	case *ast.SelectorExpr:
		return s.selector(e)
	case *ast.StarExpr:
		s.hard = false
		return "*" + s.expr(e.X)
	case *ast.UnaryExpr:
		s.failed = s.failed || e.Op == token.ARROW
		return e.Op.String() + s.expr(e.X)
	case *ast.BinaryExpr:
		return "(" + s.expr(e.X) + e.Op.String() + s.expr(e.Y) + ")"
	case *ast.IndexExpr:
		s.hard = false
		return s.expr(e.X) + "[" + s.expr(e.Index) + "]"
	case *ast.CallExpr:
		return s.call(e)
	case *ast.TypeAssertExpr:
		s.hard = false
		return s.expr(e.X) + ".(" + types.ExprString(orBlank(e.Type)) + ")"
	}
	s.failed = true
	return ""
}

func (s *speller) ident(id *ast.Ident) string {
	obj := s.pkg.ObjectOf(id)
	switch obj := obj.(type) {
	case *types.Nil:
		return "nil"
	case *types.Var:
		s.deps = append(s.deps, obj)
		info := s.vars[obj]
		s.hard = s.hard && info != nil && !info.addressed && !info.foreign
	case nil:
		s.failed = true
		return ""
	}
	return id.Name + "#" + strconv.Itoa(s.object(obj))
}

func (s *speller) selector(e *ast.SelectorExpr) string {
	sel := s.pkg.Info.Selections[e]
	if sel == nil {
		return s.ident(e.Sel)
	}
	base := s.expr(e.X)
	if v, ok := sel.Obj().(*types.Var); ok {
		s.deps = append(s.deps, v.Origin())
	}
	s.hard = s.hard && sel.Kind() == types.FieldVal && !sel.Indirect()
	return base + "." + e.Sel.Name
}

// call spells a call: it may well have another value next time, so the
// condition is not hard, but len of a local variable is its own business.
func (s *speller) call(e *ast.CallExpr) string {
	fun := ""
	if s.tries[e] {
		return "try#" + strconv.Itoa(int(e.Pos())) // each one has its own result
	}
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
		if m, ok := s.pkg.lockMethod(sel); ok && m.op == TryAcquire {
			return "try#" + strconv.Itoa(int(e.Pos())) // each one has its own result
		}
	}
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok && s.pkg.Info.Types[e.Fun].IsBuiltin() {
		fun = id.Name
	} else if s.pkg.IsType(e.Fun) {
		fun = types.ExprString(e.Fun)
	} else {
		s.hard = false
		fun = s.expr(e.Fun)
	}
	args := make([]string, len(e.Args))
	for i, arg := range e.Args {
		args[i] = s.expr(arg)
	}
	return fun + "(" + strings.Join(args, ",") + ")"
}
