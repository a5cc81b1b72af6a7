package waits

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// fills reports whether sends with a lock held can fill a buffer of few places, and the next one
// waits: an exported method sends, once for each call of which nobody knows how many there are, and
// whoever takes something out does so in a loop.
//
//	func (s *shaper) Push(f frame) { s.mu.Lock(); defer s.mu.Unlock(); s.queue <- f }
//	func (s *shaper) drain() { for f := range s.queue { s.account(f) } } // takes s.mu
func (f *Facts) fills(w *op) bool {
	decl, ok := w.fn.(*ast.FuncDecl)
	if !ok || w.class.counted || w.class.places > fewPlaces || w.at.Path == "" || w.test || decl.Recv == nil || !decl.Name.IsExported() || endName.MatchString(decl.Name.Name) {
		return false
	}
	for _, p := range w.partners() {
		if p.kind != Send && p.kind.ends(Send) && !p.inLoop() {
			return false
		}
	}
	return !f.asksSet(decl) && !f.looksAtLength(decl) && !f.stocked(w)
}

// stocked reports whether a loop of so many turns fills the buffer beforehand: what comes back was
// taken out before, and has its place.
//
//	for range 8 { p.idle <- &worker{} }
func (f *Facts) stocked(w *op) bool {
	return slices.ContainsFunc(w.class.ops, func(o *op) bool {
		return o != w && o.kind == Send && slices.ContainsFunc(o.stack, f.loopsBounded)
	})
}

func (f *Facts) loopsBounded(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return f.bounded(n)
	}
	return false
}

const fewPlaces = 128 // what can come together before a goroutine has taken one of them

// endName is of methods that say their word once.
var endName = lazyregexp.New(`(?i)close|stop|shutdown|quit|finish|end$|destroy|kill|exit|start|init|open`)

// inLoop reports whether an operation comes again and again in its function.
func (o *op) inLoop() bool {
	if _, ranges := o.node.(*ast.RangeStmt); ranges {
		return true
	}
	for i := len(o.stack) - 1; i >= 0; i-- {
		switch o.stack[i].(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		}
	}
	return false
}

// asksSet reports whether a function asks for a field that it sets itself: that may bound how often
// it comes to its send.
//
//	if s.pending { return }
//	s.pending = true
func (f *Facts) asksSet(decl *ast.FuncDecl) bool {
	asked, set := map[types.Object]bool{}, map[types.Object]bool{}
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			f.fieldsOf(n.Cond, asked)
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				f.fieldsOf(x, set)
			}
		case *ast.IncDecStmt:
			f.fieldsOf(n.X, set)
		}
		return true
	})
	for field := range asked {
		if set[field] {
			return true
		}
	}
	return false
}

// fieldsOf adds the fields that an expression names to some.
func (f *Facts) fieldsOf(x ast.Expr, some map[types.Object]bool) {
	f.pkg.Inspect(x, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if v, isVar := f.pkg.Use(sel.Sel).(*types.Var); isVar && v.IsField() {
			some[v] = true
		}
		return true
	})
}

// looksAtLength reports whether a function asks how full a channel is.
func (f *Facts) looksAtLength(decl *ast.FuncDecl) (looks bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || looks {
			return !looks
		}
		name, isBuiltin := builtin(f.pkg, call)
		if isBuiltin && (name == "len" || name == "cap") && len(call.Args) == 1 {
			_, looks = f.pkg.TypeOf(call.Args[0]).Underlying().(*types.Chan)
		}
		return !looks
	})
	return looks
}
