package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Running is a goroutine that fills a buffer of a function: the one that a command
// starts to copy its output, or a go statement that copies by itself.
//
//	cmd.Stdout = &out           go io.Copy(&out, conn)
//	cmd.Start()                 …
//	out.String()                out.String()
type Running struct {
	Start  ast.Node     // the call of Start, or the go statement
	buffer types.Object // what it fills
	cmd    types.Object // the command, nil for a go statement
	failed ast.Stmt     // runs where it did not start; nil if that is not seen
	runs   ast.Stmt     // runs first where it did, if nothing is said of where it did not
}

// FilledAt returns the start of what may still fill the buffer whose method a call is, in
// the same function, with no wait for it in between.
func (f *Facts) FilledAt(call *ast.CallExpr) (r Running, ok bool) {
	sel, isMethod := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !isMethod || f.pkg.Info.Selections[sel] == nil || !f.buffers(f.pkg.TypeOf(sel.X)) {
		return r, false
	}
	fn := f.around(call)
	buffer := f.holder(sel.X)
	if fn == nil || buffer == nil {
		return r, false
	}
	flow := f.pkg.Flow(fn.node)
	to, known := flow.At(call)
	if !known {
		return r, false
	}
	for _, r := range f.fillers(fn) {
		begun := r.begun(flow)
		from, known := flow.At(begun)
		if r.buffer != buffer || !known || from == to || r.cmd != nil && f.awaitedAside(fn, r.cmd) {
			continue
		}
		barrier := func(n ast.Node) bool { return f.awaits(n, r) }
		if barrier(begun) || barrier(to.Block.Nodes[to.Index]) {
			continue
		}
		if f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) && f.possible(fn, begun, call, barrier) {
			return r, true
		}
	}
	return r, false
}

// begun is where it is known to run: the start itself, or what comes first where that
// gave no error.
func (r Running) begun(flow *facts.Flow) ast.Node {
	if r.runs != nil {
		if _, known := flow.At(r.runs); known {
			return r.runs
		}
	}
	return r.Start
}

// buffers reports whether a type is one that collects what is written, without a lock.
func (f *Facts) buffers(t types.Type) bool {
	named := pointedNamed(t)
	if named == nil || named.Pkg() == nil {
		return false
	}
	path := named.Pkg().Path()
	return path == "bytes" && named.Name() == "Buffer" || path == "strings" && named.Name() == "Builder"
}

// pointedNamed returns the name of a type, or of what it points to.
func pointedNamed(t types.Type) *types.TypeName {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj()
	}
	return nil
}

// fillers returns what a function itself starts that fills buffers of its own.
func (f *Facts) fillers(fn *function) []Running { return f.fillerSearchOf(fn).found }

func (f *Facts) fillerSearchOf(fn *function) *fillerSearch {
	if s, ok := f.filling[fn]; ok {
		return s
	}
	s := &fillerSearch{Facts: f, body: fn.body(), outputs: map[types.Object][]output{}}
	ast.Inspect(fn.body(), s.visit)
	if f.filling == nil {
		f.filling = map[*function]*fillerSearch{}
	}
	f.filling[fn] = s
	return s
}

type fillerSearch struct {
	*Facts
	body    *ast.BlockStmt
	outputs map[types.Object][]output // of commands
	found   []Running
	begun   []begun
}

// An output is a buffer that a command is given: itself, or in another writer.
type output struct {
	buffer types.Object
	field  string   // Stdout or Stderr
	value  ast.Expr // what the field gets
}

// A begun is a call that starts a command, with the outputs that it has there.
type begun struct {
	call    *ast.CallExpr
	cmd     types.Object
	outputs []output
}

func (s *fillerSearch) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncLit:
		return false
	case *ast.AssignStmt:
		for i, lhs := range n.Lhs {
			if len(n.Lhs) == len(n.Rhs) {
				s.gives(lhs, n.Rhs[i])
			}
		}
	case *ast.GoStmt:
		if model := s.pkg.Model(n.Call); model != nil && model.Fills && len(n.Call.Args) > 0 && s.buffers(s.pkg.TypeOf(n.Call.Args[0])) {
			s.add(Running{Start: n, buffer: s.holder(n.Call.Args[0])})
		}
		return false
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok && isCommand(s.pkg.TypeOf(sel.X)) {
			s.begins(n, sel)
		}
	}
	return true
}

// begins notes a call that starts a command.
func (s *fillerSearch) begins(call *ast.CallExpr, sel *ast.SelectorExpr) {
	if sel.Sel.Name != "Start" && sel.Sel.Name != "Run" {
		return
	}
	cmd := s.holder(sel.X)
	s.begun = append(s.begun, begun{call, cmd, slices.Clone(s.outputs[cmd])})
	if sel.Sel.Name == "Run" {
		return // it waits
	}
	for _, out := range s.outputs[cmd] {
		failed, runs := outcomesOf(call, s.body)
		s.add(Running{Start: call, buffer: out.buffer, cmd: cmd, failed: failed, runs: runs})
	}
}

// outcomesOf returns the statement that runs where a call gave an error, if an if asks for
// that right away, or else the first that runs where it gave none.
func outcomesOf(call *ast.CallExpr, body *ast.BlockStmt) (failed, runs ast.Stmt) {
	asked := func(test *ast.IfStmt) {
		cond, ok := test.Cond.(*ast.BinaryExpr)
		switch {
		case ok && cond.Op == token.NEQ:
			failed = test.Body
		case ok && cond.Op == token.EQL && test.Else != nil:
			failed = test.Else
		case ok && cond.Op == token.EQL && len(test.Body.List) > 0:
			runs = test.Body.List[0]
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if n.Init != nil && within(n.Init, call) || within(n.Cond, call) {
				asked(n)
			}
		case *ast.BlockStmt:
			for i, st := range n.List {
				if _, simple := st.(*ast.AssignStmt); simple && within(st, call) && i+1 < len(n.List) {
					if test, ok := n.List[i+1].(*ast.IfStmt); ok {
						asked(test)
					}
				}
			}
		}
		return true
	})
	return failed, runs
}

func (s *fillerSearch) add(r Running) {
	if r.buffer != nil {
		s.found = append(s.found, r)
	}
}

// gives notes the buffers that a command is given as its output, by a field or when it
// is made, also among other writers.
func (s *fillerSearch) gives(to, value ast.Expr) {
	if sel, ok := ast.Unparen(to).(*ast.SelectorExpr); ok && isCommand(s.pkg.TypeOf(sel.X)) && (sel.Sel.Name == "Stdout" || sel.Sel.Name == "Stderr") {
		s.collect(s.holder(sel.X), sel.Sel.Name, value)
		return
	}
	if !isCommand(s.pkg.TypeOf(to)) {
		return
	}
	delete(s.outputs, s.holder(to)) // another command
	s.Facts.pkg.Inspect(value, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && (key.Name == "Stdout" || key.Name == "Stderr") {
				s.collect(s.holder(to), key.Name, kv.Value)
			}
		}
		return true
	})
}

func (s *fillerSearch) collect(cmd types.Object, field string, value ast.Expr) {
	s.Facts.pkg.Inspect(value, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		switch e.(type) {
		case *ast.FuncLit:
			return false
		case *ast.Ident, *ast.SelectorExpr:
			if buffer := s.holder(e); buffer != nil && cmd != nil && s.buffers(buffer.Type()) {
				s.outputs[cmd] = append(s.outputs[cmd], output{buffer, field, value})
				return false
			}
		}
		return true
	})
}

// isCommand reports whether a type is exec.Cmd or a pointer to it.
func isCommand(t types.Type) bool {
	named := pointedNamed(t)
	return named != nil && named.Pkg() != nil && named.Pkg().Path() == "os/exec" && named.Name() == "Cmd"
}

// awaits reports whether a node waits for what fills a buffer, may do so, or is where
// another one begins: Wait on the command, or a call that is given it.
func (f *Facts) awaits(n ast.Node, r Running) (found bool) {
	if _, deferred := n.(*ast.DeferStmt); deferred {
		return false
	}
	if r.failed != nil && within(r.failed, n) {
		return true // nothing runs
	}
	f.pkg.Evaluated(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			found = found || r.cmd != nil && f.waitsForCommand(n, r.cmd) || f.waitsForBubble(n)
		case *ast.Ident:
			found = found || f.pkg.Def(n) != nil && (f.pkg.Def(n) == r.buffer || f.pkg.Def(n) == r.cmd)
		}
		return !found
	})
	return found
}

// waitsForBubble reports whether a call is synctest.Wait: all others rest then.
func (f *Facts) waitsForBubble(call *ast.CallExpr) bool {
	fn, ok := f.pkg.Callee(call).(*types.Func)
	return ok && fn.Name() == "Wait" && fn.Pkg() != nil && fn.Pkg().Path() == "testing/synctest"
}

// waitsForCommand reports whether a call waits for a command, or gets it.
func (f *Facts) waitsForCommand(call *ast.CallExpr, cmd types.Object) bool {
	for _, arg := range call.Args {
		if f.holder(arg) == cmd {
			return true
		}
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Wait" {
		return false
	}
	if process, ok := ast.Unparen(sel.X).(*ast.SelectorExpr); ok && process.Sel.Name == "Process" {
		return f.holder(process.X) == cmd
	}
	return f.holder(sel.X) == cmd
}

// awaitedAside reports whether a literal of a function has to do with a command: it may
// wait for it, and tell.
func (f *Facts) awaitedAside(fn *function, cmd types.Object) (found bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if !ok || found {
			return !found
		}
		f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			found = found || ok && f.waitsForCommand(call, cmd)
			return !found
		})
		return false
	})
	return found
}
