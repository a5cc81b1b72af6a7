package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
)

// beginsOnce reports whether a function starts its goroutines the first time only:
// it asks what it keeps itself whether it has begun before.
//
//	if m.ticker != nil {       m.hosts = append(m.hosts, host)
//		return                 if len(m.hosts) == 1 {
//	}                              go m.loop()
//	m.ticker = time.NewTicker(d)   }
//	go m.loop()
func (f *Facts) beginsOnce(g *function, start ast.Node) bool {
	body := g.body()
	if g.obj == nil || g.obj.Signature().Recv() == nil || body == nil {
		return false
	}
	kept := f.fieldsWritten(g, body)
	for _, st := range body.List {
		if st.Pos() > start.Pos() {
			return false
		}
		branch, ok := st.(*ast.IfStmt)
		if !ok || !f.asksFor(body, branch.Cond, kept) {
			continue
		}
		if within(branch.Body, start) || branch.Else == nil && endsInReturn(branch.Body) {
			return true
		}
	}
	return false
}

// fieldsWritten are the fields that a method assigns.
func (f *Facts) fieldsWritten(g *function, body ast.Node) map[types.Object]bool {
	written := map[types.Object]bool{}
	f.pkg.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, x := range n.Lhs {
				f.noteWritten(x, written)
			}
		case *ast.IncDecStmt:
			f.noteWritten(n.X, written)
		}
		return true
	})
	return written
}

func (f *Facts) noteWritten(x ast.Expr, written map[types.Object]bool) {
	if sel, ok := ast.Unparen(x).(*ast.SelectorExpr); ok {
		if v, ok := f.pkg.Use(sel.Sel).(*types.Var); ok && v.IsField() {
			written[v] = true
		}
	}
}

// asksFor reports whether a condition is about one of some fields, or about a local
// variable that was computed of one.
func (f *Facts) asksFor(body ast.Node, cond ast.Expr, fields map[types.Object]bool) bool {
	return f.mentionsAny(cond, fields) || f.mentionsAny(cond, f.computedOf(body, cond.Pos(), fields))
}

// computedOf are the variables that are defined by what mentions one of some fields.
func (f *Facts) computedOf(body ast.Node, before token.Pos, fields map[types.Object]bool) map[types.Object]bool {
	vars := map[types.Object]bool{}
	f.pkg.Inspect(body, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || assign.Pos() >= before || len(assign.Lhs) != 1 || !f.mentionsAny(assign.Rhs[0], fields) {
			return true
		}
		if id, ok := assign.Lhs[0].(*ast.Ident); ok {
			vars[f.pkg.ObjectOf(id)] = true
		}
		return true
	})
	return vars
}

func (f *Facts) mentionsAny(x ast.Node, objects map[types.Object]bool) (found bool) {
	f.pkg.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found = found || objects[f.pkg.Use(id)]
		}
		return !found
	})
	return found
}

// endsInReturn reports whether a block leaves its function.
func endsInReturn(block *ast.BlockStmt) bool {
	if len(block.List) == 0 {
		return false
	}
	_, ok := block.List[len(block.List)-1].(*ast.ReturnStmt)
	return ok
}

// startedOnce reports whether every go statement of a goroutine that a called
// function starts is one that it comes to the first time only.
func (f *Facts) startedOnce(runs *function) bool {
	if runs == nil {
		return false
	}
	if around, how, at := runs.out(); runs.around != nil {
		return how == started && f.beginsOnce(around.outermost(), at)
	}
	n := 0
	for _, s := range runs.sites {
		if s.runs != started {
			continue
		}
		if s.in == nil || !f.beginsOnce(s.in.outermost(), s.stmt) {
			return false
		}
		n++
	}
	return n > 0
}

// sameStart reports whether an access is made by a goroutine that a called function
// starts the first time only, and the other by that function itself: the next call
// leaves before it comes there.
func (f *Facts) sameStart(inside, outside *Access) bool {
	if inside.far == nil || outside.far == nil || !inside.fn.elsewhere || outside.fn.elsewhere {
		return false
	}
	starter := outside.far.real.fn.outermost()
	return f.startedOnce(f.funcs[inside.fn.node]) && f.startsIt(starter, f.funcs[inside.fn.node])
}

// startsIt reports whether a goroutine is started by a function.
func (f *Facts) startsIt(starter, runs *function) bool {
	if around, how, _ := runs.out(); runs.around != nil {
		return how == started && around.outermost() == starter
	}
	for _, s := range runs.sites {
		if s.runs == started && s.in != nil && s.in.outermost() == starter {
			return true
		}
	}
	return false
}
