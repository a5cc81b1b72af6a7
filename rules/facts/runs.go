package facts

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/models"
)

// A call runs more than the function that it names: once.Do(s.fill) runs fill,
// log.Print(s) runs s.String, and s.done(), where done is a field that only ever
// gets s.finish, runs finish.

// A ran is the function that a call runs during itself without naming it.
type ran struct {
	fn *types.Func
	// value is the method value that says what the receiver is; nil if the
	// receiver is the struct of the field that is called, or there is none.
	value  *ast.SelectorExpr
	object ast.Expr // what the receiver is, likewise
	may    bool     // it need not run it
	once   bool     // by a Once: another call may have run it
}

// runsOf notes what a call runs: arguments that its model says it runs, or the
// function that the field holds that it calls.
func (s *scanner) runsOf(call *ast.CallExpr) {
	for _, arg := range call.Args {
		switch arg := ast.Unparen(arg).(type) {
		case *ast.FuncLit:
			if s.runsArgument(call, arg) {
				s.ranLits[call] = append(s.ranLits[call], arg)
			}
		case *ast.SelectorExpr:
			if fn := s.pkg.namedFunc(arg.Sel); fn != nil && s.runsArgument(call, arg) {
				s.runs[call] = ran{fn: fn, value: arg, may: true, once: IsFunc(s.pkg.callee(call), "(*sync.Once).Do")}
			}
		case *ast.Ident:
			if fn := s.pkg.namedFunc(arg); fn != nil && s.runsArgument(call, arg) {
				s.runs[call] = ran{fn: fn, may: true}
			}
		}
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if fn := s.pkg.heldFunc(sel); fn != nil {
			s.runs[call] = ran{fn: fn}
		}
	}
	s.runsMethods(call)
}

// runsMethods notes the first method that a call runs implicitly and that has to do
// with locks.
func (s *scanner) runsMethods(call *ast.CallExpr) {
	if _, known := s.runs[call]; known {
		return
	}
	if n := s.pkg.graph().nodes[s.pkg.callee(call)]; n != nil && n.reaches {
		return // it takes locks itself
	}
	for _, implicit := range s.pkg.ImplicitCalls(call) {
		n := s.pkg.graph().nodes[implicit.Method]
		if n != nil && n.reaches || n == nil && s.pkg.Imports.summary(implicit.Method) != nil {
			s.runs[call] = ran{fn: implicit.Method, object: implicit.Object}
			return
		}
	}
}

// namedFunc returns the function or method that an identifier names, nil if none, or
// an interface's.
func (p *Package) namedFunc(id *ast.Ident) *types.Func {
	fn, ok := p.Use(id).(*types.Func)
	if !ok || isAbstract(fn) {
		return nil
	}
	return fn.Origin()
}

// runsArgument reports whether the model of a call says that it runs an argument
// before it returns.
func (s *scanner) runsArgument(call *ast.CallExpr, arg ast.Expr) bool {
	m := s.pkg.Model(call)
	if m == nil {
		return false
	}
	for _, run := range m.Runs {
		if run.Arg < len(call.Args) && ast.Unparen(call.Args[run.Arg]) == arg && (run.How == models.Now || run.How == models.Once) {
			return true
		}
	}
	return false
}
