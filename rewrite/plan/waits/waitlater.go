package waits

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// WaitLater starts a goroutine that waits behind the statement in which all is counted:
//
//	go func() { wg.Wait(); close(out) }()     for _, j := range jobs {
//	for _, j := range jobs {                          wg.Add(1)
//		wg.Add(1)                     →           go …
//		go …                              }
//	}                                         go func() { wg.Wait(); close(out) }()
//
// What stands between comes before the goroutine now: it must neither wait for something,
// which that might be, nor leave the list, nor change or hide what the goroutine names.
func WaitLater(s *edit.Site) error {
	wait, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	f := channels.Of(s.Match.Pkg)
	early := f.EarlyWait(wait)
	if early == nil {
		return errors.New("internal: nothing is known of the group")
	}
	list, ok := s.ListAround(early.Start)
	from, to := slices.Index(list, ast.Stmt(early.Start)), -1
	for _, add := range early.Adds {
		at := slices.IndexFunc(list, func(st ast.Stmt) bool { return st.Pos() <= add.Anchor.Pos() && add.Anchor.End() <= st.End() })
		if at <= from {
			return fmt.Errorf("line %d counts in another list of statements", around.Line(s, add.Node))
		}
		to = max(to, at)
	}
	if !ok || from < 0 || to < 0 {
		return errors.New("where all is counted is not known")
	}
	for _, st := range list[from+1 : to+1] {
		if err := passable(s, f, early.Start, st); err != nil {
			return err
		}
	}
	s.MoveAfter(s.Stmt(early.Start), s.Stmt(list[to]))
	return nil
}

// passable: a statement may come before the start of a goroutine.
func passable(s *edit.Site, f *channels.Facts, start *ast.GoStmt, st ast.Stmt) (err error) {
	if leaves := leavesList(st); leaves != nil {
		return fmt.Errorf("line %d leaves before the goroutine would be started", around.Line(s, leaves))
	}
	named := namesIn(s, start)
	if assign, ok := st.(*ast.AssignStmt); ok && assign.Tok == token.DEFINE {
		for _, x := range assign.Lhs {
			if id, ok := x.(*ast.Ident); ok && named[id.Name] {
				return fmt.Errorf("line %d declares another %s", around.Line(s, st), id.Name)
			}
		}
	}
	if _, ok := st.(*ast.DeclStmt); ok {
		return fmt.Errorf("line %d declares something", around.Line(s, st))
	}
	for _, arg := range start.Call.Args {
		if !s.Match.Pkg.Pure(arg) || anySetTwice(s, f, arg) {
			return fmt.Errorf("%s may be another value later", edit.ExprText(arg))
		}
	}
	ast.Inspect(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt:
			err = fmt.Errorf("line %d waits, maybe for the goroutine", around.Line(s, n))
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				err = fmt.Errorf("line %d waits, maybe for the goroutine", around.Line(s, n))
			}
		case *ast.RangeStmt:
			if _, ok := s.Match.Pkg.TypeOf(n.X).Underlying().(*types.Chan); ok {
				err = fmt.Errorf("line %d waits, maybe for the goroutine", around.Line(s, n))
			}
		}
		return err == nil
	})
	return err
}

// leavesList returns what leaves a statement otherwise than at its end.
func leavesList(st ast.Stmt) ast.Node {
	return leavesBy(st, func(jump *ast.BranchStmt) bool { return jump.Label != nil || jump.Tok == token.GOTO })
}

// namesIn returns the names in a node.
func namesIn(s *edit.Site, n ast.Node) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[id.Name] = true
		}
		return true
	})
	return names
}

// anySetTwice reports whether a variable in an expression is set more than once.
func anySetTwice(s *edit.Site, f *channels.Facts, x ast.Expr) (twice bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok {
			v, isVar := s.Match.Pkg.Use(id).(*types.Var)
			twice = twice || isVar && !v.IsField() && f.Sets(v) > 1
		}
		return !twice
	})
	return twice
}
