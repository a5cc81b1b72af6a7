package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// An atomic flag puts a read behind the write of what is read, without the lock of the
// writers, if nobody writes any more once it is set:
//
//	if s.ready.Load() { return s.conn }
//
//	s.mu.Lock()
//	if !s.ready.Load() { s.conn = dial(); s.ready.Store(true) }

// A flag is a variable that is accessed atomically, or one bit of it.
type flag struct {
	v     types.Object
	owner string // of which it is a field
	bit   string // the mask with which it is tested
	seen  bool   // by an atomic load
}

// toldBy reports whether such a flag tells of all that others write.
func (f *Facts) toldBy(a *Access) bool {
	if a.Write {
		return false
	}
	for _, is := range f.flagsAt(a, true) {
		if is.seen && !f.cleared(is.v) && !slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool { return b.Write && !f.early(b) && !f.setsNext(b, is) }) {
			return true
		}
	}
	return false
}

// cleared reports whether an atomic operation of the package may clear a flag: what it told of
// may be written again then.
func (f *Facts) cleared(v types.Object) bool {
	all := f.pkg.Keep(clearedKey{}, func() any { return f.clearedFlags() }).(map[types.Object]bool)
	return all[v]
}

type clearedKey struct{}

func (f *Facts) clearedFlags() map[types.Object]bool {
	all := map[types.Object]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if v, load := f.atomicAbout(call); v != nil && !load && f.mayClear(call) {
				all[v] = true
			}
			return true
		})
	}
	return all
}

// mayClear reports whether an atomic operation gives zero, or takes something away.
func (f *Facts) mayClear(call *ast.CallExpr) bool {
	if strings.HasPrefix(f.pkg.Callee(call).Name(), "And") {
		return true
	}
	value := f.pkg.Info.Types[call.Args[len(call.Args)-1]].Value
	switch {
	case value == nil:
		return false
	case value.Kind() == constant.Bool:
		return !constant.BoolVal(value)
	}
	return constant.Sign(value) <= 0
}

// setsNext reports whether a write is made where a flag is not set yet, and sets it behind.
func (f *Facts) setsNext(b *Access, is flag) bool {
	free := b.fn.once || slices.ContainsFunc(f.flagsAt(b, false), func(other flag) bool { return other.v == is.v && other.bit == is.bit })
	set := false
	f.pkg.Inspect(b.fn.body(), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && call.Pos() > b.Expr.End() {
			v, load := f.atomicAbout(call)
			set = set || v == is.v && !load
		}
		return free && !set
	})
	return set
}

// flagsAt returns the flags of the object that are known to be set, or not to be, at an access.
func (f *Facts) flagsAt(a *Access, set bool) (all []flag) {
	owner := ""
	if sel, ok := a.Expr.(*ast.SelectorExpr); ok {
		owner = types.ExprString(sel.X)
	}
	note := func(is flag, truth bool) {
		if truth == set && (is.owner == owner || is.owner == "") {
			all = append(all, is)
		}
	}
	f.known(a.fn, a.Expr, func(cond ast.Expr, truth bool) { f.learnFlag(a.fn, cond, truth, note) })
	return all
}

// known tells of the conditions that hold, or do not, where a function comes to a node.
func (f *Facts) known(fn *function, at ast.Node, tell func(cond ast.Expr, truth bool)) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if within(n.Body, at) {
				tell(n.Cond, true)
			} else if n.Else != nil && within(n.Else, at) {
				tell(n.Cond, false)
			}
		case *ast.BinaryExpr:
			if within(n.Y, at) && (n.Op == token.LAND || n.Op == token.LOR) {
				tell(n.X, n.Op == token.LAND)
			}
		case *ast.BlockStmt:
			leftBefore(n.List, at, tell)
		case *ast.CaseClause:
			leftBefore(n.Body, at, tell)
		case *ast.CommClause:
			leftBefore(n.Body, at, tell)
		}
		return within(n, at)
	})
}

// leftBefore tells of the conditions under which a list of statements is left before it
// comes to a node.
func leftBefore(list []ast.Stmt, at ast.Node, tell func(cond ast.Expr, truth bool)) {
	for _, st := range list {
		if st.Pos() >= at.Pos() || within(st, at) {
			return
		}
		check, ok := st.(*ast.IfStmt)
		if !ok || check.Else != nil || len(check.Body.List) == 0 {
			continue
		}
		switch check.Body.List[len(check.Body.List)-1].(type) {
		case *ast.ReturnStmt, *ast.BranchStmt:
			tell(check.Cond, false)
		}
	}
}

// learnFlag tells what a condition that is true, or not, says of flags.
func (f *Facts) learnFlag(fn *function, cond ast.Expr, truth bool, note func(is flag, set bool)) {
	cond = ast.Unparen(cond)
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		f.learnFlag(fn, not.X, !truth, note)
		return
	}
	binary, ok := cond.(*ast.BinaryExpr)
	switch {
	case !ok:
		if is, found := f.flagOf(fn, cond); found {
			note(is, truth)
		}
	case binary.Op == token.LAND && truth, binary.Op == token.LOR && !truth:
		f.learnFlag(fn, binary.X, truth, note)
		f.learnFlag(fn, binary.Y, truth, note)
	default:
		if is, found := f.flagOf(fn, binary.X); found {
			if differs, known := f.fromZero(binary); known {
				note(is, differs == truth)
			}
		}
	}
}

// fromZero reports whether a comparison with a constant says that something is not zero,
// where it is true.
func (f *Facts) fromZero(c *ast.BinaryExpr) (differs, known bool) {
	value := f.pkg.Info.Types[c.Y].Value
	if value == nil || value.Kind() != constant.Int {
		return false, false
	}
	zero := constant.Sign(value) == 0
	switch c.Op {
	case token.EQL:
		return !zero, true
	case token.NEQ, token.GTR:
		return true, zero
	}
	return false, false
}

// flagOf returns the flag that an expression is about: a load of it, its bit, or a local
// variable that has been given one of these.
func (f *Facts) flagOf(fn *function, e ast.Expr) (flag, bool) {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		v, load := f.atomicAbout(e)
		return flag{v: v, owner: f.atomicOwner(e), seen: true}, v != nil && load
	case *ast.BinaryExpr:
		mask := f.pkg.Info.Types[e.Y].Value
		if e.Op != token.AND || mask == nil {
			return flag{}, false
		}
		is, ok := f.flagOf(fn, e.X)
		is.bit = mask.ExactString()
		return is, ok
	case *ast.Ident:
		if v, ok := f.pkg.Use(e).(*types.Var); ok && v.Kind() == types.LocalVar {
			return f.flagOf(fn, f.onlyValue(fn.outermost(), v))
		}
	case *ast.SelectorExpr: // with the lock held
		if v, ok := f.pkg.Use(e.Sel).(*types.Var); ok && v.IsField() {
			return flag{v: v.Origin(), owner: types.ExprString(e.X)}, true
		}
	}
	return flag{}, false
}

// atomicAbout returns the variable that a call of sync/atomic, or of a method of its types,
// is about.
func (f *Facts) atomicAbout(call *ast.CallExpr) (v types.Object, load bool) {
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || callee.Pkg() == nil || !strings.HasSuffix("/"+callee.Pkg().Path(), "/atomic") {
		return nil, false
	}
	return f.atomicVariable(callee, call), strings.HasPrefix(callee.Name(), "Load")
}

// atomicOwner returns the object whose field an atomic operation is about.
func (f *Facts) atomicOwner(call *ast.CallExpr) string {
	var e ast.Expr
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		e = sel.X
	}
	if len(call.Args) > 0 {
		if address, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr); ok && address.Op == token.AND {
			e = address.X
		}
	}
	if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok && f.pkg.Info.Selections[sel] != nil {
		return types.ExprString(sel.X)
	}
	return ""
}
