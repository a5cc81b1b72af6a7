package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// A turn is the part of a loop's body from a Lock to its end, whose unlock is
// deferred to the end of the function:
//
//	for _, k := range keys {
//		s.mu.Lock()            ← from here
//		defer s.mu.Unlock()
//		s.items[k]++
//	}                          ← to here
type turn struct {
	*holding
	loop  ast.Stmt // *ast.ForStmt or *ast.RangeStmt
	label string
	body  *ast.BlockStmt
	lock  *ast.ExprStmt
	defr  *ast.DeferStmt
	list  []ast.Stmt // from the Lock on
}

// turnOf returns the turn that a match is about. It refuses where the lock may
// be handled in another way too.
func turnOf(s *edit.Site) (*turn, error) {
	h, err := holdingOf(s)
	if err != nil {
		return nil, err
	}
	t := &turn{holding: h, lock: h.stmt()}
	t.defr, _ = s.Bound("$defer").(*ast.DeferStmt)
	if t.lock == nil || t.defr == nil || !t.findLoop() {
		return nil, errors.New("the lock is not taken by a statement of the loop's own body")
	}
	at := slices.Index(t.list, ast.Stmt(t.defr))
	if at < 0 || !h.own(t.defr) {
		return nil, fmt.Errorf("the defer at line %d is no statement of the loop's own body behind the Lock", h.line(t.defr))
	}
	if at > 1 {
		return nil, fmt.Errorf("between the Lock and the defer at line %d something happens", h.line(t.defr))
	}
	if slices.ContainsFunc(h.Releases, func(c *ast.CallExpr) bool { return !edit.Within(t.defr, c) }) {
		return nil, fmt.Errorf("line %d releases the lock too", h.line(h.Releases[0]))
	}
	for _, check := range []func() error{h.onceOnly, t.onlyDefer, t.staysInside, t.neededBehind} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	t.noteAfter()
	return t, nil
}

// findLoop finds the loop in whose body the Lock stands.
func (t *turn) findLoop() bool {
	path := t.s.PathTo(t.lock)
	for i := len(path) - 1; i > 0; i-- {
		body, ok := path[i].(*ast.BlockStmt)
		if !ok || i != len(path)-1 {
			return false
		}
		switch loop := path[i-1].(type) {
		case *ast.ForStmt:
			t.loop, t.body = loop, body
		case *ast.RangeStmt:
			t.loop, t.body = loop, body
		default:
			return false
		}
		if labelled, ok := path[i-2].(*ast.LabeledStmt); ok {
			t.label = labelled.Label.Name
		}
		t.list = body.List[slices.Index(body.List, ast.Stmt(t.lock)):]
		return true
	}
	return false
}

// onlyDefer: nothing else is deferred in the turn, since it would run before or
// after the unlock, or earlier than it does.
func (t *turn) onlyDefer() error {
	var err error
	for _, st := range t.list {
		inspectFunc(st, func(n ast.Node) {
			if d, ok := n.(*ast.DeferStmt); ok && d != t.defr && err == nil {
				err = fmt.Errorf("line %d defers another call: its order with the unlock would change", t.line(d))
			}
		})
	}
	return err
}

// staysInside: no goto, whose target would have to be followed, and no recover,
// which means the function's own panics.
func (t *turn) staysInside() error {
	if around.Jumps(t.Func) {
		return errors.New("the function has a goto")
	}
	for _, st := range t.list {
		if because, yes := t.pkg.NamesLock(st, t.Lock); yes && st != ast.Stmt(t.lock) && st != ast.Stmt(t.defr) {
			return fmt.Errorf("line %d %s while the lock is held", t.line(st), because)
		}
	}
	return nil
}

// neededBehind refuses where the function uses, behind the loop, what the lock guards, itself or
// in what it calls: it held the lock there, if there was a turn at all.
func (t *turn) neededBehind() (err error) {
	ast.Inspect(t.Func, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok || err != nil || e.Pos() < t.loop.End() {
			return err == nil
		}
		if t.guarded(e) {
			err = fmt.Errorf("line %d uses %s behind the loop, with the lock held if there was a turn: it would have to be taken there again", t.line(e), edit.ExprText(e))
		} else if call, ok := e.(*ast.CallExpr); ok {
			if used := t.usedBy(call, map[*ast.FuncDecl]bool{}); used != nil {
				err = fmt.Errorf("line %d calls what uses %s, behind the loop, with the lock held if there was a turn: it would have to be taken there again", t.line(e), edit.ExprText(used))
			}
		}
		return err == nil
	})
	return err
}

// guarded reports whether an expression is an access, with the lock held, of what it guards.
func (t *turn) guarded(e ast.Expr) bool {
	shared := sharing.Of(t.pkg)
	a := shared.AccessAt(e)
	if a == nil {
		return false
	}
	guard := shared.GuardOf(a.Var)
	return guard != nil && !slices.Contains(guard.Without, a) && guard.Lock == types.Object(around.VariableIn(t.pkg, t.mu))
}

// usedBy returns what a function that is called uses of what the lock guards, without taking it.
func (t *turn) usedBy(call *ast.CallExpr, seen map[*ast.FuncDecl]bool) (used ast.Expr) {
	decl := t.pkg.Body(call)
	if decl == nil || seen[decl] || len(t.pkg.Acquisitions(decl)) > 0 {
		return nil
	}
	seen[decl] = true
	inspectFunc(decl.Body, func(n ast.Node) {
		e, ok := n.(ast.Expr)
		if !ok || used != nil {
			return
		}
		if t.guarded(e) {
			used = e
		} else if next, ok := e.(*ast.CallExpr); ok {
			used = t.usedBy(next, seen)
		}
	})
	return used
}

// noteAfter lowers the level where what runs after the turn could tell that the
// lock is not held any more: what stands behind the loop, its condition, the
// function that it ranges over, and, since read locks do not wait for each other, the next turn.
func (t *turn) noteAfter() {
	if t.Read {
		t.s.Downgrade(rules.Unsafe, "between two turns the read lock is free then, and writers may come in")
	}
	if loop, ok := t.loop.(*ast.ForStmt); ok {
		for _, n := range []ast.Node{loop.Cond, loop.Post} {
			if because, yes := t.seesLock(n); yes {
				t.s.Downgrade(rules.Unsafe, "the loop's header "+because)
			}
		}
	}
	if loop, ok := t.loop.(*ast.RangeStmt); ok && t.iterates(loop) {
		t.s.Downgrade(rules.Unsafe, fmt.Sprintf("the function that line %d ranges over then goes on without the lock behind a turn", t.line(loop)))
	}
	if rest := t.behind(t.loop); rest != nil && t.ends() {
		t.s.Downgrade(rules.Unsafe, fmt.Sprintf("what follows from line %d on then runs without the lock", t.line(rest)))
	}
}

// iterates reports whether a loop ranges over a function, which runs between the turns.
func (t *turn) iterates(loop *ast.RangeStmt) bool {
	_, ok := t.pkg.TypeOf(loop.X).Underlying().(*types.Signature)
	return ok
}

// seesLock reports whether a part of the loop's header reads what others change.
func (t *turn) seesLock(n ast.Node) (because string, ok bool) {
	switch n := n.(type) {
	case ast.Expr:
		ok = n != nil && !t.pkg.Stable(n)
	case *ast.IncDecStmt:
		_, local := ast.Unparen(n.X).(*ast.Ident)
		ok = !local
	case nil:
	default:
		ok = true
	}
	return "is then evaluated without the lock", ok
}

// ends reports whether the loop is left in another way than by a return.
func (t *turn) ends() bool {
	if loop, ok := t.loop.(*ast.ForStmt); !ok || loop.Cond != nil {
		return true
	}
	return slices.ContainsFunc(t.ways(), func(n ast.Node) bool {
		branch, ok := n.(*ast.BranchStmt)
		return ok && branch.Tok == token.BREAK
	})
}

// ways returns the statements by which the turn is left from within: returns,
// and the breaks and continues that mean the loop or one around it.
func (t *turn) ways() []ast.Node {
	var ways []ast.Node
	for _, st := range t.list {
		ast.PreorderStack(st, nil, func(n ast.Node, stack []ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				ways = append(ways, n)
			case *ast.BranchStmt:
				if n.Tok != token.FALLTHROUGH && !staysWithin(n, stack) {
					ways = append(ways, n)
				}
			}
			return true
		})
	}
	return ways
}

// staysWithin reports whether a break or continue means one of the statements
// around it.
func staysWithin(branch *ast.BranchStmt, stack []ast.Node) bool {
	for i, around := range stack {
		if branch.Label != nil {
			labelled, ok := around.(*ast.LabeledStmt)
			if ok && labelled.Label.Name == branch.Label.Name {
				return true
			}
			continue
		}
		switch stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			if branch.Tok == token.BREAK {
				return true
			}
		}
	}
	return false
}

// continues reports whether a branch goes on with the next turn of the loop.
func (t *turn) continues(branch *ast.BranchStmt) bool {
	return branch.Tok == token.CONTINUE && (branch.Label == nil || branch.Label.Name == t.label)
}

// falls reports whether the end of the body is ever reached.
func (t *turn) falls() bool {
	flow := t.pkg.Flow(t.Func)
	for block := range flow.Reachable() {
		if slices.ContainsFunc(block.Succs, func(e facts.Edge) bool { return e.Turn == t.body }) {
			return true
		}
	}
	return false
}
