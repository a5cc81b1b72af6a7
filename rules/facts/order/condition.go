package order

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
)

// conditions returns the bool parameters that decide whether a node runs: those
// of the if statements around it in its function. A parameter that is assigned
// decides nothing.
func (w *walker) conditions(body *ast.BlockStmt) map[ast.Node][]Condition {
	found := make(map[ast.Node][]Condition)
	var visit func(n ast.Node, when []Condition)
	visit = func(n ast.Node, when []Condition) {
		w.collector.pkg.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.CallExpr:
				if len(when) > 0 {
					found[n] = when
				}
			case *ast.IfStmt:
				yes, no := w.decides(n.Cond)
				if n.Init != nil {
					visit(n.Init, when)
				}
				visit(n.Cond, when)
				visit(n.Body, and(when, yes))
				if n.Else != nil {
					visit(n.Else, and(when, no))
				}
				return false
			}
			return true
		})
	}
	visit(body, nil)
	return found
}

func and(when, more []Condition) []Condition {
	return append(when[:len(when):len(when)], more...)
}

// decides returns what is known of parameters where a condition is true, and
// where it is false.
func (w *walker) decides(cond ast.Expr) (yes, no []Condition) {
	switch e := ast.Unparen(cond).(type) {
	case *ast.Ident:
		if i, ok := w.boolParam(e); ok {
			return []Condition{{i, true}}, []Condition{{i, false}}
		}
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			yes, no = w.decides(e.X)
			return no, yes
		}
	case *ast.BinaryExpr:
		x, notX := w.decides(e.X)
		y, notY := w.decides(e.Y)
		switch e.Op {
		case token.LAND:
			return and(x, y), nil
		case token.LOR:
			return nil, and(notX, notY)
		}
	}
	return nil, nil
}

// boolParam returns the index of a bool parameter that keeps its value.
func (w *walker) boolParam(id *ast.Ident) (int, bool) {
	v, ok := w.pkg.Use(id).(*types.Var)
	if !ok || w.changed()[v] {
		return 0, false
	}
	root := w.rootOf(v)
	return root.Index, root.Kind == Param
}

// changed returns the variables that are assigned after their declaration.
func (w *walker) changed() map[*types.Var]bool {
	if w.assigned != nil {
		return w.assigned
	}
	w.assigned = make(map[*types.Var]bool)
	note := func(e ast.Expr) {
		if id, ok := e.(*ast.Ident); ok {
			if v, ok := w.pkg.Use(id).(*types.Var); ok {
				w.assigned[v] = true
			}
		}
	}
	w.collector.pkg.Inspect(w.root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				note(lhs)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				note(n.X)
			}
		}
		return true
	})
	return w.assigned
}

// bools returns what a call passes for bool parameters, where that is known.
func (b *bodyWalk) bools(call *ast.CallExpr) (all []Bool) {
	for i, arg := range call.Args {
		arg = ast.Unparen(arg)
		tv := b.pkg.Info.Types[arg]
		if tv.Value != nil && tv.Value.Kind() == constant.Bool {
			all = append(all, Bool{For: i + 1, Known: true, Is: constant.BoolVal(tv.Value)})
			continue
		}
		negated := false
		if not, ok := arg.(*ast.UnaryExpr); ok && not.Op == token.NOT {
			arg, negated = ast.Unparen(not.X), true
		}
		if id, ok := arg.(*ast.Ident); ok {
			if param, ok := b.boolParam(id); ok {
				all = append(all, Bool{For: i + 1, Is: negated, Param: param})
			}
		}
	}
	return all
}

// flags returns the places where a function may leave because of an atomic flag:
// what stands behind one runs in a state in which, maybe, nobody else is there.
func (w *walker) flags(body *ast.BlockStmt) (all []token.Pos) {
	w.collector.pkg.Inspect(body, func(n ast.Node) bool {
		test, ok := n.(*ast.IfStmt)
		if !ok || !leaves(test.Body) {
			return true
		}
		w.collector.pkg.Inspect(test.Cond, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if fn, ok := w.pkg.Callee(call).(*types.Func); ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync/atomic" {
					all = append(all, test.Pos())
				}
			}
			return true
		})
		return true
	})
	return all
}

// leaves reports whether a block ends by a return.
func leaves(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	_, ok := body.List[len(body.List)-1].(*ast.ReturnStmt)
	return ok
}
