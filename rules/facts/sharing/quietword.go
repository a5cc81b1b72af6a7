package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// wordsOf returns the local variables on which the edges of a flow depend and that are false at
// first, with the statements that set them: who comes on where one is true has passed one of those.
//
//	for ready := false; !ready; {
//		select {
//		case <-p.ready:
//			ready = true
//		case <-tick.C:
//		}
//	}
func (f *Facts) wordsOf(flow *facts.Flow) map[*types.Var][]ast.Node {
	words := map[*types.Var][]ast.Node{}
	for _, block := range flow.Blocks {
		for _, e := range block.Succs {
			if v := f.wordAt(e); v != nil && flow.Func.Pos() < v.Pos() && v.Pos() < flow.Func.End() {
				words[v] = nil
			}
		}
	}
	for v := range words {
		sets, known := f.setsOfWord(flow.Func, v)
		if words[v] = sets; !known {
			delete(words, v)
		}
	}
	return words
}

// wordAt returns the local variable that is true where an edge is taken; nil if the edge depends on
// something else.
func (f *Facts) wordAt(e facts.Edge) *types.Var {
	id, ok := e.Cond.(*ast.Ident)
	if !ok || !e.Truth || e.Tag != nil {
		return nil
	}
	v, ok := f.pkg.Use(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	return v
}

// setsOfWord returns the statements of a function that may set a variable to true. It is known if
// the variable begins as false, and nobody else sets it.
func (f *Facts) setsOfWord(fn ast.Node, v *types.Var) (sets []ast.Node, known bool) {
	begins, elsewhere := false, false
	f.pkg.PreorderStack(fn, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || f.pkg.ObjectOf(id) != types.Object(v) || len(stack) == 0 {
			return true
		}
		switch st := stack[len(stack)-1].(type) {
		case *ast.ValueSpec:
			if i := slices.Index(st.Names, id); i >= 0 { // else it is a value of another
				begins = begins || len(st.Values) == 0 || len(st.Values) == len(st.Names) && f.isFalse(st.Values[i])
			}
		case *ast.AssignStmt:
			i := slices.Index(st.Lhs, ast.Expr(id))
			switch {
			case i < 0:
			case len(st.Lhs) == len(st.Rhs) && f.isFalse(st.Rhs[i]):
				begins = begins || st.Tok == token.DEFINE
			case st.Tok == token.DEFINE && f.pkg.Def(id) != nil || slices.ContainsFunc(stack, func(n ast.Node) bool { return n != fn && isLiteral(n) }):
				elsewhere = true
			default:
				sets = append(sets, st)
			}
		case *ast.UnaryExpr:
			elsewhere = elsewhere || st.Op == token.AND
		case *ast.RangeStmt:
			elsewhere = true
		}
		return true
	})
	return sets, begins && !elsewhere
}

func isLiteral(n ast.Node) bool {
	_, ok := n.(*ast.FuncLit)
	return ok
}

// isFalse reports whether an expression is the constant false.
func (f *Facts) isFalse(x ast.Expr) bool {
	v := f.pkg.Info.Types[x].Value
	return v != nil && v.ExactString() == "false"
}

// setWithin reports whether some part of a flow comes to one of some statements.
func setWithin(flow *facts.Flow, part map[*facts.Block]int, sets []ast.Node) bool {
	return slices.ContainsFunc(sets, func(n ast.Node) bool {
		at, ok := flow.At(n)
		end, reached := part[at.Block]
		return !ok || reached && at.Index <= end
	})
}
