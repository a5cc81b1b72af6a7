package locks

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// KeepLock sets the other fields of a struct that is overwritten, and leaves the lock in it alone:
//
//	c.mu.Lock()                      c.mu.Lock()
//	*c = conn{addr: next}       →    c.addr, c.buf, c.n = next, nil, 0
//	c.mu.Unlock()                    c.mu.Unlock()
//
// With the lock overwritten the Unlock ends the program, so nothing can rely on what comes after. Who
// calls the method without the lock got a lock that nobody holds: then the fix is unsafe.
func KeepLock(s *edit.Site) error {
	k, err := keptOf(s)
	if err != nil {
		return err
	}
	if k.fn != around.InnermostFunction(s.Match.Decl, s.Bound("$lock")) {
		s.Downgrade(rules.Unsafe, "others may call the function without the lock, and expect one that nobody holds")
	}
	if !k.always {
		s.Downgrade(rules.Unsafe, "the function may leave without releasing the lock, which did no harm as long as that was another one")
	}
	if at, because := k.waitsBehind(); because != "" {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d %s, now with the lock held", around.Line(s, at), because))
	}
	if at, because := k.panicsBefore(); because != "" {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d %s, and whoever recovers would go on with the lock held", around.Line(s, at), because))
	}
	if k.read {
		s.Downgrade(rules.Unsafe, "it writes under a read lock")
	}
	if len(k.way) == 0 {
		s.Delete(s.Stmt(k.stmt))
		return nil
	}
	left, right, err := k.fields()
	if err != nil {
		return err
	}
	if len(left) == 0 {
		s.Delete(s.Stmt(k.stmt))
		return nil
	}
	s.ReplaceStmt(s.Stmt(k.stmt), &dst.AssignStmt{Lhs: left, Tok: token.ASSIGN, Rhs: right})
	return nil
}

// A keptLock is the assignment that overwrites a lock.
type keptLock struct {
	s    *edit.Site
	fn   ast.Node
	stmt *ast.AssignStmt
	lit  *ast.CompositeLit
	of   ast.Expr // the object: c of *c
	way  []string // the fields that lead from there to the lock
	// read-locked; released on each way out
	read, always bool
}

func keptOf(s *edit.Site) (*keptLock, error) {
	left := s.BoundExpr("$left")
	fn := around.InnermostFunction(s.Match.Decl, left)
	path := s.PathTo(left)
	stmt, ok := path[len(path)-1].(*ast.AssignStmt)
	if !ok || len(stmt.Lhs) != 1 || len(stmt.Rhs) != 1 {
		return nil, errors.New("other variables are set by the same statement")
	}
	if _, inList := s.ListAround(stmt); !inList {
		return nil, errors.New("the statement stands in the head of another one")
	}
	lit, ok := ast.Unparen(stmt.Rhs[0]).(*ast.CompositeLit)
	if !ok {
		return nil, errors.New("which fields the new value sets is not known")
	}
	found, ok := s.Match.Pkg.LockOverwritten(fn, left, stmt.Rhs[0])
	if !ok {
		return nil, errors.New("internal: no lock is overwritten")
	}
	if len(found.Way) > 1 {
		return nil, fmt.Errorf("the lock stands in a field of %s", found.Way[0])
	}
	of := ast.Unparen(left)
	if star, ok := of.(*ast.StarExpr); ok {
		of = ast.Unparen(star.X)
	}
	return &keptLock{s: s, fn: fn, stmt: stmt, lit: lit, of: of, way: found.Way, read: found.Read, always: found.Always}, nil
}

// panicsBefore returns a statement behind the assignment that can panic, where no deferred call
// releases the lock.
func (k *keptLock) panicsBefore() (at ast.Stmt, because string) {
	if _, deferred := k.s.Bound("$release").(*ast.DeferStmt); deferred {
		return nil, ""
	}
	return k.behind(func(st ast.Stmt) string {
		because, _ := k.s.Match.Pkg.CanPanic(st, k.of)
		return because
	})
}

// waitsBehind returns a statement behind the assignment that waits, or may: others took the new lock
// meanwhile.
func (k *keptLock) waitsBehind() (at ast.Stmt, because string) {
	return k.behind(func(st ast.Stmt) string {
		because, _ := k.s.Match.Pkg.Blocks(st)
		return because
	})
}

// behind returns the first statement behind the assignment of which something is to be said.
func (k *keptLock) behind(says func(ast.Stmt) string) (at ast.Stmt, because string) {
	ast.Inspect(around.BodyOf(k.fn), func(n ast.Node) bool {
		st, ok := n.(ast.Stmt)
		if !ok || st.Pos() <= k.stmt.Pos() || because != "" {
			return because == ""
		}
		if _, block := st.(*ast.BlockStmt); block {
			return true
		}
		at = st
		because = says(st)
		return because == ""
	})
	return at, because
}

const mostFields = 8 // of one assignment, for it to be read

// fields returns what to set, and to what: first what the literal sets, in its order, then each
// other field but the lock to its zero value. A field that keeps what it has is left out.
func (k *keptLock) fields() (left, right []dst.Expr, err error) {
	set := func(name string, value dst.Expr) {
		left, right = append(left, edit.Sel(k.s.Copy(k.of), name)), append(right, value)
	}
	_, plain := k.of.(*ast.Ident)
	given := map[string]bool{}
	for _, elt := range k.lit.Elts {
		pair := elt.(*ast.KeyValueExpr)
		if !plain && !k.s.Match.Pkg.Pure(pair.Value) {
			return nil, nil, fmt.Errorf("%s may be another object once line %d has been computed", edit.ExprText(k.of), around.Line(k.s, pair))
		}
		name := pair.Key.(*ast.Ident).Name
		if given[name] = true; types.ExprString(pair.Value) != types.ExprString(k.of)+"."+name {
			set(name, k.s.Use(pair.Value))
		}
	}
	t := k.s.Match.Pkg.TypeOf(k.stmt.Lhs[0]).Underlying().(*types.Struct)
	for f := range t.Fields() {
		if f.Name() == k.way[0] || f.Name() == "_" || given[f.Name()] {
			continue
		}
		value, err := k.zeroOf(f)
		if err != nil {
			return nil, nil, err
		}
		set(f.Name(), value)
	}
	if len(left) > mostFields {
		return nil, nil, fmt.Errorf("%d fields would have to be set one by one", len(left))
	}
	return left, right, nil
}

func (k *keptLock) zeroOf(f *types.Var) (dst.Expr, error) {
	if f.Pkg() != k.s.Match.Pkg.Types && !f.Exported() {
		return nil, fmt.Errorf("the field %s is another package's", f.Name())
	}
	value, err := around.Zero(k.s, f.Type())
	if err != nil {
		return nil, fmt.Errorf("the zero value of the field %s: %w", f.Name(), err)
	}
	return value, nil
}
