package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// AddReread returns, for an atomic Add whose result nobody looks at, where the same function reads
// the variable again and takes what it finds for its own: two who add one after the other both read
// what the second made of it.
//
//	atomic.AddUint64(&lastID, 1)
//	return ID(lastID)
func (f *Facts) AddReread(add *ast.CallExpr) (read ast.Expr) {
	x := f.countedBy(add)
	fn := f.around(add)
	if x == nil || fn == nil || !f.addsFreely(fn, x, add) {
		return nil
	}
	path := f.pkg.Syntax().Path(add)
	if len(path) < 3 {
		return nil
	}
	st, ok := path[len(path)-2].(*ast.ExprStmt)
	if !ok {
		return nil
	}
	list := listOf(path[len(path)-3])
	r := &reread{f: f, fn: fn, of: types.ExprString(x), down: f.addsLess(add)}
	for _, next := range list[slices.Index(list, ast.Stmt(st))+1:] {
		if read, done := r.in(next); read != nil || done {
			return read
		}
	}
	return nil
}

// addsFreely reports whether others may run a function at the same time on the same variable, as far
// as can be seen: no lock keeps them out, and it is no local variable, and not of one goroutine.
func (f *Facts) addsFreely(fn *function, x ast.Expr, add *ast.CallExpr) bool {
	top := fn.outermost()
	if top.test || fn.once || top.once || fn.says() || top.confinedBy() || fn.initialises() || f.oneGoroutine(fn, fn) {
		return false
	}
	if !f.stateAt(fn, add).bare || f.excusedIn(fn, f.line(add.Pos()), true) {
		return false
	}
	v := f.firstName(x)
	if v == nil || v.Kind() != types.PackageVar && f.prepares(top) {
		return false
	}
	if sel, ok := ast.Unparen(x).(*ast.SelectorExpr); ok && f.owner(fn, sel.X, add) != Own {
		return true // of an object that others have, too
	}
	return v.Kind() == types.PackageVar || v.Pos() < fn.node.Pos() || v.Pos() > fn.node.End()
}

// countedBy returns what an atomic Add counts, if it is named by a chain of fields; nil for another call.
func (f *Facts) countedBy(call *ast.CallExpr) ast.Expr {
	x, _ := f.atomicGiven(call, "Add")
	if x == nil {
		x = f.countedByMethod(call, "Add", "Sub", "Inc", "Dec")
	}
	if x == nil || f.firstName(x) == nil {
		return nil
	}
	return x
}

// countedByMethod returns the atomic of go.uber.org/atomic of which a call calls one of some methods.
func (f *Facts) countedByMethod(call *ast.CallExpr, names ...string) ast.Expr {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "go.uber.org/atomic" || fn.Signature().Recv() == nil || !slices.Contains(names, fn.Name()) {
		return nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	return sel.X
}

// addsLess reports whether an Add takes something away.
func (f *Facts) addsLess(add *ast.CallExpr) bool {
	fn, _ := f.pkg.Callee(add).(*types.Func)
	if fn == nil || len(add.Args) == 0 {
		return fn != nil && fn.Name() == "Dec"
	}
	last := ast.Unparen(add.Args[len(add.Args)-1])
	unary, ok := last.(*ast.UnaryExpr)
	return fn.Name() == "Sub" || ok && (unary.Op == token.SUB || unary.Op == token.XOR)
}

// reread looks for the read behind an Add.
type reread struct {
	f    *Facts
	fn   *function
	of   string // the variable, as it is spelled
	down bool   // the Add takes away
	once bool   // what is decided must not be done twice
}

// in looks at what a statement evaluates itself; done tells that nothing behind it counts.
func (r *reread) in(st ast.Stmt) (read ast.Expr, done bool) {
	switch st := st.(type) {
	case *ast.IfStmt:
		if assign, ok := st.Init.(*ast.AssignStmt); ok {
			if read := r.assigned(assign, st.Cond); read != nil {
				return read, true
			}
		}
		if r.closesOnce(st.Body) {
			r.once = true
		}
		return r.decides(st.Cond), true
	case *ast.ReturnStmt:
		for _, result := range st.Results {
			if read := r.keeps(result); read != nil {
				return read, true
			}
		}
		return nil, true
	case *ast.AssignStmt:
		return r.assigned(st, nil), r.mentions(st) || r.waits(st)
	case *ast.ExprStmt:
		return nil, r.mentions(st) || r.waits(st) // it is told to somebody: a log, a gauge
	case *ast.DeclStmt, *ast.IncDecStmt, *ast.EmptyStmt:
		return nil, r.mentions(st)
	}
	return nil, true
}

func (r *reread) waits(st ast.Stmt) (waits bool) {
	r.f.pkg.Inspect(st, func(n ast.Node) bool {
		unary, ok := n.(*ast.UnaryExpr)
		call, isCall := n.(*ast.CallExpr)
		waits = waits || ok && unary.Op == token.ARROW || isCall && (calledMethod(call) == "Lock" || calledMethod(call) == "Wait")
		return !waits
	})
	return waits
}

func (r *reread) mentions(n ast.Node) (found bool) {
	r.f.pkg.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		found = found || ok && types.ExprString(e) == r.of
		return !found
	})
	return found
}

// assigned looks at the values of an assignment: what goes into an object, or a variable that the
// statements behind it return, put into an object, or decide on.
func (r *reread) assigned(st *ast.AssignStmt, cond ast.Expr) ast.Expr {
	for i, value := range st.Rhs {
		read := r.value(value)
		if read == nil || len(st.Lhs) != len(st.Rhs) {
			if kept := r.inLiteral(value); kept != nil {
				return kept
			}
			continue
		}
		v, _ := r.f.pkg.ObjectOf(identOf(st.Lhs[i])).(*types.Var)
		if v == nil || st.Tok != token.DEFINE {
			continue
		}
		if cond != nil && r.decidesBy(cond, func(e ast.Expr) ast.Expr { return r.ifNames(e, v, read) }) != nil || r.goesOn(v) {
			return read
		}
	}
	return nil
}

func identOf(e ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(e).(*ast.Ident)
	if id == nil {
		return &ast.Ident{}
	}
	return id
}

func (r *reread) ifNames(e ast.Expr, v *types.Var, read ast.Expr) ast.Expr {
	if r.f.isVariable(e, v) {
		return read
	}
	return nil
}

// goesOn reports whether a variable is returned, or put into an object or a map as a key.
func (r *reread) goesOn(v *types.Var) (on bool) {
	r.f.pkg.PreorderStack(r.fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || on || r.f.pkg.Use(id) != types.Object(v) || len(stack) == 0 {
			return !on
		}
		switch up := stack[len(stack)-1].(type) {
		case *ast.ReturnStmt:
			on = true
		case *ast.KeyValueExpr:
			on = up.Value == ast.Expr(id)
		case *ast.IndexExpr:
			_, isMap := r.f.typeOf(up.X).(*types.Map)
			on = up.Index == ast.Expr(id) && isMap
		}
		return !on
	})
	return on
}

// decides returns the read on which a condition decides, where only one may find it so: the
// variable is compared for equality, or has been counted down to nothing.
func (r *reread) decides(cond ast.Expr) ast.Expr { return r.decidesBy(cond, r.value) }

func (r *reread) decidesBy(cond ast.Expr, value func(ast.Expr) ast.Expr) ast.Expr {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return nil
	}
	switch b.Op {
	case token.LAND, token.LOR:
		if read := r.decidesBy(b.X, value); read != nil {
			return read
		}
		return r.decidesBy(b.Y, value)
	case token.EQL, token.NEQ:
		if read := value(b.X); read != nil {
			return read
		}
		return value(b.Y)
	case token.LEQ, token.LSS:
		if r.once || r.down && r.f.pkg.Info.Types[b.Y].Value != nil {
			return value(b.X)
		}
	case token.GEQ, token.GTR:
		if r.once {
			return value(b.X)
		}
	}
	return nil
}

// closesOnce reports whether statements close a channel: the second who does so panics.
func (r *reread) closesOnce(body *ast.BlockStmt) bool {
	for _, st := range body.List {
		expr, ok := st.(*ast.ExprStmt)
		if !ok {
			continue
		}
		call, ok := ast.Unparen(expr.X).(*ast.CallExpr)
		if !ok {
			continue
		}
		if id, named := ast.Unparen(call.Fun).(*ast.Ident); named && r.f.pkg.Use(id) == types.Universe.Lookup("close") {
			return true
		}
	}
	return false
}

// keeps returns the read that a value is, or holds in a field.
func (r *reread) keeps(e ast.Expr) ast.Expr {
	if read := r.value(e); read != nil {
		return read
	}
	return r.inLiteral(e)
}

// inLiteral returns the read that a field of a struct is given.
func (r *reread) inLiteral(e ast.Expr) (read ast.Expr) {
	r.f.pkg.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CompositeLit:
			for _, elt := range n.Elts {
				if kv, ok := elt.(*ast.KeyValueExpr); ok && read == nil {
					read = r.value(kv.Value)
				}
			}
		}
		return read == nil
	})
	return read
}

// value returns the read of which an expression is nothing but another form.
func (r *reread) value(e ast.Expr) ast.Expr {
	e = ast.Unparen(e)
	if types.ExprString(e) == r.of {
		if _, isAtomic := r.f.typeOf(e).(*types.Struct); isAtomic {
			return nil
		}
		return e
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD || e.Op == token.SUB {
			if read := r.value(e.X); read != nil {
				return read
			}
			return r.value(e.Y)
		}
	case *ast.CallExpr:
		if r.loads(e) {
			return e
		}
		if tv := r.f.pkg.Info.Types[e.Fun]; tv.IsType() || r.formats(e) {
			for _, arg := range e.Args {
				if read := r.value(arg); read != nil {
					return read
				}
			}
		}
	}
	return nil
}

// loads reports whether a call loads the variable.
func (r *reread) loads(call *ast.CallExpr) bool {
	x, _ := r.f.atomicGiven(call, "Load")
	if x == nil {
		x = r.f.countedByMethod(call, "Load")
	}
	return x != nil && types.ExprString(x) == r.of
}

// formats reports whether a call makes a text of its arguments.
func (r *reread) formats(call *ast.CallExpr) bool {
	fn, ok := r.f.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "strconv":
		return strings.HasPrefix(fn.Name(), "Format") || fn.Name() == "Itoa"
	case "fmt":
		return strings.HasPrefix(fn.Name(), "Sprint")
	}
	return false
}

// listOf returns the statements of a block or clause.
func listOf(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}
