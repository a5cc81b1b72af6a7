package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/models"
)

// A walker makes one walk over a file and notes functions, calls and accesses.
type walker struct {
	*Facts
	test  bool
	stack []ast.Node // from the file to the parent of the current node
	fns   []*function
}

func (f *Facts) walk(file *ast.File) {
	w := &walker{Facts: f, test: strings.HasSuffix(f.pkg.Fset.Position(file.Package).Filename, "_test.go")}
	f.pkg.Syntax().Walk(file, func(n ast.Node) bool {
		w.enter(n)
		return true
	}, w.leave)
}

func (w *walker) enter(n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncLit:
		w.literal(n)
	case *ast.CallExpr:
		w.call(n)
	case *ast.Ident:
		w.name(n)
	case *ast.SelectorExpr:
		w.selector(n)
	case *ast.ReturnStmt:
		w.returns(n)
	}
	w.stack = append(w.stack, n)
	switch n.(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		w.fns = append(w.fns, w.funcs[n])
	}
}

func (w *walker) leave() {
	last := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	switch last.(type) {
	case *ast.FuncDecl, *ast.FuncLit:
		w.fns = w.fns[:len(w.fns)-1]
	}
}

// current returns the function around the current node, nil at package level.
func (w *walker) current() *function {
	if len(w.fns) == 0 {
		return nil
	}
	return w.fns[len(w.fns)-1]
}

// parent returns the i-th node around the current one, parentheses left out.
func (w *walker) parent(i int) ast.Node {
	for k := len(w.stack) - 1; k >= 0; k-- {
		if _, paren := w.stack[k].(*ast.ParenExpr); paren {
			continue
		}
		if i == 0 {
			return w.stack[k]
		}
		i--
	}
	return nil
}

// startedBy returns the go statement around a call, nil if it is none.
func (w *walker) startedBy(call *ast.CallExpr, around ast.Node) *ast.GoStmt {
	st, ok := around.(*ast.GoStmt)
	if !ok || st.Call != call {
		return nil
	}
	return st
}

// literal notes a function literal and how it runs.
func (w *walker) literal(lit *ast.FuncLit) {
	fn := &function{node: lit, around: w.current(), test: w.test}
	w.funcs[lit] = fn
	w.order = append(w.order, fn)
	switch parent := w.parent(0).(type) {
	case *ast.CallExpr:
		fn.runs, fn.at, fn.once = w.given(parent, lit)
		fn.sampled = fn.runs == later && !w.test && w.samples(parent)
		fn.joined = calledMethod(parent) == "RunParallel" || w.works(parent, lit)
		fn.many = fn.joined
		fn.joined = fn.joined || w.awaitsResult(parent)
		if use, ok := w.startedAbroad(parent, argumentIndex(parent, lit)); ok && fn.runs == started {
			fn.behind = fn.behind || use.kept
			fn.abroad, fn.many, fn.joined = true, fn.many || use.many, fn.joined || use.joined
			fn.sound = use.sound
		}
		fn.served = fn.runs == later && w.test && w.handles(parent)
		if fn.runs == later {
			w.handings = append(w.handings, handing{fn, parent, lit, fn.around, w.startedBy(parent, w.parent(1))})
		}
	case *ast.ReturnStmt, *ast.KeyValueExpr, *ast.CompositeLit:
		if w.servesRequests(lit) {
			fn.runs, fn.at, fn.many = started, lit, true
		} else if _, returned := parent.(*ast.ReturnStmt); returned {
			fn.ranged = isSequence(w.pkg.TypeOf(lit))
		} else if kv, ok := parent.(*ast.KeyValueExpr); ok {
			w.keepInField(fn, kv)
		}
	case *ast.SendStmt:
		if ast.Unparen(parent.Value) == lit {
			w.keptFuncs = append(w.keptFuncs, keptFunc{fn: fn, over: w.holder(parent.Chan), stmt: parent})
		}
	case *ast.AssignStmt:
		w.bind(fn, lit, parent.Lhs, parent.Rhs)
		w.keepAssigned(fn, lit, parent)
	case *ast.ValueSpec:
		names := make([]ast.Expr, len(parent.Names))
		for i, name := range parent.Names {
			names[i] = name
		}
		w.bind(fn, lit, names, parent.Values)
	}
}

// awaitsResult reports whether what stands around a call receives from the channel that it
// returns: err := <-start(func() error { … }).
func (w *walker) awaitsResult(call *ast.CallExpr) bool {
	switch around := w.parent(1).(type) {
	case *ast.UnaryExpr:
		return around.Op == token.ARROW
	case *ast.RangeStmt:
		_, isChan := w.pkg.TypeOf(call).Underlying().(*types.Chan)
		return ast.Unparen(around.X) == call && isChan
	}
	return false
}

// given says how a function runs that a call calls, or gets as an argument.
func (w *walker) given(call *ast.CallExpr, fn ast.Expr) (runs manner, at ast.Node, once bool) {
	at = call
	around := w.parent(1)
	if ast.Unparen(call.Fun) == fn {
		switch stmt := around.(type) {
		case *ast.GoStmt:
			return started, stmt, false
		case *ast.DeferStmt:
			return deferred, stmt, false
		}
		return inPlace, call, false
	}
	i := argumentIndex(call, fn)
	if w.handles(call) {
		if w.test {
			return later, call, false // a test asks one request after the other, mostly
		}
		return started, call, false
	}
	how, ok := w.modelled(call, i)
	use, abroad := w.startedAbroad(call, i)
	abroad = abroad && !(use.kept && w.test) // what a test gives others to call is in an order of its own
	if !ok && !abroad {
		return later, at, false
	}
	switch around.(type) {
	case *ast.GoStmt, *ast.DeferStmt:
		return later, at, false
	}
	if !ok {
		return started, at, false
	}
	switch how {
	case models.Now:
		return inPlace, at, false
	case models.Once:
		return inPlace, at, true
	case models.Goroutine:
		if w.waits(call) {
			return inPlace, at, false
		}
		return started, at, false
	case models.Workers:
		if !w.works(call, fn) {
			return inPlace, at, false
		}
		return started, at, false
	}
	return later, at, false
}

// argumentIndex returns which argument of a call an expression is, -1 if it is none.
func argumentIndex(call *ast.CallExpr, arg ast.Expr) int {
	return slices.IndexFunc(call.Args, func(a ast.Expr) bool { return ast.Unparen(a) == arg })
}

// works reports whether a call runs one of its arguments on several goroutines at once, and
// waits for them.
func (w *walker) works(call *ast.CallExpr, arg ast.Expr) bool {
	model := w.pkg.Model(call)
	if model == nil {
		return false
	}
	for _, run := range model.Runs {
		if run.How != models.Workers || run.Arg >= len(call.Args) || ast.Unparen(call.Args[run.Arg]) != arg {
			continue
		}
		if run.Limit == nil || *run.Limit >= len(call.Args) {
			return true
		}
		limit := w.pkg.Info.Types[call.Args[*run.Limit]].Value
		return limit == nil || limit.String() != "1"
	}
	return false
}

func (w *walker) modelled(call *ast.CallExpr, arg int) (models.How, bool) {
	model := w.pkg.Model(call)
	if model == nil || arg < 0 {
		return "", false
	}
	for _, run := range model.Runs {
		if run.Arg == arg {
			return run.How, true
		}
	}
	return "", false
}

// waits reports whether a call that starts a goroutine is over when that has
// ended: t.Run, unless the subtest is parallel.
func (w *walker) waits(call *ast.CallExpr) bool {
	fn, ok := w.pkg.Callee(call).(*types.Func)
	if !ok || fn.Pkg() == nil || !strings.HasPrefix(fn.Pkg().Path(), "testing") || fn.Name() != "Run" && fn.Name() != "Test" {
		return false
	}
	for _, arg := range call.Args {
		if lit, ok := ast.Unparen(arg).(*ast.FuncLit); ok && asksParallel(lit) {
			return false
		}
	}
	return true
}

// asksParallel reports whether a subtest itself, not one that it runs, is parallel.
func asksParallel(lit *ast.FuncLit) bool {
	parallel := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		parallel = parallel || ok && sel.Sel.Name == "Parallel"
		_, nested := n.(*ast.FuncLit)
		return !parallel && !nested
	})
	return parallel
}

// calledMethod returns the name of the method or function of a package that a
// call names, "" for any other call.
func calledMethod(call *ast.CallExpr) string {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	return ""
}
