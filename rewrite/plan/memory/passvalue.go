package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// PassValue gives a goroutine the value of a variable as an argument, or that of
// a channel in a field as a local variable:
//
//	go func() {                     go func(name string) {
//		greet(name)        →            greet(name)
//	}()                             }(name)
//	name = "other"                  name = "other"
//
// The goroutine only reads the variable, once it runs and not again behind a
// wait or in a loop: that it had read all of it before the others wrote was
// always possible. A channel keeps its meaning over time, so that one may be
// read again; what is then put into the field is for the next goroutine.
func PassValue(s *edit.Site) error {
	r, err := racingOf(s)
	if err != nil {
		return err
	}
	lit := r.goroutine()
	if lit == nil || r.At.Goroutine() == lit {
		return around.Aside("the goroutine writes the variable, or is no literal")
	}
	start, ok := r.shared.Started(lit).(*ast.GoStmt)
	if !ok || ast.Unparen(start.Call.Fun) != ast.Expr(lit) {
		return around.Aside("the goroutine is not started by a go statement of its own")
	}
	inside, err := r.readInside(lit)
	if err != nil {
		return err
	}
	if r.v.IsField() {
		return r.takeChannel(start, inside)
	}
	if err := r.readAtOnce(lit, inside); err != nil {
		return err
	}
	return r.pass(start, lit)
}

// readInside returns the uses of the variable in the goroutine, which must be
// reads of the variable itself.
func (r *racing) readInside(lit *ast.FuncLit) ([]*sharing.Access, error) {
	inside, _ := r.split(lit)
	for _, a := range inside {
		if a.Write || a.Content || a.Element || a.Address {
			return nil, fmt.Errorf("line %d does more than read %s", r.line(a.Expr), r.name)
		}
		if a.Func != ast.Node(lit) {
			return nil, fmt.Errorf("%s is used at line %d by a function literal in the goroutine", r.name, r.line(a.Expr))
		}
	}
	if len(inside) == 0 {
		return nil, around.Aside(fmt.Sprintf("the goroutine does not read %s itself", r.name))
	}
	return inside, nil
}

// readAtOnce refuses reads that may be meant to see what comes later.
func (r *racing) readAtOnce(lit *ast.FuncLit, inside []*sharing.Access) error {
	flow := r.pkg.Flow(lit)
	for _, a := range inside {
		if some, _ := flow.Follows(a.Expr, a.Expr); some {
			return fmt.Errorf("line %d reads %s again and again: it may wait for a new value", r.line(a.Expr), r.name)
		}
		for _, st := range lit.Body.List {
			if st.End() > a.Expr.Pos() {
				break
			}
			if because, waits := r.pkg.Waits(st); waits {
				return fmt.Errorf("line %d %s before %s is read: a later value may be meant", r.line(st), because, r.name)
			}
		}
	}
	return nil
}

// pass adds the parameter and the argument.
func (r *racing) pass(start *ast.GoStmt, lit *ast.FuncLit) error {
	if lit.Type.Params != nil && len(lit.Type.Params.List) > 0 {
		last := lit.Type.Params.List[len(lit.Type.Params.List)-1]
		if _, variadic := last.Type.(*ast.Ellipsis); variadic {
			return errors.New("the goroutine takes any number of arguments")
		}
	}
	typ, err := r.typeName(lit)
	if err != nil {
		return err
	}
	twin, ok := r.s.Expr(lit).(*dst.FuncLit)
	goStmt, ok2 := r.s.Stmt(start).(*dst.GoStmt)
	if !ok || !ok2 {
		return errors.New("internal: the goroutine has no twin")
	}
	if twin.Type.Params == nil {
		twin.Type.Params = &dst.FieldList{Opening: true, Closing: true}
	}
	twin.Type.Params.List = append(twin.Type.Params.List, &dst.Field{Names: []*dst.Ident{edit.Ident(r.name)}, Type: typ})
	goStmt.Call.Args = append(goStmt.Call.Args, edit.Ident(r.name))
	return nil
}

// takeChannel reads the field before the goroutine starts.
//
//	                           quit := s.quit
//	go func() {          →     go func() {
//		<-s.quit           	<-quit
func (r *racing) takeChannel(start *ast.GoStmt, inside []*sharing.Access) error {
	if _, ok := r.v.Type().Underlying().(*types.Chan); !ok {
		return fmt.Errorf("%s is no channel: the goroutine may be meant to see what is put there later", r.name)
	}
	if _, ok := r.s.ListAround(start); !ok {
		return errors.New("there is no place before the go statement")
	}
	for _, a := range inside {
		if edit.Spelling(a.Expr) != r.name && edit.Spelling(a.Expr) != edit.Spelling(inside[0].Expr) {
			return fmt.Errorf("line %d reads the channel of another object", r.line(a.Expr))
		}
	}
	r.s.Downgrade(rules.Unsafe, fmt.Sprintf("the goroutine then keeps the channel that %s holds when it starts", r.name))
	name := r.s.Fresh(r.v.Name(), start)
	value := r.s.Copy(inside[0].Expr)
	for _, a := range inside {
		r.s.ReplaceExpr(r.s.Expr(a.Expr), edit.Ident(name))
	}
	r.s.InsertBefore(r.s.Stmt(start), edit.Define(value, edit.Ident(name)))
	return nil
}
