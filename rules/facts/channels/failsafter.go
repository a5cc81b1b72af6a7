package channels

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// failsAfter returns a way by which the loop around a receive is left for good
// after it: a return because of an error that something else has returned. Who
// sends the next value cannot know of it by what was sent.
func (f *Facts) failsAfter(r *ClassOp, c *Class) ast.Node {
	if !r.Alone() || r.Kind != Range && !f.repeats(&Op{Fn: r.Fn, Node: r.Node}) {
		return nil
	}
	at := map[ast.Node]bool{}
	for _, op := range c.Of(Receive, Range) {
		at[op.Node], at[flowNode(op.Kind, op.Node)] = true, true
	}
	loops := f.loopsAround(r.Fn, r.Node)
	if loop, ok := r.Node.(*ast.RangeStmt); ok {
		loops = append(loops, loop)
	}
	if len(loops) == 0 {
		return nil
	}
	s := &search{
		f: f, fn: r.Fn, flow: f.pkg.Flow(r.Fn), from: r.Node,
		covered: func(n ast.Node) bool { return at[n] || f.tells(n) && !f.toldLast(n) && !f.tellsSenders(n, c) },
		crossed: func(from *facts.Block, e facts.Edge) bool {
			_, chosen := e.Case.(*ast.CommClause)
			return chosen || f.ends(from, e, loops[len(loops)-1])
		},
	}
	exit := s.out()
	ret, ok := exit.(*ast.ReturnStmt)
	if !ok || !f.becauseOfError(r.Fn, ret) && !f.newError(ret) || f.deferTells(r.Fn, c) {
		return nil
	}
	return exit
}

// becauseOfError reports whether a return stands under a test of an error that a
// local variable holds.
func (f *Facts) becauseOfError(fn ast.Node, ret *ast.ReturnStmt) bool {
	conds := conditionsAround(fn, ret)
	if len(conds) == 0 {
		return false
	}
	b, ok := ast.Unparen(conds[len(conds)-1]).(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ || !f.pkg.IsNil(b.Y) {
		return false
	}
	v := f.Variable(b.X)
	return v != nil && v.Kind() == types.LocalVar && types.Identical(v.Type(), types.Universe.Lookup("error").Type())
}

// newError reports whether a return gives back an error that it makes, or one that the package
// has for it: for who only starts the function, as a goroutine, nobody ever sees that.
func (f *Facts) newError(ret *ast.ReturnStmt) bool {
	if len(ret.Results) == 0 {
		return false
	}
	last := ast.Unparen(ret.Results[len(ret.Results)-1])
	if id, ok := last.(*ast.Ident); ok {
		v, isVar := f.pkg.Use(id).(*types.Var)
		return isVar && v.Parent() == f.pkg.Types.Scope() && types.Identical(v.Type(), types.Universe.Lookup("error").Type())
	}
	call, ok := last.(*ast.CallExpr)
	return ok && (f.isCallOf(call, "errors.New") || f.isCallOf(call, "fmt.Errorf"))
}

// tells reports whether a node gives others a sign: it sends, closes, or calls a
// function that may.
func (f *Facts) tells(n ast.Node) bool {
	if f.signal(n) != nil {
		return true
	}
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn, isFunc := f.pkg.Callee(call).(*types.Func)
	return isFunc && ender.MatchString(fn.Name())
}

// toldLast reports whether a send, on a channel with room, tells only who waits for the
// end: everybody who receives from it is an ending function, Close or Wait, which none
// of those who still send calls, or there is nobody.
func (f *Facts) toldLast(n ast.Node) bool {
	send, ok := n.(*ast.SendStmt)
	if !ok {
		return false
	}
	c := f.Class(send.Chan)
	if c == nil || c.Takes || c.Nil {
		return false
	}
	if len(c.Of(Receive, Range)) == 0 {
		return true
	}
	if room, known := f.Room(c); !known || room == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Of(Receive, Range), func(op *ClassOp) bool {
		decl, ok := op.Fn.(*ast.FuncDecl)
		return !op.Test && (!ok || !ending.MatchString(decl.Name.Name) && !waiter.MatchString(decl.Name.Name))
	})
}

// waiter is how functions are called that wait for an end.
var waiter = lazyregexp.New(`(?i)wait|done|result|err$`)

// deferTells reports whether a function defers something that gives others a
// sign: whoever sends on the channels of a class may listen to that.
func (f *Facts) deferTells(fn ast.Node, c *Class) (tells bool) {
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok {
			f.pkg.Inspect(d, func(n ast.Node) bool {
				tells = tells || f.tells(n) && !f.tellsSenders(n, c)
				return !tells
			})
		}
		return !tells
	})
	return tells
}

// tellsSenders reports whether a close is heard by those alone who listen to it while they send on the
// channels of a class: another, who does not listen, is told nothing.
//
//	select { case s.jobs <- j: case <-s.done: }
func (f *Facts) tellsSenders(n ast.Node, c *Class) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || !f.isBuiltin(call, "close") {
		return false
	}
	told := f.Class(call.Args[0])
	if told == nil || told.Takes {
		return false
	}
	heard := told.Of(Receive, Range)
	return len(heard) > 0 && !slices.ContainsFunc(heard, func(r *ClassOp) bool {
		return r.Select == nil || !slices.ContainsFunc(c.Of(Send), func(send *ClassOp) bool { return send.Select == r.Select })
	})
}
