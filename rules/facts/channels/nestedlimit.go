package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A NestedLimit is a place of a limit that is taken by who has one already: when all
// places are with such, nobody gives one back.
type NestedLimit struct {
	Via   ast.Node // the call by which the holder comes to it
	Again ast.Node // the send, or the call of Go, that takes the second
}

// NestedTake says how a send that takes a place of a semaphore can come to the same
// send, or another of the same semaphore, before the place is given back: the function
// calls itself, or a method of the same value that takes one.
func (f *Facts) NestedTake(fn ast.Node, take *ast.SendStmt) *NestedLimit {
	c := f.Class(take.Chan)
	if c == nil || f.inTest(take) || !f.isToken(take.Chan) || !f.madeWithRoom(take.Chan) || !f.onlyTokens(c) || !f.bareSend(c, take) {
		return nil
	}
	apart := f.apart(fn)
	var found *NestedLimit
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: take,
		until: func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || apart[call] || found != nil {
				return false
			}
			if again := f.takesAgain(fn, call, c, 0); again != nil {
				found = &NestedLimit{call, again}
			}
			return found != nil
		},
		covered: func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.UnaryExpr:
				return isArrow(n) && f.Class(n.X) == c
			case *ast.CallExpr:
				return !apart[n] && f.givesBack(n, c)
			}
			return false
		},
	}
	s.out()
	return found
}

// onlyTokens reports whether all that the package does with the channels of a class is
// to send and to receive, and nobody else does anything.
func (f *Facts) onlyTokens(c *Class) bool {
	return !c.Serves && !c.Takes && len(c.Of(Close, Range)) == 0 && len(c.Of(Send)) > 0 && len(c.Of(Receive)) > 0
}

func (f *Facts) bareSend(c *Class, take ast.Node) bool {
	for _, op := range c.Of(Send) {
		if op.Node == take {
			return op.Alone() && op.Defer == nil
		}
	}
	return false
}

// apart returns the calls that a function defers, or makes on another goroutine.
func (f *Facts) apart(fn ast.Node) map[*ast.CallExpr]bool {
	apart := deferredCalls(fn)
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if st, ok := n.(*ast.GoStmt); ok {
			apart[st.Call] = true
		}
		return true
	})
	return apart
}

// givesBack reports whether a call is of a function of the package that receives from
// the channels of a class.
func (f *Facts) givesBack(call *ast.CallExpr, c *Class) bool {
	decl := f.pkg.Body(call)
	if decl == nil {
		return false
	}
	for _, op := range c.Of(Receive) {
		if op.Fn == ast.Node(decl) && op.Defer == nil && len(decl.Body.List) == 1 {
			return true
		}
	}
	return false
}

// takesAgain returns the send by which a call, of a method of the same value, takes a
// place, itself or by what it calls.
func (f *Facts) takesAgain(fn ast.Node, call *ast.CallExpr, c *Class, depth int) ast.Node {
	decl := f.pkg.Body(call)
	if decl == nil || depth > deepest || c.Var.IsField() && !f.onReceiver(fn, call) {
		return nil
	}
	for _, op := range c.Of(Send) {
		if op.Fn == ast.Node(decl) && op.Alone() && op.Defer == nil && (!c.Var.IsField() || f.ofReceiver(decl, op.Chan)) {
			return op.Node
		}
	}
	if ast.Node(decl) == fn {
		return nil
	}
	apart := f.apart(decl)
	for _, inner := range f.callsIn(decl) {
		if apart[inner] {
			continue
		}
		if again := f.takesAgain(decl, inner, c, depth+1); again != nil {
			return again
		}
	}
	return nil
}

// onReceiver reports whether a call in a method is of a method of its receiver.
func (f *Facts) onReceiver(fn ast.Node, call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && f.receiverOf(fn) != nil && f.Variable(sel.X) == f.receiverOf(fn)
}

// ofReceiver reports whether a channel is a field of the receiver of a method.
func (f *Facts) ofReceiver(decl *ast.FuncDecl, ch ast.Expr) bool {
	sel, ok := ast.Unparen(ch).(*ast.SelectorExpr)
	return ok && f.receiverOf(decl) != nil && f.Variable(sel.X) == f.receiverOf(decl)
}

// receiverOf returns the receiver of the declared function that a function is.
func (f *Facts) receiverOf(fn ast.Node) *types.Var {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Recv == nil || len(decl.Recv.List) == 0 || len(decl.Recv.List[0].Names) == 0 {
		return nil
	}
	v, _ := f.pkg.Def(decl.Recv.List[0].Names[0]).(*types.Var)
	if v == nil || f.sets(v) > 0 {
		return nil
	}
	return v
}

// NestedGo says how a call of Go of a group with a limit comes to be made by a
// goroutine of the same group, which has a place itself: in the literal that another
// call of Go runs, or by a local function that calls Go and is called there.
func (f *Facts) NestedGo(fn ast.Node, call *ast.CallExpr) *NestedLimit {
	of := f.groups().of[call]
	if of == nil || of.Kind != Go || len(call.Args) != 1 {
		return nil
	}
	if field, ok := f.field(of.Group).(*types.Var); ok && field.IsField() {
		return f.nestedInMethod(fn, call, field)
	}
	if !f.limited(of.Group) {
		return nil
	}
	for _, outer := range f.groups().all {
		if outer.Kind != Go || len(outer.Call.Args) != 1 || !f.same(outer.Group, of.Group) {
			continue
		}
		lit, ok := ast.Unparen(outer.Call.Args[0]).(*ast.FuncLit)
		if !ok {
			continue
		}
		if outer != of && lit == fn {
			return &NestedLimit{outer.Call, call}
		}
		if via := f.callsAround(lit, fn); via != nil && outer.Call.Pos() >= fn.Pos() {
			return &NestedLimit{via, call}
		}
	}
	return nil
}

// nestedInMethod is NestedGo of a group in a field: what Go runs calls the method that calls Go of the
// same group.
//
//	s.g.SetLimit(n)
//	func (s *scan) dir(path string) error {
//		…
//		s.g.Go(func() error { return s.dir(sub) })
func (f *Facts) nestedInMethod(fn ast.Node, call *ast.CallExpr, group *types.Var) *NestedLimit {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || !f.ofReceiver(decl, f.groups().of[call].Group) || !f.limitedField(group) {
		return nil
	}
	for _, outer := range f.groups().all {
		if outer.Kind != Go || len(outer.Call.Args) != 1 || f.field(outer.Group) != types.Object(group) {
			continue
		}
		lit, ok := ast.Unparen(outer.Call.Args[0]).(*ast.FuncLit)
		by, declared := outer.Fn.(*ast.FuncDecl)
		if !ok || !declared || !f.ofReceiver(by, outer.Group) {
			continue
		}
		for _, inner := range f.callsIn(lit) {
			if f.pkg.Body(inner) == decl && f.onReceiver(by, inner) {
				return &NestedLimit{inner, call}
			}
		}
	}
	return nil
}

// limitedField reports whether SetLimit is called of a group in a field, wherever, and always with a
// number that is not below zero.
func (f *Facts) limitedField(group *types.Var) (limited bool) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || calledName(call) != "SetLimit" || len(call.Args) != 1 {
				return true
			}
			sel, isSel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if isSel && (f.field(sel.X) == types.Object(group) || f.becomesField(f.Variable(sel.X), group)) {
				limited = !f.unlimited(call)
			}
			return true
		})
	}
	return limited
}

// becomesField reports whether a local variable is what a field is set to.
//
//	g, ctx := errgroup.WithContext(ctx)
//	g.SetLimit(n)
//	return &scan{g: g}
func (f *Facts) becomesField(v, field *types.Var) (does bool) {
	if v == nil || v.Kind() != types.LocalVar {
		return false
	}
	f.pkg.Inspect(f.declAround(v.Pos()), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			key, ok := n.Key.(*ast.Ident)
			does = does || ok && f.pkg.Use(key) == types.Object(field) && f.Variable(addressed(n.Value)) == v
		case *ast.AssignStmt:
			for i, x := range n.Lhs {
				does = does || len(n.Lhs) == len(n.Rhs) && f.field(x) == types.Object(field) && f.Variable(addressed(n.Rhs[i])) == v
			}
		}
		return !does
	})
	return does
}

// addressed returns what an expression is the address of, or itself.
func addressed(x ast.Expr) ast.Expr {
	if of, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && of.Op == token.AND {
		return of.X
	}
	return x
}

// callsAround returns a call in the own flow of a literal of the local variable that
// holds the function fn.
func (f *Facts) callsAround(lit *ast.FuncLit, fn ast.Node) (via ast.Node) {
	inner, ok := fn.(*ast.FuncLit)
	if !ok || inner == lit {
		return nil
	}
	for _, call := range f.callsIn(lit) {
		v, isVar := f.pkg.Callee(call).(*types.Var)
		if !isVar || v.IsField() || v.Kind() != types.LocalVar || f.sets(v) != 1 {
			continue
		}
		for _, m := range f.mentions(v) {
			if value, sets := f.setBy(m); sets && value != nil && ast.Unparen(value) == ast.Expr(inner) {
				via = call
			}
		}
	}
	return via
}

// limited reports whether SetLimit is called of a group, and with no number below
// zero.
func (f *Facts) limited(group ast.Expr) (limited bool) {
	root := f.Root(group)
	if root == nil {
		return false
	}
	f.pkg.Inspect(f.declAround(root.Pos()), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return !limited
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		limited = limited || ok && sel.Sel.Name == "SetLimit" && f.same(sel.X, group) && !f.unlimited(call)
		return !limited
	})
	return limited
}

func (f *Facts) unlimited(call *ast.CallExpr) bool {
	v := f.pkg.Info.Types[call.Args[0]].Value
	return v != nil && v.String()[0] == '-'
}
