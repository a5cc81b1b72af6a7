package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A sureClose is a close that a function makes on every way through it, of a channel that
// it reaches from a parameter or its receiver.
type sureClose struct {
	from *types.Var
	path []*ast.Ident // the fields that lead from there
	call *ast.CallExpr
}

// A CallClosing is a call of a function that closes a channel which is closed already.
type CallClosing struct {
	First ast.Node // what closed it before, or its defer statement
	Close ast.Node // where the function that is called closes it
}

// ClosesAgain returns what is wrong with a call whose function closes a channel on every
// way through it, where that has been closed before, or is by a deferred call later; nil if
// nothing is.
//
//	defer s.Stop()
//	if err := s.serve(); err != nil {
//		s.Stop()
//		return err
//	}
func (f *Facts) ClosesAgain(fn ast.Node, call *ast.CallExpr) *CallClosing {
	decl := f.pkg.Body(call)
	if decl == nil || f.recoversItself(fn) {
		return nil
	}
	for _, c := range f.sureCloses(decl) {
		ch := f.atCall(c, decl, call)
		if ch == nil || f.asksFor(fn, call, ch) {
			continue
		}
		if first := f.closedBefore(fn, call, ch); first != nil && !f.asksFor(fn, first, ch) && f.staysClosed(fn, call, ch) {
			return &CallClosing{First: first, Close: c.call}
		}
	}
	return nil
}

// recoversItself reports whether a function, declared or literal, stops its own panics: it may
// well ask for the one of the second close.
func (f *Facts) recoversItself(fn ast.Node) bool {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return f.recovers(fn)
	case *ast.FuncLit:
		return f.recovers(&ast.FuncDecl{Body: fn.Body})
	}
	return false
}

// closes reports whether a call closes a channel: itself, or by what it calls.
func (f *Facts) closes(call *ast.CallExpr, ch ast.Expr) bool {
	if f.isCloseOf(call, ch) {
		return true
	}
	decl := f.pkg.Body(call)
	return decl != nil && slices.ContainsFunc(f.sureCloses(decl), func(c sureClose) bool {
		closed := f.atCall(c, decl, call)
		return closed != nil && f.same(closed, ch)
	})
}

// sureCloses returns what a function closes whatever happens: by statements of its own body
// before any that could leave it. One that recovers closes nothing for sure.
func (f *Facts) sureCloses(decl *ast.FuncDecl) (all []sureClose) {
	if known, ok := f.closers[decl]; ok {
		return known
	}
	if f.closers == nil {
		f.closers = map[*ast.FuncDecl][]sureClose{}
	}
	list := decl.Body.List
	if f.recovers(decl) {
		list = nil
	}
	for _, st := range list {
		if call := f.closeIn(st); call != nil {
			if c, ok := f.closingOf(decl, call); ok {
				all = append(all, c)
			}
		}
		if f.mayLeave([]ast.Stmt{st}) {
			break
		}
	}
	f.closers[decl] = all
	return all
}

// closeIn returns the close that a statement is, or defers.
func (f *Facts) closeIn(st ast.Stmt) *ast.CallExpr {
	var call *ast.CallExpr
	switch st := st.(type) {
	case *ast.ExprStmt:
		call, _ = ast.Unparen(st.X).(*ast.CallExpr)
	case *ast.DeferStmt:
		call = st.Call
	}
	if call == nil || !f.isBuiltin(call, "close") || len(call.Args) != 1 {
		return nil
	}
	return call
}

// closingOf follows the argument of a close back to a parameter or the receiver, none of
// which the function sets anew on the way.
func (f *Facts) closingOf(decl *ast.FuncDecl, call *ast.CallExpr) (c sureClose, ok bool) {
	c.call = call
	x := ast.Unparen(call.Args[0])
	for sel, more := x.(*ast.SelectorExpr); more; sel, more = x.(*ast.SelectorExpr) {
		c.path = append(c.path, sel.Sel)
		x = ast.Unparen(sel.X)
	}
	slices.Reverse(c.path)
	c.from = f.Variable(x)
	return c, c.from != nil && f.parameterIndex(decl, c.from) != none && !f.resets(decl, c.from, call.Args[0])
}

// resets reports whether a function sets a channel, or what leads to it, or hands the object
// on to what may.
func (f *Facts) resets(decl *ast.FuncDecl, root *types.Var, ch ast.Expr) (resets bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			resets = resets || f.passesItself(call, root)
		} else {
			resets = resets || f.mayReplace(n, root, ch)
		}
		return !resets
	})
	return resets
}

// passesItself reports whether a call gets a variable itself, as an argument or the receiver.
func (f *Facts) passesItself(call *ast.CallExpr, v *types.Var) bool {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.Variable(sel.X) == v {
		_, field := f.pkg.Use(sel.Sel).(*types.Var)
		return !field
	}
	return slices.ContainsFunc(call.Args, func(x ast.Expr) bool {
		if addr, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && addr.Op == token.AND {
			x = addr.X
		}
		return f.Variable(x) == v && !f.isBuiltin(call, "close")
	})
}

const (
	none     = -2
	receiver = -1
)

// parameterIndex returns which parameter of a function a variable is.
func (f *Facts) parameterIndex(decl *ast.FuncDecl, v *types.Var) int {
	sign := f.pkg.Def(decl.Name).(*types.Func).Signature()
	if sign.Recv() == v {
		return receiver
	}
	for i := range sign.Params().Len() {
		if sign.Params().At(i) == v && !(sign.Variadic() && i == sign.Params().Len()-1) {
			return i
		}
	}
	return none
}

// atCall says what the channel of a sureClose is for the caller: an expression that stands
// nowhere, of names that do.
func (f *Facts) atCall(c sureClose, decl *ast.FuncDecl, call *ast.CallExpr) ast.Expr {
	var x ast.Expr
	switch i := f.parameterIndex(decl, c.from); i {
	case receiver:
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || f.pkg.Info.Selections[sel] == nil || len(f.pkg.Info.Selections[sel].Index()) != 1 {
			return nil // of an embedded field, or a method expression
		}
		x = sel.X
	default:
		if i >= len(call.Args) {
			return nil
		}
		x = call.Args[i]
	}
	if addr, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && addr.Op == token.AND && len(c.path) > 0 {
		x = addr.X
	}
	for _, name := range c.path {
		x = &ast.SelectorExpr{X: x, Sel: name}
	}
	return x
}

// asksFor reports whether a node stands under a condition that asks something of what the
// channel belongs to: whether it is closed may be what it asks.
func (f *Facts) asksFor(fn, n ast.Node, ch ast.Expr) bool {
	root := f.Variable(f.Root(ch))
	return slices.ContainsFunc(conditionsAround(fn, n), func(cond ast.Expr) bool { return root == nil || f.names(cond, root) })
}

// staysClosed reports whether a path leads from a call out of the function on which nothing
// makes the channel anew.
func (f *Facts) staysClosed(fn ast.Node, call *ast.CallExpr, ch ast.Expr) bool {
	s := f.between(fn, call, nil, ch)
	s.until = nil
	return s.out() != nil
}
