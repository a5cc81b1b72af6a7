package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A LazySet is a field that an exported method sets when it finds it unset, without a lock, in a
// type that several goroutines are meant to use.
type LazySet struct {
	Test, Write *Access
	Documented  bool // the type says so; else what it does with locks or atomics
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
	if a == nil || a.Write || a.Address || a.Atomic || !a.Var.IsField() {
		return nil
	}
	ofEntry := f.ofLookedUp(a)
	if !ofEntry && !f.setsFreely(a) {
		return nil
	}
	test := f.testOf(a)
	if test == nil || test.Else != nil || !f.asksUnset(test.Cond, a) {
		return nil
	}
	for _, b := range f.accesses[a.Var] {
		if b.Write && !b.Content && !b.Element && b.fn == a.fn && within(test.Body, b.Expr) && types.ExprString(a.Expr) == types.ExprString(b.Expr) {
			documented := f.typeSays(a.Var, sharedDoc) && !f.typeSays(a.Var, unsharedDoc)
			if documented || ofEntry || f.locksElsewhere(a) && f.returnsField(a) || f.countsAtomically(a.fn) {
				return &LazySet{a, b, documented}
			}
		}
	}
	return nil
}

var sharedDoc = lazyregexp.New(`(?i)\b(is|are|be|and) (also )?(safe|usable)( to use| to be used| for( use)?)?( concurrently)?( for)?( concurrent (use|access)| (by|from) (multiple|several|many|different) goroutines| by concurrent goroutines)|\b(may|can) (also )?be (used|called|shared)( safely)?( (by|from|between|among) (multiple|several|many|different) goroutines| concurrently)|\b(thread|goroutine|concurrency)[- ]safe\b`)

// unsharedDoc is of documentation that says so of something else, or that it is not so.
var unsharedDoc = lazyregexp.New(`(?i)(\bnot|n't|\bnever|\bun)\b.{0,30}\b(thread|goroutine|concurren)`)

// setsFreely reports whether an exported method makes an access, of a field of its receiver, with
// no lock anywhere, and neither prepares the object nor says why it may.
func (f *Facts) setsFreely(a *Access) bool {
	fn := a.fn
	if fn.obj == nil || !f.openTo(fn) || fn.test || fn.obj.Signature().Recv() == nil || !f.ofReceiverItself(a) || f.ofOwnCopy(fn) {
		return false
	}
	if len(f.pkg.Acquisitions(fn.node)) > 0 || fn.once || fn.says() || f.prepares(fn) || setterName.MatchString(fn.name()) || contractName.MatchString(fn.name()) {
		return false
	}
	return !f.confined(a.Var) && !f.excused(a) && f.GuardOf(a.Var) == nil && f.quiet(fn, a.Expr)
}

// ofOwnCopy reports whether the receiver of a method is a value: it sets a field of its own copy.
//
//	func (c Config) WithDefaults() Config { if c.Every == 0 { c.Every = time.Second }; return c }
func (f *Facts) ofOwnCopy(fn *function) bool {
	_, pointed := pointedTo(fn.obj.Signature().Recv().Type())
	return !pointed
}

// openTo reports whether anybody may call a method, or what may be called so calls it, at once and
// on its own object.
func (f *Facts) openTo(fn *function) bool {
	sites := f.realSites(fn)
	if fn.public || fn.valued || len(sites) == 0 {
		return fn.public
	}
	return !slices.ContainsFunc(sites, func(s site) bool {
		if s.in == nil || !s.in.public || s.runs != inPlace || s.in.obj == nil || s.in.obj.Signature().Recv() == nil || !f.stateAt(s.in, s.call).bare {
			return true
		}
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		return !ok || !f.isVariable(sel.X, s.in.obj.Signature().Recv())
	})
}

// countsAtomically reports whether a method changes a field of its own object by sync/atomic: it
// expects others at the same time.
func (f *Facts) countsAtomically(fn *function) bool {
	if f.takesTurn(fn) {
		return false
	}
	use, of := f.atomicsOf(fn), f.receiverStruct(fn)
	for v, writes := range use.writes {
		field, ok := v.(*types.Var)
		if !ok || !writes || !field.IsField() || of == nil || f.structOfField(field) != of {
			continue
		}
		if _, pointer := field.Type().Underlying().(*types.Pointer); !pointer { // which each of several objects may have
			return true
		}
	}
	return false
}

// takesTurn reports whether a function leaves for what an atomic was before it has changed it: one
// of several goes on.
//
//	if c.closed.Swap(true) {
//		return
//	}
func (f *Facts) takesTurn(fn *function) bool {
	return slices.ContainsFunc(fn.body().List, func(st ast.Stmt) bool {
		test, ok := st.(*ast.IfStmt)
		if !ok || !endsInReturn(test.Body) {
			return false
		}
		takes := false
		f.pkg.Inspect(test.Cond, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && f.isCall(call, "sync/atomic") {
				name := f.pkg.Callee(call).Name()
				takes = takes || strings.HasPrefix(name, "Swap") || strings.HasPrefix(name, "CompareAndSwap")
			}
			return !takes
		})
		return takes
	})
}

// receiverStruct returns the struct of which a method's receiver is, or to which it points.
func (f *Facts) receiverStruct(fn *function) *ast.StructType {
	t, _ := pointedTo(fn.obj.Signature().Recv().Type())
	of, ok := t.Underlying().(*types.Struct)
	if !ok || of.NumFields() == 0 {
		return nil
	}
	return f.structOfField(of.Field(0).Origin())
}

// ofLookedUp reports whether an access is of an entry that an exported method has looked up in a map
// of its object, under the lock that it has released since: whoever asks for the same key has the
// same entry.
//
//	c.mu.Lock()
//	e := c.entries[key]
//	c.mu.Unlock()
//	if e.val == nil {
//		e.val = c.load(key)
//	}
func (f *Facts) ofLookedUp(a *Access) bool {
	v := f.rootPointer(a)
	if v == nil || v.Kind() != types.LocalVar || a.fn.obj == nil || !a.fn.public || a.fn.test || a.fn.obj.Signature().Recv() == nil || a.fn.once || a.fn.says() {
		return false
	}
	from := f.entrySource(a.fn, v)
	if from == nil || from.fn != a.fn || !from.Content || !f.before(a.fn, from.Expr, a.Expr) || f.deletes(from) || f.prepares(a.fn) || f.excused(a) {
		return false
	}
	lock := f.entryLock(from, a)
	return lock != nil && f.released(a.fn, a.Expr, lock) && len(f.stateAt(a.fn, a.Expr).locks) == 0 && f.quiet(a.fn, a.Expr)
}

// asksUnset reports whether a condition is that a field has no value: c.table == nil, c.name == "",
// c.size < 1.
func (f *Facts) asksUnset(cond ast.Expr, a *Access) bool {
	test, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || ast.Unparen(test.X) != ast.Unparen(a.Expr) {
		return false
	}
	value := f.pkg.Info.Types[test.Y]
	switch {
	case value.Value == nil:
		return test.Op == token.EQL && value.IsNil()
	case test.Op == token.EQL:
		return value.Value.ExactString() == `""` || value.Value.ExactString() == "0"
	}
	return test.Op == token.LSS && value.Value.ExactString() == "1" || test.Op == token.LEQ && value.Value.ExactString() == "0"
}

// locksElsewhere reports whether at least two other exported methods of the type take a lock that
// lies in its struct, or call a method that does: they expect each other.
func (f *Facts) locksElsewhere(a *Access) bool {
	of := f.structOfField(a.Var)
	n := 0
	for _, fn := range f.order {
		if fn == a.fn || fn.obj == nil || !fn.public || fn.obj.Signature().Recv() == nil {
			continue
		}
		if f.takesOneOf(fn, of) || slices.ContainsFunc(f.callsOf(fn), func(c outgoing) bool { return !c.callee.public && c.callee != a.fn && f.takesOneOf(c.callee, of) }) {
			n++
		}
	}
	return of != nil && n >= 2
}

// takesOneOf reports whether a function itself takes a lock that lies in a struct.
func (f *Facts) takesOneOf(fn *function, of *ast.StructType) bool {
	return slices.ContainsFunc(f.pkg.Acquisitions(fn.node), func(taken facts.Acquisition) bool {
		lock, ok := classOf(taken.Lock).(*types.Var)
		return ok && lock.IsField() && f.structOfField(lock) == of
	})
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
