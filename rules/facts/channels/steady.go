package channels

import (
	"go/ast"
	"go/token"
	"go/types"
)

// partOfSteady returns the local variable that a field is selected from, where that is a struct which
// its function never changes: what is asked of the field once holds to the end.
//
//	if cfg.async { done = make(chan int); go work(done) }
//	…
//	if cfg.async { n = <-done }
func (f *Facts) partOfSteady(fn ast.Node, sel *ast.SelectorExpr) *types.Var {
	for {
		selected := f.pkg.Info.Selections[sel]
		if selected == nil || selected.Kind() != types.FieldVal || passesPointer(selected) {
			return nil
		}
		switch x := ast.Unparen(sel.X).(type) {
		case *ast.SelectorExpr:
			sel = x
			continue
		case *ast.Ident:
			v, ok := f.pkg.Use(x).(*types.Var)
			if ok && !v.IsField() && v.Kind() != types.PackageVar && declaredWithin(fn, v) && !f.changedStructs(fn)[v] {
				return v
			}
		}
		return nil
	}
}

// passesPointer reports whether a pointer leads to a field: others may have that, too.
func passesPointer(s *types.Selection) bool {
	t := s.Recv()
	for _, i := range s.Index() {
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return true
		}
		t = st.Field(i).Type()
	}
	return false
}

func declaredWithin(fn ast.Node, v *types.Var) bool { return fn.Pos() <= v.Pos() && v.Pos() < fn.End() }

// changedStructs returns the variables that something in a function may change after their declaration, or
// a part of them: by an assignment, by an address, or by a method that gets one.
func (f *Facts) changedStructs(fn ast.Node) map[*types.Var]bool {
	if changed, ok := f.changed[fn]; ok {
		return changed
	}
	changed := map[*types.Var]bool{}
	note := func(x ast.Expr) {
		if v := f.rootOfParts(x); v != nil {
			changed[v] = true
		}
	}
	f.pkg.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, lhs := range n.Lhs {
				if id, ok := lhs.(*ast.Ident); !ok || f.pkg.Def(id) == nil {
					note(lhs)
				}
			}
		case *ast.IncDecStmt:
			note(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				note(n.X)
			}
		case *ast.SelectorExpr:
			if s := f.pkg.Info.Selections[n]; s != nil && s.Kind() != types.FieldVal {
				note(n.X)
			}
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				note(n.Key)
				if n.Value != nil {
					note(n.Value)
				}
			}
		case *ast.SliceExpr:
			note(n.X)
		}
		return true
	})
	if f.changed == nil {
		f.changed = map[ast.Node]map[*types.Var]bool{}
	}
	f.changed[fn] = changed
	return changed
}

// rootOfParts returns the variable that an expression names, or a part of.
func (f *Facts) rootOfParts(x ast.Expr) *types.Var {
	for {
		switch e := ast.Unparen(x).(type) {
		case *ast.Ident:
			v, _ := f.pkg.ObjectOf(e).(*types.Var)
			return v
		case *ast.SelectorExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		default:
			return nil
		}
	}
}
