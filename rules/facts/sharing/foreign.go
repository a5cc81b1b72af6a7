package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A foreign access is one that a function of another package makes, which is called here.
// It has the function of the call as its expression, or the function that the call is given
// to run.
type foreign struct {
	call   *ast.CallExpr
	callee *types.Func
	touch  *facts.Touch
}

// A foreignSite is a call of a function of another package that has told of itself.
type foreignSite struct {
	site
	callee  *types.Func
	conduct *facts.Conduct
	name    ast.Expr // by which the function is named
	passed  bool     // the call is given the function, and runs it
}

// passesForeign notes a function of another package that a call is given, and runs on a
// goroutine: wg.Go(pump.Run).
func (w *walker) passesForeign(call *ast.CallExpr, in *function, arg ast.Expr) {
	sel, ok := arg.(*ast.SelectorExpr)
	if !ok || in == nil {
		return
	}
	callee, ok := w.pkg.Use(sel.Sel).(*types.Func)
	if !ok || w.pkg.Imports.ConductOf(callee.Origin()) == nil {
		return
	}
	w.stack = append(w.stack, call)
	runs, at, once := w.given(call, arg)
	w.stack = w.stack[:len(w.stack)-1]
	if runs == started && !once {
		w.addForeignSite(callee.Origin(), site{in: in, call: call, runs: started, stmt: at}, arg)
	}
}

// noteForeign notes a call of a function of another package. What a go statement calls
// stands in a literal, as if it were written so: go func() { pump.Run() }().
func (w *walker) noteForeign(callee *types.Func, s site) {
	if !w.neverRun() {
		w.addForeignSite(callee, s, ast.Unparen(s.call.Fun))
	}
}

func (f *Facts) addForeignSite(callee *types.Func, s site, name ast.Expr) {
	conduct := f.pkg.Imports.ConductOf(callee)
	if conduct == nil || len(conduct.Touches) == 0 || s.in == nil {
		return
	}
	if s.runs == started {
		s.in = f.abroad(s, name)
	}
	if s.runs != deferred {
		f.foreignSites = append(f.foreignSites, foreignSite{s, callee, conduct, name, name != ast.Unparen(s.call.Fun)})
	}
}

// abroad returns a literal that stands for a goroutine which makes a call.
func (f *Facts) abroad(s site, name ast.Expr) *function {
	var runs ast.Expr = s.call
	if ast.Unparen(s.call.Fun) != name {
		runs = name
	}
	body := &ast.BlockStmt{Lbrace: runs.Pos(), List: []ast.Stmt{&ast.ExprStmt{X: runs}}, Rbrace: runs.End() - 1}
	lit := &ast.FuncLit{Type: &ast.FuncType{Func: runs.Pos(), Params: &ast.FieldList{}}, Body: body}
	fn := &function{node: lit, around: s.in, runs: started, at: s.stmt, test: s.in.test, abroad: true}
	f.funcs[lit] = fn
	f.startsAbroad = append(f.startsAbroad, fn)
	f.starting = nil
	return fn
}

// neverRun reports whether the current node stands in the body of an if of which it is known
// when the program is compiled that it is not taken.
func (w *walker) neverRun() bool {
	for i := len(w.stack) - 1; i > 0; i-- {
		check, ok := w.stack[i-1].(*ast.IfStmt)
		if ok && w.stack[i] == ast.Node(check.Body) {
			if is := w.pkg.Info.Types[check.Cond].Value; is != nil && is.Kind() == constant.Bool && !constant.BoolVal(is) {
				return true
			}
		}
	}
	return false
}

// addForeign adds the accesses that functions of other packages make to those of the
// functions that call them.
func (f *Facts) addForeign(places map[*function]map[place][]*Access) {
	f.touched = map[*types.Var]bool{}
	for _, s := range f.foreignSites {
		behind := f.leftBehind(s)
		for i := range s.conduct.Touches {
			t := &s.conduct.Touches[i]
			at, v, ok := f.placeOfTouch(s, t)
			if !ok {
				continue
			}
			a := &Access{
				Var: v, Expr: s.name, Use: s.call, Func: s.in.node, Read: t.Read, Write: t.Write, Content: t.Content, Element: t.Element, Object: t.Object,
				fn: s.in, foreign: &foreign{s.call, s.callee, t},
			}
			if t.Go {
				a.fn, a.Func = behind, behind.node
			}
			f.touched[v] = f.touched[v] || t.Write
			top := s.in.outermost()
			if places[top] == nil {
				places[top] = map[place][]*Access{}
			}
			places[top][at] = append(places[top][at], a)
		}
	}
	f.dropReplaced(places)
}

// dropReplaced leaves out the foreign accesses of objects in the place of which a function
// puts others.
func (f *Facts) dropReplaced(places map[*function]map[place][]*Access) {
	tops := map[*function]bool{}
	for _, s := range f.foreignSites {
		tops[s.in.outermost()] = true
	}
	for top := range tops {
		own := places[top]
		for at, accesses := range own {
			if accesses[len(accesses)-1].foreign != nil && f.replaced(own, at) {
				own[at] = slices.DeleteFunc(accesses, func(a *Access) bool { return a.foreign != nil })
			}
			if len(own[at]) == 0 {
				delete(own, at)
			}
		}
	}
}

// leftBehind returns the goroutine that a call leaves behind, nil if it leaves none.
func (f *Facts) leftBehind(s foreignSite) *function {
	if s.runs != inPlace || !slices.ContainsFunc(s.conduct.Touches, func(t facts.Touch) bool { return t.Go }) {
		return s.in
	}
	return f.abroad(s.site, s.name)
}

// placeOfTouch names what a call touches as its caller does, and the variable that it is.
func (f *Facts) placeOfTouch(s foreignSite, t *facts.Touch) (at place, v *types.Var, ok bool) {
	if t.Arg == facts.Global {
		if at.root = f.pkg.GlobalAt(t.Global); at.root == nil {
			return at, nil, false
		}
		at.path = t.Path
		v, ok = lastField(at.root, at.root.Type(), t.Path)
		return at, v, ok
	}
	arg, param := f.operand(s, t.Arg)
	if arg == nil {
		return at, nil, false
	}
	if address, isAddress := ast.Unparen(arg).(*ast.UnaryExpr); isAddress && address.Op == token.AND {
		arg = address.X
	}
	at, ok = f.placeOf(arg)
	if !ok {
		return at, nil, false
	}
	if t.Arg == 0 {
		at.path += embeddedWay(f.pkg.Info, s.name)
	}
	at.path += t.Path
	v, ok = lastField(param, param.Type(), t.Path)
	return at, v, ok
}

// operand returns what a call gives its function as receiver or parameter, or what gets its
// first result, and that.
func (f *Facts) operand(s foreignSite, arg int) (ast.Expr, *types.Var) {
	info, sig := f.pkg.Info, s.callee.Signature()
	if arg == facts.Result {
		if sig.Results().Len() == 0 || f.resultOf(s.call) == nil {
			return nil, nil
		}
		return f.resultOf(s.call), sig.Results().At(0)
	}
	if arg == 0 {
		sel, ok := s.name.(*ast.SelectorExpr)
		if !ok || sig.Recv() == nil || info.Selections[sel] == nil || info.Selections[sel].Kind() != types.MethodVal {
			return nil, nil
		}
		return sel.X, sig.Recv()
	}
	if s.passed || arg > len(s.call.Args) || arg > sig.Params().Len() || len(s.call.Args) < sig.Params().Len()-bit(sig.Variadic()) {
		return nil, nil
	}
	return s.call.Args[arg-1], sig.Params().At(arg - 1)
}

// embeddedWay returns the embedded fields by which the name of a method comes to it.
func embeddedWay(info *types.Info, name ast.Expr) (path string) {
	selection := info.Selections[name.(*ast.SelectorExpr)]
	t := selection.Recv()
	index := selection.Index()
	for _, i := range index[:len(index)-1] {
		st, ok := structOf(t)
		if !ok || i >= st.NumFields() {
			return path
		}
		path += "." + st.Field(i).Name()
		t = st.Field(i).Type()
	}
	return path
}

// lastField returns the field that a path of names leads to from a variable, the variable
// itself for none.
func lastField(v *types.Var, t types.Type, path string) (*types.Var, bool) {
	if path == "" {
		return v, true
	}
	for name := range strings.SplitSeq(path[1:], ".") {
		st, ok := structOf(t)
		if !ok {
			return nil, false
		}
		if v = fieldNamed(st, name); v == nil {
			return nil, false
		}
		t = v.Type()
	}
	return v.Origin(), true
}

// borrowed returns the locks that are held at a foreign access: those of the other package
// are told by name.
func (f *Facts) borrowed(a *Access, here lockset) lockset {
	if a.foreign == nil {
		return here
	}
	all := lockset{}
	for class, write := range here {
		all[class] = write
		if class.Pkg() != nil && class.Pkg() != f.pkg.Types {
			all[f.lockNamed(f.className(class))] = write
		}
	}
	for _, l := range a.foreign.touch.Locks {
		all[f.lockNamed(l.Class)] = !l.Read
	}
	return all
}

// lockNamed stands for the lock of a class of another package.
func (f *Facts) lockNamed(class string) types.Object {
	if f.namedLocks == nil {
		f.namedLocks = map[string]types.Object{}
		f.lockNames = map[types.Object]string{}
	}
	if f.namedLocks[class] == nil {
		v := types.NewVar(token.NoPos, nil, class, types.Typ[types.Invalid])
		f.namedLocks[class], f.lockNames[v] = v, class
	}
	return f.namedLocks[class]
}

// className is the name of the class of a lock in all packages.
func (f *Facts) className(class types.Object) string {
	if name, ok := f.lockNames[class]; ok {
		return name
	}
	return f.pkg.ClassOf(class)
}
