package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// An openLook is a look whether something is over that no lock makes one with what follows: at
// a channel that is closed then, or at an atomic flag.
//
//	select {
//	case <-s.done:
//		return
//	default:
//	}
//	s.out <- v // may be closed by now
type openLook struct {
	at   ast.Node
	base ast.Expr // whose channel or flag it is
	said types.Object
	// atomic says that it is at an atomic: whoever sets it does so on another goroutine.
	atomic bool
}

// overtaken returns the close of the channel of a send that can come between a look and the
// send: by a function that says what was looked at, and which a goroutine of the package runs
// beside whoever sends, or the other way round.
func (f *Facts) overtaken(c *Class, decl *ast.FuncDecl, send *ast.SendStmt) *ClosedMeanwhile {
	for _, look := range f.openLooks(decl, send) {
		for _, end := range c.Of(Close) {
			by, ok := functionOf(end.Stack).(*ast.FuncDecl)
			if !ok || end.Test || by == decl || !f.sameOwner(look.base, send.Chan) || f.waitsFirst(by, end.Node) || !f.says(by, look, end) {
				continue
			}
			if f.besideEachOther(decl, by) || f.besideEachOther(by, decl) || look.atomic && f.eachByMany(decl, by) {
				return &ClosedMeanwhile{Close: end.Node, Look: look.at}
			}
		}
	}
	return nil
}

// openLooks returns the looks by which a function decides, before a send, whether it goes on.
func (f *Facts) openLooks(decl *ast.FuncDecl, send ast.Node) (all []openLook) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if n.Pos() > send.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt:
			if ch := f.triesToHear(n); ch != nil && n.End() < send.Pos() {
				all = append(all, f.lookAt(n, ch)...)
			}
		case *ast.IfStmt:
			around := contains(n.Body, send)
			if around || leavesAtEnd(n.Body) && n.End() < send.Pos() {
				all = append(all, f.looksIn(n.Cond)...)
			}
		}
		return true
	})
	return all
}

// triesToHear returns the channel from which a select with a default receives, to leave.
func (f *Facts) triesToHear(s *ast.SelectStmt) ast.Expr {
	if len(s.Body.List) != 2 {
		return nil
	}
	var heard ast.Expr
	tries := false
	for _, st := range s.Body.List {
		clause := st.(*ast.CommClause)
		if clause.Comm == nil {
			tries = len(clause.Body) == 0 || leavesAtEnd(&ast.BlockStmt{List: clause.Body})
			continue
		}
		if receive := receiveOf(clause.Comm); receive != nil && leavesAtEnd(&ast.BlockStmt{List: clause.Body}) {
			heard = receive.X
		}
	}
	if !tries {
		return nil
	}
	return heard
}

// looksIn returns the looks in a condition: in a method that does nothing else, at an atomic.
func (f *Facts) looksIn(cond ast.Expr) (all []openLook) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if x, does := f.atomicOperand(call); does == "Load" {
			for _, look := range f.lookAt(call, x) {
				look.atomic = true
				all = append(all, look)
			}
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return false
		}
		body := f.pkg.Body(call)
		if body == nil || len(body.Body.List) == 0 {
			return false
		}
		asks, ok := body.Body.List[0].(*ast.SelectStmt)
		if !ok || len(body.Body.List) > 2 {
			return false
		}
		if ch := f.triesToHear(asks); ch != nil {
			if field := f.field(ch); field != nil {
				all = append(all, openLook{at: call, base: sel.X, said: field})
			}
		}
		return false
	})
	return all
}

// lookAt is the look at a field.
func (f *Facts) lookAt(at ast.Node, x ast.Expr) []openLook {
	sel, ok := ast.Unparen(x).(*ast.SelectorExpr)
	field, isVar := f.field(x).(*types.Var)
	if !ok || !isVar || !field.IsField() {
		return nil
	}
	return []openLook{{at: at, base: sel.X, said: field}}
}

// sameOwner reports whether a channel is a field of what an expression names.
func (f *Facts) sameOwner(base, ch ast.Expr) bool {
	sel, ok := ast.Unparen(ch).(*ast.SelectorExpr)
	return ok && f.same(sel.X, base)
}

// says reports whether a function says what was looked at, where it closes: it closes that
// channel of the same owner, or sets that flag.
func (f *Facts) says(by *ast.FuncDecl, look openLook, end *ClassOp) (says bool) {
	owner, ok := ast.Unparen(end.Chan).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f.pkg.Inspect(by.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || says {
			return !says
		}
		said := ast.Expr(nil)
		if f.isBuiltin(call, "close") && len(call.Args) == 1 {
			said = call.Args[0]
		} else if x, does := f.atomicOperand(call); does != "Load" {
			said = x
		}
		says = said != nil && f.field(said) == look.said && f.sameOwner(owner.X, said)
		return !says
	})
	return says
}

// eachByMany reports whether several may call each of two methods of one type, neither under a
// lock of theirs.
func (f *Facts) eachByMany(a, b *ast.FuncDecl) bool {
	return f.calledByMany(a) && f.calledByMany(b)
}

// besideEachOther reports whether a goroutine of the package calls one method of its receiver,
// and somebody else the other.
func (f *Facts) besideEachOther(called, other *ast.FuncDecl) bool {
	for _, call := range f.callsOf(called) {
		by := f.around(call)
		if !f.inTest(call) && f.runsAlone(by) && f.ownReceiver(call, by) && f.calledBeside(other, by) {
			return true
		}
	}
	return false
}

// calledBeside reports whether somebody may call a method but a goroutine, and what this calls.
func (f *Facts) calledBeside(decl *ast.FuncDecl, goroutine ast.Node) bool {
	if decl.Name.IsExported() && f.ownerExported(decl) {
		return true
	}
	return slices.ContainsFunc(f.callsOf(decl), func(call *ast.CallExpr) bool {
		if contains(goroutine, call) || f.inTest(call) {
			return false
		}
		by, ok := f.around(call).(*ast.FuncDecl)
		if !ok {
			return true // a literal of somebody else's
		}
		calls := f.callsOf(by)
		return len(calls) == 0 || slices.ContainsFunc(calls, func(c *ast.CallExpr) bool { return f.around(c) != goroutine })
	})
}
