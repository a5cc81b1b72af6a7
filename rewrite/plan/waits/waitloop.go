package waits

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts"
)

// WaitLoop lets a wait under an if come back to its condition:
//
//	if len(q.items) == 0 {           for len(q.items) == 0 {
//		q.ready.Wait()       →           q.ready.Wait()
//	}                                }
//	return q.items[0]                return q.items[0]
//
// Where the condition no longer holds after the wake-up, as was believed, all is as
// before. It refuses a body that leaves, or that changes what the condition asks, for a
// loop would not end, and a Cond by which somebody tells of something else, as of the end; and it is never safe where the body does more than wait, for that
// is done again with each wake-up, or where nothing behind it rests on the condition: one
// wake-up, whatever it is for, may be all that is waited for.
func WaitLoop(s *edit.Site) error {
	call, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	w := &conditionalWait{s: s, pkg: s.Match.Pkg}
	for _, n := range s.PathTo(call) {
		if st, ok := n.(*ast.IfStmt); ok {
			w.test = st
		}
	}
	switch {
	case w.test == nil || w.test.Init != nil || w.test.Else != nil:
		return errors.New("the wait stands under no plain if")
	case !inList(s, w.test):
		return errors.New("the wait stands under an else")
	case !w.pkg.Pure(w.test.Cond):
		return errors.New("the condition has an effect: how often it may run is not known")
	}
	if err := w.stays(); err != nil {
		return err
	}
	if other := w.otherWake(call); other != nil {
		at := w.pkg.Fset.Position(other.Pos())
		return fmt.Errorf("%s wakes those who wait at line %d, and changes nothing that the condition asks: in a loop they would go on waiting", filepath.Base(at.Filename), at.Line)
	}
	if cond := ast.Unparen(call.Fun).(*ast.SelectorExpr).X; exportedCond(w.pkg, cond) {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("other packages can wake those who wait by %s, for what nobody knows", edit.ExprText(cond)))
	}
	if len(w.test.Body.List) > 1 {
		s.Downgrade(rules.Unsafe, "what stands beside the wait is then done with each wake-up")
	}
	if !w.restedOn() {
		s.Downgrade(rules.Unsafe, "nothing behind it rests on the condition: it may be meant to wait for one wake-up only")
	}
	twin := s.Stmt(w.test).(*dst.IfStmt)
	s.MarkMoved(twin.Body)
	s.ReplaceStmt(twin, &dst.ForStmt{Cond: s.Use(w.test.Cond), Body: twin.Body})
	return nil
}

func inList(s *edit.Site, st ast.Stmt) bool {
	_, ok := s.ListAround(st)
	return ok
}

// A conditionalWait is an if statement that waits at a Cond.
type conditionalWait struct {
	s    *edit.Site
	pkg  *facts.Package
	test *ast.IfStmt
}

// stays refuses a body of which a part would mean something else in a loop.
func (w *conditionalWait) stays() (err error) {
	ast.Inspect(w.test.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt, *ast.LabeledStmt:
			err = fmt.Errorf("the jump at line %d would mean another statement in a loop", around.Line(w.s, n))
		case *ast.DeferStmt:
			err = fmt.Errorf("line %d would defer a call with each wake-up", around.Line(w.s, n))
		case *ast.IncDecStmt:
			err = w.unasked(n.X)
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				err = errors.Join(err, w.unasked(lhs))
			}
		}
		return err == nil
	})
	return err
}

// unasked refuses to write what the condition reads.
func (w *conditionalWait) unasked(into ast.Expr) (err error) {
	text := edit.Spelling(into)
	ast.Inspect(w.test.Cond, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if ok && err == nil && (edit.Spelling(e) == text || strings.HasPrefix(text, edit.Spelling(e)+"[")) {
			err = fmt.Errorf("line %d changes what the condition asks: a loop may not end", around.Line(w.s, into))
		}
		return err == nil
	})
	return err
}

// restedOn reports whether something behind the wait uses what the condition asks.
func (w *conditionalWait) restedOn() bool {
	asked := w.asked(w.test.Cond, 2)
	found := false
	ast.Inspect(w.s.Match.Decl, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Pos() > w.test.End() && slices.Contains(asked, w.pkg.Use(id))
		return !found
	})
	return found
}

// asked returns the fields, and the variables that are not only the way to one, that an
// expression reads, also through functions of the package.
func (w *conditionalWait) asked(n ast.Node, depth int) (all []types.Object) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			all = append(all, w.pkg.Use(n.Sel))
			_, plain := n.X.(*ast.Ident)
			return !plain
		case *ast.Ident:
			if v, ok := w.pkg.Use(n).(*types.Var); ok {
				all = append(all, v)
			}
		case *ast.CallExpr:
			if decl := w.pkg.Body(n); decl != nil && depth > 0 {
				all = append(all, w.asked(decl.Body, depth-1)...)
			}
		}
		return true
	})
	return all
}
