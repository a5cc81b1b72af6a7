package facts

import (
	"go/ast"
	"go/token"
	"slices"
)

// A flowBuilder makes a Flow in one walk over the body. cur is the block that
// the next node goes to; after a jump it is a fresh block that nothing leads
// to, so that unreachable code has a place too.
type flowBuilder struct {
	flow    *Flow
	cur     *Block
	exitOf  func(*ast.CallExpr) Exit
	endless func(*ast.RangeStmt) bool
	around  *enclosing        // the innermost statement that break or continue can mean
	labels  map[string]*Block // targets of goto, made when first named
	pending string            // the label of the statement that comes now
}

// enclosing is a loop, switch or select around the current statement.
type enclosing struct {
	outer            *enclosing
	label            string
	brk, cont, falls *Block // where break, continue, fallthrough lead; nil where they mean an outer one
}

func buildFlow(fn ast.Node, body *ast.BlockStmt, exitOf func(*ast.CallExpr) Exit, endless func(*ast.RangeStmt) bool) *Flow {
	b := &flowBuilder{
		flow:    &Flow{Func: fn, Body: body},
		exitOf:  exitOf,
		endless: endless,
		labels:  make(map[string]*Block),
	}
	b.cur = b.block()
	b.list(body.List)
	b.leave(FallsOff, body)
	b.link()
	return b.flow
}

// link fills in the predecessors.
func (b *flowBuilder) link() {
	for _, from := range b.flow.Blocks {
		for _, edge := range from.Succs {
			if !slices.Contains(edge.To.Preds, from) {
				edge.To.Preds = append(edge.To.Preds, from)
			}
		}
	}
}

func (b *flowBuilder) block() *Block {
	block := &Block{Index: len(b.flow.Blocks)}
	b.flow.Blocks = append(b.flow.Blocks, block)
	return block
}

// add appends a node; if it makes a call that does not return, the path ends.
func (b *flowBuilder) add(n ast.Node) {
	b.cur.Nodes = append(b.cur.Nodes, n)
	for _, call := range calls(n) {
		if exit := b.exitOf(call); exit != Inside {
			b.leave(exit, call)
			return
		}
	}
}

// leave ends the current path.
func (b *flowBuilder) leave(exit Exit, way ast.Node) {
	b.cur.Exit, b.cur.Way = exit, way
	b.cur = b.block()
}

func (b *flowBuilder) edge(e Edge) { b.cur.Succs = append(b.cur.Succs, e) }

// jump leads the current path to a block; what follows is unreachable so far.
func (b *flowBuilder) jump(to *Block) {
	b.edge(Edge{To: to})
	b.cur = b.block()
}

// enter leads the current path to a block and goes on there.
func (b *flowBuilder) enter(to *Block) {
	b.edge(Edge{To: to})
	b.cur = to
}

func (b *flowBuilder) list(stmts []ast.Stmt) {
	for _, s := range stmts {
		b.stmt(s)
	}
}

func (b *flowBuilder) stmt(s ast.Stmt) {
	label := b.pending
	b.pending = ""
	switch s := s.(type) {
	case nil, *ast.EmptyStmt:
	case *ast.BlockStmt:
		b.list(s.List)
	case *ast.LabeledStmt:
		b.enter(b.label(s.Label.Name))
		b.pending = s.Label.Name
		b.stmt(s.Stmt)
		b.pending = ""
	case *ast.ReturnStmt:
		b.add(s)
		b.leave(Returns, s)
	case *ast.BranchStmt:
		b.add(s)
		b.branch(s)
	case *ast.IfStmt:
		b.ifElse(s)
	case *ast.ForStmt:
		b.forLoop(s, label)
	case *ast.RangeStmt:
		b.rangeLoop(s, label)
	case *ast.SwitchStmt:
		b.exprSwitch(s, label)
	case *ast.TypeSwitchStmt:
		b.typeSwitch(s, label)
	case *ast.SelectStmt:
		b.selectStmt(s, label)
	default:
		b.add(s)
	}
}

func (b *flowBuilder) ifElse(s *ast.IfStmt) {
	b.stmt(s.Init)
	then, done := b.block(), b.block()
	other := done
	if s.Else != nil {
		other = b.block()
	}
	b.cond(s.Cond, then, other)
	b.cur = then
	b.list(s.Body.List)
	b.edge(Edge{To: done})
	if s.Else != nil {
		b.cur = other
		b.stmt(s.Else)
		b.edge(Edge{To: done})
	}
	b.cur = done
}

// cond evaluates a condition and leads to one of two blocks. The current block
// is finished then; the caller chooses the next one.
func (b *flowBuilder) cond(e ast.Expr, yes, no *Block) {
	switch x := e.(type) {
	case *ast.ParenExpr:
		b.cond(x.X, yes, no)
		return
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			b.cond(x.X, no, yes)
			return
		}
	case *ast.BinaryExpr:
		if x.Op == token.LAND || x.Op == token.LOR {
			b.shortCircuit(x, yes, no)
			return
		}
	}
	b.add(e)
	b.edge(Edge{To: yes, Cond: e, Truth: true})
	b.edge(Edge{To: no, Cond: e, Truth: false})
}

func (b *flowBuilder) shortCircuit(x *ast.BinaryExpr, yes, no *Block) {
	right := b.block()
	if x.Op == token.LAND {
		b.cond(x.X, right, no)
	} else {
		b.cond(x.X, yes, right)
	}
	b.cur = right
	b.cond(x.Y, yes, no)
}

func (b *flowBuilder) label(name string) *Block {
	target, ok := b.labels[name]
	if !ok {
		target = b.block()
		b.labels[name] = target
	}
	return target
}

// branch leads to where break, continue, goto and fallthrough go.
func (b *flowBuilder) branch(s *ast.BranchStmt) {
	if s.Tok == token.GOTO {
		b.jump(b.label(s.Label.Name))
		return
	}
	for e := b.around; e != nil; e = e.outer {
		if s.Label != nil && s.Label.Name != e.label {
			continue // an inner statement, without that label
		}
		if to := e.target(s.Tok); to != nil {
			b.jump(to)
			return
		}
	}
	b.cur = b.block() // does not type-check; nothing to say
}

func (e *enclosing) target(tok token.Token) *Block {
	switch tok {
	case token.BREAK:
		return e.brk
	case token.CONTINUE:
		return e.cont
	}
	return e.falls
}
