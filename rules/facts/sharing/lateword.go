package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// A function that starts a goroutine, and waits until that says that it is ready, goes on
// beside what the goroutine does from there on:
//
//	func (s *T) Start() { go s.run(); <-s.ready }
//	func (s *T) run()   { close(s.ready); s.srv = listen() }

// addLate adds the accesses that a goroutine makes behind the one word for which the function
// waits that has started it.
func (f *Facts) addLate(launcher *function, all map[fieldOf][]running) {
	for _, c := range f.callsOf(launcher) {
		if c.site.runs != started || c.site.in != launcher {
			continue
		}
		word := f.onlyWord(launcher, c.callee)
		if word == nil {
			continue
		}
		for _, p := range f.passagesOf(c.callee) {
			if p.access.fn == c.callee && p.by == nil && p.access.Expr.Pos() > word.End() {
				p.waited = false
				f.addRunning(running{passage: p, field: fieldAt(p.at), launcher: launcher, goroutine: c.callee}, c.callee.obj.Signature().Recv(), all)
			}
		}
	}
}

// onlyWord returns the close or send by which a goroutine lets the function go on that has
// started it: the function waits for nothing else, and the goroutine, at its top, for nothing.
func (f *Facts) onlyWord(launcher, goroutine *function) (word ast.Node) {
	gives := f.signalsOf(goroutine).gives
	for key, waits := range f.signalsOf(launcher).waits {
		v, ok := key.(*types.Var)
		if !ok || !isChan(v.Type()) || len(gives[key]) != 1 || len(waits) == 0 || word != nil {
			return nil
		}
		word = gives[key][0]
	}
	if word == nil || !slices.ContainsFunc(goroutine.body().List, func(st ast.Stmt) bool { return isStatement(st, word) }) {
		return nil
	}
	return word
}

func isChan(t types.Type) bool {
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// isStatement reports whether a statement is a send, or the call of a close, and no more.
func isStatement(st ast.Stmt, word ast.Node) bool {
	call, ok := st.(*ast.ExprStmt)
	return ast.Node(st) == word || ok && call.X == word
}
