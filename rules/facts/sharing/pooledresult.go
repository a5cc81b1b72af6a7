package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A PooledResult is a return statement that gives away what an object holds that goes back to
// its pool when the function ends.
type PooledResult struct {
	Var    *ast.Ident // the object, where it is put back
	Return *ast.ReturnStmt
}

// PooledResults returns the results of a function that belong to what a call puts back, if that
// call is deferred, or the last thing that a deferred literal does for sure, or a statement of the
// function before its return.
//
//	b := pool.Get().(*bytes.Buffer)
//	defer pool.Put(b)
//	return io.NopCloser(b)
func (f *Facts) PooledResults(put *ast.CallExpr) (results []PooledResult) {
	if len(put.Args) != 1 {
		return nil
	}
	id := variableOf(put.Args[0])
	if id == nil || !f.returnsToPool(put) {
		return nil
	}
	fn, deferred := f.deferredIn(put)
	if !deferred && !isStatementOf(fn, put) {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar || !f.isPooled(fn, v, put) {
		return nil
	}
	if f.takesAway(fn, put, v) {
		return nil
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if n.Pos() > put.End() && slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return f.holdsPooled(fn, e, v, 6) && (deferred || !f.mentionsVar(e, v)) }) {
				results = append(results, PooledResult{id, n})
			}
		}
		return true
	})
	return results
}

var (
	putName  = lazyregexp.New(`^([Pp]ut|[Rr]elease|[Rr]ecycle|[Ff]ree)`)
	poolName = lazyregexp.New(`[Pp]ools?$`)
)

// returnsToPool reports whether a call puts something into a pool: its name says so, or its function does.
func (f *Facts) returnsToPool(put *ast.CallExpr) bool {
	if putName.MatchString(calledMethod(put)) || putName.MatchString(f.calledName(put)) {
		return true
	}
	fn, ok := f.pkg.Callee(put).(*types.Func)
	return ok && f.decls[fn.Origin()] != nil && f.pooledThrough(put, f.decls[fn.Origin()]) != ""
}

// calledName returns the name of the function that a call names.
func (f *Facts) calledName(call *ast.CallExpr) string {
	if fn, ok := f.pkg.Callee(call).(*types.Func); ok {
		return fn.Name()
	}
	return ""
}

// variableOf returns the variable that an argument is, points to, or is a part of.
func variableOf(e ast.Expr) *ast.Ident {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e
	case *ast.UnaryExpr:
		return variableOf(e.X)
	case *ast.SliceExpr:
		return variableOf(e.X)
	}
	return nil
}

// deferredIn returns the function at whose end a call runs for sure: a defer statement of its
// own calls it, or a literal that does so without a condition.
func (f *Facts) deferredIn(call *ast.CallExpr) (fn *function, deferred bool) {
	fn = f.around(call)
	if fn != nil && fn.atEnd() && fn.around != nil {
		for _, st := range fn.body().List {
			if e, ok := st.(*ast.ExprStmt); ok && ast.Unparen(e.X) == call {
				return fn.around, true
			}
		}
		return fn.around, false
	}
	if fn == nil {
		return nil, false
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		deferred = deferred || ok && d.Call == call
		return !deferred
	})
	return fn, deferred
}

// isStatementOf reports whether a call is a statement in the body of a function itself: nothing but
// a return before it leaves it out.
func isStatementOf(fn *function, call *ast.CallExpr) bool {
	return fn != nil && slices.ContainsFunc(fn.body().List, func(st ast.Stmt) bool {
		e, ok := st.(*ast.ExprStmt)
		return ok && ast.Unparen(e.X) == ast.Expr(call)
	})
}

// mentionsVar reports whether an expression names a variable: that it is used when it is back in
// the pool is another matter.
func (f *Facts) mentionsVar(e ast.Expr, v *types.Var) (does bool) {
	f.pkg.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		does = does || ok && f.pkg.Use(id) == v
		return !does
	})
	return does
}

// isPooled reports whether a variable has got its only value from the pool to which a call
// gives it back: a sync.Pool, or what is named one, as a type, a variable or a package.
func (f *Facts) isPooled(fn *function, v *types.Var, put *ast.CallExpr) bool {
	given := f.valuesOf(fn.outermost())[v]
	if given == nil || given.unknown || len(given.values) != 1 {
		return false
	}
	got := callWithin(given.values[0])
	if got == nil {
		return false
	}
	from, to := f.poolOf(got), f.poolOf(put)
	return from != "" && from == to
}

// callWithin returns the call of which an expression takes the result, or a part of it.
func callWithin(e ast.Expr) *ast.CallExpr {
	switch e := ast.Unparen(e).(type) {
	case *ast.TypeAssertExpr:
		return callWithin(e.X)
	case *ast.SliceExpr:
		return callWithin(e.X)
	case *ast.StarExpr:
		return callWithin(e.X)
	case *ast.CallExpr:
		return e
	}
	return nil
}

// poolOf names the pool of a call: the receiver as it is written, or the package.
func (f *Facts) poolOf(call *ast.CallExpr) string {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if ok && f.decls[fn.Origin()] != nil {
		if pool := f.pooledThrough(call, f.decls[fn.Origin()]); pool != "" {
			return pool
		}
	}
	if !ok || !isSel || fn.Pkg() == nil {
		return ""
	}
	text := types.ExprString(sel.X)
	if fn.Signature().Recv() == nil {
		if poolName.MatchString(fn.Pkg().Path()) {
			return text
		}
		return ""
	}
	owner := namedOf(f.pkg.TypeOf(sel.X))
	if fn.FullName() == "(*sync.Pool)."+fn.Name() || poolName.MatchString(text) || owner != nil && poolName.MatchString(owner.Name()) {
		return text
	}
	return ""
}

// holdsPooled reports whether a value holds what a variable does: it is the variable, a part of it,
// its bytes, a reader of it, a struct with it, or a local that is one of these.
func (f *Facts) holdsPooled(fn *function, e ast.Expr, v *types.Var, depth int) bool {
	if depth < 0 || !f.mayRefer(f.pkg.TypeOf(e)) {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		w, ok := f.pkg.Use(e).(*types.Var)
		if w == v {
			return true
		}
		value := ast.Expr(nil)
		if ok && w.Kind() == types.LocalVar {
			value = f.onlyValue(fn.outermost(), w)
		}
		return value != nil && value.Pos() > v.Pos() && f.holdsPooled(fn, value, v, depth-1)
	case *ast.SliceExpr:
		return f.holdsPooled(fn, e.X, v, depth)
	case *ast.StarExpr:
		return f.holdsPooled(fn, e.X, v, depth)
	case *ast.UnaryExpr:
		return e.Op == token.AND && f.holdsPooled(fn, e.X, v, depth)
	case *ast.CompositeLit:
		return slices.ContainsFunc(e.Elts, func(elt ast.Expr) bool {
			if kv, ok := elt.(*ast.KeyValueExpr); ok {
				elt = kv.Value
			}
			return f.holdsPooled(fn, elt, v, depth-1)
		})
	case *ast.CallExpr:
		return f.callKeeps(fn, e, v, depth)
	}
	return false
}

// mayRefer reports whether a value can lead to memory that somebody else has, too.
func (f *Facts) mayRefer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, basic := t.Underlying().(*types.Basic)
	return !basic && !strings.HasSuffix(t.String(), "error")
}

// callKeeps reports whether the result of a call holds what a variable does: Bytes is a method
// of it, or a reader or a function of the package makes a value around it.
func (f *Facts) callKeeps(fn *function, call *ast.CallExpr, v *types.Var, depth int) bool {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Bytes" && len(call.Args) == 0 {
		return f.holdsPooled(fn, sel.X, v, depth-1)
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	for i, arg := range call.Args {
		if f.holdsPooled(fn, arg, v, depth-1) && (wrappers[callee.FullName()] || f.wrapsParameter(callee, i, depth)) {
			return true
		}
	}
	return false
}

// wrappers make a value that reads from their first argument.
var wrappers = map[string]bool{
	"io.NopCloser": true, "io/ioutil.NopCloser": true, "io.LimitReader": true, "io.TeeReader": true, "io.MultiReader": true,
	"bytes.NewReader": true, "bytes.NewBuffer": true, "bufio.NewReader": true, "bufio.NewScanner": true,
}

// wrapsParameter reports whether a function of the package returns a value that holds one of
// its parameters.
func (f *Facts) wrapsParameter(callee *types.Func, i, depth int) (wraps bool) {
	fn := f.decls[callee.Origin()]
	params := callee.Signature().Params()
	if fn == nil || i >= params.Len() || depth <= 0 {
		return false
	}
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			wraps = wraps || slices.ContainsFunc(n.Results, func(e ast.Expr) bool { return f.holdsPooled(fn, e, params.At(i), depth-1) })
		}
		return !wraps
	})
	return wraps
}

// atEnd reports whether a literal runs when the function around it ends.
func (fn *function) atEnd() bool { return fn.runs == deferred }
