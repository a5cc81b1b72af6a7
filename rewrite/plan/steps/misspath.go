package steps

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/pattern"
)

// A missPath is what happens where the Load finds nothing, and beside it where
// it does.
type missPath struct {
	*checkAct
	stored ast.Expr        // the new value
	hit    []ast.Stmt      // what the test does with a value that was found
	exits  bool            // hit leaves; act stands in the list of the test
	before []ast.Stmt      // from the test to act
	after  []ast.Stmt      // from act to the end of the block of the miss; nil if exits
	taken  *ast.AssignStmt // value = stored, right behind act; or nil
}

// missPath finds the shape of the code.
func (c *checkAct) missPath() (*missPath, error) {
	if len(c.cond) > 0 {
		return nil, errors.New("the test after the Load asks for more than whether something was found")
	}
	m := &missPath{checkAct: c, stored: c.act.Args[1]}
	otherwise, isBlock := c.test.Else.(*ast.BlockStmt)
	if c.test.Else != nil && !isBlock {
		return nil, errors.New("another test follows in the else")
	}
	at := slices.Index(c.list, ast.Stmt(c.stmt))
	switch {
	case c.onMiss && sameList(c.list, c.test.Body.List):
		m.before, m.after = c.list[:at], c.list[at+1:]
		if isBlock {
			m.hit = otherwise.List
		}
	case !c.onMiss && isBlock && sameList(c.list, otherwise.List):
		m.before, m.after, m.hit = c.list[:at], c.list[at+1:], c.test.Body.List
	case !c.onMiss && c.test.Else == nil && c.terminates(c.test.Body.List) && slices.Contains(c.list, ast.Stmt(c.test)):
		m.exits, m.hit = true, c.test.Body.List
		m.before = c.list[slices.Index(c.list, ast.Stmt(c.test))+1 : at]
	default:
		return nil, errors.New("the Store does not belong to a miss of the Load alone")
	}
	m.findTaken()
	return m, nil
}

// sameList reports whether two lists are one.
func sameList(a, b []ast.Stmt) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// findTaken finds value = stored behind act.
func (m *missPath) findTaken() {
	if len(m.after) == 0 || m.value == nil {
		return
	}
	a, ok := m.after[0].(*ast.AssignStmt)
	if ok && a.Tok == token.ASSIGN && len(a.Lhs) == 1 && m.denotes(a.Lhs[0], m.value) && m.pkg.Pure(m.stored) && pattern.Same(a.Rhs[0], m.stored, m.pkg.Info) {
		m.taken, m.after = a, m.after[1:]
	}
}

// plain reports whether the new value may as well be made before the Load, and
// nobody on the path of the miss sees that the variable now holds it.
func (m *missPath) plain() bool {
	if len(m.hit) > 0 && !m.exits && len(m.after) == 0 {
		return false // the block of the miss would be empty, beside another
	}
	if len(m.before) > 0 || !m.cheap(m.stored) || m.mentions(m.stored, m.value) || m.mentions(m.stored, m.ok) {
		return false
	}
	if m.taken != nil {
		return true
	}
	outside := []ast.Node{m.test.Cond}
	for _, st := range m.hit {
		outside = append(outside, st)
	}
	return !m.used(m.value, outside...)
}

// cheap reports whether x is a value that is there already: evaluating it has no
// effect, cannot fail, calls nothing and makes nothing.
func (c *checkAct) cheap(x ast.Expr) bool {
	if _, panics := c.pkg.CanPanic(x); panics || !c.pkg.Pure(x) {
		return false
	}
	cheap := true
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			cheap = cheap && c.pkg.IsType(n.Fun)
		case *ast.CompositeLit:
			strct, ok := c.pkg.TypeOf(n).Underlying().(*types.Struct)
			cheap = cheap && ok && strct.NumFields() == 0 // struct{}{}
		case *ast.FuncLit:
			cheap = false
		case *ast.UnaryExpr:
			cheap = cheap && n.Op != token.AND
		}
		return cheap
	})
	return cheap
}

// takenNode returns value = stored as a node to leave out.
func (m *missPath) takenNode() ast.Node {
	if m.taken == nil {
		return m.act
	}
	return m.taken
}
