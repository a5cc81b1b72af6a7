package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// makesCancel are the functions that return a context and what cancels it.
var makesCancel = lazyregexp.New(`^context\.With(Cancel|Timeout|Deadline)(Cause)?$`)

// Uncancelled says, of a call that returns a context and the function that
// cancels it, why nobody ever calls that: "" if somebody may. The function is
// dropped, or kept in an unexported field that nothing reads.
func (f *Facts) Uncancelled(call *ast.CallExpr, st *ast.AssignStmt) string {
	if len(st.Lhs) != 2 || len(st.Rhs) != 1 || ast.Unparen(st.Rhs[0]) != ast.Expr(call) || f.inTest(st) {
		return ""
	}
	fn, ok := f.pkg.Callee(call).(*types.Func)
	if !ok || !returnsCancel(fn) || f.endedBy(fn, st) || f.untilSignal(fn, call, st) || f.onPurpose(st) || f.ofProcess(st) {
		return ""
	}
	if id, ok := st.Lhs[1].(*ast.Ident); ok && id.Name == "_" && !makesCancel.MatchString(fn.FullName()) {
		return "the function that cancels it is dropped" // of context's own, vet tells
	}
	if id, ok := st.Lhs[1].(*ast.Ident); ok && f.onlyDropped(id) {
		return "the function that cancels it is dropped"
	}
	if f.ofNobody(call, st) {
		return ""
	}
	if f.inUnreadField(st.Lhs[1]) || f.onlyPutAway(st.Lhs[1]) {
		return "nothing reads the field that holds the function that cancels it"
	}
	return ""
}

// inUnreadField reports whether an expression is an unexported field, or an entry of the map that
// one is, of which all that the package does is to set it.
func (f *Facts) inUnreadField(e ast.Expr) bool {
	if index, ok := ast.Unparen(e).(*ast.IndexExpr); ok {
		e = index.X
	}
	v, ok := f.field(e).(*types.Var)
	return ok && v.IsField() && v.Pkg() == f.pkg.Types && !f.pkg.Reachable(v) && f.neverRead(v.Origin())
}

// onlyPutAway reports whether all that is done with a local variable is to put it into such a field.
//
//	ctx, cancel := context.WithCancel(parent)
//	m.cancels[name] = cancel
func (f *Facts) onlyPutAway(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.pkg.Def(id).(*types.Var)
	if !ok {
		return false
	}
	put := 0
	for _, m := range f.mentions(v) {
		if m.id == id {
			continue
		}
		if to := putInto(m); to == nil || !f.inUnreadField(to) {
			return false
		}
		put++
	}
	return put > 0
}

// putInto returns what is given the value of a variable where that is mentioned, nil if nothing is.
func putInto(m mention) ast.Expr {
	switch around := m.around(0).(type) {
	case *ast.AssignStmt:
		if len(around.Lhs) == 1 && ast.Unparen(around.Rhs[0]) == ast.Expr(m.id) {
			return around.Lhs[0]
		}
	case *ast.KeyValueExpr:
		if around.Value == ast.Expr(m.id) {
			return around.Key
		}
	}
	return nil
}

// onPurpose reports whether a comment right above a statement, or right behind the next line,
// which may drop what cancels, says that it is meant so.
func (f *Facts) onPurpose(st ast.Stmt) bool {
	line := f.pkg.Fset.Position(st.Pos()).Line
	for _, file := range f.pkg.Files {
		if st.Pos() < file.FileStart || file.FileEnd <= st.Pos() {
			continue
		}
		for _, group := range file.Comments {
			if end := f.pkg.Fset.Position(group.End()).Line; line-1 <= end && end <= line+1 && purpose.MatchString(group.Text()) {
				return true
			}
		}
	}
	return false
}

var purpose = lazyregexp.New(`(?i)\b(purpose(ly|fully)?|deliberate(ly)?|intentional(ly)?|(do not|don.?t|never|must not|not) (call |want to |need to )?cancel|(ok(ay)?|fine|safe|harmless) (for|to) leak|leaks? (is|are) (ok(ay)?|fine|harmless))`)

// endsContext are the names of functions that end what a context stands for.
var endsContext = lazyregexp.New(`^([Cc]ancel|[Cc]lose|[Ss]top|[Ss]hutdown)`)

// endedBy reports whether the context is given to a function that ends it, of the package
// that has made it: what cancels it is another way to say that.
//
//	ctx, _ := browser.NewContext(parent)
//	defer browser.Cancel(ctx)
func (f *Facts) endedBy(made *types.Func, st *ast.AssignStmt) bool {
	v := f.Variable(st.Lhs[0])
	if v == nil || makesCancel.MatchString(made.FullName()) {
		return false
	}
	for _, m := range f.mentions(v) {
		call, ok := m.around(0).(*ast.CallExpr)
		if !ok {
			continue
		}
		if end, ok := f.pkg.Callee(call).(*types.Func); ok && end.Pkg() == made.Pkg() && endsContext.MatchString(end.Name()) {
			return true
		}
	}
	return false
}

// ofNobody reports whether a context that is made of no other one has nobody to wait for it:
// it is dropped itself, or lives as long as the command of which it is.
func (f *Facts) ofNobody(call *ast.CallExpr, st *ast.AssignStmt) bool {
	dropped, ok := st.Lhs[0].(*ast.Ident)
	return ok && dropped.Name == "_" || f.pkg.Types.Name() == "main" && len(call.Args) > 0 && f.isRoot(call.Args[0])
}

// ofProcess reports whether a variable of the package keeps the context, and the process makes
// it once: all share it, as long as there are any.
//
//	open.Do(func() { shared, _ = newBrowser(ctx) })
func (f *Facts) ofProcess(st *ast.AssignStmt) bool {
	v, decl := f.Variable(st.Lhs[0]), f.declAround(st.Pos())
	if v == nil || decl == nil || v.Kind() != types.PackageVar {
		return false
	}
	once := false
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		once = once || ok && call.Pos() < st.Pos() && st.End() < call.End() && (f.isCallOf(call, "(*sync.Once).Do") || f.isCallOf(call, "sync.OnceFunc"))
		return !once
	})
	return once
}

// untilSignal reports whether a context is one that a command has until it gets a signal: it
// ends with the command otherwise, whose signals are nobody else's. It is made of no other
// context, or of that of a command: cmd.Context().
func (f *Facts) untilSignal(made *types.Func, call *ast.CallExpr, st *ast.AssignStmt) bool {
	if !facts.IsFunc(made, "os/signal.NotifyContext") {
		return false
	}
	of, isCall := ast.Unparen(call.Args[0]).(*ast.CallExpr)
	return f.ofNobody(call, st) || f.isRoot(call.Args[0]) || isCall && f.ownerOf(of) != nil && len(of.Args) == 0
}

// isRoot reports whether an expression is a context that nobody cancels, or a variable that is
// first set to one.
func (f *Facts) isRoot(x ast.Expr) bool {
	if v := f.Variable(x); v != nil {
		for _, m := range f.mentions(v) {
			if value, sets := f.setBy(m); sets && value != x {
				x = value
				break
			}
		}
	}
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	return ok && (f.isCallOf(call, "context.Background") || f.isCallOf(call, "context.TODO"))
}

// onlyDropped reports whether all that is done with a variable, once it is declared, is
// to assign it to nothing, which keeps vet silent.
func (f *Facts) onlyDropped(id *ast.Ident) bool {
	v, ok := f.pkg.Def(id).(*types.Var)
	if !ok {
		return false
	}
	drops := 0
	for _, m := range f.mentions(v) {
		if m.id == id {
			continue
		}
		st, ok := m.around(0).(*ast.AssignStmt)
		if !ok || len(st.Lhs) != 1 || ast.Unparen(st.Rhs[0]) != ast.Expr(m.id) {
			return false
		}
		if to, ok := st.Lhs[0].(*ast.Ident); !ok || to.Name != "_" {
			return false
		}
		drops++
	}
	return drops == 1
}

// returnsCancel reports whether a function returns a context and its CancelFunc.
func returnsCancel(fn *types.Func) bool {
	results := fn.Signature().Results()
	if results.Len() != 2 || !isContext(results.At(0).Type()) {
		return false
	}
	return facts.TypeIs(results.At(1).Type(), "context.CancelFunc", "context.CancelCauseFunc")
}

// neverRead reports whether all that the package does with a field is to set it.
func (f *Facts) neverRead(v *types.Var) bool {
	read := false
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || read {
				return !read
			}
			if used, ok := f.pkg.Use(id).(*types.Var); ok && used.Origin() == v {
				read = !isSet(stack, id)
			}
			return true
		})
	}
	return !read
}

// isSet reports whether the name of a field stands where it is given a value, or an entry of it,
// or where one is deleted.
func isSet(stack []ast.Node, id *ast.Ident) bool {
	expr := ast.Expr(id)
	for i := len(stack) - 1; i >= 0; i-- {
		switch around := stack[i].(type) {
		case *ast.SelectorExpr:
			if around.Sel != id {
				return false
			}
			expr = around
			continue
		case *ast.KeyValueExpr:
			return around.Key == expr
		case *ast.CallExpr:
			fun, ok := around.Fun.(*ast.Ident)
			return ok && fun.Name == "delete" && around.Args[0] == expr
		case *ast.IndexExpr:
			if around.X != expr {
				return false
			}
			expr = around
			continue
		case *ast.AssignStmt:
			for _, x := range around.Lhs {
				if x == expr {
					return true
				}
			}
		}
		return false
	}
	return false
}
