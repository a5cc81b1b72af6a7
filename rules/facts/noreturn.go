package facts

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// NoReturn reports whether a call never comes back to its caller: os.Exit,
// log.Fatal, runtime.Goexit, t.Fatal, panic, what else the models call so, and
// functions of this package none of whose paths returns.
func (p *Package) NoReturn(call *ast.CallExpr) bool {
	return p.ending(call) != comesBack
}

// Panics reports whether a call that never comes back may leave by a panic, so
// that a recover deferred by the caller could catch it.
func (p *Package) Panics(call *ast.CallExpr) bool {
	return p.ending(call) == byPanic
}

// An ending is how a call ends, seen by its caller.
type ending int

const (
	comesBack ending = iota
	byPanic          // never comes back; on some path it panics
	byExit           // never comes back; the goroutine or the process ends, or it waits for ever
)

func (p *Package) ending(call *ast.CallExpr) ending {
	if b, ok := p.Callee(call).(*types.Builtin); ok {
		if b.Name() == "panic" {
			return byPanic
		}
		return comesBack
	}
	if m := p.Model(call); m != nil {
		return modelled(m.NoReturn, m.Panics)
	}
	if decl := p.Body(call); decl != nil {
		return p.endingOf(decl)
	}
	if p.failsTest(call) {
		return byExit
	}
	return p.endingByName(call)
}

// ends are the names of functions that are believed not to come back, and give nothing back,
// where their body is not known: of a logger of another module, of an interface, in a variable.
var ends = lazyregexp.New(`^(?i:fatal|panic)(f|w|ln|Depth|Context|Ctx)?$`)

// exits are those of functions that get the status which the process ends with.
var exits = lazyregexp.New(`^(?i:(os)?exit|(os)?exit(func|fn)|fatalexit)$`)

// endingByName returns how a call of an unknown function ends by what it is called.
//
//	logger.Fatalf("state %d", n) // of somebody's logger, which ends the process by a hook
//	osExit(2)                    // var osExit = os.Exit
func (p *Package) endingByName(call *ast.CallExpr) ending {
	callee := p.Callee(call)
	if callee == nil {
		return comesBack
	}
	of, ok := callee.Type().Underlying().(*types.Signature)
	if !ok || of.Results().Len() > 0 {
		return comesBack
	}
	name := callee.Name()
	switch {
	case exits.MatchString(name):
		if of.Params().Len() == 1 && types.Identical(of.Params().At(0).Type(), types.Typ[types.Int]) {
			return byExit
		}
	case !ends.MatchString(name) || of.Params().Len() == 0:
	case strings.HasPrefix(strings.ToLower(name), "panic"):
		return byPanic
	default:
		return byExit
	}
	return comesBack
}

// failsTest reports whether a call ends a test through an interface of the
// program's own that *testing.T is meant to satisfy: FailNow, and what is built
// on it, of an interface that has FailNow or Helper.
func (p *Package) failsTest(call *ast.CallExpr) bool {
	fn, ok := p.Callee(call).(*types.Func)
	if !ok {
		return false
	}
	switch fn.Name() {
	case "FailNow", "Fatal", "Fatalf", "Skip", "Skipf", "SkipNow":
		of := recvType(fn)
		return types.IsInterface(of) && (declares(of, "FailNow") || declares(of, "Helper"))
	}
	return false
}

// declares reports whether a type has a method of a name, of whatever package.
func declares(t types.Type, name string) bool {
	m, _, _ := types.LookupFieldOrMethod(t, false, nil, name)
	return m != nil
}

func modelled(noReturn, panics bool) ending {
	switch {
	case panics:
		return byPanic
	case noReturn:
		return byExit
	}
	return comesBack
}

// endingOf returns how a function of this package ends. A recursive call counts
// as coming back: a function that does nothing but call itself is not worth the
// doubt.
func (p *Package) endingOf(decl *ast.FuncDecl) ending {
	if end, ok := p.endings[decl]; ok {
		return end
	}
	if p.endings == nil {
		p.endings = map[*ast.FuncDecl]ending{}
	}
	p.endings[decl] = comesBack
	if p.mayEnd(decl) {
		p.endings[decl] = p.endingOfPaths(decl)
	}
	return p.endings[decl]
}

// endingOfPaths looks at every path through a function.
func (p *Package) endingOfPaths(decl *ast.FuncDecl) ending {
	flow := p.Flow(decl)
	if flow == nil {
		return comesBack
	}
	end := byExit
	for block := range flow.Reachable() {
		switch {
		case block.Exit.Normal():
			return comesBack
		case block.Exit == Panics:
			end = byPanic
		}
	}
	if end == byPanic && p.mayRecover(decl.Body) {
		return comesBack
	}
	return end
}

// mayEnd is the cheap half of endingOf: a function that never comes back has no
// return statement (one behind its end is not worth a graph), and something
// other than a plain statement last.
func (p *Package) mayEnd(decl *ast.FuncDecl) bool {
	if len(decl.Body.List) == 0 {
		return false
	}
	switch decl.Body.List[len(decl.Body.List)-1].(type) {
	case *ast.AssignStmt, *ast.ReturnStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.RangeStmt:
		return false
	}
	returns := false
	p.inspectOwn(decl.Body, func(n ast.Node) bool {
		_, ok := n.(*ast.ReturnStmt)
		returns = returns || ok
		return !returns
	})
	return !returns
}

// mayRecover reports whether a deferred call of the body could stop a panic:
// it is a literal or a function of this package that calls recover, or one that
// nothing is known of.
func (p *Package) mayRecover(body *ast.BlockStmt) bool {
	found := false
	p.inspectOwn(body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && p.stopsPanic(d.Call) {
			found = true
		}
		return !found
	})
	return found
}

// stopsPanic reports whether a deferred call could stop a panic.
func (p *Package) stopsPanic(call *ast.CallExpr) bool {
	if lit, ok := ast.Unparen(call.Fun).(*ast.FuncLit); ok {
		return p.callsRecover(lit.Body)
	}
	if decl := p.Body(call); decl != nil {
		return p.callsRecover(decl.Body)
	}
	return p.Model(call) == nil
}

// callsRecover reports whether the body itself calls recover: only a call in
// the deferred function's own body stops a panic.
func (p *Package) callsRecover(body *ast.BlockStmt) bool {
	found := false
	p.inspectOwn(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			b, ok := p.Callee(call).(*types.Builtin)
			found = found || ok && b.Name() == "recover"
		}
		return !found
	})
	return found
}

// inspectOwn is Inspect without function literals.
func (p *Package) inspectOwn(n ast.Node, visit func(ast.Node) bool) {
	p.Inspect(n, func(m ast.Node) bool {
		_, literal := m.(*ast.FuncLit)
		return !literal && visit(m)
	})
}
