package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// An implicitSite is a call of another package that runs a method without naming it.
type implicitSite struct {
	in     *function
	call   *ast.CallExpr
	object ast.Expr // whose method it is
}

// runUnder reports whether the package has the method of an access run by an encoder or a
// formatter only where it holds the guard: the method cannot take it then.
//
//	func (s *State) save() error { b, err := json.Marshal(s); … } // all callers hold s.mu
//	func (s *State) MarshalJSON() ([]byte, error) { return json.Marshal(s.height) }
func (f *Facts) runUnder(a *Access, g *Guard) bool {
	m := a.fn.outermost().obj
	if m == nil || m.Signature().Recv() == nil {
		return false
	}
	sites := f.implicitSites()[m.Origin()]
	return len(sites) > 0 && !slices.ContainsFunc(sites, func(s implicitSite) bool {
		_, held := f.stateAt(s.in, s.call).locks[g.Lock]
		return !held
	})
}

// implicitSites returns such calls of the package's own methods, those of tests left out.
func (f *Facts) implicitSites() map[*types.Func][]implicitSite {
	type key struct{}
	return f.pkg.Keep(key{}, func() any {
		sites := map[*types.Func][]implicitSite{}
		for node, fn := range f.funcs {
			if fn.test {
				continue
			}
			f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if _, inner := n.(*ast.FuncLit); inner && n != node {
					return false
				}
				if !ok {
					return true
				}
				for _, run := range f.pkg.ImplicitCalls(call) {
					sites[run.Method] = append(sites[run.Method], implicitSite{fn, call, run.Object})
				}
				return true
			})
		}
		return sites
	}).(map[*types.Func][]implicitSite)
}
