package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// LostRelease returns a way out of a function that has taken a place of a
// semaphore, or is a goroutine that was started with one, and does not give it
// back as this receive does on another way. A semaphore is a channel with room
// on which an empty value is sent to take a place; all places are given back in
// this function.
func (f *Facts) LostRelease(fn ast.Node, release *ast.UnaryExpr) ast.Node {
	obj := f.field(release.X)
	if obj == nil || !f.isToken(release.X) || !f.madeWithRoom(release.X) {
		return nil
	}
	s := f.semaphore(obj)
	if s == nil {
		return nil
	}
	if fn = s.in[release]; !f.givesOwn(s, fn) || !s.takesOwn(fn) {
		return nil
	}
	s = s.of(fn)
	if len(s.takes) == 0 || s.gives[0] != release {
		return nil
	}
	covered := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			return f.pkg.ObjectOf(n) == obj
		case *ast.FuncLit:
			return f.names(n, obj)
		case *ast.CallExpr:
			return f.callDoes(n, obj)
		}
		return false
	}
	var from ast.Node
	for _, take := range s.takes {
		switch in := s.in[take]; {
		case in == fn:
			from = take
		case in.Pos() < fn.Pos() && fn.End() <= in.End() && f.startsPast(in, fn, take):
		default:
			return nil // taken for somebody else
		}
	}
	if from == nil && !f.isGoroutine(fn) || from != nil && (len(s.takes) > 1 || release.Pos() < from.Pos()) {
		return nil // what is received first is a place that somebody else has put there
	}
	search := &search{f: f, fn: fn, flow: f.pkg.Flow(fn), from: from, covered: covered}
	return search.out()
}

// givesOwn reports whether all functions that give places back, other than one, have taken them themselves,
// or are goroutines of who has: nobody else gives back what the one has taken.
func (f *Facts) givesOwn(s *semaphore, fn ast.Node) bool {
	for _, give := range s.gives {
		in := s.in[give]
		if in != fn && !slices.ContainsFunc(s.takes, func(take ast.Node) bool {
			by := s.in[take]
			return by == in && take.Pos() < give.Pos() || by.Pos() < in.Pos() && in.End() <= by.End() && f.startsPast(by, in, take)
		}) {
			return false
		}
	}
	return true
}

// takesOwn reports whether all functions that take places, other than one and those around it, give
// places back, too: who only sends fills the channel for others.
func (s *semaphore) takesOwn(fn ast.Node) bool {
	return !slices.ContainsFunc(s.takes, func(take ast.Node) bool {
		in := s.in[take]
		return !(in.Pos() <= fn.Pos() && fn.End() <= in.End()) && !slices.ContainsFunc(s.gives, func(give ast.Node) bool {
			return in.Pos() <= give.Pos() && give.End() <= in.End()
		})
	})
}

// of returns what one function does with a semaphore, and those around it.
func (s *semaphore) of(fn ast.Node) *semaphore {
	own := &semaphore{in: s.in}
	for _, take := range s.takes {
		if in := s.in[take]; in.Pos() <= fn.Pos() && fn.End() <= in.End() {
			own.takes = append(own.takes, take)
		}
	}
	for _, give := range s.gives {
		if s.in[give] == fn {
			own.gives = append(own.gives, give)
		}
	}
	return own
}

// startsPast reports whether a function comes to the literal that is one of its
// goroutines only past a node: the goroutine has what is taken there. What is
// sent to one that runs already is a word to it.
func (f *Facts) startsPast(in, lit, n ast.Node) bool {
	flow := f.pkg.Flow(in)
	if flow == nil {
		return false
	}
	from, ok := flow.At(n)
	to, ok2 := flow.At(lit)
	return ok && ok2 && from != to && !flow.Reaches(facts.Point{Block: flow.Blocks[0]}, to, func(p facts.Point) bool { return p == from })
}

// A semaphore is what the package does with a channel of tokens.
type semaphore struct {
	takes, gives []ast.Node
	in           map[ast.Node]ast.Node // the function around each
	other        bool                  // it is used in some other way, too
}

// semaphore returns the sends and the receives of a channel, nil if it is used
// in any other way.
func (f *Facts) semaphore(obj types.Object) *semaphore {
	if f.semaphores == nil {
		f.semaphores = map[types.Object]*semaphore{}
		for _, file := range f.pkg.Files {
			f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
				f.useOfSemaphore(n, stack)
				return true
			})
		}
	}
	if s := f.semaphores[obj]; s != nil && !s.other {
		return s
	}
	return nil
}

// asSemaphore returns what is noted of a channel; nil for what is no channel.
func (f *Facts) asSemaphore(obj types.Object) *semaphore {
	v, ok := obj.(*types.Var)
	if !ok {
		return nil
	}
	if _, ok := v.Type().Underlying().(*types.Chan); !ok {
		return nil
	}
	s := f.semaphores[obj]
	if s == nil {
		s = &semaphore{in: map[ast.Node]ast.Node{}}
		f.semaphores[obj] = s
	}
	return s
}

// useOfSemaphore notes what a node does with a channel.
func (f *Facts) useOfSemaphore(n ast.Node, stack []ast.Node) {
	var ch ast.Expr
	switch n := n.(type) {
	case *ast.Ident:
		if s := f.asSemaphore(f.pkg.Use(n)); s != nil {
			s.other = s.other || f.passesOn(n, stack)
		}
	case *ast.SendStmt:
		ch = n.Chan
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			ch = n.X
		}
	case *ast.RangeStmt:
		if s := f.asSemaphore(f.field(n.X)); s != nil {
			s.other = true
		}
	case *ast.CallExpr:
		if f.isBuiltin(n, "close") {
			if s := f.asSemaphore(f.field(n.Args[0])); s != nil {
				s.other = true
			}
		}
	}
	if ch != nil {
		if s := f.asSemaphore(f.field(ch)); s != nil {
			s.operation(f, n, stack)
		}
	}
}

// operation notes a send or a receive.
func (s *semaphore) operation(f *Facts, n ast.Node, stack []ast.Node) {
	fn, at := functionAt(stack)
	s.in[n] = fn
	if clause, inSelect := caseOf(n, stack); inSelect != nil {
		s.other = s.other || isReceive(clause.Comm) || hasDefault(inSelect)
	}
	if _, send := n.(*ast.SendStmt); send {
		s.takes = append(s.takes, n)
		return
	}
	_, discards := stack[len(stack)-1].(*ast.ExprStmt)
	_, deferred := f.putOff(stack)
	if lit, ok := fn.(*ast.FuncLit); ok && deferred && len(stack) == at+3 && stack[at+1] == ast.Node(lit.Body) {
		s.in[n], _ = functionAt(stack[:at]) // defer func() { <-sem }(): given back by who defers it
		deferred = false
	}
	s.other = s.other || !discards || deferred
	s.gives = append(s.gives, n)
}

// passesOn reports whether a use of a channel gives it another name: then
// somebody else may give back what was taken.
func (f *Facts) passesOn(id *ast.Ident, stack []ast.Node) bool {
	x := ast.Expr(id)
	for i := len(stack) - 1; i >= 0; i-- {
		switch around := stack[i].(type) {
		case *ast.SelectorExpr:
			if around.Sel != id {
				return false // a part of it
			}
			x = around
		case *ast.ParenExpr:
			x = around
		case *ast.AssignStmt:
			return !slices.Contains(around.Lhs, x)
		case *ast.KeyValueExpr:
			return around.Key != x
		case *ast.CallExpr:
			_, builtin := f.pkg.Callee(around).(*types.Builtin)
			return !builtin
		case *ast.ReturnStmt, *ast.CompositeLit, *ast.ValueSpec:
			return true
		default:
			return false
		}
	}
	return false
}

// isReceive reports whether the operation of a select's case is a receive: who
// receives in a select waits for a word, or drains, and gives nothing back.
func isReceive(comm ast.Stmt) bool { return receiveOf(comm) != nil }

// hasDefault reports whether a select has a default: who sends there has
// something to say, and no need of a place.
func hasDefault(s *ast.SelectStmt) bool {
	for _, c := range s.Body.List {
		if c.(*ast.CommClause).Comm == nil {
			return true
		}
	}
	return false
}

// putOff returns the defer statement around, of the innermost function.
func (f *Facts) putOff(stack []ast.Node) (*ast.DeferStmt, bool) {
	_, at := functionAt(stack)
	if at < 0 {
		return nil, false
	}
	d := deferredAt(stack, at)
	return d, d != nil
}

// isToken reports whether a channel is of empty structs or booleans.
func (f *Facts) isToken(ch ast.Expr) bool {
	t, ok := f.pkg.TypeOf(ch).Underlying().(*types.Chan)
	return ok && (f.isEmpty(t) || isBool(t.Elem()))
}

// isGoroutine reports whether a literal is what a go statement runs.
func (f *Facts) isGoroutine(fn ast.Node) bool {
	_, literal := fn.(*ast.FuncLit)
	return literal && len(f.startedOnly(fn)) > 0
}
