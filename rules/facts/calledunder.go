package facts

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
)

// calledUnder collects the calls of a unit that are made with a lock held, and hand over a function
// which takes it, to one of the package that calls what it is given.
//
//	s.mu.Lock()
//	defer s.mu.Unlock()
//	s.each(func(k string) { s.remove(k) }) // func (s *store) remove(k string) { s.mu.Lock() …
func (u *unit) calledUnder(all map[*ast.CallExpr]CalledBack) {
	for _, r := range slices.Clone(u.order) {
		u.pkg.Inspect(bodyOf(r.fn), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.GoStmt, *ast.DeferStmt:
				return false // with other locks held
			case *ast.CallExpr:
				if found, ok := u.metUnder(r.fn, n); ok && all[n].Call == nil {
					all[n] = found
				}
			}
			return true
		})
	}
}

// metUnder looks for a lock, of those held at a call, that a function which it hands over takes.
func (u *unit) metUnder(fn ast.Node, call *ast.CallExpr) (found CalledBack, ok bool) {
	callee, named := u.pkg.Callee(call).(*types.Func)
	if !named || call.Ellipsis.IsValid() || isAbstract(callee) || !takesFunc(callee) || u.pkg.callGraph.nodes[callee.Origin()] == nil || u.pkg.mayLetGo(callee.Origin()) || u.saysWhether(call) {
		return found, false
	}
	for _, back := range u.pkg.invocations(callee.Origin(), nil) {
		if back.Kept || back.Param >= len(call.Args) {
			continue
		}
		holdings, known := u.pkg.Held(fn, call)
		for _, h := range holdings {
			id, ok := u.lockIDs[h.Lock]
			if !known || !ok || !h.Must || u.dropped[id] {
				continue
			}
			taken, writer := u.takenAgain(u.classNamed(h.Lock), h.Read, func(read bool) ast.Node {
				return u.argumentTakes(call.Args[back.Param], back, h.Lock, read)
			})
			if taken != nil {
				return CalledBack{Call: call, Taken: taken, Lock: h.Lock, Held: u.pkg.position(h.By[0].Pos()), Invoked: back.At, Writer: writer}, true
			}
		}
	}
	return found, false
}

// saysWhether reports whether a call passes a constant by which its function may choose, whether or on
// which goroutine it calls what it is given.
//
//	s.run(true, func() { s.remove(k) }) // if async { go f() } else { f() }
func (u *unit) saysWhether(call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		t := u.pkg.Info.Types[arg]
		return t.Value != nil && t.Value.Kind() == constant.Bool
	})
}

// mayLetGo reports whether a function may release a lock that its caller holds.
func (p *Package) mayLetGo(fn *types.Func) bool {
	effects, _, _ := p.knownEffects(fn)
	return slices.ContainsFunc(effects, func(e Effect) bool { return e.Does == Releases || e.Does == Drops || e.Does == Unclear })
}
