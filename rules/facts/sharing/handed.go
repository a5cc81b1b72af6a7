package sharing

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A handing is a function value that is an argument of a call.
type handing struct {
	fn   *function
	call *ast.CallExpr
	arg  ast.Expr
	in   *function
	goes *ast.GoStmt // of which it is the call; nil otherwise
}

// A useOfParameter is how the function that has it runs the function in it.
type useOfParameter struct {
	runs   manner
	many   bool // on several goroutines at once
	joined bool // they have ended when the call has
	sound  bool // they have where the call returns no error
	kept   bool // it may be called at any time from then on
	abroad bool // by a function of another package
}

// handOver says how the literals and declared functions run that are passed to
// functions of this package which do nothing with them but call them.
func (f *Facts) handOver() {
	for _, h := range f.handings {
		callee, _ := f.pkg.Callee(h.call).(*types.Func)
		if callee == nil || f.decls[callee.Origin()] == nil {
			continue
		}
		v := parameterOf(callee.Origin(), h.call, ast.Unparen(h.arg))
		if v != nil && h.fn.obj == nil && f.otherUses[v] && len(f.calledVars[v]) == 0 {
			h.fn.inbox = true
		}
		if v != nil && f.otherUses[v] {
			f.handOn(h, f.decls[callee.Origin()], v)
		}
		if v == nil || f.otherUses[v] || len(f.calledVars[v]) == 0 || keptFor(f.calledVars[v]) {
			continue
		}
		f.handTo(h, f.decls[callee.Origin()], f.calledVars[v])
	}
}

// handTo notes that a function calls what it is given.
func (f *Facts) handTo(h handing, to *function, calls []site) {
	use := f.useIn(to, calls)
	var stmt ast.Node = h.call
	if h.goes != nil && use.runs == inPlace {
		use.runs, stmt = started, h.goes // go s.serve(f): on the goroutine that serve runs on
	}
	if h.fn.obj != nil {
		if use.runs == started || use.runs == inPlace && f.callsFree(to, calls) {
			h.fn.sites = append(h.fn.sites, site{in: h.in, call: h.call, runs: use.runs, stmt: stmt, use: use})
		}
		return
	}
	if h.fn.runs != later {
		return
	}
	h.fn.runs, h.fn.sites, h.fn.at = bound, calls, stmt
	h.fn.handed, h.fn.hand, h.fn.many, h.fn.joined, h.fn.sound = true, use.runs, use.many, h.fn.joined || use.joined, use.sound
}

// handOn notes that a function hands a literal on to others, of which one runs it on a
// goroutine.
func (f *Facts) handOn(h handing, to *function, v *types.Var) {
	use, ok := f.useOf(to, v, passageDepth)
	if !ok || use.runs != started || h.goes != nil || h.fn.obj != nil || h.fn.runs != later {
		return
	}
	h.fn.runs, h.fn.at, h.fn.abroad = started, h.call, true
	h.fn.many, h.fn.joined, h.fn.inbox = use.many, h.fn.joined || use.joined, false
}

// callsFree reports whether a function holds no lock where it makes some calls.
func (f *Facts) callsFree(to *function, calls []site) bool {
	return !slices.ContainsFunc(calls, func(s site) bool {
		state := f.pkg.LocksAt(to.node, s.call)
		return s.in != to || s.runs != inPlace || state.Doubt || len(state.Held) > 0
	})
}

// useIn says how a function runs a parameter: as the first call does that a
// goroutine makes which has waited for nobody, or else in place.
func (f *Facts) useIn(to *function, calls []site) useOfParameter {
	use := useOfParameter{runs: inPlace}
	for _, s := range calls {
		if s.runs == deferred {
			use.runs = later
		}
		lit, ok := f.goroutineIn(to, s)
		if lit == nil {
			continue
		}
		if !ok {
			return useOfParameter{runs: later}
		}
		flow := f.pkg.Flow(lit.around.node)
		start, found := flow.At(lit.at)
		joins := f.joins(lit.around, lit)
		use = useOfParameter{runs: started, many: found && f.leads(flow, start, func(p facts.Point) bool { return p == start }, joins)}
		use.joined, use.sound = f.endOf(lit.around, lit)
		return use
	}
	return use
}

// goroutineIn returns the literal of a function that runs on a goroutine and
// makes a call; ok says that it gets there without a wait.
func (f *Facts) goroutineIn(to *function, s site) (lit *function, ok bool) {
	ok = true
	var at ast.Node = s.call
	for fn := s.in; fn != nil && fn != to; fn = fn.around {
		ok = ok && f.quiet(fn, at)
		if fn.runs == started && fn.around == to {
			return fn, ok
		}
		if fn.runs != inPlace && fn.runs != started {
			return fn, false
		}
		at = fn.at
	}
	return nil, ok
}
