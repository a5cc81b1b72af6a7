package facts

import (
	"go/ast"
	"go/types"
)

// A Flow is the control-flow graph of one function: blocks of nodes that run
// one after the other, joined by edges that say under which condition they are
// taken. The operands of && || ! in conditions are blocks of their own, so a
// condition on an edge is never one of these. A function literal is a node of
// the function around it and has a Flow of its own.
//
// Deferred calls are not in the graph: an *ast.DeferStmt is a node where it
// registers the call, and the calls run at every exit that is reached after it.
type Flow struct {
	Func   ast.Node       // *ast.FuncDecl or *ast.FuncLit
	Body   *ast.BlockStmt // its body
	Blocks []*Block       // Blocks[0] is the entry; unreachable ones are there too

	pkg    *Package
	points map[ast.Node]Point // where each evaluated node stands, made when first asked
}

// A Block is a run of nodes without a branch.
//
// Nodes are statements without a body and expressions (a condition, a switch
// tag, a case, the operand of range) in the order in which they are evaluated;
// an *ast.RangeStmt stands for the assignment to its key and value, an
// *ast.SelectStmt for the wait, an *ast.BranchStmt for the jump. What one node
// evaluates is what [Evaluated] visits.
type Block struct {
	Index int
	Nodes []ast.Node
	Succs []Edge
	Preds []*Block // without repetition, by index
	// Exit says how the function is left here, Inside if it is not.
	Exit Exit
	// Way is the node by which it is left: an *ast.ReturnStmt, the body for
	// the closing brace, the *ast.CallExpr that does not return, the
	// *ast.SelectStmt without cases.
	Way ast.Node
}

// An Edge leads to the block that may run next.
type Edge struct {
	To *Block
	// Cond is the condition under which the edge is taken, and Truth the value
	// that it has then; nil on an edge without condition. Where Tag is set the
	// condition is Tag == Cond, of an expression switch.
	Cond, Tag ast.Expr
	Truth     bool
	// Case is the *ast.CommClause or *ast.CaseClause that the edge chooses, and
	// the *ast.RangeStmt on the edge into its body.
	Case ast.Node
	// Past is the switch that the edge leads past: none of its cases was the one.
	Past *ast.SwitchStmt
	// Turn is the body of the loop whose end the edge leaves, back to the loop's
	// post statement, condition or next element.
	Turn *ast.BlockStmt
}

// An Exit is a way out of a function.
type Exit int

const (
	Inside   Exit = iota // the block has successors, or is dead
	Returns              // a return statement
	FallsOff             // the closing brace
	Panics               // a call of panic
	Ends                 // a call that never returns (os.Exit, t.Fatal …), select{}
)

// Normal reports whether the caller goes on after it.
func (e Exit) Normal() bool { return e == Returns || e == FallsOff }

// Flow returns the control flow of fn, an *ast.FuncDecl or *ast.FuncLit; nil
// for a function without body.
func (p *Package) Flow(fn ast.Node) *Flow {
	if flow, ok := p.flows[fn]; ok {
		return flow
	}
	body := bodyOf(fn)
	if body == nil {
		return nil
	}
	if p.flows == nil {
		p.flows = make(map[ast.Node]*Flow)
	}
	// Asking whether a call ends can come back to this very function: it then
	// sees the nil entry, and takes the call for one that returns.
	p.flows[fn] = nil
	flow := buildFlow(fn, body, p.exitOf, p.endlessRange)
	flow.pkg = p
	p.flows[fn] = flow
	return flow
}

// bodyOf returns the body of an *ast.FuncDecl or *ast.FuncLit, nil if it has none.
func bodyOf(fn ast.Node) *ast.BlockStmt {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Body
	case *ast.FuncLit:
		return fn.Body
	}
	return nil
}

// signature returns the type of an *ast.FuncDecl or *ast.FuncLit.
func (p *Package) signature(fn ast.Node) *types.Signature {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		if obj, ok := p.Def(fn.Name).(*types.Func); ok {
			return obj.Signature()
		}
	case *ast.FuncLit:
		sig, _ := p.TypeOf(fn).(*types.Signature)
		return sig
	}
	return nil
}
