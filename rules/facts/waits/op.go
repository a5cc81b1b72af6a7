package waits

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Kind is what an operation does to a channel, WaitGroup or Cond.
type Kind int

const (
	Send      Kind = iota // ch <- v
	Receive               // <-ch, for range ch
	Close                 // close(ch)
	Done                  // wg.Done()
	Wait                  // wg.Wait()
	Signal                // c.Signal(), c.Broadcast()
	Suspended             // c.Wait()
)

// waits reports whether the operation stops its goroutine.
func (k Kind) waits() bool { return k == Send || k == Receive || k == Wait || k == Suspended }

// ends reports whether an operation can end a wait of another kind.
func (k Kind) ends(wait Kind) bool {
	switch wait {
	case Send:
		return k == Receive
	case Receive:
		return k == Send || k == Close
	case Wait:
		return k == Done
	}
	return wait == Suspended && k == Signal
}

// anyPartner reports whether a wait ends as soon as any partner acts, so that
// all of them must be stopped for it to last. A WaitGroup waits for every one.
func (k Kind) anyPartner() bool { return k != Wait }

// An op is one operation on a channel, WaitGroup or Cond.
type op struct {
	kind     Kind
	node     ast.Node
	class    *class
	at       facts.Lock // the instance
	fn       ast.Node   // in whose flow it stands
	root     ast.Node   // the outermost function around it
	stack    []ast.Node // around it, outermost first
	alone    bool       // it has no alternative
	deferred bool       // it runs at the end of fn
	start    ast.Node   // the *ast.GoStmt, or the call of wg.Go, that starts fn, a literal; nil otherwise
	runs     ast.Expr   // f of wg.Go(f), where it is no literal
	passed   *passing   // by which the function of the operation has the channel; nil otherwise
	test     bool       // it stands in a test file
	inside   *op        // of a call: the operation that it comes to; nil otherwise
	above    int        // how many calls it was followed outwards
}

// A class is what all channels of a field or variable have in common.
type class struct {
	ops        []*op
	unknown    bool  // somebody else may operate on it
	parameter  bool  // it is one, and its operations are those of what is handed over
	renames    int   // how many others it was made a name of
	buffered   bool  // it is made with a buffer, or in a way that cannot be read
	places     int64 // of its buffer, as far as that is a constant: the most
	measured   bool  // the buffer is computed: it may be as large as what goes in
	counted    bool  // its size is a variable
	made       bool
	replaced   bool       // it is assigned where its owner exists already
	condLock   facts.Lock // of a Cond: what it releases while it waits
	condLocked bool
	condGiven  bool
}

// partners are the operations that can end a wait, those of tests aside where
// the wait is none.
func (w *op) partners() []*op {
	var all []*op
	for _, o := range w.class.ops {
		if o.kind.ends(w.kind) && (w.test || !o.test) {
			all = append(all, o)
		}
	}
	return all
}
