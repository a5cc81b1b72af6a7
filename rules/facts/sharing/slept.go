package sharing

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// Who sleeps, and then looks at what a goroutine has written, has nothing that puts
// the two in order, however long the sleep: it is where a wait should be.
//
//	go srv.loop()
//	time.Sleep(50 * time.Millisecond)
//	if srv.ticks == 0 {

// served reports whether a server of a test runs the literal of a strand.
func (s strand) served() bool { return s.start != nil && s.start.served }

// startedBy reports whether a function itself starts the goroutine of a strand, not a
// literal in it, which may wait for it.
func (s strand) startedBy(in *function) bool {
	around, _, _ := s.start.out()
	return around == in || s.start.served && s.start.around == in
}

// slept reports whether a function comes, behind the start of a goroutine, to a
// time.Sleep, and from there to another strand of its own: before the sleep without
// having waited for the goroutine's end, behind it without any wait.
func (f *Facts) slept(in *function, at place, began, other strand, a *Access) bool {
	if began.start == nil || other.start != nil || other.exit || began.start.joined || other.at == nil || !began.startedBy(in) {
		return false
	}
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(began.at)
	to, ok2 := flow.At(other.at)
	if !ok || !ok2 || from == to {
		return false
	}
	before := f.endsOf(in, began.start)
	behind := func(n ast.Node) bool {
		return before(n) || f.waitsIn(n) || declares(f.pkg.Info, n, at.root) || !f.harmless(n)
	}
	for _, sleep := range f.sleepsIn(in) {
		s, ok := flow.At(sleep)
		if !ok || !f.letGo(in, began.start, a, flow, s) || before(to.Block.Nodes[to.Index]) || !f.harmless(to.Block.Nodes[to.Index]) {
			continue
		}
		if f.leads(flow, from, func(p facts.Point) bool { return p == s }, before) && f.leads(flow, s, func(p facts.Point) bool { return p == to }, behind) {
			return true
		}
	}
	return false
}

// letGo reports whether a goroutine can make an access before the function that has
// started it comes behind a point: else it waits for something which that gives only
// later.
func (f *Facts) letGo(in, goroutine *function, a *Access, flow *facts.Flow, at facts.Point) bool {
	if f.timedOut(in, goroutine, a, flow, at) {
		return false
	}
	if a.far == nil && f.quiet(a.fn, a.Expr) && !f.waitsIn(f.nodeOf(a)) || a.far != nil && !a.far.waited {
		return true
	}
	own := f.signalsOf(in)
	given, awaited := f.handedSignals(goroutine)
	for key := range awaited {
		if f.onlyBehind(own.gives[key], key, flow, at) || f.comesBehind(goroutine, awaited[key], a) && f.onlyBehind(f.givesByOthers(in, goroutine, key), key, flow, at) {
			return false
		}
	}
	for key, gives := range given {
		sends := slices.ContainsFunc(gives, func(n ast.Node) bool { _, send := n.(*ast.SendStmt); return send })
		if sends && f.onlyBehind(own.waits[key], key, flow, at) {
			return false // it waits for who receives
		}
	}
	return true
}

// onlyBehind reports whether a function makes operations on a signal, and none before
// a point.
func (f *Facts) onlyBehind(ops []ast.Node, key types.Object, flow *facts.Flow, at facts.Point) bool {
	v, isVar := key.(*types.Var)
	return len(ops) > 0 && !slices.ContainsFunc(ops, func(op ast.Node) bool {
		from, ok := flow.At(op)
		return !ok || f.leads(flow, from, func(p facts.Point) bool { return p == at }, func(n ast.Node) bool { return isVar && declares(f.pkg.Info, n, v) })
	})
}

// nodeOf returns the node of the flow of its function that makes an access.
func (f *Facts) nodeOf(a *Access) ast.Node {
	if at, ok := f.pkg.Flow(a.fn.node).At(a.Expr); ok {
		return at.Block.Nodes[at.Index]
	}
	return a.Expr
}

// keptBack reports whether a goroutine makes an access only behind something that the
// function which has started it gives when it has passed another strand of its own.
func (f *Facts) keptBack(in *function, began, other strand, a *Access) bool {
	if began.start == nil || other.start != nil || other.at == nil || a.far != nil {
		return false
	}
	flow := f.pkg.Flow(in.node)
	to, ok := flow.At(other.at)
	return ok && !f.letGo(in, began.start, a, flow, to)
}

// sleepsIn returns the calls of time.Sleep that a function itself makes.
func (f *Facts) sleepsIn(fn *function) (all []ast.Node) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if callee, ok := f.pkg.Callee(n).(*types.Func); ok && facts.IsFunc(callee, "time.Sleep") {
				all = append(all, n)
			}
		}
		return true
	})
	return all
}

// endsOf returns whether a node of a function may wait for the end of a goroutine:
// any wait, but a send, whose receiver goes on.
func (f *Facts) endsOf(in, goroutine *function) func(ast.Node) bool {
	joins := f.joins(in, goroutine)
	return func(n ast.Node) bool {
		if _, send := n.(*ast.SendStmt); send {
			return false
		}
		return joins(n) || f.waitsOtherwise(n)
	}
}

// waitsOtherwise reports whether a node waits for another goroutine, itself or in
// what it calls, by more than a send.
func (f *Facts) waitsOtherwise(n ast.Node) bool {
	found := false
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
		case *ast.CallExpr:
			if callee := f.decls[originOf(f.pkg.Callee(n))]; callee != nil {
				found = found || f.hearsAny(callee, map[*function]bool{})
			} else {
				found = found || f.waitsFor(n)
			}
		default:
			found = found || n != nil && f.waitsFor(n)
		}
		return !found
	})
	return found
}

// hearsAny reports whether a function, or one that it calls, receives or calls a Wait.
func (f *Facts) hearsAny(fn *function, seen map[*function]bool) bool {
	if seen[fn] {
		return false
	}
	seen[fn] = true
	found := false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return f.funcs[n] == nil || f.funcs[n].runs != started
		case *ast.GoStmt:
			return false
		case *ast.SendStmt:
		case *ast.CallExpr:
			if callee := f.decls[originOf(f.pkg.Callee(n))]; callee != nil {
				found = found || f.hearsAny(callee, seen)
			} else {
				found = found || f.waitsFor(n)
			}
		case *ast.UnaryExpr, *ast.RangeStmt:
			found = found || f.waitsFor(n)
		}
		return !found
	})
	return found
}

// atOnce reports whether a function of a test comes from the start of a goroutine to
// another strand of its own on a way on which it asks nobody for anything: what the
// goroutine says to the code under test, nobody has heard.
func (f *Facts) atOnce(in *function, at place, x, y strand, a, b *Access) bool {
	began, other := x, y
	if began.start == nil {
		began, other, a = y, x, b
	}
	if began.start == nil || other.start != nil || other.exit || other.at == nil || !began.startedBy(in) {
		return false
	}
	flow := f.pkg.Flow(in.node)
	from, ok := flow.At(began.at)
	to, ok2 := flow.At(other.at)
	if !ok || !ok2 || from == to || !f.harmless(to.Block.Nodes[to.Index]) || !f.letGo(in, began.start, a, flow, to) {
		return false
	}
	return f.leads(flow, from, func(p facts.Point) bool { return p == to }, func(n ast.Node) bool {
		return f.waitsIn(n) || declares(f.pkg.Info, n, at.root) || !f.harmless(n)
	})
}

// harmless reports whether a node calls nothing by which a function could hear how
// far another goroutine is: only what computes, prints, sleeps, or opens a connection.
func (f *Facts) harmless(n ast.Node) bool {
	ok := true
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			ok = ok && f.computes(n)
		case *ast.UnaryExpr:
			ok = ok && !f.waitsFor(n)
		case *ast.SendStmt, *ast.SelectStmt:
			ok = false
		}
		return ok
	})
	return ok
}

// computes reports whether a call is of a function of the standard library that has
// to do with nobody else.
func (f *Facts) computes(call *ast.CallExpr) bool {
	if f.pkg.IsType(call.Fun) {
		return true
	}
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Builtin:
		return true
	case *types.Func:
		if callee.Pkg() == nil {
			return true // error.Error
		}
		switch callee.Pkg().Path() {
		case "time", "fmt", "errors", "strings", "bytes", "strconv", "sort", "slices", "maps", "math", "reflect", "unicode", "path", "path/filepath", "regexp":
			return true
		case "testing":
			return !strings.HasPrefix(callee.Name(), "Run")
		case "net":
			return strings.HasPrefix(callee.Name(), "Dial") && callee.Signature().Recv() == nil || strings.HasSuffix(callee.Name(), "Addr") || callee.Name() == "String"
		case "github.com/stretchr/testify/assert", "github.com/stretchr/testify/require":
			return !strings.HasPrefix(callee.Name(), "Eventually") && !strings.HasPrefix(callee.Name(), "Never")
		}
	}
	return false
}
