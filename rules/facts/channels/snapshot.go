package channels

import (
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A Snapshot is a send on a channel that was looked up under a lock which is released before
// the send; another function closes the channel under that lock, and waits for nobody.
//
//	func (b *Bus) Publish(m string) { b.mu.Lock(); all := slices.Clone(b.subs); b.mu.Unlock(); for _, c := range all { c <- m } }
//	func (b *Bus) Remove(i int)     { b.mu.Lock(); close(b.subs[i]); delete(b.subs, i); b.mu.Unlock() }
type Snapshot struct {
	Close  ast.Node
	Behind bool          // the lock is released before the close, and after the channel was taken out
	Looked *ast.CallExpr // which takes the lock, before the send
}

// ClosedBehind says so of a send, be it a case of a select or not: a send on a closed
// channel panics in a select, too.
func (f *Facts) ClosedBehind(fn ast.Node, send *ast.SendStmt) *Snapshot {
	c := f.Class(send.Chan)
	decl, ok := functionOfNode(fn)
	if c == nil || !ok || f.inTest(send) || f.countsOrRecovers(decl) || !f.isLocal(send.Chan, fn) || f.takesForItself(c, decl, send) {
		return nil
	}
	if held, ok := f.pkg.Held(fn, send); !ok || len(held) > 0 || len(f.pkg.CallersLocks(fn)) > 0 {
		return nil
	}
	for _, end := range c.Of(Close) {
		by, ok := end.Fn.(*ast.FuncDecl)
		if !ok || by == decl || end.Test || end.Defer != nil || f.waitsFirst(by, end.Node) || f.takesOut(c, by) == nil || f.removal(c, by) == nil || f.inOneRoutine(by, decl) || f.inOneLoop(by, decl) {
			continue
		}
		locks, behind := f.locksOfRemoval(c, by, end.Node)
		for _, lock := range locks {
			if looked := f.locksFirst(decl, send, lock); looked != nil {
				return &Snapshot{end.Node, behind, looked}
			}
			if looked := f.lookedUpBy(send, lock); looked != nil {
				return &Snapshot{end.Node, behind, looked}
			}
		}
	}
	return nil
}

// locksOfRemoval returns the locks under which a function closes a channel that it removes, or
// removes one that it closes behind the lock.
func (f *Facts) locksOfRemoval(c *Class, by *ast.FuncDecl, end ast.Node) (locks []types.Object, behind bool) {
	held, ok := f.pkg.Held(by, end)
	if removal := f.removal(c, by); ok && len(held) == 0 && removal.Pos() < end.Pos() {
		behind = true
		held, ok = f.pkg.Held(by, removal)
	}
	for _, h := range held {
		lock, named := ast.Unparen(h.By[0].Fun).(*ast.SelectorExpr)
		if ok && named && h.Must && !h.Read {
			locks = append(locks, f.field(lock.X))
		}
	}
	return locks, behind
}

// functionOfNode returns a function that is declared.
func functionOfNode(fn ast.Node) (*ast.FuncDecl, bool) {
	decl, ok := fn.(*ast.FuncDecl)
	return decl, ok
}

// isLocal reports whether a channel is reached from a local variable of the function: an
// entry that was looked up, or one after the other.
func (f *Facts) isLocal(ch ast.Expr, fn ast.Node) bool {
	root := f.Root(ch)
	if index, ok := ast.Unparen(ch).(*ast.IndexExpr); ok {
		root = f.Root(index.X)
	}
	if root == nil {
		return false
	}
	v := f.Variable(root)
	return v != nil && v.Kind() == types.LocalVar && fn.Pos() <= v.Pos() && v.Pos() < fn.End()
}

// removal returns where a function takes the channel, or its owner, out of what holds it, so that
// it is one of many that come and go; nil if it does not.
func (f *Facts) removal(c *Class, decl *ast.FuncDecl) (found ast.Node) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if f.isBuiltin(n, "delete") && f.holdsClass(n.Args[0], c) {
				found = n
			}
		case *ast.AssignStmt:
			for i, x := range n.Lhs {
				field, ok := ast.Unparen(x).(*ast.SelectorExpr)
				if ok && f.holdsClass(field, c) && !f.adds(x, valueOf(n, i)) {
					found = n
				}
			}
		}
		return found == nil
	})
	return found
}

// adds reports whether a value is what a slice holds already, and more.
func (f *Facts) adds(to, value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	return ok && f.isBuiltin(call, "append") && f.same(call.Args[0], to)
}

// valueOf returns the value that an assignment gives its i-th target, nil if it is one of several results.
func valueOf(st *ast.AssignStmt, i int) ast.Expr {
	if len(st.Lhs) != len(st.Rhs) {
		return nil
	}
	return ast.Unparen(st.Rhs[i])
}

// locksFirst returns the call by which a function takes a lock before a node.
func (f *Facts) locksFirst(decl *ast.FuncDecl, before ast.Node, lock types.Object) *ast.CallExpr {
	for _, call := range f.callsIn(decl) {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if ok && lock != nil && call.Pos() < before.Pos() && takesLock.MatchString(sel.Sel.Name) && f.field(sel.X) == lock {
			return call
		}
	}
	return nil
}

// lookedUpBy returns the call of a function that takes a lock, of which a local channel, or
// what it is a part of, is the result.
func (f *Facts) lookedUpBy(send *ast.SendStmt, lock types.Object) *ast.CallExpr {
	root := f.Root(send.Chan)
	if root == nil {
		return nil
	}
	call, ok := ast.Unparen(f.valueOrNil(f.Variable(root))).(*ast.CallExpr)
	if !ok {
		call, ok = f.rangedOver(send, f.Variable(root))
	}
	if !ok {
		return nil
	}
	decl := f.pkg.Body(call)
	if decl == nil || len(decl.Body.List) == 0 || f.locksFirst(decl, decl.Body.List[len(decl.Body.List)-1], lock) == nil {
		return nil
	}
	return call
}

// rangedOver returns the call whose result a loop around a node goes over, if a variable is its element.
//
//	for _, m := range r.members() { m.out <- text }
func (f *Facts) rangedOver(n ast.Node, v *types.Var) (call *ast.CallExpr, ok bool) {
	for _, around := range f.loopsAround(f.around(n), n) {
		loop, ranges := around.(*ast.RangeStmt)
		if !ranges || v == nil || loop.Value == nil || f.Variable(loop.Value) != v {
			continue
		}
		x := ast.Unparen(loop.X)
		if call, ok = x.(*ast.CallExpr); !ok {
			call, ok = ast.Unparen(f.valueOrNil(f.Variable(x))).(*ast.CallExpr)
		}
		return call, ok
	}
	return nil, false
}

// valueOrNil returns the value of a local variable that is set once, an empty name for another.
func (f *Facts) valueOrNil(v *types.Var) ast.Expr {
	if value := f.valueOf(v); value != nil {
		return value
	}
	return &ast.Ident{Name: "_"}
}

var takesLock = lazyregexp.New(`^R?Lock$`)
