package facts

import (
	"go/ast"
	"go/types"
)

// exitOf says how a call leaves the function for good; Inside if it returns.
func (p *Package) exitOf(call *ast.CallExpr) Exit {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := p.Info.Uses[id].(*types.Builtin); ok && b.Name() == "panic" {
			return Panics
		}
	}
	if p.neverReturns(call) {
		return Ends
	}
	return Inside
}

// neverReturns reports whether no path of the called function comes back.
func (p *Package) neverReturns(call *ast.CallExpr) bool {
	fn := p.callee(call)
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch fn.Pkg().Path() {
	case "os", "syscall", "runtime", "log", "testing":
		return ending[fn.FullName()]
	}
	decl := p.declOf(fn)
	return decl != nil && p.endsAlways(decl)
}

// ending holds the functions of the standard library that never return.
var ending = map[string]bool{
	"os.Exit": true, "syscall.Exit": true, "runtime.Goexit": true,
	"log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true,
	"log.Panic": true, "log.Panicf": true, "log.Panicln": true,
	"(*log.Logger).Fatal": true, "(*log.Logger).Fatalf": true, "(*log.Logger).Fatalln": true,
	"(*log.Logger).Panic": true, "(*log.Logger).Panicf": true, "(*log.Logger).Panicln": true,
	"(*testing.common).Fatal": true, "(*testing.common).Fatalf": true, "(*testing.common).FailNow": true,
	"(*testing.common).Skip": true, "(*testing.common).Skipf": true, "(*testing.common).SkipNow": true,
	"(testing.TB).Fatal": true, "(testing.TB).Fatalf": true, "(testing.TB).FailNow": true,
	"(testing.TB).Skip": true, "(testing.TB).Skipf": true, "(testing.TB).SkipNow": true,
}

// endsAlways reports whether no path through decl reaches a normal exit.
func (p *Package) endsAlways(decl *ast.FuncDecl) bool {
	if !mayEnd(decl) {
		return false
	}
	flow := p.Flow(decl)
	if flow == nil {
		return false
	}
	for block := range flow.Reachable() {
		if block.Exit.Normal() {
			return false
		}
	}
	return true
}

// mayEnd is the cheap half of endsAlways: a function that ends always has no
// return statement (one behind its end is not worth a graph), and something
// other than a plain statement last.
func mayEnd(decl *ast.FuncDecl) bool {
	if decl.Body == nil || len(decl.Body.List) == 0 {
		return false
	}
	switch decl.Body.List[len(decl.Body.List)-1].(type) {
	case *ast.AssignStmt, *ast.ReturnStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.RangeStmt:
		return false
	}
	returns := false
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			returns = true
		}
		return !returns
	})
	return !returns
}
