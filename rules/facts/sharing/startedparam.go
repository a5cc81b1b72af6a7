package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// A function may run what it is given on a goroutine of its own, through others that do no
// more than call it:
//
//	func Go(f func())      { go Recover(f) }
//	func Recover(f func()) { defer logPanic(); f() }

// startsParameters returns the parameters that a function runs on goroutines, as it is given
// them, before these have waited for anybody, and with no lock held.
func (f *Facts) startsParameters(fn *function) (all []facts.Started) {
	params := fn.obj.Signature().Params()
	for i := range params.Len() {
		if use, ok := f.useOf(fn, params.At(i), passageDepth); ok && use.runs == started {
			all = append(all, facts.Started{Param: i, Many: use.many, Joined: use.joined, Sound: use.sound})
		} else if start := f.keptAndStarted(fn, params.At(i)); start.ok && !start.waited {
			all = append(all, facts.Started{Param: i, Kept: true, Many: start.many})
		} else if use, ok := f.useOfRest(fn, params.At(i)); ok && i == params.Len()-1 && fn.obj.Signature().Variadic() {
			all = append(all, facts.Started{Param: i, Rest: true, Joined: use.joined})
		}
	}
	return all
}

// useOfRest returns how a function runs all that it is given as the rest of its arguments, if
// it starts one goroutine for each in a loop.
func (f *Facts) useOfRest(fn *function, v *types.Var) (use useOfParameter, ok bool) {
	var each *types.Var
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, isName := n.(*ast.Ident)
		if !isName || f.pkg.Use(id) != v {
			return true
		}
		switch parent := stack[len(stack)-1].(type) {
		case *ast.RangeStmt:
			if value, isName := parent.Value.(*ast.Ident); isName && each == nil {
				each, ok = f.pkg.Def(value).(*types.Var)
				return true
			}
			ok = false
		case *ast.CallExpr:
			_, builtin := f.pkg.Callee(parent).(*types.Builtin)
			ok = ok && builtin || builtin && each == nil
		default:
			ok = false
		}
		return true
	})
	if each == nil || !ok {
		return use, false
	}
	use, ok = f.useOf(fn, each, passageDepth)
	return use, ok && use.runs == started
}

// keptAndStarted says of a function that puts a parameter into a field, and does nothing else
// with it, whether it starts a goroutine that calls the field.
//
//	func Watch(path string, changed func()) *Watcher {
//		w := &Watcher{path: path, changed: changed}
//		go w.loop()
//		return w
//	}
func (f *Facts) keptAndStarted(fn *function, v *types.Var) fieldStart {
	if _, isFunc := v.Type().Underlying().(*types.Signature); !isFunc {
		return fieldStart{}
	}
	field := f.keptIn(fn, v)
	if field == nil {
		return fieldStart{}
	}
	for _, s := range f.calledVars[field] {
		if s.in == nil {
			return fieldStart{}
		}
		if state := f.pkg.LocksAt(s.in.node, s.call); state.Doubt || len(state.Held) > 0 {
			return fieldStart{} // one after the other
		}
	}
	for _, s := range f.calledVars[field] {
		for _, c := range f.callsOf(fn) {
			if c.site.runs != started {
				continue
			}
			if start := f.startedIn(c, s, passageDepth); start.ok {
				return start
			}
		}
		for _, lit := range f.order {
			if ok, waited := f.comes(lit, s, passageDepth); ok && lit.around == fn && lit.runs == started {
				return fieldStart{ok: true, many: f.loops(fn, lit.at), waited: waited}
			}
		}
	}
	return fieldStart{}
}

// keptIn returns the field into which a function puts a parameter, of which that is the only
// use; nil otherwise.
func (f *Facts) keptIn(fn *function, v *types.Var) (field *types.Var) {
	uses := 0
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || f.pkg.Use(id) != v {
			return true
		}
		uses++
		var at ast.Expr
		switch parent := stack[len(stack)-1].(type) {
		case *ast.KeyValueExpr:
			if parent.Value == id {
				at = parent.Key
			}
		case *ast.AssignStmt:
			if len(parent.Lhs) == 1 && parent.Rhs[0] == id {
				at = parent.Lhs[0]
			}
		}
		if sel, ok := at.(*ast.SelectorExpr); ok {
			at = sel.Sel
		}
		if key, ok := at.(*ast.Ident); ok {
			if w, ok := f.pkg.Use(key).(*types.Var); ok && w.IsField() {
				field = w.Origin()
			}
		}
		return true
	})
	if uses != 1 {
		return nil
	}
	return field
}

// useOf returns how a function runs a parameter, if each use of that is a call of it, or hands
// it to a function that does nothing else with it.
func (f *Facts) useOf(fn *function, v *types.Var, depth int) (use useOfParameter, ok bool) {
	if _, isFunc := v.Type().Underlying().(*types.Signature); !isFunc || depth == 0 {
		return use, false
	}
	ok = true
	f.pkg.PreorderStack(fn.body(), nil, func(n ast.Node, stack []ast.Node) bool {
		id, isName := n.(*ast.Ident)
		if !ok || !isName || f.pkg.Use(id) != v {
			return ok
		}
		one, known := f.useAt(fn, id, stack, depth)
		ok = known && (use.runs == later || use == one)
		use = one
		return ok
	})
	return use, ok && use.runs != later
}

// useAt returns how a function runs a parameter by one use of it.
func (f *Facts) useAt(fn *function, id *ast.Ident, stack []ast.Node, depth int) (use useOfParameter, ok bool) {
	call, isCall := stack[len(stack)-1].(*ast.CallExpr)
	if !isCall {
		return use, false
	}
	in, runs := f.runsAt(fn, call, stack)
	state := f.pkg.LocksAt(in.node, call)
	if runs == later || state.Doubt || len(state.Held) > 0 || in != fn && !f.quiet(in, call) {
		return use, false
	}
	inner := useOfParameter{runs: inPlace}
	if ast.Unparen(call.Fun) != ast.Expr(id) {
		if inner, ok = f.useBy(call, id, depth); !ok {
			return use, false
		}
	}
	if runs == inPlace {
		inner.joined = inner.joined || inner.runs == started && f.receivesFrom(fn, call, stack[:len(stack)-1])
		return inner, true
	}
	if inner.runs != inPlace {
		return use, false
	}
	use = useOfParameter{runs: started}
	if in != fn {
		joins := f.joins(fn, in)
		flow := f.pkg.Flow(fn.node)
		start, found := flow.At(in.at)
		use.many = !found || f.leads(flow, start, func(p facts.Point) bool { return p == start }, joins)
		use.joined, use.sound = f.endOf(fn, in)
	} else {
		use.many = f.loops(fn, call)
	}
	return use, true
}

// receivesFrom reports whether a function receives from the channel that a call returns, which
// stands in it, before it returns itself.
//
//	func wait(f func()) error { return <-start(f) }
func (f *Facts) receivesFrom(fn *function, call *ast.CallExpr, stack []ast.Node) bool {
	if _, isChan := f.pkg.TypeOf(call).Underlying().(*types.Chan); !isChan || len(stack) == 0 {
		return false
	}
	set, isSet := stack[len(stack)-1].(*ast.AssignStmt)
	if !isSet {
		receive, ok := stack[len(stack)-1].(*ast.UnaryExpr)
		return ok && receive.Op == token.ARROW
	}
	start, ok := f.pkg.Flow(fn.node).At(call)
	if !ok || len(set.Lhs) != 1 {
		return false
	}
	ch, ok := f.holder(set.Lhs[0]).(*types.Var)
	return ok && ch.Kind() == types.LocalVar && !f.leads(f.pkg.Flow(fn.node), start, nil, func(n ast.Node) bool { return f.receives(n, ch) })
}

// receives reports whether a node receives from the channel that a variable holds.
func (f *Facts) receives(n ast.Node, ch *types.Var) (does bool) {
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		receive, ok := n.(*ast.UnaryExpr)
		does = does || ok && receive.Op == token.ARROW && f.holder(receive.X) == ch
		return !does
	})
	return does
}

// runsAt returns the function that makes a call within another, itself or a literal in it that
// runs on a goroutine, and how the call is made: in place, or on a goroutine.
func (f *Facts) runsAt(fn *function, call *ast.CallExpr, stack []ast.Node) (in *function, runs manner) {
	in, runs = fn, inPlace
	for i, n := range stack {
		switch n := n.(type) {
		case *ast.FuncLit:
			lit := f.funcs[n]
			if lit == nil || lit.runs != started || runs == started {
				return fn, later
			}
			in, runs = lit, started
		case *ast.GoStmt:
			if n.Call == call && i == len(stack)-2 {
				if runs == started {
					return fn, later
				}
				runs = started
			}
		case *ast.DeferStmt:
			return fn, later
		}
	}
	return in, runs
}

// useBy returns how a function that is called runs an argument.
func (f *Facts) useBy(call *ast.CallExpr, arg ast.Expr, depth int) (use useOfParameter, ok bool) {
	callee, isFunc := f.pkg.Callee(call).(*types.Func)
	if !isFunc {
		return use, false
	}
	if to := f.decls[callee.Origin()]; to != nil {
		v := parameterOf(callee.Origin(), call, arg)
		if v == nil {
			return use, false
		}
		return f.useOf(to, v, depth-1)
	}
	return f.startedAbroad(call, argumentIndex(call, arg))
}

// startedAbroad returns how a function of another package runs an argument that it starts.
func (f *Facts) startedAbroad(call *ast.CallExpr, arg int) (use useOfParameter, ok bool) {
	callee, isFunc := f.pkg.Callee(call).(*types.Func)
	if !isFunc || arg < 0 {
		return use, false
	}
	conduct := f.pkg.Imports.ConductOf(callee.Origin())
	if conduct == nil {
		return use, false
	}
	for _, s := range conduct.Starts {
		if s.Rest && arg >= s.Param && !call.Ellipsis.IsValid() {
			return useOfParameter{runs: started, joined: s.Joined, abroad: true}, true
		}
		if s.Param == arg && !s.Rest && (!callee.Signature().Variadic() || arg < callee.Signature().Params().Len()-1) {
			return useOfParameter{runs: started, many: s.Many, joined: s.Joined, sound: s.Sound, kept: s.Kept, abroad: true}, true
		}
	}
	return use, false
}
