package locks

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/waits"
)

// UnlockBefore releases a lock before the operation that waits, or the call that
// takes the lock itself, instead of behind it:
//
//	s.mu.Lock()                  s.mu.Lock()
//	s.n++                        s.n++
//	s.changed <- s.n     →       n := s.n
//	s.mu.Unlock()                s.mu.Unlock()
//	                             s.changed <- n
//
// What the operation reads of shared memory is read before the unlock, still
// under the lock, and nothing that follows it up to the old unlock could tell
// whether the lock is held: that is the unlock itself, or a return of stable
// results. A deferred unlock becomes an explicit one on every way out, but for
// a panic. It is never safe: others may take the lock before the wait ends, and
// their waits come in another order. It refuses a send on a channel that somebody closes,
// who may rely on the lock to do it later, and a wait inside a loop or
// statement that goes on with the lock.
func UnlockBefore(s *edit.Site) error {
	b, err := earlierOf(s)
	if err != nil {
		return err
	}
	for _, check := range []func() error{b.plainReleases, b.staysOpen, b.readsEarly, func() error { return b.mayStandBefore(b.stmt) }} {
		if err := check(); err != nil {
			return err
		}
	}
	edit, err := b.release()
	if err != nil {
		return err
	}
	edit()
	return nil
}

// An earlier unlock is one that comes before a wait, of the lock that is held meanwhile.
type earlier struct {
	*holding
	wait   ast.Node
	stmt   ast.Stmt   // that waits, in a list of statements
	hoist  []ast.Expr // operands that must be read before the unlock
	stores bool       // the statement assigns what it receives
}

func earlierOf(s *edit.Site) (*earlier, error) {
	h, err := heldBy(s)
	if err != nil {
		return nil, err
	}
	b := &earlier{holding: h, wait: cmp.Or(s.Bound("$wait"), s.Bound("$call"))}
	switch n := b.wait.(type) {
	case *ast.SendStmt:
		b.stmt = n
	case *ast.UnaryExpr, *ast.CallExpr:
		path := s.PathTo(n)
		b.stmt, _ = path[len(path)-1].(ast.Stmt)
	}
	switch b.stmt.(type) {
	case *ast.SendStmt, *ast.ExprStmt, *ast.AssignStmt:
	default:
		return nil, fmt.Errorf("what waits at line %d is not a statement of its own", h.line(b.wait))
	}
	if !h.own(b.wait) || h.stmt() == nil {
		return nil, errors.New("the lock is not taken by a statement of the function that waits")
	}
	return b, h.onceOnly()
}

// staysOpen: nobody closes a channel that is sent to behind the unlock, and what is sent is no
// token, for which somebody has to be given one back.
func (b *earlier) staysOpen() error {
	if waits.Of(b.pkg).TakesPlace(b.wait) {
		return fmt.Errorf("line %d takes a place of a semaphore: which of the two comes first is for the author to decide", b.line(b.wait))
	}
	if at := waits.Of(b.pkg).Closed(b.wait); at != nil {
		return fmt.Errorf("line %d closes the channel: a send behind the unlock could come after that", b.line(at))
	}
	return nil
}

// readsEarly finds what the statement reads of shared memory, and refuses where
// it writes there.
func (b *earlier) readsEarly() error {
	switch st := b.stmt.(type) {
	case *ast.SendStmt:
		b.hoist = b.unsteady(st.Value)
		if !waits.Of(b.pkg).Fixed(b.wait) {
			b.hoist = append(b.unsteady(st.Chan), b.hoist...)
		}
	case *ast.AssignStmt:
		for _, lhs := range st.Lhs {
			if _, local := ast.Unparen(lhs).(*ast.Ident); !local || st.Tok != token.DEFINE && st.Tok != token.ASSIGN {
				return fmt.Errorf("line %d writes what the lock may protect", b.line(st))
			}
		}
	}
	if receive, ok := b.wait.(*ast.UnaryExpr); ok && !waits.Of(b.pkg).Fixed(b.wait) {
		b.hoist = append(b.hoist, b.unsteady(receive.X)...)
	}
	if call, ok := b.wait.(*ast.CallExpr); ok {
		if s := b.s; s.Bound("$wait") != nil && b.pkg.Body(call) != nil {
			return fmt.Errorf("what %s does besides waiting may need the lock", edit.ExprText(call.Fun))
		}
		if err := b.restsOnLock(call, 0); err != nil {
			return err
		}
		if err := b.readsArguments(call); err != nil {
			return err
		}
	}
	if len(b.hoist) > 0 && around.Jumps(b.Func) {
		return errors.New("what is sent must be read before the unlock, and a goto must not jump over a new variable")
	}
	return nil
}

// readsArguments finds the arguments that must be read before the unlock: fields of
// structs. What else others may change is refused.
func (b *earlier) readsArguments(call *ast.CallExpr) error {
	for _, arg := range call.Args {
		if b.pkg.Stable(arg) {
			continue
		}
		if _, field := ast.Unparen(arg).(*ast.SelectorExpr); !field || !isStatement(b.stmt, call) {
			return fmt.Errorf("line %d reads %s, which others may change behind the unlock", b.line(b.wait), edit.ExprText(arg))
		}
		b.hoist = append(b.hoist, arg)
	}
	return nil
}

func (b *earlier) unsteady(e ast.Expr) []ast.Expr {
	if b.pkg.Stable(e) {
		return nil
	}
	return []ast.Expr{e}
}

// release plans where the lock is released.
func (b *earlier) release() (func(), error) {
	list, _ := b.s.ListAround(b.stmt)
	if i := slices.Index(list, b.stmt); i > 0 && b.opens(list[i-1]) {
		return nil, fmt.Errorf("nothing but line %d stands under the lock: what it is for is not clear", b.line(b.stmt))
	}
	if len(b.Deferred) > 0 {
		return b.releaseDeferred()
	}
	next := following(list, b.stmt)
	if len(next) == 0 {
		return nil, fmt.Errorf("the unlock does not follow line %d", b.line(b.stmt))
	}
	for release, stmt := range b.explicit() {
		if ast.Stmt(stmt) == next[0] {
			return func() {
				b.s.InsertBefore(b.s.Stmt(b.stmt), b.early()...)
				b.s.Delete(b.s.Stmt(stmt))
			}, b.steadyAt(release.Pos())
		}
	}
	return nil, fmt.Errorf("line %d goes on with the lock held", b.line(next[0]))
}

// opens reports whether a statement is the Lock or the defer of its release.
func (b *earlier) opens(st ast.Stmt) bool {
	if st == ast.Stmt(b.holding.stmt()) {
		return true
	}
	return slices.ContainsFunc(b.Deferred, func(d *ast.DeferStmt) bool { return st == ast.Stmt(d) })
}

// releaseDeferred makes the deferred unlock explicit on every way out.
func (b *earlier) releaseDeferred() (func(), error) {
	d := b.Deferred[0]
	if len(b.Releases) != 1 {
		return nil, errors.New("it is released by a defer and otherwise too")
	}
	flow := b.pkg.Flow(b.Func)
	at, ok := flow.At(b.wait)
	if !ok {
		return nil, errors.New("internal: the wait is never reached")
	}
	if err := b.leavesSteady(); err != nil {
		return nil, err
	}
	if err := b.defersSteady(d); err != nil {
		return nil, err
	}
	at.Index++
	if err := b.wayOut(at, b.stmt); err != nil {
		return nil, err
	}
	from, _ := flow.At(b.Call)
	from.Index++
	stops := func(n ast.Node) bool { return n == b.wait }
	none := func(ast.Node) bool { return false }
	_, other := reach(from, stops, none)
	_, through := reach(at, none, none)
	var edits []func()
	shared := false
	for _, way := range other {
		if slices.Contains(through, way) {
			if way != ast.Node(around.BodyOf(b.Func)) || !b.isLast() {
				return nil, fmt.Errorf("the way out at line %d is reached with the wait and without", b.lineOfWay(way))
			}
			shared = true
		}
		edit, err := b.cover(facts.Loss{At: way, Must: true})
		if err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	return func() {
		for _, edit := range edits {
			edit()
		}
		if shared {
			b.s.InsertAfter(b.s.Stmt(b.stmt), &dst.ReturnStmt{})
		}
		b.s.InsertBefore(b.s.Stmt(b.stmt), b.early()...)
		b.s.Delete(b.s.Stmt(d))
	}, nil
}

// isLast reports whether nothing of the function, which has no results, stands behind
// the statement on its way out: a return there changes nothing.
func (b *earlier) isLast() bool {
	child := ast.Node(b.stmt)
	path := b.s.PathTo(b.stmt)
	for i := len(path) - 1; i >= 0; i-- {
		switch around := path[i].(type) {
		case *ast.FuncDecl:
			return around.Type.Results == nil
		case *ast.FuncLit:
			return around.Type.Results == nil
		case *ast.BlockStmt:
			if len(around.List) > 0 && around.List[len(around.List)-1] != child && !isCase(child) {
				return false
			}
		case *ast.CaseClause:
			if around.Body[len(around.Body)-1] != child {
				return false
			}
		case *ast.IfStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt:
		default:
			if around != child {
				return false
			}
		}
		child = path[i]
	}
	return false
}

func isCase(n ast.Node) bool {
	_, ok := n.(*ast.CaseClause)
	return ok
}

// early builds what comes before the wait: the values that it needs, then the unlock.
func (b *earlier) early() []dst.Stmt {
	var stmts []dst.Stmt
	for _, e := range b.hoist {
		name := b.s.Fresh(around.TempName(e, b.pkg.TypeOf(e)), b.stmt)
		value := b.s.Use(e)
		exchange(b.s.Stmt(b.stmt), value, edit.Ident(name))
		stmts = append(stmts, edit.Define(value, edit.Ident(name)))
	}
	return append(stmts, edit.ExprStmt(b.unlock()))
}

// isStatement reports whether a call is the whole of a statement.
func isStatement(st ast.Stmt, call *ast.CallExpr) bool {
	expr, ok := st.(*ast.ExprStmt)
	return ok && ast.Unparen(expr.X) == ast.Expr(call)
}

// exchange puts another expression in the place of an operand of a send or of a call
// that is a statement.
func exchange(st dst.Stmt, old, by dst.Expr) {
	switch st := st.(type) {
	case *dst.SendStmt:
		if st.Chan == old {
			st.Chan = by
		} else {
			st.Value = by
		}
	case *dst.ExprStmt:
		exchangeIn(st.X, old, by)
	case *dst.AssignStmt:
		exchangeIn(st.Rhs[0], old, by)
	}
}

// exchangeIn does so in a call or a receive.
func exchangeIn(e, old, by dst.Expr) {
	switch e := e.(type) {
	case *dst.CallExpr:
		e.Args[slices.Index(e.Args, old)] = by
	case *dst.UnaryExpr:
		e.X = by
	case *dst.ParenExpr:
		exchangeIn(e.X, old, by)
	}
}
