package memory

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
)

// mayPanic reports whether an expression, its parts aside, fails for some values of which
// nothing in its function looks checked.
func mayPanic(pkg *facts.Package, e ast.Expr, checked map[string]bool) bool {
	info := pkg.Info
	switch e := e.(type) {
	case *ast.IndexExpr:
		return outOfRange(pkg, e) && (!checked[edit.Spelling(e.X)] || farIn(pkg, e))
	case *ast.TypeAssertExpr:
		_, two := info.TypeOf(e).(*types.Tuple)
		return e.Type != nil && !two
	case *ast.SliceExpr:
		return (e.Low != nil || e.High != nil) && !checked[edit.Spelling(e.X)]
	case *ast.BinaryExpr:
		return computesAmiss(pkg, e.Op, e, e.Y, checked)
	case *ast.CallExpr:
		return callPanics(pkg, e, checked, 3)
	}
	return false
}

// frailIn returns what of a node, its parts aside, may panic by itself.
func frailIn(pkg *facts.Package, n ast.Node, checked map[string]bool) ast.Expr {
	switch n := n.(type) {
	case *ast.SendStmt:
		return n.Chan
	case *ast.AssignStmt:
		if computesAmiss(pkg, n.Tok, n.Lhs[0], n.Rhs[0], checked) {
			return n.Lhs[0]
		}
	case ast.Expr:
		if mayPanic(pkg, n, checked) {
			return n
		}
	}
	return nil
}

// farIn reports whether an index is a number but 0: that there is something says nothing of it.
//
//	if len(xs) > 0 { n += xs[3] }
func farIn(pkg *facts.Package, e *ast.IndexExpr) bool {
	value := pkg.Info.Types[e.Index].Value
	return value != nil && value.Kind() == constant.Int && constant.Sign(value) > 0 && !isArray(pkg.TypeOf(e.X))
}

// outOfRange reports whether an index of a slice, string or array may be none of it, or the array not
// be there.
func outOfRange(pkg *facts.Package, e *ast.IndexExpr) bool {
	t := pkg.TypeOf(e.X).Underlying()
	if _, pointer := t.(*types.Pointer); pointer {
		return true
	}
	if isArray(t) {
		return pkg.Info.Types[e.Index].Value == nil
	}
	switch t.(type) {
	case *types.Slice, *types.Basic:
		return true
	}
	return false
}

// isArray reports whether a type is an array, or leads to one.
func isArray(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}

// computesAmiss reports whether integers are divided by what may be zero, or shifted by what
// may be negative.
func computesAmiss(pkg *facts.Package, op token.Token, x, y ast.Expr, checked map[string]bool) bool {
	if pkg.Info.Types[y].Value != nil || checked[edit.Spelling(y)] {
		return false
	}
	switch op {
	case token.QUO, token.REM, token.QUO_ASSIGN, token.REM_ASSIGN:
		return hasInfo(pkg.TypeOf(x), types.IsInteger)
	case token.SHL, token.SHR, token.SHL_ASSIGN, token.SHR_ASSIGN:
		return !hasInfo(pkg.TypeOf(y), types.IsUnsigned)
	}
	return false
}

func hasInfo(t types.Type, info types.BasicInfo) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&info != 0
}

// callPanics reports whether a call may panic by what it gets: a builtin, a conversion, a
// function of the standard library that is known to, or one of this package in which something
// does, through so many calls.
func callPanics(pkg *facts.Package, c *ast.CallExpr, checked map[string]bool, depth int) bool {
	if pkg.IsType(c.Fun) {
		return toArray(pkg, c)
	}
	switch callee := pkg.Callee(c).(type) {
	case *types.Builtin:
		return builtinPanics(pkg, callee.Name(), c, checked)
	case *types.Func:
		if callee.Pkg() != nil && callee.Pkg().Path() == "reflect" && callee.Signature().Recv() != nil {
			return true
		}
		if arg := refused(callee, c); arg != nil {
			return pkg.Info.Types[arg].Value == nil && !checked[edit.Spelling(arg)] && !checked[measuredIn(pkg, arg)]
		}
	}
	decl := pkg.Body(c)
	return decl != nil && depth > 0 && bodyPanics(pkg, decl, depth-1)
}

func bodyPanics(pkg *facts.Package, decl *ast.FuncDecl, depth int) (found bool) {
	checked := checkedIn(pkg, decl)
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			found = found || computesAmiss(pkg, n.Tok, n.Lhs[0], n.Rhs[0], checked)
		case *ast.CallExpr:
			found = found || callPanics(pkg, n, checked, depth)
		case ast.Expr:
			found = found || mayPanic(pkg, n, checked)
		}
		return !found
	})
	return found
}

// builtinPanics: panic, a channel that is closed already, a size below zero.
func builtinPanics(pkg *facts.Package, name string, c *ast.CallExpr, checked map[string]bool) bool {
	switch name {
	case "panic", "close":
		return true
	case "make":
		return slices.ContainsFunc(c.Args[1:], func(size ast.Expr) bool {
			return pkg.Info.Types[size].Value == nil && !checked[edit.Spelling(size)] && !hasInfo(pkg.TypeOf(size), types.IsUnsigned) && !measures(pkg, size)
		})
	}
	return false
}

// measures reports whether a number is made of lengths and constants that are added.
func measures(pkg *facts.Package, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		b, ok := pkg.Callee(e).(*types.Builtin)
		return ok && (b.Name() == "len" || b.Name() == "cap")
	case *ast.BinaryExpr:
		return (e.Op == token.ADD || e.Op == token.MUL) && measures(pkg, e.X) && measures(pkg, e.Y)
	}
	return pkg.Info.Types[e].Value != nil
}

// panicking are the functions of the standard library that panic for some arguments, by the
// first letters of their names.
var panicking = map[string][]string{
	"bytes": {"Grow", "Repeat", "Truncate"}, "encoding/binary": {"PutU", "PutV", "Uint"}, "math/big": {"Div", "Exp", "Mod", "Quo", "Rem", "Sqrt"},
	"math/rand": {"Int31n", "Int63n", "Intn"}, "math/rand/v2": {"Int32N", "Int64N", "IntN", "N", "Uint32N", "Uint64N", "UintN"},
	"net/netip": {"Must"}, "regexp": {"Must"}, "slices": {"Delete", "Grow", "Insert", "Max", "Min", "Repeat", "Replace"},
	"strings": {"Grow", "Repeat"}, "time": {"NewTicker", "Reset"},
}

// refused returns the argument for which such a function may panic.
func refused(callee *types.Func, c *ast.CallExpr) ast.Expr {
	if callee.Pkg() == nil || len(c.Args) == 0 || !slices.ContainsFunc(panicking[callee.Pkg().Path()], func(prefix string) bool { return strings.HasPrefix(callee.Name(), prefix) }) {
		return nil
	}
	switch callee.Pkg().Path() {
	case "encoding/binary":
		return c.Args[0]
	case "slices":
		return c.Args[min(1, len(c.Args)-1)]
	}
	return c.Args[len(c.Args)-1]
}

// toArray reports whether a call converts a slice, which may be too short, to an array.
func toArray(pkg *facts.Package, c *ast.CallExpr) bool {
	if len(c.Args) != 1 {
		return false
	}
	_, slice := pkg.TypeOf(c.Args[0]).Underlying().(*types.Slice)
	return slice && isArray(pkg.TypeOf(c))
}

// checkedIn returns the expressions, as they are spelled, that a function compares with
// something or ranges over, or whose length it compares.
func checkedIn(pkg *facts.Package, fn ast.Node) map[string]bool {
	return checkedBefore(pkg, fn, fn.End())
}

// checkedBefore is checkedIn for what stands before some place: a look behind comes too late.
func checkedBefore(pkg *facts.Package, fn ast.Node, place token.Pos) map[string]bool {
	look := looked{pkg: pkg, before: place, all: map[string]bool{}, lengths: map[string]string{}}
	ast.Inspect(fn, look.named)
	ast.Inspect(fn, look.asked)
	return look.all
}

// looked collects what a function looks at.
type looked struct {
	pkg     *facts.Package
	before  token.Pos
	all     map[string]bool
	lengths map[string]string // of what a variable is the length
}

// named notes variables that are lengths.
func (l *looked) named(n ast.Node) bool {
	if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
		for i, rhs := range a.Rhs {
			if of := measuredIn(l.pkg, rhs); of != "" {
				l.lengths[edit.Spelling(a.Lhs[i])] = of
			}
		}
	}
	return true
}

func (l *looked) asked(n ast.Node) bool {
	if n != nil && n.Pos() >= l.before {
		return false
	}
	switch n := n.(type) {
	case *ast.BinaryExpr:
		switch n.Op {
		case token.EQL, token.NEQ:
			if l.special(n.X) || l.special(n.Y) {
				break
			}
			l.at(n.X)
			l.at(n.Y)
		case token.LSS, token.LEQ, token.GTR, token.GEQ:
			l.at(n.X)
			l.at(n.Y)
		}
	case *ast.RangeStmt:
		l.at(n.X)
	case *ast.SwitchStmt:
		if n.Tag != nil {
			l.at(n.Tag)
		}
	case *ast.CallExpr:
		if b, ok := l.pkg.Callee(n).(*types.Builtin); ok && (b.Name() == "min" || b.Name() == "max") {
			for _, arg := range n.Args {
				l.at(arg)
			}
		}
	}
	return true
}

// special reports whether a value is one of many, neither 0 nor "": what is another than that
// may still be anything.
//
//	if by != 1 { n = 100 / by }
func (l *looked) special(e ast.Expr) bool {
	switch value := l.pkg.Info.Types[e].Value; {
	case value == nil:
		return false
	case value.Kind() == constant.String:
		return constant.StringVal(value) != ""
	default:
		return (value.Kind() == constant.Int || value.Kind() == constant.Float) && constant.Sign(value) != 0
	}
}

// at marks what is asked, and all of which a length is part of it.
func (l *looked) at(e ast.Expr) {
	l.all[edit.Spelling(e)] = true
	ast.Inspect(e, func(n ast.Node) bool {
		part, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if of, ok := l.lengths[edit.Spelling(part)]; ok {
			l.all[of] = true
		}
		if of := measuredIn(l.pkg, part); of != "" {
			l.all[of] = true
		}
		return true
	})
}

// measuredIn returns what an expression asks the length of, or "".
func measuredIn(pkg *facts.Package, e ast.Expr) (of string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && len(c.Args) == 1 {
			if b, ok := pkg.Callee(c).(*types.Builtin); ok && (b.Name() == "len" || b.Name() == "cap") {
				of = edit.Spelling(c.Args[0])
			}
		}
		return of == ""
	})
	return of
}
