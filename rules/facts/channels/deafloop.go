package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A DeafLoop is an endless loop that does not hear of the end.
type DeafLoop struct {
	// Signal tells of the end: the close of a field's channel, or the parameter
	// that is a context.
	Signal ast.Node
	Name   string // of the field or parameter
}

// DeafLoop says whether a loop has no way out, waits for something in each turn,
// and does not mention what is there to end it: a context that its function gets,
// or the stop channel of the receiver, which a method closes whose name says so.
func (f *Facts) DeafLoop(fn ast.Node, loop ast.Stmt) *DeafLoop {
	if f.inTest(loop) || !f.waitsInside(loop) || !f.endless(fn, loop) {
		return nil
	}
	if unheard := f.unheard(fn); unheard != nil {
		return unheard
	}
	if unheard := f.handedOnlyOn(fn, loop); unheard != nil {
		return unheard
	}
	if decl, ok := f.declAround(loop.Pos()).(*ast.FuncDecl); ok && fn != ast.Node(decl) {
		if unheard := f.unheard(decl); unheard != nil {
			return unheard
		}
	}
	if unheard := f.stopUnheard(loop); unheard != nil {
		return unheard
	}
	return f.tickerStopped(fn, loop)
}

// endless reports whether no path leads out of a loop: it has no condition, or
// ranges over a channel that nobody closes.
func (f *Facts) endless(fn ast.Node, loop ast.Stmt) bool {
	body, _ := bodyOf(loop)
	if len(body.List) == 0 {
		return false
	}
	switch loop := loop.(type) {
	case *ast.ForStmt:
		if loop.Cond != nil {
			return false
		}
	case *ast.RangeStmt:
		if !f.neverClosed(loop.X) {
			return false
		}
	}
	s := &search{
		f: f, fn: fn, flow: f.pkg.Flow(fn), from: body.List[0],
		covered: func(ast.Node) bool { return false },
		crossed: func(from *facts.Block, e facts.Edge) bool { return f.ends(from, e, loop) },
		leaves:  func(b *facts.Block) bool { return b.Exit != facts.Inside },
	}
	_, labelled := body.List[0].(*ast.LabeledStmt)
	return !labelled && f.startsAt(s) && s.out() == nil && !s.lost && !f.mayFail(loop)
}

// startsAt makes the search begin at the first node of the flow that the loop's
// body evaluates.
func (f *Facts) startsAt(s *search) bool {
	if s.flow == nil {
		return false
	}
	first := s.from
	s.from = nil
	for _, b := range s.flow.Blocks {
		for _, n := range b.Nodes {
			if first.Pos() <= n.Pos() && n.End() <= first.End() && (s.from == nil || n.Pos() < s.from.Pos()) {
				s.from = n
			}
		}
	}
	return s.from != nil
}

// mayFail reports whether a loop calls something whose name says that it does
// not come back.
func (f *Facts) mayFail(loop ast.Node) bool {
	found := false
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			fn, ok := f.pkg.Callee(call).(*types.Func)
			found = found || ok && fatal.MatchString(fn.Name()) || f.pkg.NoReturn(call)
		}
		return !found
	})
	return found
}

// neverClosed reports whether a channel is that of a ticker, or one of a class
// that nobody closes.
func (f *Facts) neverClosed(x ast.Expr) bool {
	ch, ok := f.pkg.TypeOf(x).Underlying().(*types.Chan)
	if !ok {
		return false
	}
	if sel, isField := ast.Unparen(x).(*ast.SelectorExpr); isField && sel.Sel.Name == "C" && facts.TypeIs(ch.Elem(), "time.Time") {
		return true
	}
	c := f.Class(x)
	return c != nil && !c.Serves && len(c.Makes) > 0 && len(c.Of(Close)) == 0
}

// waitsInside reports whether the text of a loop waits for something, other than
// in a literal.
func (f *Facts) waitsInside(loop ast.Stmt) (waits bool) {
	if r, ok := loop.(*ast.RangeStmt); ok {
		_, waits = f.pkg.TypeOf(r.X).Underlying().(*types.Chan)
	}
	f.pkg.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt, *ast.SelectStmt:
			waits = true
		case *ast.UnaryExpr:
			waits = waits || n.Op == token.ARROW
		case *ast.CallExpr:
			waits = waits || f.isCallOf(n, "time.Sleep")
		}
		return !waits
	})
	return waits
}

// contextOfOwn returns the parameter of a function that is a context, if it is
// the only one.
func (f *Facts) contextOfOwn(fn ast.Node) (found *types.Var) {
	var fields *ast.FieldList
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		fields = fn.Type.Params
	case *ast.FuncLit:
		fields = fn.Type.Params
	}
	for _, field := range fields.List {
		for _, name := range field.Names {
			v, ok := f.pkg.Def(name).(*types.Var)
			if !ok || name.Name == "_" || !isContext(v.Type()) {
				continue
			}
			if found != nil {
				return nil
			}
			found = v
		}
	}
	return found
}

func isContext(t types.Type) bool { return facts.TypeIs(t, "context.Context") }

// unheard is about a context that a function gets and does nothing with: what
// it does in the loop cannot depend on it.
func (f *Facts) unheard(fn ast.Node) *DeafLoop {
	ctx := f.contextOfOwn(fn)
	if ctx == nil || f.endsTheProgram(fn) {
		return nil
	}
	for _, m := range f.mentions(ctx) {
		if _, declared := m.around(0).(*ast.Field); !declared {
			return nil
		}
	}
	return &DeafLoop{f.declaredAt(ctx), ctx.Name()}
}

// declaredAt returns the name by which a variable is declared.
func (f *Facts) declaredAt(v *types.Var) ast.Node {
	for _, m := range f.mentions(v) {
		if f.pkg.Def(m.id) == types.Object(v) {
			return m.id
		}
	}
	return nil
}

// ender are the names of methods that end what the receiver does.
var ender = lazyregexp.New(`^(?i:stop|close|shutdown|quit|terminate|cancel|kill|exit|halt|destroy|disconnect|finish|end)`)

// stopUnheard is about the fields of the receiver of the method around: one is a
// channel on which nothing is sent, and that a method closes to end it all.
func (f *Facts) stopUnheard(loop ast.Stmt) *DeafLoop {
	decl, ok := f.declAround(loop.Pos()).(*ast.FuncDecl)
	st := f.receiverStruct(decl)
	if !ok || st == nil || ender.MatchString(decl.Name.Name) {
		return nil
	}
	for i := range st.NumFields() {
		v := st.Field(i).Origin()
		signal := f.endSignal(v, decl)
		if signal == nil {
			continue
		}
		if f.names(loop, v) || f.calledNames(loop, v, 0) {
			return nil
		}
		return &DeafLoop{signal, v.Name()}
	}
	return nil
}

// receiverStruct returns the struct of a method's receiver.
func (f *Facts) receiverStruct(decl *ast.FuncDecl) *types.Struct {
	if decl == nil || decl.Recv == nil {
		return nil
	}
	fn, ok := f.pkg.Def(decl.Name).(*types.Func)
	if !ok {
		return nil
	}
	t := fn.Signature().Recv().Type()
	if p, isPointer := t.Underlying().(*types.Pointer); isPointer {
		t = p.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

// endSignal returns what tells of the end by a field: the close of a channel on
// which nothing is sent, in a method whose name says so; or a receive from the
// Done of a context.
func (f *Facts) endSignal(v *types.Var, loop *ast.FuncDecl) ast.Node {
	if isContext(v.Type()) {
		if heard := f.doneOf(v); heard != nil {
			return heard
		}
		return f.cancelledBy(v, loop)
	}
	c := f.classes()[v]
	if c == nil || len(c.Of(Send)) > 0 || c.Serves || c.Nil {
		return nil
	}
	for _, op := range c.Of(Close) {
		decl, ok := functionOf(op.Stack).(*ast.FuncDecl)
		if ok && decl != loop && !op.Test && ender.MatchString(decl.Name.Name) && !strings.Contains(strings.ToLower(v.Name()), "done") {
			return op.Node
		}
	}
	return nil
}

// doneOf returns a receive from the Done of the context that a field holds.
func (f *Facts) doneOf(v *types.Var) (found ast.Node) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			receive, ok := n.(*ast.UnaryExpr)
			if !ok || receive.Op != token.ARROW || found != nil {
				return found == nil
			}
			call, ok := ast.Unparen(receive.X).(*ast.CallExpr)
			if ok && f.isCallOf(call, "(context.Context).Done") {
				sel := ast.Unparen(call.Fun).(*ast.SelectorExpr)
				if f.field(sel.X) == types.Object(v) {
					found = receive
				}
			}
			return true
		})
	}
	return found
}

// cancelledBy returns where a method whose name says so calls the one function of the
// receiver that cancels a context, if the context that v holds is made with it.
func (f *Facts) cancelledBy(v *types.Var, loop *ast.FuncDecl) (found ast.Node) {
	st := f.receiverStruct(loop)
	cancels := map[types.Object]bool{}
	for i := range st.NumFields() {
		switch t := st.Field(i).Type(); {
		case facts.TypeIs(t, "context.CancelFunc", "context.CancelCauseFunc"):
			cancels[st.Field(i).Origin()] = true
		case isContext(t):
			if st.Field(i).Origin() != v {
				return nil
			}
		}
	}
	if len(cancels) != 1 {
		return nil
	}
	for _, file := range f.pkg.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Body == nil || f.inTest(decl) || !ender.MatchString(decl.Name.Name) || f.receiverStruct(decl) != st {
				continue
			}
			for _, call := range f.callsIn(decl) {
				if cancels[f.field(call.Fun)] {
					found = call
				}
			}
		}
	}
	return found
}

// calledNames reports whether what a node calls, in the package, names a
// variable.
func (f *Facts) calledNames(n ast.Node, v types.Object, depth int) (found bool) {
	if depth > deepest {
		return true
	}
	f.pkg.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !found {
			if decl := f.pkg.Body(call); decl != nil {
				found = f.names(decl.Body, v) || f.calledNames(decl.Body, v, depth+1)
			}
		}
		return !found
	})
	return found
}
