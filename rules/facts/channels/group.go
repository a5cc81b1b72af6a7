package channels

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/models"
)

// A GroupCall is a call of a method of a WaitGroup, wherever that is kept.
type GroupCall struct {
	Kind     Kind
	Call     *ast.CallExpr
	Group    ast.Expr // as written, without &, * and parentheses
	Fn       ast.Node // the innermost function around the call
	Deferred *ast.DeferStmt
	stack    []ast.Node
}

// groups are all calls of methods of WaitGroups in a package.
type groups struct {
	all   []*GroupCall
	byFn  map[ast.Node][]*GroupCall
	of    map[*ast.CallExpr]*GroupCall
	start map[ast.Node][]starter // by the function that a goroutine runs
	call  map[ast.Node]bool      // functions that are also called otherwise
	// handed counts how often a function is handed to a call that runs it on a
	// goroutine of its own.
	handed map[ast.Node]int
}

// A starter is a place where a goroutine is started.
type starter struct {
	stmt  *ast.GoStmt
	in    ast.Node // the innermost function around it
	stack []ast.Node
}

// groups collects the calls, once.
func (f *Facts) groups() *groups {
	if f.waitGroups != nil {
		return f.waitGroups
	}
	g := &groups{byFn: map[ast.Node][]*GroupCall{}, of: map[*ast.CallExpr]*GroupCall{}, start: map[ast.Node][]starter{}, call: map[ast.Node]bool{}, handed: map[ast.Node]int{}}
	f.waitGroups = g
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				f.note(g, call, stack)
			}
			return true
		})
	}
	return g
}

// note looks at one call: of a WaitGroup's method, or of a function.
func (f *Facts) note(g *groups, call *ast.CallExpr, stack []ast.Node) {
	fn, _ := functionAt(stack)
	parent := stack[len(stack)-1]
	if kind, group, ok := f.groupMethod(call); ok {
		if star, ok := group.(*ast.StarExpr); ok {
			group = ast.Unparen(star.X) // (*wg).Done() is wg.Done()
		}
		c := &GroupCall{Kind: kind, Call: call, Group: group, Fn: fn, stack: slices.Clone(stack)}
		c.Deferred, _ = parent.(*ast.DeferStmt)
		g.all, g.of[call] = append(g.all, c), c
		g.byFn[fn] = append(g.byFn[fn], c)
		f.noteHanded(g, call)
		return
	}
	f.noteHanded(g, call)
	callee := ast.Node(nil)
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		callee = lit
	} else if decl := f.pkg.Body(call); decl != nil && !f.triesOut(call, decl) {
		callee = decl
	}
	if st, ok := parent.(*ast.GoStmt); ok && callee != nil {
		g.start[callee] = append(g.start[callee], starter{st, fn, slices.Clone(stack[:len(stack)-1])})
	} else if callee != nil {
		g.call[callee] = true
	}
}

// noteHanded notes the functions that a call runs on goroutines of their own.
func (f *Facts) noteHanded(g *groups, call *ast.CallExpr) {
	model := f.pkg.Model(call)
	if model == nil {
		f.noteLaunched(g, call)
		return
	}
	for _, run := range model.Runs {
		if run.How == models.Goroutine && run.Arg < len(call.Args) {
			f.noteGiven(g, call, call.Args[run.Arg])
		}
	}
}

// noteLaunched does so for a function of the package that runs a parameter on a goroutine, once.
//
//	func (g *Group) Go(run func() error) { go func() { defer g.wg.Done(); g.keep(run()) }() }
func (f *Facts) noteLaunched(g *groups, call *ast.CallExpr) {
	decl := f.pkg.Body(call)
	if decl == nil {
		return
	}
	params := f.pkg.Def(decl.Name).(*types.Func).Signature().Params()
	for i := range min(params.Len(), len(call.Args)) {
		if _, isFunc := params.At(i).Type().Underlying().(*types.Signature); isFunc && f.launches(decl, params.At(i)) {
			f.noteGiven(g, call, call.Args[i])
		}
	}
}

// launches reports whether all that a function does with a parameter is to call it on a goroutine
// that it starts.
func (f *Facts) launches(decl *ast.FuncDecl, param *types.Var) bool {
	calls, others := 0, 0
	f.pkg.PreorderStack(decl.Body, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || f.pkg.Use(id) != types.Object(param) {
			return true
		}
		if call, isCall := stack[len(stack)-1].(*ast.CallExpr); isCall && call.Fun == ast.Expr(id) && onceAside(stack) {
			calls++
		} else {
			others++
		}
		return true
	})
	return calls == 1 && others == 0
}

// onceAside reports whether a call is what a goroutine runs, or stands in its literal, and all of
// that in no loop.
func onceAside(stack []ast.Node) bool {
	aside := false
	for _, n := range stack {
		switch n.(type) {
		case *ast.GoStmt:
			aside = true
		case *ast.ForStmt, *ast.RangeStmt:
			return false
		}
	}
	return aside
}

// noteGiven notes a function that is given to what runs it on a goroutine.
func (f *Facts) noteGiven(g *groups, call *ast.CallExpr, arg ast.Expr) {
	arg = ast.Unparen(arg)
	if lit, ok := arg.(*ast.FuncLit); ok {
		g.handed[lit]++
	} else if decl := f.pkg.Body(&ast.CallExpr{Fun: arg}); decl != nil && !f.triesOut(call, decl) {
		g.handed[decl]++
	}
}

// groupMethod returns which method of which WaitGroup a call is of.
func (f *Facts) groupMethod(call *ast.CallExpr) (kind Kind, group ast.Expr, ok bool) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return 0, nil, false
	}
	kind, ok = groupMethods[sel.Sel.Name]
	fn, isFunc := f.pkg.Use(sel.Sel).(*types.Func)
	if !ok || !isFunc || fn.Signature().Recv() == nil || !isGroup(fn.Signature().Recv().Type()) {
		return 0, nil, false
	}
	group = ast.Unparen(sel.X)
	if address, ok := group.(*ast.UnaryExpr); ok && address.Op == token.AND {
		group = ast.Unparen(address.X)
	}
	return kind, group, f.Root(group) != nil // of an element nobody knows which
}

// same reports whether two expressions name the same WaitGroup: by the same
// selectors from the same variable.
func (f *Facts) same(a, b ast.Expr) bool {
	a, b = ast.Unparen(a), ast.Unparen(b)
	switch a := a.(type) {
	case *ast.Ident:
		b, ok := b.(*ast.Ident)
		return ok && f.pkg.ObjectOf(a) == f.pkg.ObjectOf(b)
	case *ast.SelectorExpr:
		b, ok := b.(*ast.SelectorExpr)
		return ok && f.pkg.ObjectOf(a.Sel) == f.pkg.ObjectOf(b.Sel) && f.same(a.X, b.X)
	case *ast.StarExpr:
		b, ok := b.(*ast.StarExpr)
		return ok && f.same(a.X, b.X)
	}
	return false
}

// field returns the field or variable that an expression ends in.
func (f *Facts) field(x ast.Expr) types.Object {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return f.pkg.ObjectOf(x)
	case *ast.SelectorExpr:
		return f.pkg.ObjectOf(x.Sel)
	}
	return nil
}

// amount returns the constant that an Add adds.
func (f *Facts) amount(add *ast.CallExpr) (n int64, ok bool) {
	if len(add.Args) != 1 {
		return 0, false
	}
	v := f.pkg.Info.Types[add.Args[0]].Value
	if v == nil || v.Kind() != constant.Int {
		return 0, false
	}
	return constant.Int64Val(v)
}

// startedOnly returns where a function is started as a goroutine, if it is
// never run in another way.
func (f *Facts) startedOnly(fn ast.Node) []starter {
	g := f.groups()
	if g.call[fn] || f.isValue(fn) {
		return nil
	}
	return g.start[fn]
}

// runsAside reports whether a function is run by goroutines of their own only, each of which runs it
// once: it is started, or all that calls it are literals that are.
//
//	go func() { defer wg.Done(); err = p.consume() }()
func (f *Facts) runsAside(fn ast.Node) bool {
	if f.runsAlone(fn) {
		return true
	}
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || len(f.callsOf(decl)) == 0 || f.timesNamed(decl) != len(f.callsOf(decl)) {
		return false
	}
	return !slices.ContainsFunc(f.callsOf(decl), func(call *ast.CallExpr) bool {
		lit, ok := f.around(call).(*ast.FuncLit)
		return !ok || !f.runsAlone(lit) || len(f.loopsAround(lit, call)) > 0
	})
}

// isValue reports whether a declared function is used otherwise than by calls.
func (f *Facts) isValue(fn ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return false
	}
	return f.timesNamed(decl) != len(f.groups().start[fn])
}
