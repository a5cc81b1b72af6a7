package channels

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/models"
)

// inOneRoutine reports whether two functions only ever run on the one goroutine of a third, by
// calls: what the one does the other finds done, and never half done.
//
//	func (t *tracker) run() { // started once
//		for {
//			select {
//			case name := <-t.remove: t.drop(name) // close(t.chans[name])
//			case event := <-t.events: t.send(event) // t.chans[event.name] <- event
//			}
//		}
//	}
func (f *Facts) inOneRoutine(a, b *ast.FuncDecl) bool {
	root := f.routineOf(a, 0)
	return root != nil && root == f.routineOf(b, 0)
}

// OneRoutine reports whether all of some functions only ever run on one and the same goroutine.
func (f *Facts) OneRoutine(all []*ast.FuncDecl) bool {
	for _, decl := range all {
		if !f.inOneRoutine(all[0], decl) {
			return false
		}
	}
	return len(all) > 0
}

// maxCallers bounds how far up the callers are followed.
const maxCallers = 4

// routineOf returns the one function, started in one place outside of loops, on whose goroutine
// alone a function runs; nil if there is none.
func (f *Facts) routineOf(decl *ast.FuncDecl, depth int) ast.Node {
	if starts := f.startedOnly(decl); decl.Recv != nil && len(starts) == 1 && !f.startsMany(starts[0]) {
		return decl
	}
	calls := f.callsOf(decl)
	if len(f.groups().start[decl]) > 0 || depth == maxCallers || f.isExportedMethod(decl) || len(calls) == 0 || !f.onlyCalled(decl) {
		return nil
	}
	var root ast.Node
	for _, call := range calls {
		by := f.DeclRunning(call)
		if by == nil {
			return nil
		}
		of := f.routineOf(by, depth+1)
		if of == nil || root != nil && root != of {
			return nil
		}
		root = of
	}
	return root
}

// startsMany reports whether a start stands in a loop, or in a literal that a call may run in a
// loop of its own.
func (f *Facts) startsMany(s starter) bool {
	lit, ok := s.in.(*ast.FuncLit)
	if !ok || len(f.loopsAround(s.in, s.stmt)) > 0 {
		return len(f.loopsAround(s.in, s.stmt)) > 0
	}
	stack := f.stackOf(f.declAround(lit.Pos()), lit)
	call, ok := stack[len(stack)-1].(*ast.CallExpr)
	return ok && ast.Unparen(call.Fun) != ast.Expr(lit) && f.runsAgain(call)
}

// runsAgain reports whether a call runs a function again and again, as the Range of a map does.
func (f *Facts) runsAgain(call *ast.CallExpr) bool {
	model := f.pkg.Model(call)
	return model != nil && slices.ContainsFunc(model.Runs, func(run models.Run) bool { return run.How == models.Now })
}

// DeclRunning returns the declared function of which a node runs as a part: in it, or in a
// literal that a call of its runs before it returns.
//
//	t.all.Range(func(key, _ any) bool { t.watch(key); return true })
func (f *Facts) DeclRunning(n ast.Node) *ast.FuncDecl {
	for range maxCallers {
		lit, ok := f.around(n).(*ast.FuncLit)
		if !ok {
			decl, _ := f.around(n).(*ast.FuncDecl)
			return decl
		}
		stack := f.stackOf(f.declAround(lit.Pos()), lit)
		if len(stack) == 0 {
			return nil
		}
		call, ok := stack[len(stack)-1].(*ast.CallExpr)
		if !ok || !slices.Contains(f.runInPlace(call), lit) {
			return nil
		}
		n = call
	}
	return nil
}

// inOneLoop reports whether one loop of a method without parameters calls two functions, and nobody
// else does: whatever goroutine that is, it does one after the other.
//
//	func (h *Hub) Run() {
//		for {
//			select {
//			case m := <-h.in: h.publish(m)
//			case c := <-h.leave: h.drop(c)
//			}
//		}
//	}
func (f *Facts) inOneLoop(a, b *ast.FuncDecl) bool {
	loop := f.loopOf(a)
	return loop != nil && loop == f.loopOf(b)
}

func (f *Facts) loopOf(decl *ast.FuncDecl) (loop ast.Stmt) {
	if f.isExportedMethod(decl) || !f.onlyCalled(decl) {
		return nil
	}
	for _, call := range f.callsOf(decl) {
		by, ok := f.around(call).(*ast.FuncDecl)
		if !ok || by.Recv == nil || by.Type.Params.NumFields() > 0 {
			return nil
		}
		loops := f.loopsAround(by, call)
		if len(loops) == 0 || loop != nil && loop != loops[0] {
			return nil
		}
		loop = loops[0]
	}
	return loop
}
