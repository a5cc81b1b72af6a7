package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// A SoleReceiver is the goroutine that alone receives from the channel of a field, and does not close
// it, one for each object: who makes the object starts it, once, and nobody else can.
//
//	p := &poller{force: make(chan bool)}
//	go p.run()
type SoleReceiver struct {
	Field *types.Var
	Made  *ast.KeyValueExpr // gives the field its channel
	Fn    ast.Node          // what the goroutine runs
	Chan  *ast.SelectorExpr // the channel, as Fn calls it
}

// SoleReceiver returns the goroutine of a receive, nil where it is no such.
func (f *Facts) SoleReceiver(receive ast.Node) *SoleReceiver {
	r, c := f.classReceive(receive)
	if c == nil || !c.Var.IsField() || len(c.Makes) != 1 || len(c.Given) > 0 || c.Replaced || c.Nil || c.Takes || c.Serves {
		return nil
	}
	for _, other := range c.Of(Receive, Range, Close) {
		if (other.Kind == Close) == (other.Fn == r.Fn) || other.Defer != nil {
			return nil
		}
	}
	ch, ok := ast.Unparen(r.Chan).(*ast.SelectorExpr)
	owner := f.rootOf(r.Chan)
	starts := f.startedOnly(r.Fn)
	if decl, declared := r.Fn.(*ast.FuncDecl); declared && decl.Name.IsExported() && f.ownerExported(decl) && f.pkg.Types.Name() != "main" {
		return nil
	}
	if !ok || owner == nil || f.rootOf(ch.X) != owner || len(starts) != 1 || !isIdent(ch.X) {
		return nil
	}
	start := starts[0]
	made, object := f.madeFor(start.in, c.Makes[0])
	if made == nil || f.ownerAt(start, r.Fn, owner) != object || len(f.loopsAround(start.in, start.stmt))+len(f.loopsAround(start.in, made)) > 0 {
		return nil
	}
	return &SoleReceiver{Field: c.Var, Made: made, Fn: r.Fn, Chan: ch}
}

// classReceive returns the operation that a receive is on the channel of a class.
func (f *Facts) classReceive(receive ast.Node) (*ClassOp, *Class) {
	ch, ok := receive.(ast.Expr)
	if loop, isRange := receive.(*ast.RangeStmt); isRange {
		ch = loop.X
	} else if r, isReceive := ch.(*ast.UnaryExpr); ok && isReceive {
		ch = r.X
	} else {
		return nil, nil
	}
	c := f.Class(ch)
	if c == nil {
		return nil, nil
	}
	i := slices.IndexFunc(c.Ops, func(op *ClassOp) bool { return op.Node == receive })
	if i < 0 {
		return nil, nil
	}
	return c.Ops[i], c
}

func isIdent(x ast.Expr) bool {
	_, ok := x.(*ast.Ident)
	return ok
}

// madeFor returns the pair of a composite literal that gives a field the channel which is made,
// and the variable of a function that gets the literal and nothing else.
func (f *Facts) madeFor(fn ast.Node, make *ast.CallExpr) (made *ast.KeyValueExpr, object *types.Var) {
	f.pkg.PreorderStack(bodyOfFunc(fn), nil, func(n ast.Node, stack []ast.Node) bool {
		if n != ast.Node(make) {
			return made == nil
		}
		made, _ = stack[len(stack)-1].(*ast.KeyValueExpr)
		object = f.givenWhole(stack)
		return false
	})
	if made == nil || object == nil || !f.setOnce(object) {
		return nil, nil
	}
	return made, object
}

// givenWhole returns the variable that is assigned the literal around a place, or its address.
//
//	t := &T{ch: make(chan int)}
func (f *Facts) givenWhole(stack []ast.Node) *types.Var {
	rest := stack[:len(stack)-1]
	if _, ok := rest[len(rest)-1].(*ast.CompositeLit); !ok {
		return nil
	}
	var value ast.Node = rest[len(rest)-1]
	rest = rest[:len(rest)-1]
	if address, ok := rest[len(rest)-1].(*ast.UnaryExpr); ok {
		value, rest = address, rest[:len(rest)-1]
	}
	st, ok := rest[len(rest)-1].(*ast.AssignStmt)
	if !ok || len(st.Lhs) != 1 || len(st.Rhs) != 1 || ast.Node(st.Rhs[0]) != value {
		return nil
	}
	id, ok := st.Lhs[0].(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := f.pkg.ObjectOf(id).(*types.Var)
	return v
}

// ownerAt returns the variable that stands, where a goroutine is started, for one of what it runs:
// its receiver or a parameter; a literal sees the variable itself.
func (f *Facts) ownerAt(start starter, fn ast.Node, owner *types.Var) *types.Var {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok {
		return owner
	}
	given := f.handedFor(decl, owner, start.stmt.Call)
	if given == nil || !isIdent(given) {
		return nil
	}
	return f.rootOf(given)
}
