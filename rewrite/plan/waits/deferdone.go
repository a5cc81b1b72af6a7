package waits

import (
	"errors"
	"fmt"
	"go/ast"
	"path/filepath"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rewrite/plan/chans"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// DeferDone makes one deferred Done of those at the end of each way:
//
//	go func() {                      go func() {
//		if err := f(); err != nil {      defer wg.Done()
//			return           →       if err := f(); err != nil {
//		}                                        return
//		use()                            }
//		wg.Done()                        use()
//	}()                              }()
//
// Every Done that goes was the last thing on its way, so it runs when it ran.
// Where other calls are deferred, they ran after it and now run before it: that
// is unsafe.
func DeferDone(s *edit.Site) error {
	f := channels.Of(s.Match.Pkg)
	done, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	lost := f.LostDone(done)
	if lost == nil {
		return errors.New("internal: nothing is known of the group")
	}
	if lost.Item {
		return errors.New("it is done once for each item: what a turn without it has done of its item is for the author to say")
	}
	body := around.BodyOf(lost.Fn)
	root := f.Root(lost.Done.Group)
	if root == nil || s.Match.Pkg.ObjectOf(root) == nil {
		return errors.New("which group it is depends on more than a variable")
	}
	if at := s.Match.Pkg.ObjectOf(root).Pos(); body.Pos() <= at && at < body.End() {
		return fmt.Errorf("%s is not there yet where the goroutine begins", root.Name)
	}
	if n := sets(body, ast.Unparen(done.Fun)); n != nil {
		return fmt.Errorf("line %d changes which group it is: a deferred call would take the one of the beginning", around.Line(s, n))
	}
	plain, err := plainDones(s, f, lost)
	if err != nil {
		return err
	}
	if d := around.DeferIn(body); d != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d defers ran after the Done, and would run before it", around.Line(s, d)))
	}
	if n := f.TakenForSet(lost.Fn, callsOf(plain)); n != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d reads what is set only where the goroutine is done", around.Line(s, n)))
	}
	if n := f.WaitedInTime(done); n != nil {
		at := s.Match.Pkg.Fset.Position(n.Pos())
		s.Downgrade(rules.Unsafe, fmt.Sprintf("%s:%d may not wait for ever: a Done that does not come may be its word that something went wrong", filepath.Base(at.Filename), at.Line))
	}
	chans.NoteKeptRunning(s, "a Wait for the group")
	for _, st := range plain {
		s.Delete(s.Stmt(st))
	}
	s.InsertFirst(s.Node(body), edit.DeferStmt(s.Copy(done).(*dst.CallExpr)))
	return nil
}

// sets returns a statement that gives a value to what an expression is found by.
func sets(body ast.Node, at ast.Expr) (found ast.Node) {
	text := edit.Spelling(at)
	ast.Inspect(body, func(n ast.Node) bool {
		for _, lhs := range around.AssignedBy(n) {
			if strings.HasPrefix(text, edit.Spelling(lhs)+".") {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// plainDones returns the statements that call Done, each the last thing on its way.
func plainDones(s *edit.Site, f *channels.Facts, lost *channels.LostDone) (all []ast.Stmt, err error) {
	for _, c := range f.GroupCalls(lost.Done.Call) {
		if c.Kind != channels.Done {
			return nil, fmt.Errorf("line %d does something else with the group", around.Line(s, c.Call))
		}
		if c.Deferred != nil {
			return nil, fmt.Errorf("line %d defers a Done already", around.Line(s, c.Call))
		}
		st := around.StatementOf(s, c.Call)
		if st == nil || around.LeavesNothing(s, st) && ast.Node(lost.Fn) != ownerOf(s, st) {
			return nil, fmt.Errorf("without the Done at line %d nothing would be left of its block", around.Line(s, c.Call))
		}
		if n := f.After(lost.Fn, st); n != nil {
			return nil, fmt.Errorf("line %d runs after the Done at line %d, and Wait may be waiting for it", around.Line(s, n), around.Line(s, c.Call))
		}
		all = append(all, st)
	}
	return all, nil
}

// callsOf returns the calls that statements are.
func callsOf(all []ast.Stmt) (calls []ast.Node) {
	for _, st := range all {
		calls = append(calls, st.(*ast.ExprStmt).X)
	}
	return calls
}

// ownerOf returns the function whose body is the list that a statement stands in.
func ownerOf(s *edit.Site, st ast.Stmt) ast.Node {
	path := s.PathTo(st)
	if len(path) < 2 {
		return nil
	}
	return path[len(path)-2]
}
