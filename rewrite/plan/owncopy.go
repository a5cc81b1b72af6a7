package plan

import (
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// ownCopy gives each turn of a loop its own variable, as Go 1.22 does:
//
//	for _, v := range list {       for _, v := range list {
//		go func() {                    v := v
//			use(v)           →             go func() {
//		}()                                    use(v)
//	}                                      }()
//	                               }
//
// Behaviour is preserved but for the race: within its turn the copy is what the
// variable is, for nothing but the head of the loop writes it. It would not be
// preserved if the body wrote the variable of a for clause: that refuses.
func ownCopy(s *Site) error {
	r, err := racingOf(s)
	if err != nil {
		return err
	}
	lit := r.goroutine()
	if lit == nil || r.v.IsField() {
		return aside("no goroutine captures the variable")
	}
	body := r.loopOf(lit)
	if body == nil {
		return aside(fmt.Sprintf("%s is not the variable of a loop that starts the goroutine", r.name))
	}
	for _, a := range r.all {
		if a.Write && standsIn(a.Expr, body) {
			return fmt.Errorf("the body of the loop writes %s at line %d", r.name, r.line(a.Expr))
		}
		if a.Goroutine() == nil && !standsIn(a.Expr, body) && !r.inHead(a, body) {
			return fmt.Errorf("%s is used at line %d, outside of the loop", r.name, r.line(a.Expr))
		}
	}
	s.InsertFirst(s.Node(body), define(ident(r.name), ident(r.name)))
	return nil
}

// loopOf returns the body of the loop that declares the variable and starts the
// goroutine.
func (r *racing) loopOf(lit *ast.FuncLit) *ast.BlockStmt {
	for _, n := range r.s.pathTo(lit) {
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.ForStmt:
			body = n.Body
		case *ast.RangeStmt:
			body = n.Body
		default:
			continue
		}
		if n.Pos() <= r.v.Pos() && r.v.Pos() < body.Pos() && standsIn(lit, body) {
			return body
		}
	}
	return nil
}

// inHead reports whether an access stands in the head of the loop.
func (r *racing) inHead(a *sharing.Access, body *ast.BlockStmt) bool {
	return r.v.Pos() <= a.Expr.Pos() && a.Expr.Pos() < body.Pos()
}
