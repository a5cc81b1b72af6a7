package locks

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

// ReCheck repeats a check in the critical section that acts on it:
//
//	c.mu.RLock()                 c.mu.RLock()
//	e, ok := c.m[k]              e, ok := c.m[k]
//	c.mu.RUnlock()               c.mu.RUnlock()
//	if ok {                      if ok {
//		return e                     return e
//	}                            }
//	c.mu.Lock()                  c.mu.Lock()
//	                             if e, ok := c.m[k]; ok {
//	                                 c.mu.Unlock()
//	                       →         return e
//	                             }
//	c.m[k] = &entry{}            c.m[k] = &entry{}
//	c.mu.Unlock()                c.mu.Unlock()
//
// With one goroutine the second check finds what the first found, unless the
// code in between writes it: then it returns that. It refuses where the check is
// anything but a test that returns, where it calls something, where a name in it
// means something else behind the Lock, and where something between the two has
// acted on the check already.
func ReCheck(s *edit.Site) error {
	check, err := staleCheckOf(s)
	if err != nil {
		return err
	}
	h, err := newHolding(s, check.Second)
	if err != nil {
		return err
	}
	lock := h.stmt()
	if lock == nil {
		return errors.New("the second Lock is no statement of its own")
	}
	read, err := repeatable(s, check, lock)
	if err != nil {
		return err
	}
	if err := onlyMakes(s, check.Test, lock); err != nil {
		return err
	}
	ret := check.Test.Body.List[0].(*ast.ReturnStmt)
	body := []dst.Stmt{copyReturn(s, ret)}
	after := ast.Stmt(lock)
	if len(h.Deferred) == 0 {
		body = append([]dst.Stmt{edit.ExprStmt(h.unlock())}, body...)
	} else if after, err = h.deferRightBehind(lock); err != nil {
		return err
	}
	init := &dst.AssignStmt{Tok: token.DEFINE}
	for i := range read.Lhs {
		init.Lhs = append(init.Lhs, s.Copy(read.Lhs[i]))
	}
	init.Rhs = []dst.Expr{s.Copy(read.Rhs[0])}
	s.InsertAfter(s.Stmt(after), &dst.IfStmt{Init: init, Cond: s.Copy(check.Test.Cond), Body: edit.Block(body...)})
	return nil
}

// staleCheckOf returns the check that a match is about.
func staleCheckOf(s *edit.Site) (facts.StaleCheck, error) {
	for n := range namedNodes(s) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		for _, c := range s.Match.Pkg.StaleChecks(s.Match.Decl) {
			if c.Second.Call == call {
				return c, nil
			}
		}
	}
	return facts.StaleCheck{}, errors.New("internal: the match names no check")
}

// repeatable returns the read of a check that can be written once more behind a Lock.
func repeatable(s *edit.Site, c facts.StaleCheck, lock ast.Stmt) (*ast.AssignStmt, error) {
	read, ok := c.Read.(*ast.AssignStmt)
	switch {
	case c.Test == nil:
		return nil, fmt.Errorf("what is written at line %d is made of what was read: both must be one critical section, and it is not known what may move into it", around.Line(s, c.Write))
	case !ok || read.Tok != token.DEFINE || len(read.Rhs) != 1:
		return nil, fmt.Errorf("line %d does not read into variables of its own", around.Line(s, c.Read))
	case c.Test.Pos() > lock.Pos() || c.Test.End() > lock.Pos():
		return nil, fmt.Errorf("the test at line %d does not return: both critical sections must become one, and it is not known what may move into it", around.Line(s, c.Test))
	case c.Test.Init != nil || c.Test.Else != nil || len(c.Test.Body.List) != 1:
		return nil, fmt.Errorf("the test at line %d does more than return", around.Line(s, c.Test))
	}
	ret, ok := c.Test.Body.List[0].(*ast.ReturnStmt)
	if !ok {
		return nil, fmt.Errorf("the test at line %d does not return", around.Line(s, c.Test))
	}
	own := map[types.Object]bool{}
	for _, lhs := range read.Lhs {
		if id, ok := lhs.(*ast.Ident); ok {
			own[s.Match.Pkg.Def(id)] = true
		}
	}
	for _, e := range append([]ast.Expr{read.Rhs[0], c.Test.Cond}, ret.Results...) {
		if err := respellPlain(s, e, own, lock.End()); err != nil {
			return nil, err
		}
	}
	return read, nil
}

// respellPlain refuses an expression that calls something, or in which a name
// means something else at a place, but those of own.
func respellPlain(s *edit.Site, e ast.Expr, own map[types.Object]bool, at token.Pos) error {
	var err error
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			err = errors.Join(err, respellPlain(s, n.X, own, at))
			return false
		case *ast.CallExpr, *ast.FuncLit, *ast.CompositeLit:
			err = fmt.Errorf("%s at line %d would be evaluated twice", edit.ExprText(n.(ast.Expr)), around.Line(s, n))
		case *ast.Ident:
			if obj := s.Match.Pkg.Use(n); obj != nil && obj.Parent() != types.Universe && !own[obj] && err == nil {
				err = around.SameName(s.Match.Pkg, n, at)
			}
		}
		return err == nil
	})
	return err
}

// onlyMakes refuses where what stands between the test and the second Lock does
// more than fill variables of its own, or leave: it has acted on the check then,
// and a second check would come too late.
func onlyMakes(s *edit.Site, test *ast.IfStmt, lock ast.Stmt) error {
	list, ok := s.ListAround(lock)
	from, to := slices.Index(list, ast.Stmt(test)), slices.Index(list, lock)
	if !ok || from < 0 || to < from {
		return fmt.Errorf("the test at line %d and the second Lock do not stand in one list", around.Line(s, test))
	}
	for _, st := range list[from+1 : to] {
		if !onlyFills(s, st) {
			return fmt.Errorf("line %d acts on the check before the second Lock: both must be one critical section, and it is not known what may move into it", around.Line(s, st))
		}
	}
	return nil
}

// onlyFills reports whether a statement does nothing but give local variables
// their values, or return under a condition.
func onlyFills(s *edit.Site, st ast.Stmt) bool {
	switch st := st.(type) {
	case *ast.DeclStmt:
		return true
	case *ast.AssignStmt:
		return !slices.ContainsFunc(st.Lhs, func(e ast.Expr) bool {
			id, ok := ast.Unparen(e).(*ast.Ident)
			obj := s.Match.Pkg.ObjectOf(id)
			return !ok || obj != nil && obj.Parent() == s.Match.Pkg.Types.Scope()
		})
	case *ast.IfStmt:
		if st.Init != nil || st.Else != nil || len(st.Body.List) != 1 {
			return false
		}
		_, returns := st.Body.List[0].(*ast.ReturnStmt)
		return returns
	}
	return false
}

// copyReturn writes a return statement once more.
func copyReturn(s *edit.Site, ret *ast.ReturnStmt) *dst.ReturnStmt {
	twin := &dst.ReturnStmt{}
	for _, result := range ret.Results {
		twin.Results = append(twin.Results, s.Copy(result))
	}
	return twin
}

// deferRightBehind returns the deferred unlock, which must follow the Lock.
func (h *holding) deferRightBehind(lock ast.Stmt) (ast.Stmt, error) {
	list, ok := h.s.ListAround(lock)
	for i, st := range list {
		if st == lock && i+1 < len(list) && len(h.Deferred) == 1 && list[i+1] == ast.Stmt(h.Deferred[0]) && ok {
			return list[i+1], nil
		}
	}
	return nil, errors.New("the unlock is deferred elsewhere than right behind the Lock")
}
