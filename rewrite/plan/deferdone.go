package plan

import (
	"errors"
	"fmt"
	"go/ast"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// deferDone makes one deferred Done of those at the end of each way:
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
func deferDone(s *Site) error {
	f := channels.Of(s.Match.Pkg)
	done, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	lost := f.LostDone(done)
	if lost == nil {
		return errors.New("internal: nothing is known of the group")
	}
	body := bodyOf(lost.Fn)
	root := f.Root(lost.Done.Group)
	if root == nil || s.Match.Pkg.Info.ObjectOf(root) == nil {
		return errors.New("which group it is depends on more than a variable")
	}
	if at := s.Match.Pkg.Info.ObjectOf(root).Pos(); body.Pos() <= at && at < body.End() {
		return fmt.Errorf("%s is not there yet where the goroutine begins", root.Name)
	}
	if n := sets(body, ast.Unparen(done.Fun)); n != nil {
		return fmt.Errorf("line %d changes which group it is: a deferred call would take the one of the beginning", s.line(n))
	}
	plain, err := plainDones(s, f, lost)
	if err != nil {
		return err
	}
	if d := deferIn(body); d != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("what line %d defers ran after the Done, and would run before it", s.line(d)))
	}
	for _, st := range plain {
		s.Delete(s.Stmt(st))
	}
	s.InsertFirst(s.Node(body), deferStmt(s.Copy(done).(*dst.CallExpr)))
	return nil
}

// sets returns a statement that gives a value to what an expression is found by.
func sets(body ast.Node, at ast.Expr) (found ast.Node) {
	text := spelling(at)
	ast.Inspect(body, func(n ast.Node) bool {
		for _, lhs := range assignedBy(n) {
			if strings.HasPrefix(text, spelling(lhs)+".") {
				found = n
			}
		}
		return found == nil
	})
	return found
}

// plainDones returns the statements that call Done, each the last thing on its way.
func plainDones(s *Site, f *channels.Facts, lost *channels.LostDone) (all []ast.Stmt, err error) {
	for _, c := range f.GroupCalls(lost.Done.Call) {
		if c.Kind != channels.Done {
			return nil, fmt.Errorf("line %d does something else with the group", s.line(c.Call))
		}
		if c.Deferred != nil {
			return nil, fmt.Errorf("line %d defers a Done already", s.line(c.Call))
		}
		st := s.statementOf(c.Call)
		list, ok := []ast.Stmt(nil), false
		if st != nil {
			list, ok = s.listAround(st)
		}
		if !ok || len(list) == 1 && ast.Node(lost.Fn) != s.ownerOf(st) {
			return nil, fmt.Errorf("without the Done at line %d nothing would be left of its block", s.line(c.Call))
		}
		if n := f.After(lost.Fn, st); n != nil {
			return nil, fmt.Errorf("line %d runs after the Done at line %d, and Wait may be waiting for it", s.line(n), s.line(c.Call))
		}
		all = append(all, st)
	}
	return all, nil
}

// statementOf returns the statement that is nothing but the call, or nil.
func (s *Site) statementOf(call *ast.CallExpr) ast.Stmt {
	path := s.pathTo(call)
	if len(path) == 0 {
		return nil
	}
	st, _ := path[len(path)-1].(*ast.ExprStmt)
	if st == nil {
		return nil
	}
	return st
}

// ownerOf returns the function whose body is the list that a statement stands in.
func (s *Site) ownerOf(st ast.Stmt) ast.Node {
	path := s.pathTo(st)
	if len(path) < 2 {
		return nil
	}
	return path[len(path)-2]
}

// deferIn returns a defer statement of a body itself.
func deferIn(body *ast.BlockStmt) (found ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = n
		}
		return found == nil
	})
	return found
}
