package memory

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// OwnCopy gives each turn of a loop its own variable, as Go 1.22 does:
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
// preserved if the body wrote the variable of a for clause: that refuses; nor where a function
// literal or a pointer that outlives the turn sees the last value now: that is unsafe.
func OwnCopy(s *edit.Site) error {
	r, err := racingOf(s)
	if err != nil {
		return err
	}
	lit := r.goroutine()
	if lit == nil || r.v.IsField() {
		return around.Aside("no goroutine captures the variable")
	}
	body := r.loopOf(lit)
	if body == nil {
		return around.Aside(fmt.Sprintf("%s is not the variable of a loop that starts the goroutine", r.name))
	}
	for _, a := range r.all {
		if a.Write && edit.StandsIn(a.Expr, body) {
			return fmt.Errorf("the body of the loop writes %s at line %d", r.name, r.line(a.Expr))
		}
		if a.Goroutine() == nil && !edit.StandsIn(a.Expr, body) && !r.inHead(a, body) {
			return fmt.Errorf("%s is used at line %d, outside of the loop", r.name, r.line(a.Expr))
		}
	}
	if kept := r.keptBeyondTurn(body); kept != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d keeps %s itself beyond the turn, and would see another value of it", r.line(kept), r.name))
	}
	own := edit.Define(edit.Ident(r.name), edit.Ident(r.name))
	if last := lastCopy(body); last != nil {
		s.InsertAfter(s.Stmt(last), own)
	} else {
		s.InsertFirst(s.Node(body), own)
	}
	return nil
}

// lastCopy returns the last of the statements a body begins with that are such copies: those are
// read in the order of the head.
func lastCopy(body *ast.BlockStmt) (last ast.Stmt) {
	for _, st := range body.List {
		def, ok := st.(*ast.AssignStmt)
		if !ok || def.Tok != token.DEFINE || len(def.Lhs) != 1 || len(def.Rhs) != 1 || edit.Spelling(def.Lhs[0]) != edit.Spelling(def.Rhs[0]) {
			break
		}
		last = st
	}
	return last
}

// loopOf returns the body of the loop that declares the variable and starts the
// goroutine.
func (r *racing) loopOf(lit *ast.FuncLit) *ast.BlockStmt {
	for _, n := range r.s.PathTo(lit) {
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.ForStmt:
			body = n.Body
		case *ast.RangeStmt:
			body = n.Body
		default:
			continue
		}
		if n.Pos() <= r.v.Pos() && r.v.Pos() < body.Pos() && edit.StandsIn(lit, body) {
			return body
		}
	}
	return nil
}

// inHead reports whether an access stands in the head of the loop.
func (r *racing) inHead(a *sharing.Access, body *ast.BlockStmt) bool {
	return r.v.Pos() <= a.Expr.Pos() && a.Expr.Pos() < body.Pos()
}

// keptBeyondTurn returns a use of the variable, outside of the goroutines, that runs or is followed
// when other turns have begun.
//
//	later = append(later, func() { use(v) })
//	defer func() { use(v) }()
//	all = append(all, &v)
func (r *racing) keptBeyondTurn(body *ast.BlockStmt) (kept ast.Node) {
	info := r.pkg.Info
	ast.PreorderStack(body, nil, func(n ast.Node, stack []ast.Node) bool {
		if _, started := n.(*ast.GoStmt); started || kept != nil {
			return false
		}
		id, ok := n.(*ast.Ident)
		if ok && info.Uses[id] == types.Object(r.v) && r.outlives(stack) {
			kept = id
		}
		return kept == nil
	})
	return kept
}

// outlives reports whether a use of the variable is by its address, or in a function literal
// that is not handed to a call or called.
func (r *racing) outlives(stack []ast.Node) bool {
	for i, n := range slices.Backward(stack) {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				return true
			}
		case *ast.FuncLit:
			if i == 0 || r.kept(n, stack[:i]) {
				return true
			}
		}
	}
	return false
}

// kept reports whether a function literal is put somewhere, or deferred.
func (r *racing) kept(lit *ast.FuncLit, around []ast.Node) bool {
	call, ok := around[len(around)-1].(*ast.CallExpr)
	if !ok {
		return true
	}
	if len(around) > 1 {
		if _, deferred := around[len(around)-2].(*ast.DeferStmt); deferred {
			return true
		}
	}
	_, builtin := r.pkg.Callee(call).(*types.Builtin)
	return call.Fun != ast.Expr(lit) && (builtin || r.storedBy(call, lit))
}

// storedBy reports whether a function of this package does something else with a literal that it
// gets than to call it.
//
//	func (q *queue) later(f func()) { q.all = append(q.all, f) }
func (r *racing) storedBy(call *ast.CallExpr, lit *ast.FuncLit) (stored bool) {
	decl, i := r.pkg.Body(call), slices.Index(call.Args, ast.Expr(lit))
	if decl == nil || i < 0 {
		return false
	}
	params := r.pkg.Def(decl.Name).(*types.Func).Signature().Params()
	if i >= params.Len() {
		return true
	}
	ast.PreorderStack(decl.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && r.pkg.Use(id) == types.Object(params.At(i)) {
			called, isCall := stack[len(stack)-1].(*ast.CallExpr)
			stored = stored || !isCall || called.Fun != ast.Expr(id)
		}
		return !stored
	})
	return stored
}
