package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A SeenFull is a receive that rests on a look at its channel, while others receive from it, too.
type SeenFull struct {
	Look  ast.Node // the select whose send found no room, or the test of the length
	Other ast.Node // a receive by another goroutine, maybe
}

// SeenFull says of a receive that has no alternative why there should be something to receive: a
// send has found no room, or the length of the channel was asked. Between the two another receiver
// may have taken all that was there.
//
//	select {
//	case b.buf <- m:
//	default:
//		<-b.buf // drop the oldest
//		b.buf <- m
//	}
func (f *Facts) SeenFull(receive *ast.UnaryExpr) *SeenFull {
	c := f.Class(receive.X)
	decl := f.DeclRunning(receive)
	if c == nil || decl == nil || receive.Op != token.ARROW || f.inTest(receive) {
		return nil
	}
	room, known := f.Room(c)
	if len(c.Makes) == 0 || known && room == 0 {
		return nil
	}
	s := &seenFull{f: f, ch: types.ExprString(receive.X), receive: receive, decl: decl}
	look := s.look()
	if look == nil {
		return nil
	}
	for _, op := range c.Of(Receive, Range) {
		if !op.Test && s.apart(op) {
			return &SeenFull{look, op.Node}
		}
	}
	return nil
}

type seenFull struct {
	f       *Facts
	ch      string // as it is spelled
	receive *ast.UnaryExpr
	decl    *ast.FuncDecl
}

// look returns the select or test because of which the receive is made.
func (s *seenFull) look() ast.Node {
	path := s.f.pkg.Syntax().Path(s.receive)
	for i := len(path) - 2; i > 0; i-- {
		switch n := path[i].(type) {
		case *ast.FuncLit, *ast.FuncDecl:
			return nil
		case *ast.CommClause:
			if n.Comm != nil || i < 2 {
				return nil
			}
			sel, ok := path[i-2].(*ast.SelectStmt)
			if ok && s.first(n.Body) && s.sends(sel) {
				return sel
			}
			return nil
		case *ast.IfStmt:
			if contains(n.Body, s.receive) && s.first(n.Body.List) && s.asksLength(n.Cond) {
				return n.Cond
			}
			return nil
		}
	}
	return nil
}

// first reports whether the receive stands in one of some statements, and none before it waits or
// leaves.
func (s *seenFull) first(list []ast.Stmt) bool {
	for _, st := range list {
		if contains(st, s.receive) {
			switch st.(type) {
			case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt, *ast.ReturnStmt:
				return true
			}
			return false
		}
		switch st.(type) {
		case *ast.ExprStmt, *ast.AssignStmt, *ast.DeclStmt, *ast.IncDecStmt:
		default:
			return false
		}
	}
	return false
}

// sends reports whether a case of a select sends on the channel.
func (s *seenFull) sends(sel *ast.SelectStmt) bool {
	for _, clause := range sel.Body.List {
		send, ok := clause.(*ast.CommClause).Comm.(*ast.SendStmt)
		if ok && types.ExprString(send.Chan) == s.ch {
			return true
		}
	}
	return false
}

// asksLength reports whether a condition holds only if the channel is full, or holds so much. That
// there is something at all is most often asked when all others are done.
func (s *seenFull) asksLength(cond ast.Expr) bool {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return false
	}
	switch b.Op {
	case token.LAND:
		return s.asksLength(b.X) || s.asksLength(b.Y)
	case token.EQL:
		return s.isLength(b.X) && types.ExprString(b.Y) != "0" || s.isLength(b.Y) && types.ExprString(b.X) != "0"
	case token.GEQ:
		return s.isLength(b.X)
	case token.LEQ:
		return s.isLength(b.Y)
	}
	return false
}

func (s *seenFull) isLength(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && s.f.isBuiltin(call, "len") && types.ExprString(call.Args[0]) == s.ch
}

// apart reports whether a receive may come at the same time: it is made by another function, on
// another goroutine, and not under a lock that both hold.
func (s *seenFull) apart(op *ClassOp) bool {
	other := s.f.DeclRunning(op.Node)
	if other == s.decl || other != nil && (s.f.inOneRoutine(other, s.decl) || s.f.inOneLoop(other, s.decl)) {
		return false
	}
	if home, ok := s.f.declAround(op.Node.Pos()).(*ast.FuncDecl); ok && ender.MatchString(home.Name.Name) || other != nil && s.calls(other) {
		return false
	}
	return !s.f.underOneLock(s.receive, op.Node)
}

// calls reports whether the function of the receive calls another one where it stands.
func (s *seenFull) calls(other *ast.FuncDecl) bool {
	for _, call := range s.f.callsOf(other) {
		if s.f.around(call) == ast.Node(s.decl) {
			return true
		}
	}
	return false
}

// underOneLock reports whether a lock of one name is held at two places, or may be.
func (f *Facts) underOneLock(a, b ast.Node) bool {
	x, y := f.pkg.LocksAt(f.around(a), a), f.pkg.LocksAt(f.around(b), b)
	if x.Doubt || y.Doubt {
		return true
	}
	for _, h := range x.Held {
		for _, g := range y.Held {
			if h.Lock.Path == g.Lock.Path && (h.Lock.Path != "" || h.Lock.Root == g.Lock.Root) {
				return true
			}
		}
	}
	return false
}
