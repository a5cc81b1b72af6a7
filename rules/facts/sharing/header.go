package sharing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A Header is a guarded map or slice that gets out of its lock by what is copied
// of it, the reference: who uses the copy behind the unlock reads while others
// write the entries under the lock.
type Header struct {
	Access *Access
	Value  ast.Expr     // what is copied: s.items, or s.byName[name]
	Guard  *Guard       // of the variable
	Write  *Access      // one that writes entries in place
	Part   *types.Var   // the map or slice in it, where a struct is copied; nil: it is one
	Local  *types.Var   // the local that gets it; nil where it is returned
	Use    ast.Node     // of the local, behind the unlock; the return
	Uses   []*ast.Ident // all uses of the local
}

// HeaderAt returns the header that gets out at the access of an expression.
func (f *Facts) HeaderAt(e ast.Expr) (h Header, ok bool) {
	a := f.at[e]
	if a == nil || a.Write || a.Address || a.fn.once || a.fn.initialises() {
		return h, false
	}
	if !f.quiet(a.fn, a.Expr) {
		return h, false // it has waited, maybe for the last who writes
	}
	value, ok := a.Use.(ast.Expr)
	if !ok || a.readOut() {
		return h, false
	}
	if !f.refers(value) {
		return f.partAt(a, value)
	}
	h = Header{Access: a, Value: value}
	h.Guard = f.GuardOf(a.Var)
	if h.Guard == nil || f.excused(a) {
		return h, false
	}
	through := !f.heldHere(a, a.Expr, h.Guard.Lock)
	h.Write = f.entryWrite(a)
	if h.Write == nil || f.replacedIn(a) {
		return h, false
	}
	if through {
		h.Use = f.returnedOn(a.fn, value, h.Guard.Lock)
		return h, h.Use != nil
	}
	h.follow(f)
	return h, h.Use != nil
}

// returnedOn returns the return statement of a caller that gives away what a function returns
// which has no lock of its own, behind the unlock; nil where some caller does anything else.
//
//	func (s *T) all() map[K]V { return s.m }
//	func (s *T) All() map[K]V { s.mu.Lock(); defer s.mu.Unlock(); return s.all() }
func (f *Facts) returnedOn(fn *function, value ast.Expr, lock types.Object) (use ast.Node) {
	if fn.obj == nil || fn.public || fn.valued || !f.returns(fn, value) {
		return nil
	}
	for _, s := range f.realSites(fn) {
		if s.in == nil || s.in.obj == nil || s.runs != inPlace {
			return nil
		}
		state := f.pkg.LocksAt(s.in.node, s.call)
		_, held := f.lockset(state.Held)[lock]
		ret := f.returnOf(s.in, s.call)
		if state.Doubt || !held || ret == nil || !f.releasesLater(s.in, lock) {
			return nil
		}
		use = ret
	}
	return use
}

// returns reports whether a function does nothing but return a value.
func (f *Facts) returns(fn *function, value ast.Expr) bool {
	ret := f.returnOf(fn, value)
	return ret != nil && len(fn.body().List) == 1
}

// returnOf returns the return statement of a function one of whose results is a value.
func (f *Facts) returnOf(fn *function, value ast.Expr) (found ast.Node) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			for _, result := range ret.Results {
				if ast.Unparen(result) == ast.Unparen(value) {
					found = ret
				}
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return found
}

// refers reports whether a value is a map or slice.
func (f *Facts) refers(e ast.Expr) bool { return f.refersTo(f.typeOf(e)) }

func (f *Facts) refersTo(t types.Type) bool {
	if t == nil {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Map, *types.Slice:
		return true
	}
	return false
}

// heldHere reports whether the function of an access surely holds a lock where
// it evaluates a node, and has taken it itself.
func (f *Facts) heldHere(a *Access, at ast.Node, lock types.Object) bool {
	state := f.pkg.LocksAt(a.Func, at)
	if state.Doubt || !f.takesHere(a.fn, lock, func(ast.Node) bool { return true }) {
		return false
	}
	_, held := f.lockset(state.Held)[lock]
	return held
}

// entryWrite returns an access, when others can be at work, that writes what
// the value of another one holds: an entry of the very map or slice.
func (f *Facts) entryWrite(a *Access) *Access {
	for _, b := range f.accesses[a.Var] {
		if _, counts := f.counts(b); counts && b.Write && f.depth(b) == f.depth(a)+1 && !f.early(b) && !f.fills(b, f.depth(a)) {
			return b
		}
	}
	if write := f.refilled(a); write != nil {
		return write
	}
	return f.elementWrite(a)
}

// fills reports whether an access writes an entry of what its function has just
// put into the variable: nobody had that before.
func (f *Facts) fills(b *Access, depth int) bool {
	_, sorts := b.Use.(*ast.CallExpr)
	for _, c := range f.accesses[b.Var] {
		if c.Write && c.Func == b.Func && c.Expr.Pos() < b.Expr.Pos() && !within(c.Use, b.Expr) && f.depth(c) <= depth && !(sorts && b.Element && f.appendsTo(c)) && within(f.blockAround(c), b.Expr) {
			return true
		}
	}
	return false
}

// appendsTo reports whether an access adds to a slice, which may stay where it is.
func (f *Facts) appendsTo(c *Access) bool {
	set, ok := c.Use.(*ast.AssignStmt)
	if !ok || len(set.Rhs) != 1 {
		return false
	}
	call, ok := ast.Unparen(set.Rhs[0]).(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && builtin.Name() == "append" && types.ExprString(call.Args[0]) == types.ExprString(c.Expr)
}

// blockAround returns the innermost list of statements around an access.
func (f *Facts) blockAround(a *Access) (block ast.Node) {
	block = a.fn.body()
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			if within(n, a.Expr) {
				block = n
			}
		}
		return true
	})
	return block
}

// depth returns how many steps into the variable an access goes: 0 for s.m, 1
// for s.m[k] and delete(s.m, k), 2 for s.m[k][j].
func (f *Facts) depth(a *Access) int {
	if !a.Content && !a.Element {
		return 0
	}
	depth, at := 0, a.Expr
	f.pkg.Inspect(a.Use, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && len(call.Args) > 0 && within(call.Args[0], a.Expr) {
			if builtin, ok := f.pkg.Callee(call).(*types.Builtin); ok && (builtin.Name() == "delete" || builtin.Name() == "clear") {
				depth++
			}
		}
		return true
	})
	for grown := true; grown; {
		grown = false
		f.pkg.Inspect(a.Use, func(n ast.Node) bool {
			if x, ok := n.(*ast.IndexExpr); ok && ast.Unparen(x.X) == at {
				at, grown = x, true
				depth++
			}
			return true
		})
	}
	switch a.Use.(type) {
	case *ast.SliceExpr, *ast.CallExpr: // elements that move up, or are sorted
		if a.Element && a.Write || f.fillsMap(a) {
			depth++
		}
	}
	return depth
}

// replacedIn reports whether the function of an access, or one that it calls,
// puts another map or slice into the variable: then the copy is the only way to
// the old one.
func (f *Facts) replacedIn(a *Access) bool {
	called := map[*function]bool{}
	f.reach(a.fn.outermost(), passageDepth, called)
	for _, b := range f.accesses[a.Var] {
		if b.Write && called[b.fn.outermost()] && f.depth(b) <= f.depth(a) && !f.cutsToBeginning(b) {
			return true
		}
	}
	return false
}

// reach adds a function and those that it calls, through so many calls.
func (f *Facts) reach(fn *function, depth int, all map[*function]bool) {
	all[fn] = true
	if depth == 0 {
		return
	}
	for _, c := range f.callsOf(fn) {
		f.reach(c.callee, depth-1, all)
	}
}

// follow finds what becomes of the header.
func (h *Header) follow(f *Facts) {
	f.pkg.Inspect(h.Access.fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			for _, result := range n.Results {
				if part, ok := ast.Unparen(result).(*ast.SliceExpr); ok {
					result = part.X
				}
				if (ast.Unparen(result) == h.Value || h.lentTo(f, result) != nil) && f.releasesLater(h.Access.fn, h.Guard.Lock) {
					h.Use = n
				}
			}
		case *ast.AssignStmt:
			switch lhs := receiverOf(n, h.Value); {
			case lhs == nil:
			case n.Tok == token.DEFINE:
				h.local(f, lhs)
			default:
				h.assigned(f, n, lhs)
			}
		}
		return true
	})
}

// receiverOf returns what an assignment gives a value to: a for x in a, b := x, y.
func receiverOf(set *ast.AssignStmt, value ast.Expr) ast.Expr {
	for i, rhs := range set.Rhs {
		if len(set.Lhs) == len(set.Rhs) && ast.Unparen(rhs) == value {
			return ast.Unparen(set.Lhs[i])
		}
	}
	return nil
}

// releasesLater reports whether a function that returns releases a lock by a
// deferred call, and somebody gets the result.
func (f *Facts) releasesLater(fn *function, lock types.Object) bool {
	if !fn.public && (len(f.realSites(fn)) == 0 || !fn.valued && f.onlyMeasured(fn)) {
		return false
	}
	for _, taken := range f.pkg.Acquisitions(fn.node) {
		if classOf(taken.Lock) == lock && len(taken.Deferred) > 0 {
			return true
		}
	}
	return false
}

// onlyMeasured reports whether nobody asks more of the slice that a function returns than
// its length, or whether there is one: that is in the copy.
func (f *Facts) onlyMeasured(fn *function) bool {
	measured := map[ast.Expr]bool{}
	for _, s := range f.realSites(fn) {
		if s.in == nil {
			return false
		}
		f.pkg.Inspect(s.in.body(), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if f.pkg.IsNil(n.Y) {
					measured[ast.Unparen(n.X)] = true
				}
			case *ast.CallExpr:
				if f.takesLength(n) {
					measured[ast.Unparen(n.Args[0])] = true
				}
			}
			return true
		})
		if _, slice := f.typeOf(s.call).(*types.Slice); !slice || !measured[s.call] {
			return false
		}
	}
	return true
}

// takesLength reports whether a call is of len or cap.
func (f *Facts) takesLength(call *ast.CallExpr) bool {
	builtin, ok := f.pkg.Callee(call).(*types.Builtin)
	return ok && len(call.Args) == 1 && (builtin.Name() == "len" || builtin.Name() == "cap")
}

// local finds the first use, behind the unlock, of the local that is defined as
// the header; none if it is given other values too, or written through.
func (h *Header) local(f *Facts, lhs ast.Expr) {
	id, ok := lhs.(*ast.Ident)
	v, isVar := f.pkg.Def(id).(*types.Var)
	if !ok || !isVar {
		return
	}
	fn := h.Access.fn
	h.Local = v
	for _, use := range f.usesOf(fn, v) {
		if given := f.valuesOf(fn.outermost())[v]; given == nil || len(given.values) != 1 || given.unknown {
			return
		}
		h.Uses = append(h.Uses, use)
		if h.Use == nil && f.readsEntries(fn, use) && f.released(fn, use, h.Guard.Lock) {
			h.Use = use
		}
	}
}

// usesOf returns the uses of a local variable in a function, literals that run
// as a part of it included.
func (f *Facts) usesOf(fn *function, v *types.Var) (uses []*ast.Ident) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && f.pkg.Use(id) == v {
			uses = append(uses, id)
		}
		return true
	})
	return uses
}

// readsEntries reports whether a use of a map or slice looks at what it holds,
// or gives it to somebody who may: not a comparison with nil.
func (f *Facts) readsEntries(fn *function, use *ast.Ident) bool {
	reads := true
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if x, ok := n.(*ast.BinaryExpr); ok && (ast.Unparen(x.X) == use || ast.Unparen(x.Y) == use) {
			reads = false
		}
		if call, ok := n.(*ast.CallExpr); ok && f.takesLength(call) && ast.Unparen(call.Args[0]) == use {
			_, isMap := f.typeOf(use).(*types.Map)
			reads = isMap // the length of a slice is in the copy
		}
		return true
	})
	return reads
}

// released reports whether a lock is surely not held at a use of a local.
func (f *Facts) released(fn *function, use ast.Node, lock types.Object) bool {
	for lit := f.around(use); lit != fn; lit = lit.around {
		if lit == nil || lit.runs != inPlace {
			return false
		}
	}
	state := f.pkg.LocksAt(fn.node, use)
	_, held := f.lockset(state.Held)[lock]
	return !state.Doubt && !held && len(f.entryOf(fn).locks) == 0
}

// around returns the innermost function around a node.
func (f *Facts) around(n ast.Node) (in *function) {
	top := f.topAround(n.Pos())
	if top == nil {
		return f.literalAround(n)
	}
	// Of those that begin before n the last one is around it, or something that is around
	// that one.
	all := f.partsOfFunction(top)
	next, same := slices.BinarySearchFunc(all, n.Pos(), func(fn *function, pos token.Pos) int { return cmp.Compare(fn.node.Pos(), pos) })
	if same {
		next++
	}
	for in = all[next-1]; in != nil && !within(in.node, n); {
		in = in.around
	}
	return in
}

// literalAround returns the innermost function around a node that is in no declared one.
func (f *Facts) literalAround(n ast.Node) (in *function) {
	for _, fn := range f.order {
		if within(fn.node, n) && (in == nil || within(in.node, fn.node)) {
			in = fn
		}
	}
	return in
}

// partsOfFunction returns a declared function and the literals in it.
func (f *Facts) partsOfFunction(top *function) []*function {
	if f.byTop == nil {
		f.byTop = map[*function][]*function{}
		for _, fn := range f.order {
			f.byTop[fn.outermost()] = append(f.byTop[fn.outermost()], fn)
		}
	}
	return f.byTop[top]
}
