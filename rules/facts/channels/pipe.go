package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// A LeftPipe is an io.Pipe of which one side goes away, and the other waits for it: what is
// written waits until somebody reads or closes, what reads until somebody writes or closes.
type LeftPipe struct {
	Reader, Writer *types.Var
	Made           *ast.AssignStmt
	Start          *ast.GoStmt
	Writes         ast.Node   // the function of the goroutine that writes
	Given          *types.Var // what that calls the writer: the same, or its parameter
	// Exit is the way out without: of the function that makes the pipe and reads, or, where
	// Closed is set, of the goroutine.
	Exit   ast.Node
	Exits  []ast.Node    // all those of the goroutine, Exit is the first
	Closed *ast.CallExpr // the call by which the goroutine closes its side on another way
}

// LeftPipe looks at a pipe into which one literal writes, on a goroutine of its own, and that
// the function around it reads from, or gives to who does.
func (f *Facts) LeftPipe(fn ast.Node, call *ast.CallExpr) *LeftPipe {
	stack := f.stackOf(fn, call)
	if len(stack) == 0 || f.endsTheProgram(fn) || f.inTest(call) {
		return nil
	}
	st, ok := stack[len(stack)-1].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 2 {
		return nil
	}
	p := &LeftPipe{Reader: f.Variable(st.Lhs[0]), Writer: f.Variable(st.Lhs[1]), Made: st}
	if p.Reader == nil || p.Writer == nil || f.sets(p.Reader) != 1 || f.sets(p.Writer) != 1 {
		return nil
	}
	start := f.writerStart(fn, p)
	if start == nil {
		return nil
	}
	p.Start = start
	if p.Exit = f.leavesReader(fn, p, start); p.Exit != nil {
		return p
	}
	if p.Exits, p.Closed = f.leavesWriter(p); len(p.Exits) == 0 || p.Closed == nil {
		return nil
	}
	p.Exit = p.Exits[0]
	return p
}

// writerStart returns the go statement of the literal that alone has the writer, and writes; or of
// the function that alone gets it.
//
//	go e.write(pw, records)
func (f *Facts) writerStart(fn ast.Node, p *LeftPipe) (start *ast.GoStmt) {
	writes := false
	for _, m := range f.mentions(p.Writer) {
		if m.id.Pos() < p.Made.End() {
			continue
		}
		i := slices.Index(m.stack, fn)
		at := slices.IndexFunc(m.stack, func(n ast.Node) bool { _, ok := n.(*ast.GoStmt); return ok })
		if i < 0 || at < i {
			return nil
		}
		st := m.stack[at].(*ast.GoStmt)
		if start != nil && st != start {
			return nil
		}
		if decl, param := f.writerGiven(st, m.id); decl != nil {
			start, p.Writes, p.Given, writes = st, decl, param, true
			continue
		}
		lit, ok := ast.Unparen(st.Call.Fun).(*ast.FuncLit)
		if !ok || !contains(lit, m.id) || p.Given != nil && p.Given != p.Writer {
			return nil
		}
		start, p.Writes, p.Given = st, lit, p.Writer
		writes = writes || !f.closesSide(m)
	}
	if !writes {
		return nil
	}
	return start
}

// writerGiven returns the function that a go statement runs, and the parameter by which it gets a
// variable, if it is a pipe's writer there, too, and nothing else calls that function.
func (f *Facts) writerGiven(start *ast.GoStmt, id *ast.Ident) (*ast.FuncDecl, *types.Var) {
	decl := f.pkg.Body(start.Call)
	if decl == nil || !f.onlyCalled(decl) || len(f.callsOf(decl)) != 1 {
		return nil, nil
	}
	i := slices.IndexFunc(start.Call.Args, func(arg ast.Expr) bool { return ast.Unparen(arg) == ast.Expr(id) })
	params := f.pkg.Def(decl.Name).(*types.Func).Signature().Params()
	if i < 0 || i >= params.Len() || !types.Identical(params.At(i).Type(), f.pkg.TypeOf(id)) || f.sets(params.At(i)) > 0 {
		return nil, nil
	}
	return decl, params.At(i)
}

// closesSide reports whether a mention of a side of a pipe is by a call that closes it.
func (f *Facts) closesSide(m mention) bool {
	sel, ok := m.around(0).(*ast.SelectorExpr)
	return ok && (sel.Sel.Name == "Close" || sel.Sel.Name == "CloseWithError")
}

// leavesReader returns a way out of a function on which nobody gets the reader of a pipe, and
// nothing is waited for, once the goroutine that writes has started.
func (f *Facts) leavesReader(fn ast.Node, p *LeftPipe, start *ast.GoStmt) ast.Node {
	for _, m := range f.mentions(p.Reader) {
		if p.Made.End() < m.id.Pos() && m.id.Pos() < start.Pos() {
			return nil // it has another name, or somebody has got it
		}
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: start,
		covered: func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				return f.pkg.ObjectOf(n) == types.Object(p.Reader)
			case *ast.FuncLit:
				return f.names(n, p.Reader)
			case *ast.UnaryExpr:
				return n.Op == token.ARROW
			case *ast.CallExpr:
				return f.isWait(n)
			}
			return false
		},
	}
	return s.out()
}

// leavesWriter returns the ways out of the goroutine on which it does not close its side, and
// the call by which it does on another.
func (f *Facts) leavesWriter(p *LeftPipe) (exits []ast.Node, closed *ast.CallExpr) {
	for _, m := range f.mentions(p.Given) {
		if !contains(bodyOfFunc(p.Writes), m.id) {
			continue // where it is made, or declared
		}
		if call, ok := m.around(1).(*ast.CallExpr); ok && f.closesSide(m) {
			closed = call
		} else if !f.onlyWrites(m) {
			return nil, nil
		}
	}
	s := &search{
		f: f, fn: p.Writes, flow: f.pkg.Flow(p.Writes),
		covered: func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				return f.Variable(n.X) == p.Given && (n.Sel.Name == "Close" || n.Sel.Name == "CloseWithError")
			case *ast.FuncLit:
				return f.names(n, p.Given)
			case *ast.ReturnStmt:
				return slices.Contains(exits, ast.Node(n))
			}
			return false
		},
	}
	for exit := s.out(); exit != nil && !slices.Contains(exits, exit); exit = s.out() {
		exits = append(exits, exit)
	}
	return exits, closed
}

// onlyWrites reports whether a mention hands the writer to who can only write to it, or calls
// its Write.
func (f *Facts) onlyWrites(m mention) bool {
	switch around := m.around(0).(type) {
	case *ast.SelectorExpr:
		return around.Sel.Name == "Write"
	case *ast.CallExpr:
		u := &classUse{f: f, expr: m.id}
		param := u.paramType(around)
		if param == nil || !types.IsInterface(param) {
			return false
		}
		obj, _, _ := types.LookupFieldOrMethod(param, false, f.pkg.Types, "Close")
		return obj == nil
	}
	return false
}

// KeptOn returns a use of a variable that lets its value outlive the function: it is
// returned, sent, put into something, or used by a goroutine.
func (f *Facts) KeptOn(v *types.Var) ast.Node {
	for _, m := range f.mentions(v) {
		if _, sets := f.setBy(m); sets {
			continue
		}
		for _, around := range m.stack {
			if st, ok := around.(*ast.GoStmt); ok {
				return st
			}
		}
		switch around := m.around(0).(type) {
		case *ast.ReturnStmt, *ast.SendStmt, *ast.CompositeLit, *ast.KeyValueExpr, *ast.AssignStmt, *ast.ValueSpec, *ast.UnaryExpr:
			return around
		}
	}
	return nil
}
