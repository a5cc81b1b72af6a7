package channels

import (
	"go/ast"
	"go/types"
)

// A CutOutput is a Wait for a command from the output of which a goroutine still reads: Wait closes the
// pipe as soon as the program has ended, and what has not been read by then is lost (os/exec, StdoutPipe:
// "it is incorrect to call Wait before all reads from the pipe have completed").
//
//	out, err := cmd.StdoutPipe()
//	go func() { defer close(done); collect(out) }()
//	err = cmd.Wait()
//	<-done
type CutOutput struct {
	Pipe  *ast.CallExpr // which makes it
	Start ast.Node      // of the goroutine that reads
	Join  ast.Node      // the wait for that goroutine, which comes too late
}

// CutOutput says so of a call of Wait, if the function waits for the goroutine behind it: so it wants all
// of the output.
func (f *Facts) CutOutput(fn ast.Node, call *ast.CallExpr) *CutOutput {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !f.isCallOf(call, "(*os/exec.Cmd).Wait") {
		return nil
	}
	for _, pipe := range f.pipesOf(f.namedBy(ast.Unparen(sel.X))) {
		for _, start := range f.readersOf(pipe) {
			if join := f.joinsLate(fn, call, f.endsToldBy(start)); join != nil {
				return &CutOutput{pipe.call, start, join}
			}
		}
	}
	return nil
}

// A commandPipe is the variable that holds the reading side of the output of a command.
type commandPipe struct {
	out  *types.Var
	call *ast.CallExpr
	in   ast.Node // the function
}

// pipesOf returns the pipes that the package makes for the output of a command, which a field or variable
// holds.
func (f *Facts) pipesOf(cmd types.Object) (all []commandPipe) {
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			st, ok := n.(*ast.AssignStmt)
			if !ok || len(st.Rhs) != 1 || len(st.Lhs) != 2 {
				return true
			}
			call, ok := ast.Unparen(st.Rhs[0]).(*ast.CallExpr)
			if !ok || cmd == nil || !f.isCallOf(call, "(*os/exec.Cmd).StdoutPipe") && !f.isCallOf(call, "(*os/exec.Cmd).StderrPipe") {
				return true
			}
			sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
			if out := f.Variable(st.Lhs[0]); ok && f.namedBy(ast.Unparen(sel.X)) == cmd && out != nil && out.Kind() == types.LocalVar {
				all = append(all, commandPipe{out, call, f.around(call)})
			}
			return true
		})
	}
	return all
}

// readersOf returns what starts a goroutine with a pipe, or with what is made of it.
func (f *Facts) readersOf(pipe commandPipe) (starts []*ast.CallExpr) {
	for _, v := range f.madeOf(pipe.out) {
		for _, m := range f.mentions(v) {
			if start := f.startAround(m); start != nil {
				starts = append(starts, start)
			}
		}
	}
	return starts
}

// madeOf returns a variable, and those that are set to the result of a call that gets it.
//
//	s := bufio.NewScanner(out)
func (f *Facts) madeOf(out *types.Var) []*types.Var {
	all := []*types.Var{out}
	for _, m := range f.mentions(out) {
		_, given := m.around(0).(*ast.CallExpr)
		if st, ok := m.around(1).(*ast.AssignStmt); ok && given && len(st.Lhs) == 1 {
			if v := f.Variable(st.Lhs[0]); v != nil && v.Kind() == types.LocalVar && v != out {
				all = append(all, v)
			}
		}
	}
	return all
}

// startAround returns the call that a go statement around a mention runs, or the call of a WaitGroup's or
// an errgroup's Go.
func (f *Facts) startAround(m mention) *ast.CallExpr {
	for i := len(m.stack) - 1; i >= 0; i-- {
		switch n := m.stack[i].(type) {
		case *ast.GoStmt:
			return n.Call
		case *ast.CallExpr:
			if fn, ok := f.pkg.Callee(n).(*types.Func); ok && fn.Name() == "Go" && fn.Signature().Recv() != nil {
				return n
			}
		}
	}
	return nil
}

// endsToldBy returns the channels and groups by which a goroutine tells that it has ended.
func (f *Facts) endsToldBy(start *ast.CallExpr) map[types.Object]bool {
	told := map[types.Object]bool{}
	note := func(x ast.Expr) {
		if obj := f.namedBy(ast.Unparen(x)); obj != nil {
			told[obj] = true
		}
	}
	if fn, ok := f.pkg.Callee(start).(*types.Func); ok && fn.Name() == "Go" {
		note(ast.Unparen(start.Fun).(*ast.SelectorExpr).X)
	}
	var body ast.Node = start
	if decl := f.pkg.Body(start); decl != nil {
		body = decl.Body
	}
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SendStmt:
			note(n.Chan)
		case *ast.CallExpr:
			sel, method := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			switch {
			case f.isBuiltin(n, "close"):
				note(n.Args[0])
			case method && f.isCallOf(n, "(*sync.WaitGroup).Done"):
				note(sel.X)
			}
		}
		return true
	})
	return told
}

// joinsLate returns what waits for the end of a goroutine behind a call, if the function waits for nothing
// before: who has waited for something may know that all has been read.
func (f *Facts) joinsLate(fn ast.Node, call *ast.CallExpr, told map[types.Object]bool) (join ast.Node) {
	early := false
	f.pkg.Inspect(bodyOfFunc(fn), func(n ast.Node) bool {
		var on ast.Expr
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.UnaryExpr:
			if isArrow(n) {
				on = n.X
			}
		case *ast.RangeStmt:
			if _, ok := f.pkg.TypeOf(n.X).Underlying().(*types.Chan); ok {
				on = n.X
			}
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Wait" && n != call {
				on = sel.X
			}
			early = early || f.pkg.Body(n) != nil && n.End() < call.Pos() && f.comesToWait(f.pkg.Body(n), f.pkg.Body(n).End(), 2)
		}
		if on == nil {
			return true
		}
		early = early || n.Pos() < call.Pos()
		if n.Pos() > call.End() && join == nil && told[f.namedBy(ast.Unparen(on))] {
			join = n
		}
		return true
	})
	if early || join == nil {
		return nil
	}
	if leads, _ := f.pkg.Flow(fn).Follows(call, join); !leads {
		return nil
	}
	return join
}
