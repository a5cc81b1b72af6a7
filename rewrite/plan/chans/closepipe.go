package chans

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/channels"
)

// ClosePipe closes the side of a pipe that is left:
//
//	r, w := io.Pipe()          r, w := io.Pipe()
//	                       →   defer r.Close()
//	go func() { … }()          go func() { … }()
//	if err … { return err }    if err … { return err }
//
// or, in the goroutine that writes, tells the reader of the error for which it ends:
//
//	if err != nil {            if err != nil {
//	                       →           w.CloseWithError(err)
//	        return                     return
//
// It refuses where the reader outlives the function, and where no error is known: a plain
// Close would make the half of something look like all of it.
func ClosePipe(s *edit.Site) error {
	call, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok {
		return errors.New("internal: the rule binds no call")
	}
	f := channels.Of(s.Match.Pkg)
	p := f.LeftPipe(around.InnermostFunction(s.Match.Decl, call), call)
	if p == nil {
		return errors.New("internal: nothing is known of the pipe")
	}
	if p.Closed != nil {
		return closeWriter(s, p)
	}
	if kept := f.KeptOn(p.Reader); kept != nil {
		return fmt.Errorf("line %d keeps the reader: it may be read from when this function has returned", around.Line(s, kept))
	}
	if inLoopOf(s.PathTo(p.Made)) {
		return errors.New("the pipe is made in a loop: a deferred close would come too late")
	}
	if _, ok := s.ListAround(p.Made); !ok {
		return errors.New("the pipe is made in no list of statements")
	}
	s.InsertAfter(s.Stmt(p.Made), edit.DeferStmt(methodCall(p.Reader.Name(), "Close")))
	return nil
}

// methodCall is the call of a method of a variable.
func methodCall(x, method string, args ...dst.Expr) *dst.CallExpr {
	return edit.Call(edit.Sel(edit.Ident(x), method), args...)
}

// closeWriter closes the writer with the error for which its goroutine returns.
func closeWriter(s *edit.Site, p *channels.LeftPipe) error {
	if decl, declared := p.Writes.(*ast.FuncDecl); declared {
		return fmt.Errorf("the goroutine runs %s, which has to close the writer there", decl.Name.Name)
	}
	var failed []string
	for _, n := range p.Exits {
		exit, ok := n.(*ast.ReturnStmt)
		if !ok {
			return errors.New("the goroutine ends without a return there: which error it ends with is not clear")
		}
		err := failedBefore(s, exit)
		if failed = append(failed, err); err == "" {
			return fmt.Errorf("which error the goroutine ends with at line %d is not known: the reader would take what it has got for all", around.Line(s, exit))
		}
	}
	for i, exit := range p.Exits {
		s.InsertBefore(s.Stmt(exit.(ast.Stmt)), edit.ExprStmt(methodCall(p.Writer.Name(), "CloseWithError", edit.Ident(failed[i]))))
	}
	return nil
}

// failedBefore returns the name of the error under whose check a return stands; "" if there is
// none.
func failedBefore(s *edit.Site, exit *ast.ReturnStmt) string {
	path := s.PathTo(exit)
	if len(path) < 2 {
		return ""
	}
	test, ok := path[len(path)-2].(*ast.IfStmt)
	if !ok || path[len(path)-1] != ast.Node(test.Body) {
		return ""
	}
	b, ok := ast.Unparen(test.Cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ || !s.Match.Pkg.IsNil(b.Y) {
		return ""
	}
	id, ok := ast.Unparen(b.X).(*ast.Ident)
	if !ok || !types.Identical(s.Match.Pkg.TypeOf(id), types.Universe.Lookup("error").Type()) {
		return ""
	}
	return id.Name
}
