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
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/order"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// OrderPair takes the locks of two parameters, or elements, in the order of a field
// that tells objects apart, or of the keys, and of one object once:
//
//	from.mu.Lock()              first, second := from, to
//	defer from.mu.Unlock()      if second.id < first.id {
//	to.mu.Lock()                    first, second = second, first
//	defer to.mu.Unlock()   →    }
//	                            first.mu.Lock()
//	                            defer first.mu.Unlock()
//	                            if second != first {
//	                                second.mu.Lock()
//	                                defer second.mu.Unlock()
//	                            }
//
// The field is never assigned once its object is made, so it can be read before
// the lock is held. Two calls with the same two objects then lock alike; where
// both have one value of the field, the arguments decide as before. An order by
// address would need no field, but package unsafe, and no comment could say why.
func OrderPair(s *edit.Site) error {
	p, err := pair(s)
	if err != nil {
		return err
	}
	if smaller := smallerKey(s, p); smaller != nil {
		s.Downgrade(rules.Unsafe, "an element that stands under two keys would still be locked in either order")
		p.rewrite(s, func(string, string) dst.Expr { return smaller })
		return nil
	}
	key, err := keyOf(s, p)
	if err != nil {
		return err
	}
	s.Downgrade(rules.Unsafe, fmt.Sprintf("of two objects with one %s the arguments still decide", key))
	p.rewrite(s, func(first, second string) dst.Expr {
		return &dst.BinaryExpr{X: edit.Sel(edit.Ident(second), key), Op: token.LSS, Y: edit.Sel(edit.Ident(first), key)}
	})
	return nil
}

// smallerKey asks whether the key of the second element is the smaller one, where
// the two are looked up in a map or slice by variables that can be compared; nil
// elsewhere. What a method finds for two keys may be one element.
func smallerKey(s *edit.Site, p *lockPair) dst.Expr {
	a, b := keyVariable(s, p, p.a), keyVariable(s, p, p.b)
	if a == nil || b == nil || a == b || !types.Identical(a.Type(), b.Type()) {
		return nil
	}
	basic, ok := a.Type().Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsOrdered == 0 || basic.Info()&types.IsFloat != 0 {
		return nil
	}
	return &dst.BinaryExpr{X: edit.Ident(b.Name()), Op: token.LSS, Y: edit.Ident(a.Name())}
}

// keyVariable returns the variable by which an element is looked up that a variable
// of the function is given once: x := m[key]. It is nil if either changes, or if
// another variable has the key's name where the lock is taken.
func keyVariable(s *edit.Site, p *lockPair, element *types.Var) *types.Var {
	root := funcDeclAround(s, p.first)
	if root == nil {
		return nil
	}
	names := s.Match.Pkg.NamesIn(root)
	index, ok := ast.Unparen(names.Value(element)).(*ast.IndexExpr)
	if !ok {
		return nil
	}
	id, ok := ast.Unparen(index.Index).(*ast.Ident)
	if !ok {
		return nil
	}
	key, ok := s.Match.Pkg.Use(id).(*types.Var)
	if !ok || key.IsField() || !names.Steady(key) {
		return nil
	}
	scope := s.Match.Pkg.Types.Scope().Innermost(p.first.Pos())
	if scope == nil {
		return nil
	}
	if _, seen := scope.LookupParent(key.Name(), p.first.Pos()); seen != types.Object(key) {
		return nil
	}
	return key
}

// A lockPair is the place where the locks of two parameters are taken.
type lockPair struct {
	*lockTurn
	a, b       *types.Var
	aUse, bUse []*ast.Ident // in the four statements
	typ        *types.Named
}

// pair finds the four statements that take and defer, and what they name.
func pair(s *edit.Site) (*lockPair, error) {
	edge, err := pairEdge(s)
	if err != nil {
		return nil, err
	}
	turn, err := lockTurnOf(s, edge)
	if err != nil {
		return nil, err
	}
	p := &lockPair{lockTurn: turn}
	if turn.firstDefer == nil || turn.behind == turn.second {
		return nil, errors.New("the locks are not released by deferred calls right behind: each unlock would have to know which of the two it releases")
	}
	var ok bool
	if p.a, p.aUse, ok = commonRoot(s, turn.first, turn.firstDefer); !ok {
		return nil, errors.New("the first lock is not a field of a parameter, or of a variable")
	}
	if p.b, p.bUse, ok = commonRoot(s, turn.second, turn.behind); !ok {
		return nil, errors.New("the second lock is not a field of a parameter, or of a variable")
	}
	pointer, isPointer := types.Unalias(p.a.Type()).(*types.Pointer)
	if !isPointer || !types.Identical(p.a.Type(), p.b.Type()) {
		return nil, fmt.Errorf("%s and %s are not pointers to one type: they cannot be compared", p.a.Name(), p.b.Name())
	}
	if p.typ, ok = types.Unalias(pointer.Elem()).(*types.Named); !ok {
		return nil, fmt.Errorf("the type of %s has no name", p.a.Name())
	}
	return p, nil
}

// funcDeclAround returns the function declaration around a node, nil if there is none.
func funcDeclAround(s *edit.Site, n ast.Node) ast.Node {
	for _, around := range s.PathTo(n) {
		if decl, ok := around.(*ast.FuncDecl); ok {
			return decl
		}
	}
	return nil
}

func pairEdge(s *edit.Site) (*order.Edge, error) {
	for _, pair := range s.Match.Order().Pairs {
		if pair.Edge.Pos == s.Match.At.Pos() && pair.Edge.End == s.Match.At.End() {
			return pair.Edge, nil
		}
	}
	for _, pair := range s.Match.Order().Elements {
		switch {
		case pair.Edge.Pos != s.Match.At.Pos() || pair.Edge.End != s.Match.At.End():
		case pair.Ring:
			return nil, errors.New("in a ring one has to begin at the other end: which one is for the author to say")
		default:
			return pair.Edge, nil
		}
	}
	return nil, errors.New("internal: the match is no pair of locks")
}

// commonRoot returns the variable that two statements begin with, and its uses.
func commonRoot(s *edit.Site, stmts ...ast.Stmt) (v *types.Var, uses []*ast.Ident, ok bool) {
	for _, st := range stmts {
		var root *ast.Ident
		ast.Inspect(st, func(n ast.Node) bool {
			if id, isIdent := n.(*ast.Ident); isIdent && root == nil {
				root = id
			}
			return root == nil
		})
		used, isVar := s.Match.Pkg.Use(root).(*types.Var)
		if !isVar || used.IsField() || v != nil && used != v {
			return nil, nil, false
		}
		v, uses = used, append(uses, root)
	}
	return v, uses, true
}

// keyName are the names of fields that tell the objects of a type apart.
var keyName = lazyregexp.New(`(?i)^(id|uid|uuid|seq|sequence|serial|number|num|key)$`)

// keyOf returns the field that orders the objects of a pair: the one by which
// others do already cannot be told from its name, so it is the first with a
// name that promises it.
func keyOf(s *edit.Site, p *lockPair) (string, error) {
	st, ok := p.typ.Underlying().(*types.Struct)
	if !ok {
		return "", fmt.Errorf("%s has no fields", p.typ.Obj().Name())
	}
	for f := range st.Fields() {
		basic, ok := f.Type().Underlying().(*types.Basic)
		if !ok || basic.Info()&types.IsOrdered == 0 || basic.Info()&types.IsFloat != 0 || !keyName.MatchString(f.Name()) {
			continue
		}
		if around.Assigned(s, f) {
			return "", fmt.Errorf("%s.%s may be assigned after its object was made: it is no order to rely on", p.typ.Obj().Name(), f.Name())
		}
		return f.Name(), nil
	}
	return "", fmt.Errorf("%s has no field that tells its objects apart and never changes: give it an id, and lock the smaller one first; or copy what is needed of %s before %s is locked",
		p.typ.Obj().Name(), p.b.Name(), p.a.Name())
}

// rewrite chooses the order in front of the first lock, and names the locks by it.
func (p *lockPair) rewrite(s *edit.Site, smaller func(first, second string) dst.Expr) {
	first, second := s.Fresh("first", p.first), s.Fresh("second", p.first)
	both := func(a, b string) []dst.Expr { return []dst.Expr{edit.Ident(a), edit.Ident(b)} }
	choose := &dst.AssignStmt{Lhs: both(first, second), Tok: token.DEFINE, Rhs: both(p.a.Name(), p.b.Name())}
	exchange := &dst.AssignStmt{Lhs: both(first, second), Tok: token.ASSIGN, Rhs: both(second, first)}
	s.InsertBefore(s.Stmt(p.first), choose, edit.IfStmt(nil, smaller(first, second), edit.Block(exchange)))
	for _, use := range slices.Concat(p.aUse, p.bUse) {
		name := first
		if s.Match.Pkg.Use(use) == types.Object(p.b) {
			name = second
		}
		if twin, ok := s.Node(use).(*dst.Ident); ok {
			twin.Name = name
		}
	}
	other := &dst.BinaryExpr{X: edit.Ident(second), Op: token.NEQ, Y: edit.Ident(first)}
	s.Wrap(s.Stmt(p.second), s.Stmt(p.behind), func(body *dst.BlockStmt) dst.Stmt { return edit.IfStmt(nil, other, body) })
}
