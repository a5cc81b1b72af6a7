package channels

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/models"
)

// A Leaver is how a subscriber comes to need the lock under which it is sent to: the
// function by which it leaves takes the lock, and whoever is about to leave receives no more.
//
//	func (b *Bus) Publish(m string)       { b.mu.Lock(); for _, c := range b.subs { c <- m }; b.mu.Unlock() }
//	func (b *Bus) Unsubscribe(c chan string) { b.mu.Lock(); delete(b.subs, c); b.mu.Unlock() }
type Leaver struct {
	Held  *ast.CallExpr // by which the sender has taken the lock
	Lock  ast.Expr      // the lock, as it spells it
	Needs *ast.CallExpr // by which the subscriber does
	Ends  ast.Node      // the close, or what takes the channel out
}

// Leaver says so of a bare send, with a lock held, on one of the channels that a map or
// slice holds, or the structs in one, if callers of the package alone receive from them, or
// one goroutine of its own.
func (f *Facts) Leaver(fn ast.Node, send *ast.SendStmt) *Leaver {
	c := f.Class(send.Chan)
	if c == nil || c.Nil {
		return nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == ast.Node(send) })
	if i < 0 || !c.Ops[i].Alone() || c.Ops[i].Defer != nil || c.Ops[i].Test || f.sentOnce(c) || f.neverFull(c) {
		return nil
	}
	holdings, ok := f.pkg.Held(fn, send)
	if !ok {
		return nil
	}
	for _, h := range holdings {
		if held, ok := ast.Unparen(h.By[0].Fun).(*ast.SelectorExpr); ok && h.Must {
			if needs, ends := f.leaves(c, f.lockField(held), h, fn); needs != nil {
				return &Leaver{h.By[0], held.X, needs, ends}
			}
		}
	}
	return nil
}

// plenty is room for so many that a channel is not meant to be full ever.
const plenty = 1 << 16

// neverFull reports whether all channels of a class are made with such room.
func (f *Facts) neverFull(c *Class) bool {
	return len(c.Makes) > 0 && !slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool {
		if len(made.Args) < 2 {
			return true
		}
		v := f.pkg.Info.Types[made.Args[1]].Value
		if v == nil {
			return true
		}
		n, exact := constant.Int64Val(constant.ToInt(v))
		return !exact || n < plenty
	})
}

// leaves looks at who receives: callers of the package, or a goroutine of its own.
func (f *Facts) leaves(c *Class, lock types.Object, h facts.Holding, sender ast.Node) (needs *ast.CallExpr, ends ast.Node) {
	if f.receivedByCallers(c) {
		return f.leavesUnder(c, lock, h, sender)
	}
	return f.leavesByItself(c, lock, h, sender)
}

// sentOnce reports whether a channel of the class is for one value: some function that sends on
// it makes it, or takes it out of what holds it then, as of a call that is answered.
func (f *Facts) sentOnce(c *Class) bool {
	return slices.ContainsFunc(c.Of(Send), func(op *ClassOp) bool {
		decl, ok := functionOf(op.Stack).(*ast.FuncDecl)
		made := slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool { return ok && decl.Pos() <= made.Pos() && made.End() <= decl.End() })
		return !op.Test && (!ok || made || f.removal(c, decl) != nil)
	})
}

// receivedByCallers reports whether whoever receives from the channels of a class is a
// caller of the package: it is handed to him, or an exported function receives for him.
func (f *Facts) receivedByCallers(c *Class) bool {
	n := 0
	for _, op := range c.Of(Receive, Range) {
		decl, ok := op.Fn.(*ast.FuncDecl)
		if op.Test {
			continue
		}
		if !ok || !decl.Name.IsExported() || !op.Alone() {
			return false
		}
		n++
	}
	return n > 0 || c.Takes && f.handedToCallers(c)
}

// handedToCallers reports whether an exported function returns a channel that it makes for
// the class.
func (f *Facts) handedToCallers(c *Class) bool {
	return slices.ContainsFunc(c.Makes, func(made *ast.CallExpr) bool {
		decl, ok := f.around(made).(*ast.FuncDecl)
		return ok && decl.Name.IsExported() && decl.Type.Results != nil
	})
}

// leavesUnder returns the call by which a function takes a lock before it closes a channel
// of the class, or takes it out of what holds it: a function that callers can come to, and
// that does not go on receiving.
func (f *Facts) leavesUnder(c *Class, lock types.Object, h facts.Holding, sender ast.Node) (needs *ast.CallExpr, ends ast.Node) {
	for _, file := range f.pkg.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Body == nil || ast.Node(decl) == sender || !decl.Name.IsExported() || f.inTest(decl) || f.receivesIn(c, decl) {
				continue
			}
			if needs, ends := f.takesOutUnder(c, decl, lock, h); needs != nil {
				return needs, ends
			}
		}
	}
	return nil, nil
}

// takesOutUnder returns the call by which a function takes a lock, and what it then closes or
// takes out; in a literal, too, that it has run where it stands.
//
//	s.once.Do(func() { s.m.mu.Lock(); delete(s.m.streams, s.id); s.m.mu.Unlock(); close(s.in) })
func (f *Facts) takesOutUnder(c *Class, fn ast.Node, lock types.Object, h facts.Holding) (needs *ast.CallExpr, ends ast.Node) {
	for _, call := range f.callsIn(fn) {
		for _, lit := range f.runInPlace(call) {
			if needs, ends := f.takesOutUnder(c, lit, lock, h); needs != nil {
				return needs, ends
			}
		}
	}
	ends = f.takesOut(c, fn)
	if ends == nil || lock == nil {
		return nil, nil
	}
	for _, call := range f.callsIn(fn) {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "Lock" || sel.Sel.Name == "RLock" && !h.Read) && f.lockField(sel) == lock && call.Pos() < ends.Pos() {
			return call, ends
		}
	}
	return nil, nil
}

// runInPlace returns the literals that a call runs before it returns, as a Once does.
func (f *Facts) runInPlace(call *ast.CallExpr) (all []*ast.FuncLit) {
	model := f.pkg.Model(call)
	if model == nil {
		return nil
	}
	for _, run := range model.Runs {
		if (run.How == models.Now || run.How == models.Once) && run.Arg >= 0 && run.Arg < len(call.Args) {
			if lit, ok := ast.Unparen(call.Args[run.Arg]).(*ast.FuncLit); ok {
				all = append(all, lit)
			}
		}
	}
	return all
}

// lockField is the field or variable of a lock of which a method is selected: an embedded
// field, where the method is promoted.
func (f *Facts) lockField(sel *ast.SelectorExpr) types.Object {
	chosen := f.pkg.Info.Selections[sel]
	if chosen == nil || len(chosen.Index()) < 2 {
		return f.field(sel.X)
	}
	var field *types.Var
	in := chosen.Recv()
	for _, i := range chosen.Index()[:len(chosen.Index())-1] {
		st, ok := pointerless(in).Underlying().(*types.Struct)
		if !ok {
			return nil
		}
		field = st.Field(i)
		in = field.Type()
	}
	return field.Origin()
}

// receivesIn reports whether a function receives from the channels of a class, or from any: it
// may take what is left.
func (f *Facts) receivesIn(c *Class, decl *ast.FuncDecl) bool {
	if slices.ContainsFunc(c.Of(Receive, Range), func(op *ClassOp) bool { return decl.Pos() <= op.Node.Pos() && op.Node.End() <= decl.End() }) {
		return true
	}
	receives := false
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr:
			receives = receives || isArrow(n)
		case *ast.RangeStmt:
			_, isChan := f.pkg.TypeOf(n.X).Underlying().(*types.Chan)
			receives = receives || isChan
		}
		return !receives
	})
	return receives
}

// takesOut returns the node by which a function closes a channel of the class, or deletes
// one from what holds it.
func (f *Facts) takesOut(c *Class, fn ast.Node) (found ast.Node) {
	for _, end := range c.Of(Close) {
		if end.Fn == fn && len(f.loopsOfAll(c, fn, end.Node)) == 0 {
			return end.Node
		}
	}
	for _, call := range f.callsIn(fn) {
		if f.isBuiltin(call, "delete") && f.holdsClass(call.Args[0], c) {
			return call
		}
	}
	return nil
}

// loopsOfAll returns the loops around a node that go over all channels of a class: who
// closes every one ends it all, and is no subscriber.
func (f *Facts) loopsOfAll(c *Class, fn, n ast.Node) (all []ast.Stmt) {
	for _, loop := range f.loopsAround(fn, n) {
		if r, ok := loop.(*ast.RangeStmt); ok && !f.mentionsParam(loop) && f.holdsClass(r.X, c) {
			all = append(all, loop)
		}
	}
	return all
}

// mentionsParam reports whether a node names a parameter: it looks for one.
func (f *Facts) mentionsParam(n ast.Node) (does bool) {
	f.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok {
			v, isVar := f.pkg.ObjectOf(id).(*types.Var)
			does = does || isVar && v.Kind() == types.ParamVar
		}
		return !does
	})
	return does
}

// holdsClass reports whether an expression is what holds the channels of a class, or a map or
// slice of structs that have them as a field.
func (f *Facts) holdsClass(x ast.Expr, c *Class) bool {
	if holdsChannels(c.Var.Type()) {
		return f.classVar(x) == c.Var
	}
	var elems []types.Type
	switch t := f.pkg.TypeOf(x).Underlying().(type) {
	case *types.Map:
		elems = []types.Type{t.Key(), t.Elem()}
	case *types.Slice:
		elems = []types.Type{t.Elem()}
	}
	for _, elem := range elems {
		st, ok := pointerless(elem).Underlying().(*types.Struct)
		for i := 0; ok && i < st.NumFields(); i++ {
			if st.Field(i).Origin() == c.Var {
				return true
			}
		}
	}
	return false
}
