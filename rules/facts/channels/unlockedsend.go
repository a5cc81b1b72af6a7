package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// A lockKey is a lock as all objects of a type have it.
type lockKey struct {
	owner string // the type of what its path begins with, or the variable of a package
	path  string
}

// surelyHeld returns the locks that a function itself surely holds at a node.
func (f *Facts) surelyHeld(fn, at ast.Node) map[lockKey]bool {
	held, ok := f.pkg.Held(fn, at)
	keys := map[lockKey]bool{}
	for _, h := range held {
		if ok && h.Must {
			keys[keyOf(h.Lock.Root, h.Lock.Path)] = true
		}
	}
	return keys
}

func keyOf(root types.Object, path string) lockKey {
	t := root.Type()
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	return lockKey{types.TypeString(t, nil), path}
}

// A SentUnlocked is a send that leaves out the lock under which others send, and one closes.
type SentUnlocked struct{ Close, Other ast.Node }

// SentUnlocked says how a send that holds no lock can come after the close of its channel: that
// is made under a lock under which another function sends, to come before it.
//
//	func (q *Queue) Put(v T)     { q.mu.RLock(); defer q.mu.RUnlock(); if !q.closed() { q.in <- v } }
//	func (q *Queue) Requeue(v T) { if !q.closed() { q.in <- v } }
//	func (q *Queue) Close()      { q.mu.Lock(); close(q.in); q.mu.Unlock() }
func (f *Facts) SentUnlocked(fn ast.Node, send *ast.SendStmt) *SentUnlocked {
	c, decl := f.barelySent(fn, send)
	if c == nil || !f.calledByMany(decl) {
		return nil
	}
	for _, end := range c.Of(Close) {
		by, ok := functionOf(end.Stack).(*ast.FuncDecl)
		if !ok || end.Test || by == decl || f.comesToWait(by, end.Node.Pos(), 2) {
			continue
		}
		if other := f.sentUnder(c, f.surelyHeld(by, end.Node), by, decl); other != nil {
			return &SentUnlocked{end.Node, other.Node}
		}
	}
	return nil
}

// sentUnder returns a send on a channel under one of some locks, in a function but two.
func (f *Facts) sentUnder(c *Class, locks map[lockKey]bool, closer, sender *ast.FuncDecl) *ClassOp {
	for _, op := range c.Of(Send) {
		in := functionOf(op.Stack)
		if len(locks) == 0 || op.Test || in == ast.Node(closer) || in == ast.Node(sender) {
			continue
		}
		for key := range f.surelyHeld(in, op.Node) {
			if locks[key] {
				return op
			}
		}
	}
	return nil
}

// comesToWait reports whether a function receives, selects or waits for a group before a node, or
// calls one that does.
func (f *Facts) comesToWait(decl *ast.FuncDecl, before token.Pos, depth int) (waits bool) {
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if n.Pos() >= before {
			return false
		}
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.UnaryExpr:
			waits = waits || isArrow(n)
		case *ast.SelectStmt:
			if f.triesToHear(n) != nil {
				return false
			}
			waits = true
		case *ast.CallExpr:
			fn, ok := f.pkg.Callee(n).(*types.Func)
			waits = waits || ok && fn.Name() == "Wait"
			if called := f.pkg.Body(n); called != nil && depth > 0 {
				waits = waits || f.comesToWait(called, called.End(), depth-1)
			}
		}
		return !waits
	})
	return waits
}
