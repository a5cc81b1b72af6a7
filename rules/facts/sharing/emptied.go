package sharing

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// emptiedAfter returns what a send, or a go statement, gives away of a buffer that its function
// empties then, to fill the same memory again: whoever has got it reads what comes next.
//
//	b.out <- b.lines             w.out <- w.buf.Bytes()
//	b.lines = b.lines[:0]        w.buf.Reset()
//
// A wait between the two, or right behind, may be for who has it.
func (f *Facts) emptiedAfter(n ast.Node) (r Reuse, ok bool) {
	fn := f.around(n)
	if fn == nil || fn.body() == nil {
		return r, false
	}
	flow := f.pkg.Flow(fn.node)
	from, known := flow.At(n)
	if !known {
		return r, false
	}
	for _, e := range f.buffersGiven(n) {
		for _, fill := range f.emptiedIn(fn, e) {
			to, known := flow.At(fill)
			barrier := func(n ast.Node) bool { return n != fill && (f.waitsIn(n) || f.replaces(n, e)) }
			if known && !f.acknowledged(fn, fill) && f.leads(flow, from, func(p facts.Point) bool { return p == to }, barrier) && f.possible(fn, n, fill, barrier) {
				return Reuse{Given: e, Fill: fill, Source: e}, true
			}
		}
	}
	return r, false
}

// buffersGiven returns the lists and buffers that a statement gives away whole.
func (f *Facts) buffersGiven(n ast.Node) (all []ast.Expr) {
	switch n := n.(type) {
	case *ast.SendStmt:
		all = append(all, n.Value)
	case *ast.GoStmt:
		all = n.Call.Args
	}
	return slices.DeleteFunc(slices.Clone(all), func(e ast.Expr) bool { return f.bufferOf(e) == nil })
}

// bufferOf returns the list that an expression is, or the buffer whose Bytes it is; nil for
// anything else.
func (f *Facts) bufferOf(e ast.Expr) ast.Expr {
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		if t := f.pkg.TypeOf(x); t != nil {
			if _, list := t.Underlying().(*types.Slice); list && f.holder(x) != nil {
				return x
			}
		}
	case *ast.CallExpr:
		sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "Bytes" && f.buffers(f.pkg.TypeOf(sel.X)) && f.holder(sel.X) != nil {
			return sel.X
		}
	}
	return nil
}

// emptiedIn returns the statements of a function that keep the memory of a buffer, and
// nothing of what is in it.
func (f *Facts) emptiedIn(fn *function, given ast.Expr) (all []ast.Node) {
	buffer := f.bufferOf(given)
	_, isCall := ast.Unparen(given).(*ast.CallExpr)
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return n == fn.node
		case *ast.AssignStmt:
			if !isCall && len(n.Lhs) == 1 && len(n.Rhs) == 1 && sameText(n.Lhs[0], buffer) && f.empties(n.Rhs[0], buffer) {
				all = append(all, n)
			}
		case *ast.CallExpr:
			sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr)
			if ok && isCall && sel.Sel.Name == "Reset" && sameText(sel.X, buffer) {
				all = append(all, n)
			}
		}
		return true
	})
	return all
}

// empties reports whether an expression is a list without its elements: x[:0].
func (f *Facts) empties(e, list ast.Expr) bool {
	cut, ok := ast.Unparen(e).(*ast.SliceExpr)
	if !ok || cut.Low != nil || cut.High == nil || cut.Max != nil || !sameText(cut.X, list) {
		return false
	}
	high := f.pkg.Info.Types[cut.High].Value
	return high != nil && constant.Compare(high, token.EQL, constant.MakeInt64(0))
}

func sameText(a, b ast.Expr) bool { return types.ExprString(a) == types.ExprString(b) }

// replaces reports whether a node gives the variable of a buffer, or what leads to it, another
// value.
func (f *Facts) replaces(n ast.Node, given ast.Expr) bool {
	set, ok := n.(*ast.AssignStmt)
	if !ok {
		return false
	}
	return slices.ContainsFunc(set.Lhs, func(lhs ast.Expr) bool {
		for e := f.bufferOf(given); e != nil; {
			if sameText(lhs, e) {
				return true
			}
			sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
			if !ok {
				return false
			}
			e = sel.X
		}
		return false
	})
}

// acknowledged reports whether the statement behind another one, in its list, waits.
func (f *Facts) acknowledged(fn *function, at ast.Node) (waits bool) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		for i, st := range list {
			if i+1 < len(list) && st.Pos() == at.Pos() {
				waits = waits || f.waitsIn(list[i+1])
			}
		}
		return true
	})
	return waits
}
