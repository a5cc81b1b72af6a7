package edit

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"

	"github.com/dave/dst"
	"github.com/dave/dst/dstutil"

	"github.com/lockfix/lockfix/rules/pattern"
)

// FillTemplate puts the fix's template in the place of the match, or of the
// hole that the fix replaces:
//
//	template  $mu.Lock(); defer $mu.Unlock()
//
//	s.mu.Lock() // taken      s.mu.Lock() // taken
//	                     →    defer s.mu.Unlock()
//
// A hole becomes what it was bound to, with its comments the first time. A
// package that the template names is imported; names that it declares are
// changed where they are taken; any other name must mean at the site what it
// means at package level.
func FillTemplate(s *Site) error {
	t, err := parseTemplate(s.Fix.Template)
	if err != nil {
		return fmt.Errorf("internal: %w", err)
	}
	target, err := s.target()
	if err != nil {
		return err
	}
	f := &filler{s: s, t: t, at: target[0], names: map[string]string{}}
	root := f.fill()
	if f.err != nil {
		return f.err
	}
	if x, ok := target[0].(ast.Expr); ok {
		return f.placeExpr(x, root)
	}
	return f.placeStmts(target, root)
}

// target returns the nodes that the template stands for.
func (s *Site) target() ([]ast.Node, error) {
	nodes := s.Match.Nodes
	if s.Fix.Replace != "" {
		nodes = s.Match.Bound[s.Fix.Replace]
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%s is bound to nothing here that the template could replace", s.Fix.Replace)
	}
	for _, n := range nodes {
		_, isStmt := n.(ast.Stmt)
		if _, isExpr := n.(ast.Expr); !isStmt && !(isExpr && len(nodes) == 1) {
			return nil, errors.New("a template replaces one expression or some statements, and no declaration")
		}
	}
	return nodes, nil
}

// placeExpr puts the filled template in the place of an expression; statements
// only in the place of one that is a statement.
func (f *filler) placeExpr(x ast.Expr, root dst.Node) error {
	if paren, ok := root.(*dst.ParenExpr); ok {
		f.s.ReplaceExpr(f.s.Expr(x), paren.X)
		return nil
	}
	path := f.s.PathTo(x)
	st, ok := path[len(path)-1].(*ast.ExprStmt)
	if !ok {
		return errors.New("the template is a statement, and would stand for an expression")
	}
	return f.placeStmts([]ast.Node{st}, root)
}

// placeStmts puts the filled template in the place of statements.
func (f *filler) placeStmts(target []ast.Node, root dst.Node) error {
	first, last := target[0].(ast.Stmt), target[len(target)-1].(ast.Stmt)
	stmts := []dst.Stmt{}
	switch root := root.(type) {
	case *dst.ParenExpr:
		stmts = append(stmts, ExprStmt(root.X))
	case *dst.BlockStmt:
		stmts = root.List
	}
	f.s.Splice(f.s.Stmt(first), f.s.Stmt(last), stmts...)
	return nil
}

// A filler fills one template at one site.
type filler struct {
	s     *Site
	t     *template
	at    ast.Node
	names map[string]string // what the template declares → what it is called here
	err   error             // the first name that cannot be used, or hole that cannot be filled
}

func (f *filler) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

// fill returns the filled tree.
func (f *filler) fill() dst.Node {
	root := f.t.root()
	dstutil.Apply(root, f.visit, nil)
	dst.Inspect(root, func(n dst.Node) bool {
		if b, ok := n.(*dst.BlockStmt); ok && n != root && len(b.List) > 0 {
			OwnLine(b.List)
		}
		guardHeader(n)
		return true
	})
	return root
}

// visit fills one place; it reports whether to go on below.
func (f *filler) visit(c *dstutil.Cursor) bool {
	switch n := c.Node().(type) {
	case *dst.ExprStmt:
		id, ok := n.X.(*dst.Ident)
		if hole, isHole := f.t.holes[id]; ok && isHole {
			return f.fillStmt(c, hole)
		}
	case *dst.SelectorExpr:
		f.ownMethod(n)
		return f.qualify(c, n)
	case *dst.Ident:
		f.fillIdent(c, n)
		return false
	}
	return true
}

// ownMethod refuses a method that the template calls by name, where the call that it stands for
// was of another package and this one declares a method of that name: it may do anything.
//
//	func (l *Locker) Unlock() { l.changed(); l.RWMutex.Unlock() }
func (f *filler) ownMethod(sel *dst.SelectorExpr) {
	id, ok := sel.X.(*dst.Ident)
	if !ok {
		return
	}
	bound := f.s.Match.Bound[f.t.holes[id].Name]
	old, isCall := f.at.(*ast.CallExpr)
	if len(bound) != 1 || !isCall || f.s.Match.Pkg.Types == nil {
		return
	}
	x, isExpr := bound[0].(ast.Expr)
	callee, isFunc := f.s.Match.Pkg.Callee(old).(*types.Func)
	if !isExpr || !isFunc || callee.Pkg() == f.s.Match.Pkg.Types || f.s.Match.Pkg.TypeOf(x) == nil {
		return
	}
	method, _, _ := types.LookupFieldOrMethod(f.s.Match.Pkg.TypeOf(x), true, f.s.Match.Pkg.Types, sel.Sel.Name)
	if fn, ok := method.(*types.Func); ok && fn.Pkg() != callee.Pkg() {
		f.fail("%s has a method %s of its own, which may do more", ExprText(x), fn.Name())
	}
}

// fillStmt fills a hole that stands alone as a statement. It reports whether
// the hole is an expression after all.
func (f *filler) fillStmt(c *dstutil.Cursor, hole pattern.Hole) bool {
	bound := f.s.Match.Bound[hole.Name]
	for _, n := range bound {
		st, ok := n.(ast.Stmt)
		if !ok {
			return true
		}
		c.InsertBefore(f.s.UseStmt(st))
	}
	c.Delete()
	return false
}

// fillIdent fills a hole, or judges a name.
func (f *filler) fillIdent(c *dstutil.Cursor, id *dst.Ident) {
	hole, ok := f.t.holes[id]
	switch {
	case !ok:
		f.name(c, id)
	case isNamePlace(c):
		f.fillName(id, hole)
	case hole.List:
		f.fillList(c, hole)
	default:
		x := f.s.BoundExpr(hole.Name)
		if f.s.err == nil {
			c.Replace(Fitted(f.s.Use(x), c.Parent(), c.Name()))
		}
	}
}

// fillList fills a list hole among arguments, results, operands or elements.
func (f *filler) fillList(c *dstutil.Cursor, hole pattern.Hole) {
	if c.Index() < 0 {
		f.fail("%s is a list, and stands for one thing in the template", hole.Name)
		return
	}
	for _, n := range f.s.Match.Bound[hole.Name] {
		x, ok := n.(ast.Expr)
		if !ok {
			f.fail("%s holds more than expressions", hole.Name)
			return
		}
		c.InsertBefore(f.s.Use(x))
	}
	c.Delete()
}
