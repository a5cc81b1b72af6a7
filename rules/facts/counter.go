package facts

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// A counter is a variable that is only counted up between assignments: n == 1
// is true once at most. It decides "if n == 1 { mu.Lock() }" in a loop.

// count gives the condition subject == value its passed, if subject is a local
// number.
func (s *speller) count(id condID, subject ast.Expr) {
	if s.failed || s.conds[id].passed >= 0 || !s.conds[id].hard || s.conds[id].value == "nil" {
		return
	}
	name, ok := ast.Unparen(subject).(*ast.Ident)
	if !ok || !isInteger(s.pkg.TypeOf(name)) {
		return
	}
	passed := s.done("passed "+s.conds[id].key, "", "")
	s.conds[passed].onlyUp = true
	s.conds[id].passed = passed
}

// voids reports whether the assignment makes a condition unknown.
func (b bind) voids(cond *condInfo) bool {
	return b.target != nil && slices.Contains(cond.deps, b.target) && !(b.counts && cond.onlyUp)
}

// counted returns which values a counter leaves behind.
func (b bind) counted(u *unit, w world) []truth {
	if !b.counts {
		return nil
	}
	var gone []truth
	for _, t := range w.truths {
		cond := u.conds[t.cond]
		if t.is && cond.passed >= 0 && slices.Contains(cond.deps, b.target) {
			gone = append(gone, truth{cond.passed, true})
		}
	}
	return gone
}

// countsUp reports whether a statement makes its i-th target greater: x++,
// x += 2, the key of a range.
func (c *compiler) countsUp(n ast.Node, i int) bool {
	switch n := n.(type) {
	case *ast.IncDecStmt:
		return n.Tok == token.INC
	case *ast.RangeStmt:
		return i == 0 && inOrderOf(c.pkg.TypeOf(n.X))
	case *ast.AssignStmt:
		if n.Tok != token.ADD_ASSIGN {
			return false
		}
		v := c.pkg.Info.Types[n.Rhs[0]].Value
		return v != nil && v.Kind() == constant.Int && constant.Sign(v) > 0
	}
	return false
}

// inOrderOf reports whether ranging over a value of the type gives keys that
// grow.
func inOrderOf(t types.Type) bool {
	switch deref(t).Underlying().(type) {
	case *types.Slice, *types.Array, *types.Basic:
		return true
	}
	return false
}
