package locks

import (
	"go/ast"
	"go/token"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// A holdState is what may be true of the lock at a point: free, held, both
// where ways with different answers met, 0 where control never comes.
type holdState uint8

const (
	free holdState = 1 << iota
	held
	mixed = free | held
)

// A lockWalk follows one acquisition through the statements of a function and
// finds where ways that hold it meet ways that do not, for good: nothing behind
// releases it. There the lock should be free, so an unlock is put where each way
// that still holds it ends: before its break, at the end of its branch, in an
// else that was not there.
//
// The walk goes by the text, each branch taken both ways; it is for functions
// without goto, one Lock, and unlocks that are statements or one plain defer.
type lockWalk struct {
	h        *holding
	repaired map[ast.Node]bool      // ways out that get their unlock anyway
	at       map[ast.Node]holdState // at each return and branch statement, and the end of each body
	exits    []*breakable           // around the current statement, outermost first
	dry      int                    // above 0: a turn of a loop that is walked again
	places   []unlockPlace
	joins    []ast.Stmt // behind which the lock is free now
}

// An unlockPlace is where an unlock is to be put; one of the fields is set.
type unlockPlace struct {
	before ast.Stmt    // before this break or continue
	end    ast.Node    // at the end of this block or clause
	orElse *ast.IfStmt // in a new else of this if
}

func (p unlockPlace) none() bool { return p == unlockPlace{} }

// A way is one of several by which control comes to a point.
type way struct {
	state holdState
	place unlockPlace // of an unlock for this way alone; none if there is no such place
}

// A breakable is a statement that break or continue may name.
type breakable struct {
	label     string
	loop      bool
	breaks    []way
	continues holdState
}

// list walks a list of statements.
func (w *lockWalk) list(stmts []ast.Stmt, in holdState) holdState {
	for _, st := range stmts {
		if in == 0 {
			return 0
		}
		in = w.stmt(st, in, "")
	}
	return in
}

// body walks a block or clause and notes the state at its end.
func (w *lockWalk) body(owner ast.Node, in holdState) way {
	stmts, _ := edit.Statements(owner)
	out := w.list(stmts, in)
	w.at[owner] = out
	if out != 0 && w.repaired[owner] {
		out = free
	}
	return way{out, unlockPlace{end: owner}}
}

// stmt walks a statement, which may have a label.
func (w *lockWalk) stmt(st ast.Stmt, in holdState, label string) holdState {
	switch st := st.(type) {
	case *ast.ReturnStmt:
		w.at[st] = in
		return 0
	case *ast.BranchStmt:
		return w.branch(st, in)
	case *ast.BlockStmt:
		return w.list(st.List, in)
	case *ast.LabeledStmt:
		return w.stmt(st.Stmt, in, st.Label.Name)
	case *ast.IfStmt:
		return w.ifStmt(st, in)
	case *ast.ForStmt:
		return w.loop(st, st.Body, st.Cond != nil, in, label)
	case *ast.RangeStmt:
		return w.loop(st, st.Body, true, in, label)
	case *ast.SwitchStmt:
		return w.clauses(st, st.Body, true, in, label)
	case *ast.TypeSwitchStmt:
		return w.clauses(st, st.Body, true, in, label)
	case *ast.SelectStmt:
		return w.clauses(st, st.Body, false, in, label)
	}
	return w.plain(st, in)
}

// plain walks a statement without parts: it may take or release the lock, or
// never come back.
func (w *lockWalk) plain(st ast.Stmt, in holdState) holdState {
	switch st := st.(type) {
	case *ast.DeferStmt:
		if slices.Contains(w.h.Deferred, st) {
			return free // from here on somebody sees to it
		}
	case *ast.ExprStmt:
		call, ok := ast.Unparen(st.X).(*ast.CallExpr)
		switch {
		case !ok:
		case call == w.h.Call:
			return held
		case slices.Contains(w.h.Releases, call):
			return free
		case w.h.pkg.NoReturn(call):
			return 0
		}
	}
	return in
}

// branch notes the state that break, continue and fallthrough carry to their target.
func (w *lockWalk) branch(st *ast.BranchStmt, in holdState) holdState {
	w.at[st] = in
	if w.repaired[st] {
		in = free
	}
	target := w.target(st)
	switch {
	case st.Tok == token.FALLTHROUGH:
		return in // clauses goes on with it
	case target == nil:
	case st.Tok == token.BREAK:
		target.leave(st, in)
	case st.Tok == token.CONTINUE:
		target.continues |= in
	}
	return 0
}

// leave notes a way out by a break. A loop inside is walked more than once: the break of
// the one outside that stands in it is one way all the same.
func (b *breakable) leave(st *ast.BranchStmt, in holdState) {
	place := unlockPlace{before: st}
	for i := range b.breaks {
		if b.breaks[i].place == place {
			b.breaks[i].state |= in
			return
		}
	}
	b.breaks = append(b.breaks, way{in, place})
}

func (w *lockWalk) target(st *ast.BranchStmt) *breakable {
	for _, around := range slices.Backward(w.exits) {
		named := st.Label == nil || st.Label.Name == around.label
		if named && (around.loop || st.Tok == token.BREAK) {
			return around
		}
	}
	return nil
}

func (w *lockWalk) ifStmt(st *ast.IfStmt, in holdState) holdState {
	then := w.body(st.Body, in)
	switch other := st.Else.(type) {
	case nil:
		return w.join(st, then, way{in, unlockPlace{orElse: st}})
	case *ast.BlockStmt:
		return w.join(st, then, w.body(other, in))
	default:
		return w.join(st, then, way{state: w.stmt(other, in, "")})
	}
}

// clauses walks a switch or select. Of a switch without default, in may be the
// state behind it too.
func (w *lockWalk) clauses(st ast.Stmt, body *ast.BlockStmt, skips bool, in holdState, label string) holdState {
	here := &breakable{label: label}
	w.exits = append(w.exits, here)
	defer func() { w.exits = w.exits[:len(w.exits)-1] }()
	var ways []way
	var carried holdState // by a fallthrough
	for _, clause := range body.List {
		if c, ok := clause.(*ast.CaseClause); ok && c.List == nil {
			skips = false
		}
		end := w.body(clause, in|carried)
		carried = 0
		if fallsThrough(clause) {
			carried, end.state = end.state, 0
		}
		ways = append(ways, end)
	}
	if skips {
		ways = append(ways, way{state: in})
	}
	return w.join(st, append(ways, here.breaks...)...)
}

func fallsThrough(clause ast.Stmt) bool {
	list, _ := edit.Statements(clause)
	if len(list) == 0 {
		return false
	}
	last, ok := list[len(list)-1].(*ast.BranchStmt)
	return ok && last.Tok == token.FALLTHROUGH
}

// loop walks a loop until the state at its head does not change any more.
func (w *lockWalk) loop(st ast.Stmt, body *ast.BlockStmt, ends bool, in holdState, label string) holdState {
	head := in
	w.dry++
	for {
		next := head | w.turn(body, head, label).continues
		if next == head {
			break
		}
		head = next
	}
	w.dry--
	here := w.turn(body, head, label)
	ways := here.breaks
	if ends {
		ways = append(ways, way{state: head})
	}
	return w.join(st, ways...)
}

// turn walks the body of a loop once; continues is the state at the next turn.
func (w *lockWalk) turn(body *ast.BlockStmt, head holdState, label string) *breakable {
	here := &breakable{label: label, loop: true}
	w.exits = append(w.exits, here)
	here.continues |= w.body(body, head).state
	w.exits = w.exits[:len(w.exits)-1]
	return here
}

// join is the state behind a statement. Where held ways meet free ones for
// good, the held ones get an unlock, if each has a place for it.
func (w *lockWalk) join(st ast.Stmt, ways ...way) holdState {
	var all holdState
	pure := true
	for _, way := range ways {
		all |= way.state
		pure = pure && way.state != mixed && (way.state != held || !way.place.none())
	}
	if all != mixed || !pure || !w.h.releasedForGood(st) {
		return all
	}
	if w.dry == 0 {
		for _, way := range ways {
			if way.state == held {
				w.places = append(w.places, way.place)
			}
		}
		w.joins = append(w.joins, st)
	}
	return free
}

// releasedForGood reports whether nothing behind a statement releases the lock:
// no unlock stands further down, and no loop comes back to one without passing
// the Lock.
func (h *holding) releasedForGood(st ast.Stmt) bool {
	for release := range h.explicit() {
		if release.Pos() > st.End() {
			return false
		}
	}
	for _, d := range h.Deferred {
		if d.Pos() > st.End() {
			return false
		}
	}
	for _, around := range h.s.PathTo(st) {
		switch around.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			inside := around.Pos() <= h.Call.Pos() && h.Call.End() <= around.End()
			if !inside && h.Func.Pos() <= around.Pos() {
				return false
			}
		}
	}
	return true
}
