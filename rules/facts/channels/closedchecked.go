package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// checkedOnly returns the receive by which the function of a close finds out
// that the channel is open still, in a select with a default; nil if there is
// none, or if callers wait for each other: a lock is held, a Once runs it, or
// nobody else can come there.
func (f *Facts) checkedOnly(fn ast.Node, call *ast.CallExpr, op *ClassOp) ast.Node {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || op.Defer != nil || !f.calledByMany(decl) || f.isExportedMethod(decl) && !endsOwner.MatchString(decl.Name.Name) && !beginsWithCheck(decl) || len(f.pkg.CallersLocks(fn)) > 0 || f.tendsOwn(decl, call.Args[0]) {
		return nil
	}
	if held, ok := f.pkg.Held(fn, call); !ok || len(held) > 0 {
		return nil
	}
	var check ast.Node
	f.pkg.Inspect(decl.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectStmt); ok && check == nil {
			check = f.opennessCheck(s, call)
		}
		return check == nil
	})
	if check == nil || f.oneComesPast(decl, check) {
		return nil
	}
	if held, ok := f.pkg.Held(fn, check); !ok || len(held) > 0 {
		return nil
	}
	return check
}

// oneComesPast reports whether a function has left, before a node, where a field said that another
// one came first, and has set that, under a lock.
//
//	s.mu.Lock()
//	if !s.running { s.mu.Unlock(); return }
//	s.running = false
//	s.mu.Unlock()
func (f *Facts) oneComesPast(decl *ast.FuncDecl, n ast.Node) bool {
	asked := map[types.Object]bool{}
	for _, st := range decl.Body.List {
		if st.End() > n.Pos() {
			break
		}
		switch st := st.(type) {
		case *ast.IfStmt:
			if endsWithReturn(st.Body.List) && f.guardedAt(decl, st.Cond) {
				maps.Copy(asked, f.fieldsIn(st.Cond))
			}
		case *ast.AssignStmt:
			if len(st.Lhs) == 1 && asked[f.field(st.Lhs[0])] && f.guardedAt(decl, st) {
				return true
			}
		}
	}
	return false
}

// guardedAt reports whether a function holds a lock at a node.
func (f *Facts) guardedAt(fn, n ast.Node) bool {
	held, ok := f.pkg.Held(fn, n)
	return ok && len(held) > 0
}

// beginsWithCheck reports whether a method that gets nothing begins with a select: that it closes
// the channel is what it is there for.
//
//	func (p *Point) Disable() { select { case <-p.off: default: close(p.off) }; … }
func beginsWithCheck(decl *ast.FuncDecl) bool {
	_, begins := decl.Body.List[0].(*ast.SelectStmt)
	return begins && decl.Type.Params.NumFields() == 0
}

// opennessCheck returns the receive of a select with a default that decides
// whether a close runs.
func (f *Facts) opennessCheck(s *ast.SelectStmt, call *ast.CallExpr) ast.Node {
	if len(s.Body.List) != 2 || s.Pos() > call.Pos() {
		return nil
	}
	var receive *ast.UnaryExpr
	closes, leaves, open := false, false, false
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause.Comm == nil {
			open = true
			closes = clause.Pos() <= call.Pos() && call.End() <= clause.End()
			continue
		}
		receive = receiveOf(clause.Comm)
		leaves = f.returns(clause)
	}
	if receive == nil || !open || !closes && !leaves || !f.same(receive.X, call.Args[0]) {
		return nil
	}
	return receive
}

// receiveOf returns the receive of a select's case.
func receiveOf(comm ast.Stmt) *ast.UnaryExpr {
	var x ast.Expr
	switch comm := comm.(type) {
	case *ast.ExprStmt:
		x = comm.X
	case *ast.AssignStmt:
		x = comm.Rhs[0]
	default:
		return nil
	}
	receive, ok := ast.Unparen(x).(*ast.UnaryExpr)
	if !ok || receive.Op != token.ARROW {
		return nil
	}
	return receive
}

// unasked reports whether an operation stands under no condition on a field, and
// its function does not look at the channel elsewhere.
func (f *Facts) unasked(op *ClassOp, c *Class) bool {
	for _, cond := range conditionsAround(op.Fn, op.Node) {
		if f.asksField(cond) || f.choosesOne(op.Fn, cond) {
			return false
		}
	}
	for _, around := range op.Stack {
		switch around.(type) {
		case *ast.CaseClause, *ast.CommClause:
			return false
		}
	}
	for _, other := range c.Ops {
		if other != op && other.Fn == op.Fn && other.Node.Pos() < op.Node.Pos() {
			return false
		}
	}
	return true
}

// unasksBefore reports whether the function of a close ends on no condition that
// looks at a field, and past no signal, before it: there is a way to the close without.
func (f *Facts) unasksBefore(op *ClassOp) bool {
	flow, asks := f.pkg.Flow(op.Fn), false
	f.pkg.Inspect(op.Fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			asks = asks || n.Pos() < op.Node.Pos() && f.asksOwnField(n.Cond) && !f.onlyNotes(n, op.Node)
		case *ast.SelectStmt:
			asks = asks || n.Pos() < op.Node.Pos() && op.Node.End() <= n.End()
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && !f.isOfSystem(n) {
				asks = asks || flow == nil || f.asksFirst(flow, n, op.Node)
			}
		}
		return !asks
	})
	return !asks
}

// asksFirst reports whether a receive comes before a close, in the first turn of their loop at least.
func (f *Facts) asksFirst(flow *facts.Flow, receive, close ast.Node) bool {
	if receive.Pos() < close.Pos() {
		return true
	}
	_, always := flow.Precedes(receive, close)
	return always
}

// isOfSystem reports whether a receive is from a channel of os.Signal: what comes there has
// nothing to do with what the program does.
func (f *Facts) isOfSystem(receive *ast.UnaryExpr) bool {
	ch, ok := f.pkg.TypeOf(receive.X).Underlying().(*types.Chan)
	return ok && facts.TypeIs(ch.Elem(), "os.Signal")
}

// onlyNotes reports whether an if before a node only sets fields, so that it leads there either way, and
// nothing that it finds out is there to be asked later.
//
//	if c.err == nil { c.err = err }
//	close(c.done)
func (f *Facts) onlyNotes(st *ast.IfStmt, before ast.Node) bool {
	if st.Init != nil || st.Else != nil || st.End() > before.Pos() {
		return false
	}
	for _, set := range st.Body.List {
		assign, ok := set.(*ast.AssignStmt)
		if !ok || slices.ContainsFunc(assign.Lhs, func(x ast.Expr) bool { _, field := ast.Unparen(x).(*ast.SelectorExpr); return !field }) {
			return false
		}
	}
	return true
}

// asksOwnField reports whether a condition looks at a field of a variable.
func (f *Facts) asksOwnField(cond ast.Expr) (asks bool) {
	f.pkg.Inspect(cond, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			v, isVar := f.pkg.ObjectOf(sel.Sel).(*types.Var)
			asks = asks || isVar && v.IsField()
		}
		return !asks
	})
	return asks
}
