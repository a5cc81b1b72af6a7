package facts

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// A StoredBack is a call of something that a struct keeps, with a lock held that
// this takes: the goroutine waits for itself.
type StoredBack struct {
	Call   *ast.CallExpr // makes the call, or calls a function that does
	Inside *ast.CallExpr // makes it, where that is another function; else nil
	Lock   Lock          // as the function around Call names it
	Held   *ast.CallExpr // takes it
	Stored ast.Node      // where that which takes the lock is put into the struct
	Taken  ast.Node      // where it takes it: a call in a literal, or Stored
}

// StoredBack returns what a call that is made with a lock held leads back to; ok is
// false where there is none, or nothing is sure.
func (p *Package) StoredBack(call *ast.CallExpr) (StoredBack, bool) {
	all := p.Keep(storedBackKey{}, func() any { return p.storedBacks() }).(map[*ast.CallExpr]StoredBack)
	found, ok := all[call]
	return found, ok
}

type storedBackKey struct{}

func (p *Package) storedBacks() map[*ast.CallExpr]StoredBack {
	all := make(map[*ast.CallExpr]StoredBack)
	p.eachKeptCall(func(b *backFinder, u *unit, home ast.Node, kept keptCall) bool {
		found, ok := b.meets(u, home, kept)
		if ok {
			all[kept.call] = found
		}
		return !ok
	})
	p.eachOption(all)
	return all
}

// A backFinder looks for calls of what is kept with a lock held.
type backFinder struct {
	pkg   *Package
	calls map[*types.Func][]keptCall // by functions that hold no lock themselves
}

type backFinderKey struct{}

// eachKeptCall visits the calls, in functions that have to do with locks, that run
// what a struct keeps; visit says whether to go on with those of the same call.
func (p *Package) eachKeptCall(visit func(b *backFinder, u *unit, home ast.Node, kept keptCall) bool) {
	p.locks()
	p.closeTakes()
	b := p.Keep(backFinderKey{}, func() any {
		return &backFinder{pkg: p, calls: make(map[*types.Func][]keptCall)}
	}).(*backFinder)
	p.eachLockUnit(func(u *unit) {
		p.eachOwnCall(u.root, func(home ast.Node, call *ast.CallExpr) {
			for _, kept := range b.madeBy(u, call, 0) {
				if !visit(b, u, home, kept) {
					return
				}
			}
		})
	})
}

// eachLockUnit visits the declared functions that have to do with locks.
func (p *Package) eachLockUnit(visit func(*unit)) {
	for root, u := range p.locks().of {
		if decl, ok := root.(*ast.FuncDecl); ok && root == u.root && decl.Body != nil {
			visit(u)
		}
	}
}

// madeBy returns the calls of kept things that a call makes, named by its caller.
func (b *backFinder) madeBy(u *unit, call *ast.CallExpr, depth int) []keptCall {
	if kept, ok := u.keptCall(call); ok {
		return []keptCall{kept}
	}
	fn := b.pkg.callee(call)
	if fn == nil || depth > maxPassed || b.pkg.declOf(fn) == nil {
		return nil
	}
	var all []keptCall
	for _, kept := range b.callsIn(fn, depth+1) {
		if owner, ok := u.ownerOf(call, fn, kept.owner); ok {
			kept.owner, kept.inside, kept.call = owner, kept.call, call
			all = append(all, kept)
		}
	}
	return all
}

// callsIn returns the calls of kept things by a function of this package, and by
// those that it calls.
func (b *backFinder) callsIn(fn *types.Func, depth int) []keptCall {
	if known, ok := b.calls[fn]; ok {
		return known
	}
	b.calls[fn] = nil
	u := b.pkg.named(b.pkg.declOf(fn))
	var all []keptCall
	if len(u.helped) == 0 {
		here := b.pkg.ranInPlace(u.root)
		b.pkg.eachOwnCall(u.root, func(home ast.Node, call *ast.CallExpr) {
			if home == u.root || here[home] {
				all = append(all, b.madeBy(u, call, depth)...)
			}
		})
	}
	for i := range all {
		for _, class := range u.released {
			all[i].released = append(slices.Clip(all[i].released), class.of)
		}
	}
	b.calls[fn] = all
	return all
}

// ownerOf names the struct that a callee knows by a name of its own.
func (u *unit) ownerOf(call *ast.CallExpr, fn *types.Func, owner Lock) (Lock, bool) {
	if isGlobal(owner.Root) {
		return owner, true
	}
	ref := refOf(fn, owner)
	if ref.Arg == Nowhere {
		return Lock{}, false
	}
	return u.lockOf(call, ref)
}

// refOf names a place of a function from outside; Nowhere if it is no operand.
func refOf(fn *types.Func, at Lock) Ref {
	sig := fn.Signature()
	if sig.Recv() != nil && at.Root == sig.Recv() {
		return Ref{Arg: 0, Path: at.Path}
	}
	for i := range sig.Params().Len() {
		if at.Root == sig.Params().At(i) {
			return Ref{Arg: i + 1, Path: at.Path}
		}
	}
	return Ref{Arg: Nowhere}
}

// meets looks for a lock that is held at the call and that one of the things which
// it may call takes.
func (b *backFinder) meets(u *unit, home ast.Node, kept keptCall) (StoredBack, bool) {
	deposits := b.pkg.depositsIn(kept.keeping)
	if len(deposits) == 0 {
		return StoredBack{}, false
	}
	for _, h := range b.heldAt(u, home, kept.call) {
		if slices.Contains(kept.released, u.locks[u.lockIDs[h.Lock]].class.of) {
			continue
		}
		for _, d := range deposits {
			if kept.method != "" && d.returns(kept, h) {
				return StoredBack{Call: kept.call, Inside: kept.inside, Lock: h.Lock, Held: h.By[0], Stored: d.value, Taken: d.value}, true
			}
			if taken := d.takesArgument(u, kept, h); taken != nil {
				return StoredBack{Call: kept.call, Inside: kept.inside, Lock: h.Lock, Held: h.By[0], Stored: d.value, Taken: taken}, true
			}
			lock, ok := moved(h.Lock, kept.owner, d.owner.Lock)
			if !ok {
				lock, ok = d.ofHolder(u, h.Lock, kept.owner)
			}
			if !ok || within(kept.call, d.value) {
				continue // it wraps what was there before it
			}
			if taken := d.takes(kept.method, lock, h.Read); taken != nil {
				return StoredBack{Call: kept.call, Inside: kept.inside, Lock: h.Lock, Held: h.By[0], Stored: d.value, Taken: taken}, true
			}
		}
	}
	return StoredBack{}, false
}

// KeptTakes returns where something that a struct keeps, and that a call runs, takes
// a lock, which the function around the call names; nil if nothing is sure to.
func (n Names) KeptTakes(call *ast.CallExpr, lock Lock, read bool) ast.Node {
	kept, ok := n.u.keptCall(call)
	if !ok {
		return nil
	}
	n.u.pkg.closeTakes()
	for _, d := range n.u.pkg.depositsIn(kept.keeping) {
		there, ok := moved(lock, kept.owner, d.owner.Lock)
		if through, inside := d.throughKept(kept, lock); inside {
			there = through
		}
		if !ok || within(call, d.value) {
			continue
		}
		if taken := d.takes(kept.method, there, read); taken != nil {
			return taken
		}
	}
	return nil
}

// throughKept names a lock of the object that is kept, c.owner.mu, as the function names it
// that has put the object there.
func (d deposit) throughKept(kept keptCall, lock Lock) (Lock, bool) {
	rest, ok := strings.CutPrefix(lock.Path, kept.owner.Path+"."+kept.field.Name())
	at, named := d.unit.placeOf(d.value)
	if !ok || !named || kept.method == "" || lock.Root != kept.owner.Root || !strings.HasPrefix(rest, ".") {
		return Lock{}, false
	}
	return Lock{Root: at.Root, Path: at.Path + rest}, true
}

// within reports whether a node is a part of another.
func within(n, of ast.Node) bool { return of.Pos() <= n.Pos() && n.End() <= of.End() }

// heldAt returns the locks that are sure to be held at a call.
func (b *backFinder) heldAt(u *unit, home ast.Node, call *ast.CallExpr) []Holding {
	holdings, ok := b.pkg.Held(home, call)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(holdings, func(h Holding) bool {
		id, ok := u.lockIDs[h.Lock]
		return !h.Must || !ok || u.dropped[id]
	})
}

// moved names the lock of one struct as another place names it: from is the struct
// in the function that holds the lock, to the same struct elsewhere.
func moved(lock, from, to Lock) (Lock, bool) {
	if isGlobal(lock.Root) {
		return lock, true
	}
	if lock.Root != from.Root {
		return Lock{}, false
	}
	if rest, ok := strings.CutPrefix(lock.Path, from.Path); ok {
		return Lock{Root: to.Root, Path: to.Path + rest}, true
	}
	return Lock{Root: to.Root, Path: lock.Path}, from.Path == to.Path
}

// eachOwnCall visits the calls of a function and of its literals that are made
// where they stand, with the innermost function around each.
func (p *Package) eachOwnCall(root ast.Node, visit func(home ast.Node, call *ast.CallExpr)) {
	var walk func(home, n ast.Node)
	walk = func(home, n ast.Node) {
		p.Inspect(n, func(m ast.Node) bool {
			switch m := m.(type) {
			case *ast.GoStmt:
				walkOperands(m.Call, func(e ast.Expr) { walk(home, e) })
				return false
			case *ast.DeferStmt:
				walkOperands(m.Call, func(e ast.Expr) { walk(home, e) })
				return false
			case *ast.FuncLit:
				if m != home {
					walk(m, m.Body)
					return false
				}
			case *ast.CallExpr:
				visit(home, m)
			}
			return true
		})
	}
	walk(root, root)
}

// walkOperands visits the parts of a call that are evaluated before it.
func walkOperands(call *ast.CallExpr, walk func(ast.Expr)) {
	for _, e := range append([]ast.Expr{call.Fun}, call.Args...) {
		walk(e)
	}
}
