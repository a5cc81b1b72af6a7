package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// fillOf returns the call in the loop that reads into a buffer, or into a part of
// it, if the turn comes there from what it gave away without a wait.
func (s reuseSearch) fillOf(buffer *types.Var) (fill ast.Node) {
	s.eachCall(func(call *ast.CallExpr) {
		for i, arg := range call.Args {
			if fill == nil && s.partOf(arg, buffer) && s.readsInto(call, i) && !s.furtherOn(arg, buffer.Pos()) && s.comesTo(call) {
				fill = call
			}
		}
	})
	return fill
}

// fillOfField is the same of a buffer that a field holds, and that is made with its object.
//
//	n, err := r.src.Read(r.buf)
//	r.out <- r.buf[:n]
func (s reuseSearch) fillOfField(buffer *ast.SelectorExpr) (fill ast.Node) {
	at, ok := s.placeOf(buffer)
	v, isVar := s.pkg.Use(buffer.Sel).(*types.Var)
	if !ok || !isVar || !v.IsField() || at.root == nil || s.ofTurn(at.root) || s.renewed(v) {
		return nil
	}
	s.eachCall(func(call *ast.CallExpr) {
		for i, arg := range call.Args {
			if fill == nil && s.partOfPlace(arg, at) && s.readsInto(call, i) && !s.furtherOn(arg, at.root.Pos()) && s.comesTo(call) {
				fill = call
			}
		}
	})
	return fill
}

// renewed reports whether a field gets another value after its object is made.
func (s reuseSearch) renewed(v *types.Var) bool {
	return slices.ContainsFunc(s.accesses[v.Origin()], func(a *Access) bool {
		return a.Address || a.Write && !a.Content && !a.Element && !s.prepares(a.fn.outermost()) && s.ownerOf(a) != Own
	})
}

// partOfPlace reports whether an expression is what a place holds, or a slice of it.
func (s reuseSearch) partOfPlace(e ast.Expr, at place) bool {
	for {
		slice, ok := ast.Unparen(e).(*ast.SliceExpr)
		if !ok {
			there, named := s.placeOf(ast.Unparen(e))
			return named && there == at
		}
		e = slice.X
	}
}

// eachCall visits the calls of the loop, those of literals left out.
func (s reuseSearch) eachCall(visit func(*ast.CallExpr)) {
	s.Facts.pkg.Inspect(s.loop, func(n ast.Node) bool {
		if _, literal := n.(*ast.FuncLit); literal {
			return false
		}
		if call, ok := n.(*ast.CallExpr); ok && !within(s.at, call) {
			visit(call)
		}
		return true
	})
}

// partOf reports whether an expression is a variable, or a slice of it.
func (s reuseSearch) partOf(e ast.Expr, v *types.Var) bool {
	for {
		slice, ok := ast.Unparen(e).(*ast.SliceExpr)
		if !ok {
			return s.isVariable(e, v)
		}
		e = slice.X
	}
}

// furtherOn reports whether what is filled begins where what was given away begins, at a place that
// each turn moves on: the next turn fills another part.
//
//	for i := 0; i < len(buf); i += size {
//		r.Read(buf[i : i+size])
//		jobs <- buf[i : i+size]
//	}
func (s reuseSearch) furtherOn(filled ast.Expr, made token.Pos) bool {
	all := s.turnsWith(made)
	for {
		slice, ok := ast.Unparen(filled).(*ast.SliceExpr)
		if !ok {
			return false
		}
		low := slice.Low
		if low != nil && s.moves(low, all) && slices.ContainsFunc(s.from, func(from ast.Expr) bool { return sameText(from, low) }) {
			return true
		}
		filled = slice.X
	}
}

// turnsWith returns the outermost loop around what is given away in which the buffer, made at a place
// before, stays the same.
func (s reuseSearch) turnsWith(made token.Pos) (all ast.Stmt) {
	all = s.loop
	s.Facts.pkg.Inspect(s.fn.body(), func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if within(n, s.loop) && made < n.Pos() && within(n, all) {
				all = n.(ast.Stmt)
			}
		}
		return true
	})
	return all
}

// moves reports whether an expression rises with a variable to which each turn of a loop adds, and does
// no more: i*size does, i%size comes back.
func (s reuseSearch) moves(e ast.Expr, all ast.Stmt) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v := s.localVar(e)
		return v != nil && s.movesOn(v, all)
	case *ast.BinaryExpr:
		return (e.Op == token.ADD || e.Op == token.MUL) && (s.moves(e.X, all) || s.moves(e.Y, all))
	}
	return false
}

func (s reuseSearch) movesOn(v *types.Var, all ast.Stmt) bool {
	if loop, ok := all.(*ast.RangeStmt); ok && loop.Key != nil && loop.Tok == token.DEFINE && s.pkg.ObjectOf(asIdent(loop.Key)) == types.Object(v) {
		return !s.assigned(v, nil)
	}
	if begun, ok := all.(*ast.ForStmt); v.Pos() > all.Pos() && (!ok || v.Pos() > begun.Body.Pos()) {
		return false // each turn begins anew
	}
	moves, sets := false, false
	s.Facts.pkg.Inspect(all, func(n ast.Node) bool {
		if loop, ok := all.(*ast.ForStmt); ok && loop.Init != nil && n == ast.Node(loop.Init) {
			return false
		}
		switch n := n.(type) {
		case *ast.IncDecStmt:
			if s.isVariable(n.X, v) {
				moves, sets = moves || n.Tok == token.INC, sets || n.Tok != token.INC
			}
		case *ast.AssignStmt:
			if slices.ContainsFunc(n.Lhs, func(lhs ast.Expr) bool { return s.isVariable(lhs, v) }) {
				moves, sets = moves || n.Tok == token.ADD_ASSIGN, sets || n.Tok != token.ADD_ASSIGN
			}
		case *ast.UnaryExpr:
			sets = sets || n.Op == token.AND && s.isVariable(n.X, v)
		}
		return true
	})
	return moves && !sets
}

func asIdent(e ast.Expr) *ast.Ident {
	id, _ := e.(*ast.Ident)
	return id
}

// waitsAgain reports whether a node is asked by an inner loop that waits for it to change: on a
// condition variable, or by a sleep.
//
//	for !done {
//		answered.Wait()
//	}
func (s reuseSearch) waitsAgain(n ast.Node) (waits bool) {
	s.Facts.pkg.Inspect(s.loop, func(inner ast.Node) bool {
		loop, ok := inner.(*ast.ForStmt)
		if ok && inner != ast.Node(s.loop) && loop.Cond != nil && within(loop.Cond, n) {
			waits = waits || slices.ContainsFunc(loop.Body.List, func(st ast.Stmt) bool { return s.waitsIn(st) || s.sleeps(st) })
		}
		return !waits
	})
	return waits
}

// sleeps reports whether a statement lets time pass.
func (s reuseSearch) sleeps(st ast.Stmt) bool {
	x, ok := st.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := x.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, ok := s.pkg.Callee(call).(*types.Func)
	return ok && (fn.FullName() == "time.Sleep" || fn.FullName() == "runtime.Gosched")
}

// readsInto reports whether a call writes what it reads into an argument, as its
// name says: a method of somebody who reads, and the functions of io that do.
func (s reuseSearch) readsInto(call *ast.CallExpr, arg int) bool {
	switch callee := s.pkg.Callee(call).(type) {
	case *types.Builtin:
		return callee.Name() == "copy" && arg == 0
	case *types.Func:
		if callee.Signature().Recv() == nil && callee.Pkg() != nil && callee.Pkg().Path() == "io" {
			return arg == 1 && (callee.Name() == "ReadFull" || callee.Name() == "ReadAtLeast")
		}
		return callee.Signature().Recv() != nil && arg == 0 && readName.MatchString(callee.Name()) && callee.Signature().Results().Len() > 0
	}
	return false
}

// readName is of methods that read into what they get.
var readName = lazyregexp.New(`^(Read|ReadAt|ReadFrom\w*|ReadMsg\w*|Recv|RecvFrom|Receive)$`)

// refillOf returns the call in the loop after which what a call has returned, a
// part of the buffer of its object, is no longer there.
func (s reuseSearch) refillOf(call *ast.CallExpr) (fill ast.Node) {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	next := lendsBuffer(s.pkg.Callee(call))
	object, known := s.placeOf(sel.X)
	if next == nil || !known || s.loop.Pos() <= object.root.Pos() && object.root.Pos() < s.loop.End() {
		return nil
	}
	s.eachCall(func(other *ast.CallExpr) {
		method, ok := ast.Unparen(other.Fun).(*ast.SelectorExpr)
		if fill != nil || !ok || !next.MatchString(method.Sel.Name) {
			return
		}
		if at, ok := s.placeOf(method.X); ok && at == object && s.comesTo(other) {
			fill = other
		}
	})
	return fill
}

// lendsBuffer returns which methods of the same object take back what a method
// returns; nil for a method whose result is the caller's.
func lendsBuffer(callee types.Object) *lazyregexp.Regexp {
	fn, ok := callee.(*types.Func)
	if !ok || fn.Signature().Recv() == nil || fn.Pkg() == nil {
		return nil
	}
	switch fn.FullName() {
	case "(*bufio.Scanner).Bytes":
		return scanName
	case "(*bufio.Reader).ReadSlice", "(*bufio.Reader).ReadLine", "(*bufio.Reader).Peek":
		return readerName
	case "(*bytes.Buffer).Bytes", "(*bytes.Buffer).Next", "(*bytes.Buffer).AvailableBuffer":
		return bufferName
	}
	return nil
}

var (
	scanName   = lazyregexp.New(`^Scan$`)
	readerName = lazyregexp.New(`^(Read\w*|WriteTo|Peek)$`)
	bufferName = lazyregexp.New(`^(Reset|Truncate)$`)
)

// comesTo reports whether the loop goes on, from where the slice is given away, to
// a call, and waits for nobody but for those who get it.
func (s reuseSearch) comesTo(call ast.Node) bool {
	flow := s.pkg.Flow(s.fn.node)
	from, ok := flow.At(s.at)
	to, ok2 := flow.At(call)
	if !ok || !ok2 {
		return false
	}
	if _, list := s.at.(*ast.AssignStmt); list {
		return s.leads(flow, from, func(p facts.Point) bool { return p == to }, func(ast.Node) bool { return false })
	}
	return s.leads(flow, from, func(p facts.Point) bool { return p == to }, func(n ast.Node) bool {
		if _, send := n.(*ast.SendStmt); send {
			return false
		}
		return s.waitsIn(n) || s.hearsBack(n) || s.waitsAgain(n)
	})
}

// hearsBack reports whether a node calls a function value or a method that is not
// seen and may wait: those of readers and contexts do not wait for who got the slice.
func (s reuseSearch) hearsBack(n ast.Node) bool {
	found := false
	facts.Evaluated(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && s.unseen(call) && !s.ofStandardLibrary(call) {
			found = true
		}
		return !found
	})
	return found
}
