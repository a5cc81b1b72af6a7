package channels

import (
	"go/ast"
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
	if starts := f.startedOnly(decl); decl.Recv != nil && len(starts) == 1 && len(f.loopsAround(starts[0].in, starts[0].stmt)) == 0 {
		return decl
	}
	calls := f.callsOf(decl)
	if depth == maxCallers || f.isExportedMethod(decl) || len(calls) == 0 || !f.onlyCalled(decl) {
		return nil
	}
	var root ast.Node
	for _, call := range calls {
		by, ok := f.around(call).(*ast.FuncDecl)
		if !ok {
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
