package facts

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// An Overwritten is a lock that a function holds where it gives the struct in which the lock
// stands another value: from there on the lock is another one, which nobody has locked.
//
//	c.mu.Lock()
//	*c = conn{addr: c.addr}
//	c.mu.Unlock() // fatal error: sync: unlock of unlocked mutex
type Overwritten struct {
	Lock  Lock
	Read  bool // read-locked
	Taken *ast.CallExpr
	// Released is the call that releases the lock afterwards, or the defer statement.
	Released ast.Node
	// Always says that it is released on each way out.
	Always bool
	// Way are the fields that lead from what is overwritten to the lock.
	Way []string
}

// LockOverwritten returns the lock that fn overwrites by an assignment; ok is false if there is
// none. What is assigned has to be made there, by a literal that leaves the lock out, or by a call:
// a copy of the struct may be one with the lock in the state that it has.
func (p *Package) LockOverwritten(fn ast.Node, left, right ast.Expr) (o Overwritten, ok bool) {
	if t := p.TypeOf(left); right == nil || t == nil || !mayHoldLock(t) { // _ has no type
		return o, false
	}
	made := func(way []string) bool {
		return byValue(p.TypeOf(left), way) && p.madeWithout(right, way) && !p.madeFrom(right, p.TypeOf(left))
	}
	if u := p.locks().of[fn]; u != nil {
		if o, ok := u.overwrittenAt(fn, left, left, made); ok {
			return o, true
		}
	}
	decl, ok := fn.(*ast.FuncDecl)
	star, whole := ast.Unparen(left).(*ast.StarExpr)
	if !ok || !whole || decl.Recv == nil || !p.isReceiver(decl, star.X) || p.operatesOnLocks(decl) {
		return o, false
	}
	return p.overwrittenForCaller(p.Def(decl.Name), made)
}

// overwrittenAt looks for a lock that is held at a node, and stands in what an expression names.
func (u *unit) overwrittenAt(fn ast.Node, at, object ast.Expr, made func(way []string) bool) (o Overwritten, ok bool) {
	outer, named := u.place(object)
	held, reached := u.pkg.Held(fn, at)
	if !named || !reached {
		return o, false
	}
	for _, h := range held {
		if o, ok := u.overwritten(fn, at, outer.Lock, h, made); ok {
			return o, true
		}
	}
	return o, false
}

// overwritten looks at one lock that is held where a place is given another value.
func (u *unit) overwritten(fn ast.Node, at ast.Expr, outer Lock, h Holding, made func(way []string) bool) (o Overwritten, ok bool) {
	way, inside := fieldsBetween(outer, h.Lock)
	if !h.Must || !inside || !made(way) {
		return o, false
	}
	o, ok = u.releasedBehind(fn, at, h)
	o.Way = way
	return o, ok
}

// overwrittenForCaller looks for a caller that holds a lock of the object, all of which its method
// overwrites.
func (p *Package) overwrittenForCaller(method types.Object, made func(way []string) bool) (o Overwritten, ok bool) {
	for _, file := range p.Files {
		p.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			call, isCall := n.(*ast.CallExpr)
			if ok || !isCall || p.Callee(call) != method || startsOrDefers(stack) {
				return !ok
			}
			decl, _ := outermost(stack).(*ast.FuncDecl)
			if decl == nil {
				return true
			}
			fn := innermostFunc(stack, decl)
			sel, isMethod := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if u := p.locks().of[fn]; u != nil && isMethod {
				o, ok = u.overwrittenAt(fn, call, sel.X, made)
			}
			return !ok
		})
	}
	return o, ok
}

// outermost returns the declaration in which a node stands, given what is around it.
func outermost(stack []ast.Node) ast.Node {
	if len(stack) < 2 {
		return nil
	}
	return stack[1] // behind the file
}

// startsOrDefers reports whether the statement around a call is one of go or defer.
func startsOrDefers(stack []ast.Node) bool {
	switch stack[len(stack)-1].(type) {
	case *ast.GoStmt, *ast.DeferStmt:
		return true
	}
	return false
}

// mayHoldLock reports whether a struct has a lock in it, by value.
func mayHoldLock(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	if isMutex(t) {
		return true
	}
	for f := range s.Fields() {
		if mayHoldLock(f.Type()) {
			return true
		}
	}
	return false
}

// isMutex reports whether a type is that of a lock of package sync.
func isMutex(t types.Type) bool {
	if !isSync(t) {
		return false
	}
	name := types.Unalias(t).(*types.Named).Obj().Name()
	return name == "Mutex" || name == "RWMutex"
}

// fieldsBetween returns the fields that lead from one place to a lock inside of it.
func fieldsBetween(outer, lock Lock) (way []string, ok bool) {
	if outer.Root != lock.Root || !strings.HasPrefix(lock.Path, outer.Path) {
		return nil, false
	}
	rest := lock.Path[len(outer.Path):]
	if rest == "" {
		return nil, true
	}
	if rest[0] != '.' || strings.Contains(rest, "[") {
		return nil, false
	}
	return strings.Split(rest[1:], "."), true
}

// byValue reports whether some fields lead to a lock that is a part of the struct.
func byValue(t types.Type, way []string) bool {
	for _, name := range way {
		s, ok := t.Underlying().(*types.Struct)
		if !ok {
			return false
		}
		t = nil
		for f := range s.Fields() {
			if f.Name() == name {
				t = f.Type()
			}
		}
		if t == nil {
			return false
		}
	}
	return isMutex(t)
}

// madeWithout reports whether an expression makes a new struct, and does not set the field that
// leads to the lock.
func (p *Package) madeWithout(e ast.Expr, way []string) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return !slices.ContainsFunc(e.Elts, func(elt ast.Expr) bool {
			pair, keyed := elt.(*ast.KeyValueExpr)
			if !keyed {
				return true
			}
			key, ok := pair.Key.(*ast.Ident)
			return !ok || len(way) == 0 || key.Name == way[0]
		})
	case *ast.StarExpr:
		call, ok := ast.Unparen(e.X).(*ast.CallExpr)
		return ok && !p.IsType(call.Fun)
	case *ast.CallExpr:
		return !p.IsType(e.Fun)
	}
	return false
}

// madeFrom reports whether what a call makes may be a copy of a struct of a type: it gets one, or is
// a method of it.
//
//	*c = c.with(n)
func (p *Package) madeFrom(e ast.Expr, t types.Type) (from bool) {
	x := ast.Unparen(e)
	if star, ok := x.(*ast.StarExpr); ok {
		x = ast.Unparen(star.X)
	}
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	is := func(e ast.Expr) bool {
		of := p.TypeOf(e)
		if of == nil {
			return false
		}
		if pointer, ok := of.Underlying().(*types.Pointer); ok {
			of = pointer.Elem()
		}
		return types.Identical(of, t)
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && p.Info.Selections[sel] != nil && is(sel.X) {
		return true
	}
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return !p.IsType(arg) && is(arg) })
}

// operatesOnLocks reports whether a function locks or releases a lock itself: one that its callers
// hold it may have released before, or lock again.
func (p *Package) operatesOnLocks(fn *ast.FuncDecl) (does bool) {
	p.Inspect(fn, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if ok && !does {
			_, does = p.lockMethod(sel)
		}
		return !does
	})
	return does
}

// releasedBehind says by what call of its method a function releases a lock that is held at a
// node, afterwards or by a deferred call, and does not lock the new one before.
func (u *unit) releasedBehind(fn ast.Node, at ast.Expr, h Holding) (o Overwritten, ok bool) {
	flow := u.pkg.Flow(fn)
	o = Overwritten{Lock: h.Lock, Read: h.Read, Taken: h.By[0]}
	var again []Point
	releases := map[Point]bool{}
	u.pkg.PreorderStack(bodyOf(fn), nil, func(n ast.Node, stack []ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		op, does := u.operates(call, h.Lock, isCall)
		if !does {
			return true
		}
		some, _ := flow.Follows(at, call)
		point, _ := flow.At(call)
		d := deferAround(stack)
		switch {
		case op != Release:
			if some {
				again = append(again, point)
			}
		case d != nil:
			_, o.Always = flow.Precedes(d, at)
			o.Released = d
		case some:
			releases[point] = true
			if o.Released == nil {
				o.Released = call
			}
		}
		return true
	})
	released := func(p Point) bool { return releases[p] }
	o.Always = o.Always || !flow.Misses(at, released)
	from, _ := flow.At(at)
	relocked := slices.ContainsFunc(again, func(p Point) bool { return flow.Reaches(from.next(), p, released) })
	return o, o.Released != nil && !relocked
}

// operates returns what a call does to a lock, if it is that of a method of it.
func (u *unit) operates(call *ast.CallExpr, lock Lock, isCall bool) (LockOp, bool) {
	if !isCall {
		return 0, false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return 0, false
	}
	m, ok := u.pkg.lockMethod(sel)
	if !ok {
		return 0, false
	}
	at, ok := u.receiverOf(call)
	return m.op, ok && at.Lock == lock
}

// deferAround returns the defer statement around a node.
func deferAround(stack []ast.Node) *ast.DeferStmt {
	for _, n := range stack {
		if d, ok := n.(*ast.DeferStmt); ok {
			return d
		}
	}
	return nil
}
