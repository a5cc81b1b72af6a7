package waits

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// needed decides whether the partners of a wait need a lock that it holds: all
// of them, or of a WaitGroup one.
func (f *Facts) needed(w *op, h facts.Holding) (Held, bool) {
	if w.kind.anyPartner() && (w.class.unknown || !w.class.made && w.kind != Suspended) || w.kind == Send && w.class.buffered && !f.overflows(w, h) && !f.fills(w) {
		return Held{}, false
	}
	if w.kind == Suspended && (!w.class.condLocked || sameLock(h.Lock, w.class.condLock)) {
		return Held{}, false // it releases that lock (or one embedded there), or who knows which
	}
	if w.kind == Receive && f.findsSome(w) {
		return Held{}, false
	}
	held := Held{Wait: w.node, Kind: w.kind, Lock: h.Lock, By: h.By[0]}
	for _, p := range w.partners() {
		if w.kind.anyPartner() && f.toldBySign(w, p, h) {
			return Held{}, false
		}
		n, ok := f.needs(w, p, h)
		if !ok {
			n, ok = f.needsAbove(w, p, h)
		}
		if !ok {
			n, ok = f.handed(w, p, h)
		}
		if !ok && w.kind.anyPartner() {
			return Held{}, false
		}
		if ok && held.Partner == nil {
			held.Partner, held.Needs, held.Through = p.node, n.call, n.through
		}
	}
	return held, held.Partner != nil && !f.summoned(w, h)
}

// sameLock reports whether what is held may be the lock of a Cond: their paths agree, and they
// do not end in fields of two different structs.
func sameLock(held, cond facts.Lock) bool {
	if !sameField(held.Path, cond.Path) {
		return false
	}
	a, b := fieldAt(held), fieldAt(cond)
	return a == nil || b == nil || a == b || held.Path != cond.Path
}

// fieldAt returns the field that the path of a lock ends in, if it is a plain one.
func fieldAt(lock facts.Lock) (field *types.Var) {
	if lock.Root == nil || lock.Path == "" {
		return nil
	}
	t := lock.Root.Type()
	for _, name := range strings.Split(strings.TrimPrefix(lock.Path, "."), ".") {
		obj, _, _ := types.LookupFieldOrMethod(t, true, lock.Root.Pkg(), name)
		v, ok := obj.(*types.Var)
		if !ok || !v.IsField() {
			return nil
		}
		field, t = v.Origin(), v.Type()
	}
	return field
}

// sameField reports whether two paths may lead to one lock, or to one embedded
// in the other: who made the Cond may have come to both from further out
// (p.queue.mu) than who waits (q.mu).
func sameField(held, cond string) bool {
	return strings.HasPrefix(held, cond) || strings.HasSuffix(held, cond) || strings.HasSuffix(cond, held)
}

// A need is a call by which a partner takes a lock before it acts.
type need struct {
	call    *ast.CallExpr
	through string
}

// needs finds a call that takes the lock held at a wait, and from which the
// partner comes to its action. A partner that runs in the waiting function
// itself is none: it can only come before or after.
func (f *Facts) needs(w, p *op, h facts.Holding) (need, bool) {
	lock, ok := corresponding(w, p, h.Lock)
	if !ok {
		lock, ok = f.carried(w, p, h.Lock)
	}
	if !ok {
		lock, ok = f.contained(w, p, h.Lock)
	}
	if ok && p.runs != nil {
		return f.runNeeds(w, p, lock, h.Read)
	}
	if !ok || p.fn == w.fn && p.root == w.root && isLocalTo(w) || !f.concurrent(w, p) {
		return need{}, false
	}
	if w.kind == Wait && !p.deferred && p.start == nil {
		return need{}, false // it may take back its own Add
	}
	if f.reassigned(p.root, lock.Root) || f.reassigned(p.root, p.at.Root) {
		return need{}, false // it may be another one by then
	}
	if lock, ok = f.here(p, lock); !ok {
		return need{}, false
	}
	flow := f.pkg.Flow(p.fn)
	if flow == nil {
		return need{}, false
	}
	acts, ok := flow.At(p.node)
	if !ok && !p.deferred {
		return need{}, false
	}
	for _, n := range f.takes(p, flow, lock, h.Read) {
		from, ok := flow.At(n.call)
		if !ok || f.countsBehind(p, flow, n.call) || f.beginsBehind(w, p, flow, n.call) {
			continue
		}
		if p.deferred || f.repeated(p.fn) || flow.Reaches(facts.Point{Block: from.Block, Index: from.Index + 1}, acts, f.anew(lock.Root, p.at.Root)) {
			return n, true
		}
	}
	return f.needsAtExit(p, flow, lock, h.Read)
}

// needsAtExit is the same of what a partner puts off after its deferred action: it runs before
// that.
//
//	defer s.wg.Done()
//	defer s.track(conn, false) // takes s.mu
func (f *Facts) needsAtExit(p *op, flow *facts.Flow, lock facts.Lock, read bool) (found need, ok bool) {
	if !p.deferred {
		return need{}, false
	}
	names := f.namesIn(p.names())
	for _, block := range flow.Blocks {
		for _, n := range block.Nodes {
			d, isDefer := n.(*ast.DeferStmt)
			if !isDefer || ok || contains(d, p.node) || !f.putOffBefore(flow, p.node, d) {
				continue
			}
			f.pkg.Inspect(d, func(m ast.Node) bool {
				call, isCall := m.(*ast.CallExpr)
				if _, starts := m.(*ast.GoStmt); starts || !isCall || ok {
					return !starts && !ok
				}
				if through, takes := f.taking(names, call, lock, read); takes {
					found, ok = need{call, through}, true
				}
				return !ok
			})
		}
	}
	return found, ok
}

// putOffBefore reports whether a function has put off a call when it comes to a later defer.
func (f *Facts) putOffBefore(flow *facts.Flow, call ast.Node, later *ast.DeferStmt) bool {
	for _, block := range flow.Blocks {
		for _, n := range block.Nodes {
			if d, ok := n.(*ast.DeferStmt); ok && contains(d, call) {
				_, always := flow.Precedes(d, later)
				return always
			}
		}
	}
	return false
}

func contains(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// countsBehind reports whether the function of a Done counts for itself, and takes a lock only
// before it does: nobody who waits for its count can keep it from that lock.
//
//	s.mu.Lock(); s.wg.Add(1); s.mu.Unlock(); defer s.wg.Done()
func (f *Facts) countsBehind(p *op, flow *facts.Flow, lock *ast.CallExpr) bool {
	done, ok := p.node.(*ast.CallExpr)
	if p.kind != Done || !ok {
		return false
	}
	group, ok := ast.Unparen(done.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	counts := false
	for _, block := range flow.Blocks {
		for _, n := range block.Nodes {
			f.pkg.Evaluated(n, func(m ast.Node) bool {
				call, ok := m.(*ast.CallExpr)
				if !ok {
					return true
				}
				add, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
				if !ok || add.Sel.Name != "Add" || types.ExprString(add.X) != types.ExprString(group.X) {
					return true
				}
				again, _ := flow.Follows(call, lock)
				before, _ := flow.Follows(lock, call)
				counts = before && !again
				return true
			})
		}
	}
	return counts
}

// runNeeds is the same of wg.Go(s.work): the function that the goroutine runs
// takes the lock.
func (f *Facts) runNeeds(w, p *op, lock facts.Lock, read bool) (need, bool) {
	if p.root == w.root && (p.fn != w.fn || !f.comes(w.fn, p.node, w.node, nil)) {
		return need{}, false
	}
	if f.reassigned(p.root, lock.Root) || f.reassigned(p.root, p.at.Root) {
		return need{}, false
	}
	through, ok := f.taking(f.namesIn(p.root), &ast.CallExpr{Fun: p.runs}, lock, read)
	return need{p.start.(*ast.CallExpr), through}, ok
}

// isLocalTo reports whether a wait is for a channel of its own function.
func isLocalTo(w *op) bool {
	return w.at.Root.Pos() > w.fn.Pos() && w.at.Root.Pos() < w.fn.End()
}

// corresponding returns the lock of a partner that is the same as the one held
// at a wait, if both reach lock and channel in the same way.
func corresponding(w, p *op, held facts.Lock) (facts.Lock, bool) {
	if global(held) || w.root == p.root && w.at == p.at {
		return held, true
	}
	if held.Root != w.at.Root {
		return facts.Lock{}, false
	}
	if w.at.Path != p.at.Path || !sameType(w.at.Root, p.at.Root) {
		return ofOwner(w, p, held)
	}
	return facts.Lock{Root: p.at.Root, Path: held.Path}, true
}

// ofOwner is the same where lock and channel are fields of one struct, which both reach in
// their own way: m.mu and m.done here, w.m.mu and w.m.done there.
func ofOwner(w, p *op, held facts.Lock) (facts.Lock, bool) {
	i, j := strings.LastIndexByte(w.at.Path, '.'), strings.LastIndexByte(p.at.Path, '.')
	if i < 0 || j < 0 || strings.ContainsRune(w.at.Path+p.at.Path+held.Path, '[') || w.at.Path[i:] != p.at.Path[j:] {
		return facts.Lock{}, false
	}
	rest, ok := strings.CutPrefix(held.Path, w.at.Path[:i])
	if !ok || strings.Count(rest, ".") != 1 {
		return facts.Lock{}, false
	}
	return facts.Lock{Root: p.at.Root, Path: p.at.Path[:j] + rest}, true
}

// sameType reports whether two variables are of one type, or pointers to it.
func sameType(a, b types.Object) bool { return types.Identical(pointee(a.Type()), pointee(b.Type())) }

func pointee(t types.Type) types.Type {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}

// concurrent reports whether the wait and a partner within the same outermost
// function can meet: who starts the other's goroutine is not past his own part
// by then, and has not waited for the same already.
func (f *Facts) concurrent(w, p *op) bool {
	if p.root != w.root {
		return true
	}
	if p.fn == w.fn {
		return false
	}
	if p.start != nil && f.startedIn(p.start, w.fn) {
		return f.comes(w.fn, p.start, w.node, func(at facts.Point) bool { return f.joins(w, at) })
	}
	if w.start != nil && f.startedIn(w.start, p.fn) {
		return p.deferred || f.comes(p.fn, w.start, p.node, nil)
	}
	return true
}

// startedIn reports whether a go statement, or a call of Go, is of a function's own flow.
func (f *Facts) startedIn(start ast.Node, fn ast.Node) bool {
	_, ok := f.pkg.Flow(fn).At(start)
	return ok
}

// comes reports whether some path of a function leads from one node to another.
func (f *Facts) comes(fn, from, to ast.Node, barrier func(facts.Point) bool) bool {
	flow := f.pkg.Flow(fn)
	start, ok := flow.At(from)
	end, ok2 := flow.At(to)
	return ok && ok2 && flow.Reaches(facts.Point{Block: start.Block, Index: start.Index + 1}, end, barrier)
}

// joins reports whether a point of the flow waits for the same as a wait.
func (f *Facts) joins(w *op, at facts.Point) bool {
	for _, other := range w.class.ops {
		if other == w || other.kind != w.kind || other.fn != w.fn || other.at != w.at {
			continue
		}
		if there, ok := f.pkg.Flow(w.fn).At(other.node); ok && there == at {
			return true
		}
	}
	return false
}

// takes returns the calls of a partner's function that take a lock, themselves
// or through what they call. Read locks do not wait for each other.
func (f *Facts) takes(p *op, flow *facts.Flow, lock facts.Lock, read bool) []need {
	var all []need
	names := f.namesIn(p.names())
	for _, block := range flow.Blocks {
		for _, n := range block.Nodes {
			if later(n) {
				continue
			}
			f.pkg.Evaluated(n, func(m ast.Node) bool {
				if call, ok := m.(*ast.CallExpr); ok {
					if through, ok := f.taking(names, call, lock, read); ok {
						all = append(all, need{call, through})
					}
				}
				return true
			})
		}
	}
	return all
}

// repeated reports whether a function of the package is called in a loop: then
// what comes behind its action comes before it, too.
func (f *Facts) repeated(fn ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return false
	}
	if f.loops == nil {
		f.loops = f.calledInLoops()
	}
	return f.loops[f.pkg.Def(decl.Name)]
}

// calledInLoops returns the functions that are called in a loop of another.
func (f *Facts) calledInLoops() map[types.Object]bool {
	called := map[types.Object]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && inLoop(stack) {
				if fn, ok := f.pkg.Callee(call).(*types.Func); ok {
					called[fn.Origin()] = true
				}
			}
			return true
		})
	}
	return called
}

// inLoop reports whether a node stands in a loop of its own function.
func inLoop(stack []ast.Node) bool {
	for i := len(stack) - 1; i >= 0; i-- {
		switch stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.FuncLit, *ast.FuncDecl, *ast.GoStmt:
			return false
		}
	}
	return false
}

// later reports whether a node makes its call at another time.
func later(n ast.Node) bool {
	switch n.(type) {
	case *ast.GoStmt, *ast.DeferStmt:
		return true
	}
	return false
}
