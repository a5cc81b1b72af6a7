package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// DeferDropped calls, at the end of the function, the unlock func that a call
// returns and that nobody got:
//
//	defer s.lock()    →    defer s.lock()()
//
//	s.lock()          →    defer s.lock()()
//
// With the deferred call the lock was taken when the function ended; now it is
// taken where the statement stands, as the author meant. In a loop or a block
// the deferred call would come too late, and in a literal who knows when; a
// call with several results cannot be called on: these refuse.
func DeferDropped(s *edit.Site) error {
	for n := range namedNodes(s) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		if _, several := s.Match.Pkg.TypeOf(call).(*types.Tuple); several {
			return fmt.Errorf("%s returns more than the unlock func: it is not clear what to do with the rest", edit.ExprText(call.Fun))
		}
		return callDropped(s, call)
	}
	return errors.New("internal: the match names no call")
}

func callDropped(s *edit.Site, lock *ast.CallExpr) error {
	path := s.PathTo(lock)
	stmt, ok := path[len(path)-1].(ast.Stmt)
	if !ok {
		return errors.New("the call is not a statement of its own")
	}
	decl, ok := s.Match.Decl.(*ast.FuncDecl)
	if !ok || !slices.Contains(decl.Body.List, stmt) {
		return errors.New("the call stands inside a block or a literal: a deferred unlock would hold the lock until that function ends")
	}
	switch stmt.(type) {
	case *ast.DeferStmt, *ast.ExprStmt:
		s.ReplaceStmt(s.Stmt(stmt), edit.DeferStmt(edit.Call(s.Copy(lock))))
		return nil
	}
	return errors.New("the call is not a statement of its own")
}
