package sharing

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A LazySet is a field that an exported method sets when it finds it unset, without a lock, in a
// type that several goroutines are meant to use.
type LazySet struct {
	Test, Write *Access
	Documented  bool // the type says so; else its other methods take a lock
}

// LazySetAt returns the lazy set that begins with the test that an expression is part of.
//
//	// A Client is safe for concurrent use.
//	func (c *Client) Table() map[string]int {
//		if c.table == nil {
//			c.table = load()
//		}
//		return c.table
func (f *Facts) LazySetAt(e ast.Expr) *LazySet {
	a := f.at[e]
	if a == nil || a.Write || a.Address || a.Atomic || !a.Var.IsField() || !f.setsFreely(a) {
		return nil
	}
	test := f.testOf(a)
	if test == nil || test.Else != nil || !f.asksUnset(test.Cond, a) {
		return nil
	}
	for _, b := range f.accesses[a.Var] {
		if b.Write && !b.Content && !b.Element && b.fn == a.fn && within(test.Body, b.Expr) && types.ExprString(a.Expr) == types.ExprString(b.Expr) {
			documented := f.typeSays(a.Var, sharedDoc) && !f.typeSays(a.Var, unsharedDoc)
			if documented || f.locksElsewhere(a) && f.returnsField(a) {
				return &LazySet{a, b, documented}
			}
		}
	}
	return nil
}

var sharedDoc = lazyregexp.New(`(?i)\b(is|are|be|and) (also )?(safe|usable)( to use| to be used| for( use)?)?( concurrently)?( for)?( concurrent (use|access)| (by|from) (multiple|several|many|different) goroutines| by concurrent goroutines)|\b(thread|goroutine|concurrency)[- ]safe\b`)

// unsharedDoc is of documentation that says so of something else, or that it is not so.
var unsharedDoc = lazyregexp.New(`(?i)(\bnot|n't|\bnever|\bun)\b.{0,30}\b(thread|goroutine|concurren)`)

// setsFreely reports whether an exported method makes an access, of a field of its receiver, with
// no lock anywhere, and neither prepares the object nor says why it may.
func (f *Facts) setsFreely(a *Access) bool {
	fn := a.fn
	if fn.obj == nil || !fn.public || fn.test || fn.obj.Signature().Recv() == nil || !f.ofReceiverItself(a) {
		return false
	}
	if len(f.pkg.Acquisitions(fn.node)) > 0 || fn.once || fn.says() || f.prepares(fn) || setterName.MatchString(fn.name()) || contractName.MatchString(fn.name()) {
		return false
	}
	return !f.confined(a.Var) && !f.excused(a) && f.GuardOf(a.Var) == nil && f.quiet(fn, a.Expr)
}

// asksUnset reports whether a condition is that a field has no value: c.table == nil, c.name == "".
func (f *Facts) asksUnset(cond ast.Expr, a *Access) bool {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || test.Op.String() != "==" || ast.Unparen(test.X) != ast.Unparen(a.Expr) {
		return false
	}
	value := f.pkg.Info.Types[test.Y]
	return value.IsNil() || value.Value != nil && (value.Value.ExactString() == `""` || value.Value.ExactString() == "0")
}

// locksElsewhere reports whether at least two other exported methods of the type take a lock that
// lies in its struct: they expect each other.
func (f *Facts) locksElsewhere(a *Access) bool {
	of := f.structOfField(a.Var)
	n := 0
	for _, fn := range f.order {
		if fn == a.fn || fn.obj == nil || !fn.public || fn.obj.Signature().Recv() == nil {
			continue
		}
		for _, taken := range f.pkg.Acquisitions(fn.node) {
			if lock, ok := classOf(taken.Lock).(*types.Var); ok && lock.IsField() && f.structOfField(lock) == of {
				n++
				break
			}
		}
	}
	return of != nil && n >= 2
}

// returnsField reports whether the method of an access returns the field: whoever calls it has a
// use for it at any time.
func (f *Facts) returnsField(a *Access) bool {
	text := types.ExprString(a.Expr)
	returns := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) > 0 {
			returns = returns || types.ExprString(ret.Results[0]) == text
		}
		return !returns
	})
	return returns
}
