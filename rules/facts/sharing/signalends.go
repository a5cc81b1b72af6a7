package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/facts"
)

// Signals of other kinds are found by what a package defines them with: the two ends of
// a pipe, a flag that a loop asks for.

// A pipeEnd is one end of a pipe. What one side did before it wrote or closed is in
// order with what the other does when it has read that.
//
//	r, w := io.Pipe()
//	go func() { err = encode(w); w.Close() }()
//	io.Copy(dst, r)
//	return err
type pipeEnd struct {
	pipe         types.Object // the first end
	reads, gives bool         // which of the two is done with it
}

// pair notes the ends of the pipe that an assignment makes.
func (f *Facts) pair(a *ast.AssignStmt) {
	call, ok := ast.Unparen(a.Rhs[0]).(*ast.CallExpr)
	if !ok {
		return
	}
	callee, ok := f.pkg.Callee(call).(*types.Func)
	if !ok {
		return
	}
	both := facts.IsFunc(callee, "net.Pipe")
	if !both && !facts.IsFunc(callee, "io.Pipe") && !facts.IsFunc(callee, "os.Pipe") {
		return
	}
	if first, second := f.holder(a.Lhs[0]), f.holder(a.Lhs[1]); first != nil && second != nil {
		f.pipes[first] = pipeEnd{first, true, both}
		f.pipes[second] = pipeEnd{first, both, true}
	}
}

// end notes that a call does something with the end of a pipe.
func (s *signalSearch) end(e ast.Expr, call *ast.CallExpr, name string) {
	end, ok := s.pairs().pipes[s.holder(e)]
	if !ok {
		return
	}
	if end.gives && name != "Read" && s.lastWord(call) {
		s.found.gives[end.pipe] = append(s.found.gives[end.pipe], call)
	}
	if end.reads && name != "Close" && name != "CloseWithError" && name != "Write" {
		s.found.waits[end.pipe] = append(s.found.waits[end.pipe], call)
	}
}

// lastWord reports whether a function writes nothing that others can see in the statement
// of a call, or behind it: then who hears of the call knows of all that it has written.
func (s *signalSearch) lastWord(call *ast.CallExpr) bool {
	statement, behind := ast.Node(call), call.End()
	for _, d := range s.deferred {
		if within(d, call) {
			statement, behind = d, s.fn.body().End()
		}
	}
	if at, ok := s.Facts.pkg.Flow(s.fn.node).At(statement); ok {
		statement = at.Block.Nodes[at.Index]
	}
	return !s.writes(func(e ast.Expr) bool { return e.Pos() > behind || within(statement, e) })
}

// writes reports whether a function writes what others can see, where that is.
func (s *signalSearch) writes(where func(ast.Expr) bool) (found bool) {
	s.Facts.pkg.Inspect(s.fn.body(), func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok && s.at[e] != nil && s.at[e].Write {
			found = found || where(e)
		}
		return !found
	})
	return found
}

// polledFlag returns the variable that a loop asks for, between an Unlock and a Lock,
// until somebody has set it.
//
//	for !ready {
//		mu.Unlock()
//		time.Sleep(pause)
//		mu.Lock()
//	}
func (f *Facts) polledFlag(loop *ast.ForStmt) *types.Var {
	flag, _ := f.holder(askedIn(loop)).(*types.Var)
	if flag == nil || !isBoolean(flag.Type()) {
		return nil
	}
	locks, unlocks := false, false
	f.pkg.Inspect(loop.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			locks = locks || calledMethod(call) == "Lock" || calledMethod(call) == "RLock"
			unlocks = unlocks || calledMethod(call) == "Unlock" || calledMethod(call) == "RUnlock"
		}
		return !locks || !unlocks
	})
	if !locks || !unlocks {
		return nil
	}
	return flag
}

// askedIn returns what the condition of a loop asks for, without the ! before it.
func askedIn(loop *ast.ForStmt) ast.Expr {
	if loop.Cond == nil {
		return nil
	}
	cond := ast.Unparen(loop.Cond)
	if not, ok := cond.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		return ast.Unparen(not.X)
	}
	return cond
}

// asks notes a loop that polls a flag, under the lock with which that is set.
func (s *signalSearch) asks(loop *ast.ForStmt) {
	if flag := s.polledFlag(loop); flag != nil && s.holdsLock(askedIn(loop)) {
		s.found.waits[flag] = append(s.found.waits[flag], askedIn(loop))
	}
}

// sets notes a flag for which some loop asks, where it is set under a lock.
func (s *signalSearch) sets(a *ast.AssignStmt) {
	if len(s.pairs().askedFlags) == 0 || len(a.Lhs) != 1 || a.Tok != token.ASSIGN {
		return
	}
	if flag, ok := s.holder(a.Lhs[0]).(*types.Var); ok && s.askedFlags[flag] && s.holdsLock(a) && !s.writes(func(e ast.Expr) bool { return e.Pos() > a.End() }) {
		s.found.gives[flag] = append(s.found.gives[flag], a)
	}
}

func (s *signalSearch) holdsLock(at ast.Node) bool {
	return len(s.Facts.pkg.LocksAt(s.fn.node, at).Held) > 0
}

func isBoolean(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

// pairs looks once for what a package defines by twos: the contexts of cancel functions,
// the ends of pipes; and for the flags that loops poll.
func (f *Facts) pairs() *Facts {
	if f.contexts != nil {
		return f
	}
	f.contexts = map[types.Object]types.Object{}
	f.pipes = map[types.Object]pipeEnd{}
	f.askedFlags = map[*types.Var]bool{}
	for _, file := range f.pkg.Files {
		f.pkg.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if len(n.Lhs) >= 2 && len(n.Rhs) == 1 {
					f.pair(n)
				}
				if len(n.Lhs) == 2 && len(n.Rhs) == 1 {
					f.pairContext(n)
				}
			case *ast.ForStmt:
				if flag := f.polledFlag(n); flag != nil {
					f.askedFlags[flag] = true
				}
			}
			return true
		})
	}
	return f
}

func (f *Facts) pairContext(a *ast.AssignStmt) {
	if ctx, cancel := f.holder(a.Lhs[0]), f.holder(a.Lhs[1]); ctx != nil && cancel != nil {
		f.contexts[cancel] = ctx
	}
}
