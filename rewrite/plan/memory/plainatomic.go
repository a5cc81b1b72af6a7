package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// PlainAtomic makes a plain access of a variable one of sync/atomic, as its
// other accesses are:
//
//	return s.n    →    return atomic.LoadInt64(&s.n)
//	s.n = 0       →    atomic.StoreInt64(&s.n, 0)
//	s.n++         →    atomic.AddInt64(&s.n, 1)
//
// One goroutine alone does what it did. An assignment whose value reads the
// variable would lose updates as a Store of a Load: that refuses, and so does
// what sync/atomic has no function for, the first atomic write, and a read and a
// write that are two steps of one, or a count and the read of its result.
func PlainAtomic(s *edit.Site) error {
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return errors.New("internal: the match names no variable")
	}
	return makeAtomic(s, at)
}

// makeAtomic is PlainAtomic of the access at an expression.
func makeAtomic(s *edit.Site, at ast.Expr) error {
	access := sharing.Of(s.Match.Pkg).AccessAt(at)
	if access == nil {
		return errors.New("internal: the match names no access")
	}
	if access.Write && !sharing.Of(s.Match.Pkg).WritesAtomically(access.Var) {
		return errors.New("every write of it is plain: to make one atomic would make each plain read a race with it")
	}
	if other := sharing.Of(s.Match.Pkg).TwoSteps(access); other != nil {
		return fmt.Errorf("with the access at line %d it makes two steps of one: each made atomic, others still come in between, and nothing tells of it", around.Line(s, other.Expr))
	}
	if file := around.DeclaredApart(s, access.Var); file != "" {
		return fmt.Errorf("%s, which is not built here, declares %s, too: it may be of another type there", filepath.Base(file), access.Var.Name())
	}
	suffix, err := atomicSuffix(s.Match.Pkg.TypeOf(at))
	if err != nil {
		return err
	}
	if !s.Match.Pkg.Info.Types[at].Addressable() {
		return fmt.Errorf("%s has no address: it is a copy", edit.ExprText(at))
	}
	p := plainAccess{s: s, at: at, suffix: suffix}
	switch use := access.Use.(type) {
	case *ast.IncDecStmt:
		return p.step(use)
	case *ast.AssignStmt:
		if access.Write {
			return p.assign(use)
		}
	}
	if access.Write {
		return errors.New("the variable is written in a way that sync/atomic has no function for")
	}
	for _, n := range s.PathTo(at) {
		if st, ok := n.(*ast.AssignStmt); ok && writesOne(s, st, access.Var) {
			to := ofAnother(st, at)
			if to == nil {
				return errors.New("the new value rests on the old one: a Store of a Load would lose updates")
			}
			if isMixed(s, to) {
				return makeAtomic(s, to) // with what it reads
			}
		}
	}
	if because := overtakes(s, at, access.Var); because != "" {
		s.Downgrade(rules.Unsafe, because)
	}
	s.ReplaceExpr(s.Expr(at), p.call("Load"))
	return nil
}

// writesOne reports whether an assignment writes a variable, of whatever object.
//
//	old, s.n = s.n, 0
func writesOne(s *edit.Site, st *ast.AssignStmt, v *types.Var) bool {
	return slices.ContainsFunc(st.Lhs, func(lhs ast.Expr) bool {
		access := sharing.Of(s.Match.Pkg).AccessAt(ast.Unparen(lhs))
		return access != nil && access.Var == v
	})
}

// ofAnother returns what an assignment gives a value that is read at an expression, where
// that is the variable of another object.
//
//	s.shown.n = s.n
func ofAnother(st *ast.AssignStmt, at ast.Expr) ast.Expr {
	if len(st.Lhs) != 1 || edit.Spelling(ast.Unparen(st.Lhs[0])) == edit.Spelling(at) {
		return nil
	}
	return ast.Unparen(st.Lhs[0])
}

// isMixed reports whether a variable is accessed plainly, and atomically elsewhere, with nothing
// known that may keep the two apart.
func isMixed(s *edit.Site, e ast.Expr) bool {
	shared := sharing.Of(s.Match.Pkg)
	other, mixed := shared.MixedAt(e)
	return mixed && !shared.MixedFar(e, other)
}

// atomicSuffix returns what the functions of sync/atomic for a type end in.
func atomicSuffix(t types.Type) (string, error) {
	if b, ok := types.Unalias(t).(*types.Basic); ok {
		switch b.Kind() {
		case types.Int32, types.Int64, types.Uint32, types.Uint64, types.Uintptr:
			name := b.Name()
			return string(name[0]-'a'+'A') + name[1:], nil
		case types.UnsafePointer:
			return "Pointer", nil
		}
	}
	return "", fmt.Errorf("sync/atomic has no functions for the type %s", t)
}

// plainAccess is one access that is to become atomic.
type plainAccess struct {
	s      *edit.Site
	at     ast.Expr
	suffix string
}

func (p plainAccess) call(do string, args ...dst.Expr) *dst.CallExpr {
	address := &dst.UnaryExpr{Op: token.AND, X: p.s.Copy(p.at)}
	return edit.Call(p.s.Qualified("sync/atomic", do+p.suffix), append([]dst.Expr{address}, args...)...)
}

// step: n++ and n--.
func (p plainAccess) step(use *ast.IncDecStmt) error {
	by := "1"
	if use.Tok == token.DEC {
		if p.suffix[0] == 'U' {
			return errors.New("an unsigned variable is counted down: sync/atomic has no plain function for that")
		}
		by = "-1"
	}
	p.s.ReplaceStmt(p.s.Stmt(use), edit.ExprStmt(p.call("Add", &dst.BasicLit{Kind: token.INT, Value: by})))
	return nil
}

// assign: n = v, n += v, n -= v.
func (p plainAccess) assign(use *ast.AssignStmt) error {
	if len(use.Lhs) != 1 || len(use.Rhs) != 1 || ast.Unparen(use.Lhs[0]) != p.at {
		return errors.New("more than one variable is assigned at once")
	}
	switch use.Tok {
	case token.ASSIGN:
		if p.reads(use.Rhs[0]) {
			return errors.New("the new value rests on the old one: a Store of a Load would lose updates")
		}
		return p.with(use, "Store")
	case token.ADD_ASSIGN:
		return p.with(use, "Add")
	case token.SUB_ASSIGN:
		value := p.s.Match.Pkg.Info.Types[use.Rhs[0]].Value
		if value == nil || p.suffix[0] == 'U' || value.Kind() != constant.Int {
			return errors.New("sync/atomic has no function that subtracts")
		}
		p.s.ReplaceStmt(p.s.Stmt(use), edit.ExprStmt(p.call("Add", &dst.UnaryExpr{Op: token.SUB, X: p.s.Use(use.Rhs[0])})))
	default:
		return fmt.Errorf("sync/atomic has no function for %s", use.Tok)
	}
	return nil
}

// with makes an assignment a call that gets its value. What that reads plainly of variables
// that are accessed by both is read atomically now: the edits would overlap, and the one
// without the other leaves a race.
//
//	s.shown.n = s.n    →    atomic.StoreInt64(&s.shown.n, atomic.LoadInt64(&s.n))
func (p plainAccess) with(use *ast.AssignStmt, do string) error {
	value := use.Rhs[0]
	var whole dst.Expr
	for _, read := range p.mixed(value) {
		if other := sharing.Of(p.s.Match.Pkg).TwoSteps(read); other != nil {
			return fmt.Errorf("%s, which it reads, makes two steps of one with the access at line %d", edit.ExprText(read.Expr), around.Line(p.s, other.Expr))
		}
		suffix, err := atomicSuffix(p.s.Match.Pkg.TypeOf(read.Expr))
		if err != nil {
			return err
		}
		if because := overtakes(p.s, read.Expr, read.Var); because != "" {
			p.s.Downgrade(rules.Unsafe, because)
		}
		load := plainAccess{p.s, read.Expr, suffix}.call("Load")
		if read.Expr == ast.Unparen(value) {
			whole = load
		} else {
			p.s.ReplaceExpr(p.s.Expr(read.Expr), load)
		}
	}
	if whole == nil {
		whole = p.s.Use(value)
	}
	p.s.ReplaceStmt(p.s.Stmt(use), edit.ExprStmt(p.call(do, whole)))
	return nil
}

// mixed returns the plain reads in a value of variables that sync/atomic accesses elsewhere.
func (p plainAccess) mixed(value ast.Expr) (reads []*sharing.Access) {
	shared := sharing.Of(p.s.Match.Pkg)
	p.s.Match.Pkg.Inspect(value, func(n ast.Node) bool {
		x, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if _, mixed := shared.MixedAt(x); mixed && p.s.Match.Pkg.Info.Types[x].Addressable() {
			reads = append(reads, shared.AccessAt(x))
			return false
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return reads
}

// reads reports whether an expression mentions the variable.
func (p plainAccess) reads(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		x, ok := n.(ast.Expr)
		found = found || ok && edit.Spelling(x) == edit.Spelling(p.at)
		return !found
	})
	return found
}
