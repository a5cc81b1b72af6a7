package channels

import (
	"go/ast"
	"go/constant"
	"go/types"
)

// A Kind is what an operation does to a channel or WaitGroup.
type Kind int

const (
	Send    Kind = iota // ch <- v
	Receive             // <-ch
	Range               // for v := range ch
	Close               // close(ch)
	Observe             // len(ch), cap(ch)
	Add                 // wg.Add(n)
	Done                // wg.Done()
	Wait                // wg.Wait()
	Go                  // wg.Go(f)
)

// An Op is one operation on a channel or WaitGroup.
type Op struct {
	Kind Kind
	// Node is the *ast.SendStmt, the receiving *ast.UnaryExpr, the
	// *ast.RangeStmt, or the *ast.CallExpr.
	Node   ast.Node
	Thread *Thread
	// Fn is the function in whose flow Node stands: Thread.Fn, or one that it
	// calls or defers.
	Fn ast.Node
	// Anchor is the node of Thread.Fn's own flow at which it happens: Node
	// itself, the call that does it, or the *ast.DeferStmt that puts it off.
	Anchor ast.Node
	// Deferred is set where Thread.Fn runs it at its exit.
	Deferred *ast.DeferStmt
	// Select is the select statement of which it is a case.
	Select *ast.SelectStmt
	Case   *ast.CommClause
	calls  int // from Thread.Fn to Fn, put off or not
}

// Direct reports whether the thread's own function does it, where it stands.
func (o *Op) Direct() bool { return o.Anchor == o.Node }

// handed reports whether a literal does it that the thread's own function calls.
//
//	tell := func(err error) { ends <- err }
//	go func() { tell(read()) }()
func (o *Op) handed() bool {
	_, literal := o.Fn.(*ast.FuncLit)
	return literal && o.calls == 1 && o.Deferred == nil
}

// ownPlace reports whether the thread's own function, or a literal that it calls, does it.
func (o *Op) ownPlace() bool { return o.Direct() || o.handed() }

// caller returns what is done by a helper as if its call, in the thread's own function, did it.
func (o *Op) caller() *Op {
	call := *o
	call.Node, call.Fn, call.calls = o.Anchor, o.Thread.Fn, 0
	return &call
}

// Alone reports whether nothing else can go on while the operation waits: it
// is no case of a select that has another.
func (o *Op) Alone() bool { return o.Select == nil || len(o.Select.Body.List) == 1 }

// A Thread is a goroutine that works on the channel.
type Thread struct {
	// Start is the *ast.GoStmt, or the *ast.CallExpr that runs a function on a
	// goroutine of its own; nil for the home thread.
	Start ast.Node
	Fn    ast.Node // the function that it runs
	In    *Thread  // who starts it
	// Anchor is the node of In.Fn's own flow at which it is started.
	Anchor ast.Node
	// Loop is the loop in which it is started again and again for one channel,
	// nil if it is started once.
	Loop ast.Stmt
	// Nested says that a caller of the function with that loop stands in another one, which runs
	// it again and again for the same channel.
	Nested bool
}

// Many reports whether there can be several goroutines of this thread.
func (t *Thread) Many() bool { return t != nil && (t.Loop != nil || t.In.Many()) }

// A Trace is what becomes of one channel or WaitGroup.
type Trace struct {
	Var  *types.Var
	Fn   ast.Node      // the function whose local variable it is
	Make *ast.CallExpr // make(chan T, n); nil for a WaitGroup
	Home *Thread
	Ops  []*Op
	// Unknown is the first use of which nothing is known; nil: Ops is all.
	Unknown ast.Node
	// Returned is set where the function gives it to its caller, if that is asked for.
	Returned bool
	// Elsewhere is what sends, or may only send, nobody knows when, if that is asked for.
	Elsewhere []ast.Node
}

// Capacity returns the size of the channel's buffer, known if it is constant.
func (f *Facts) Capacity(t *Trace) (size int64, known bool) {
	if t.Make == nil || len(t.Make.Args) < 2 {
		return 0, t.Make != nil
	}
	v := f.pkg.Info.Types[t.Make.Args[1]].Value
	if v == nil {
		return 0, false
	}
	return constant.Int64Val(constant.ToInt(v))
}

// Of returns the operations of some kinds.
func (t *Trace) Of(kinds ...Kind) (ops []*Op) {
	for _, op := range t.Ops {
		for _, k := range kinds {
			if op.Kind == k {
				ops = append(ops, op)
			}
		}
	}
	return ops
}

// In returns those of the operations that a thread does.
func In(th *Thread, ops []*Op) (own []*Op) {
	for _, op := range ops {
		if op.Thread == th {
			own = append(own, op)
		}
	}
	return own
}
