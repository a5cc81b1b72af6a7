package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// Of a method that only the package calls it is known when: where a function has made the object, and
// with it its goroutine, and calls the method then, the two can be at work at once, whatever the
// method and the type are called.
//
//	h := startHarvester() // go h.drive(), which sets h.current
//	h.add(f)
//	log.Println(h.state()) // reads h.current

// A useInPlace is a call of a method of the object that a local variable has, by name or by a formatter.
type useInPlace struct {
	in   *function
	call *ast.CallExpr
	on   *types.Var
}

// usesInPlace returns the calls of a method by functions of the program.
func (f *Facts) usesInPlace(m *function) (uses []useInPlace) {
	for _, s := range f.realSites(m) {
		if s.in == nil || s.in.test || s.runs != inPlace || originOf(f.pkg.Callee(s.call)) != m.obj {
			continue
		}
		if v := f.calledOn(s.call); v != nil {
			uses = append(uses, useInPlace{s.in, s.call, v})
		}
	}
	for _, s := range f.implicitSites()[m.obj.Origin()] {
		if v := f.localNamed(s.object); v != nil {
			uses = append(uses, useInPlace{s.in, s.call, v})
		}
	}
	return uses
}

// calledAtWork reports whether a function of the program calls a method of an object whose goroutine it
// has started before, and of which it has not heard since; where the goroutine first waits for
// something, the function has given something meanwhile.
func (f *Facts) calledAtWork(m *function, p passage, r running) bool {
	told := f.givesBeforeUse(m, p)
	return slices.ContainsFunc(f.usesInPlace(m), func(s useInPlace) bool {
		return slices.ContainsFunc(f.callsOf(s.in.outermost()), func(c outgoing) bool {
			return c.callee == r.launcher && c.site.in == s.in && c.site.runs == inPlace && f.makesWorker(s.in, s.on, c) && f.unheardSince(s, c, r, told)
		})
	})
}

// launchersCalled returns the functions that call one by which a goroutine is started.
func (f *Facts) launchersCalled(all map[fieldOf][]running) map[*function]bool {
	callers := map[*function]bool{}
	for _, of := range all {
		for _, r := range of {
			for _, s := range f.realSites(r.launcher) {
				if s.in != nil && !s.in.test {
					callers[s.in] = true
				}
			}
		}
	}
	return callers
}

// calledBy reports whether one of some functions calls a method.
func (f *Facts) calledBy(m *function, callers map[*function]bool) bool {
	return slices.ContainsFunc(f.usesInPlace(m), func(s useInPlace) bool { return callers[s.in] })
}

// calledOn returns the local variable whose method a call is of.
func (f *Facts) calledOn(call *ast.CallExpr) *types.Var {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	return f.localNamed(sel.X)
}

// localNamed returns the local variable that an expression names.
func (f *Facts) localNamed(e ast.Expr) *types.Var {
	id, ok := ast.Unparen(e).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	return v
}

// makesWorker reports whether a call starts the goroutine of the object that a variable has: it is a
// method of that, or its first result is what the variable is set to, and nothing else is.
func (f *Facts) makesWorker(fn *function, v *types.Var, c outgoing) bool {
	if c.callee.obj.Signature().Recv() != nil {
		return f.calledOn(c.site.call) == v
	}
	if !f.keepsValue(fn.outermost(), v) {
		return false
	}
	made := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if ok && len(set.Rhs) == 1 && ast.Unparen(set.Rhs[0]) == ast.Expr(c.site.call) {
			id, named := set.Lhs[0].(*ast.Ident)
			made = made || named && f.pkg.ObjectOf(id) == types.Object(v)
		}
		return !made
	})
	return made
}

// unheardSince reports whether a function waits for nothing, and calls nothing that may wait for the
// end of a goroutine, between the call that starts that and another; and whether it gives something,
// if the goroutine waits for something first and the method does not give it, before its use.
func (f *Facts) unheardSince(s useInPlace, start outgoing, r running, told bool) bool {
	from, to := start.site.call.End(), s.call.Pos()
	if to < from || !f.before(s.in, start.site.call, s.call) {
		return false
	}
	heard, given := false, told || !r.waited
	f.pkg.Inspect(s.in.body(), func(n ast.Node) bool {
		if n == nil || n.End() <= from || n.Pos() >= to || heard {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.SendStmt:
			given = given || n.Pos() >= from
		case *ast.CallExpr:
			if n.Pos() >= from {
				heard = f.mayHear(n, r.goroutine)
				given = given || f.mayGive(n)
			}
		case *ast.SelectStmt:
			heard = true
		case *ast.UnaryExpr:
			heard = n.Op == token.ARROW
		case *ast.RangeStmt:
			_, heard = f.typeOf(n.X).(*types.Chan)
		}
		return true
	})
	return !heard && given
}

// givesBeforeUse reports whether a method gives something, itself, before a use of its own.
//
//	close(d.abort)
//	return d.failed
func (f *Facts) givesBeforeUse(m *function, p passage) bool {
	for _, nodes := range f.signalsOf(m).gives {
		if slices.ContainsFunc(nodes, func(n ast.Node) bool { return p.access.fn == m && n.End() <= p.access.Expr.Pos() }) {
			return true
		}
	}
	return false
}

// mayHear reports whether a call may wait for a goroutine: its function receives what that gives, or
// its name says that it waits, or ends something.
func (f *Facts) mayHear(call *ast.CallExpr, goroutine *function) bool {
	name := calledMethod(call)
	if name == "" {
		name = f.calledName(call)
	}
	if waitName.MatchString(name) || hearsName.MatchString(name) {
		return true
	}
	callee := f.decls[originOf(f.pkg.Callee(call))]
	if callee == nil {
		return false
	}
	for key := range f.allSignals(goroutine).gives {
		if len(f.allSignals(callee).waits[key]) > 0 {
			return true
		}
	}
	return false
}

// hearsName is of functions that end something, or wait.
var hearsName = lazyregexp.New(`(?i)^(stop|close|shutdown|kill|cancel|abort|quit|exit|halt|terminate|disconnect|drain|flush|wait|finish|join|sync|end)`)

// mayGive reports whether the function of a call sends, closes or tells something.
func (f *Facts) mayGive(call *ast.CallExpr) bool {
	callee := f.decls[originOf(f.pkg.Callee(call))]
	return callee != nil && len(f.allSignals(callee).gives) > 0
}
