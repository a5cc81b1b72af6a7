package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// countedAtStart reports whether the group of a goroutine is counted where that is started: in
// the same declaration, or in a function that is called there. What is counted elsewhere
// is something else than the goroutine, a job or a connection, which may live on behind it.
//
//	p.workers.Add(1)
//	go work(&p.workers, &p.jobs) // p.jobs.Add(1) is where a job comes in
func (f *Facts) countedAtStart(done *GroupCall) bool {
	return slices.ContainsFunc(f.startedOnly(done.Fn), func(s starter) bool {
		group := f.groupAtStart(done, s)
		decl := f.declAround(s.stmt.Pos())
		return group == nil || decl == nil || f.countsIn(decl, group) || f.callsCounter(decl, group) || f.countedByCallers(decl, group, done)
	})
}

// countedByCallers reports whether a function that starts goroutines is called only where the
// group is counted, for goroutines each of which is done with it once.
//
//	w.wg.Add(2)
//	w.startBoth()
//	w.wg.Wait()
func (f *Facts) countedByCallers(starts ast.Decl, group types.Object, done *GroupCall) bool {
	decl, ok := starts.(*ast.FuncDecl)
	if !ok || decl.Name.IsExported() || !f.onlyCalled(decl) || len(f.loopsAround(done.Fn, done.Call)) > 0 {
		return false
	}
	calls := f.callsOf(decl)
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(call *ast.CallExpr) bool {
		by := f.declAround(call.Pos())
		return by == nil || !f.countsIn(by, group) && !f.callsCounter(by, group)
	})
}

// groupAtStart returns the field or variable by which the starter knows the group; nil if that
// is not known.
func (f *Facts) groupAtStart(done *GroupCall, s starter) types.Object {
	v := f.Variable(done.Group)
	if v == nil || v.Kind() != types.ParamVar {
		return f.field(done.Group)
	}
	var params *ast.FieldList
	switch fn := done.Fn.(type) {
	case *ast.FuncDecl:
		params = fn.Type.Params
	case *ast.FuncLit:
		params = fn.Type.Params
	}
	at := 0
	for _, field := range params.List {
		for _, name := range field.Names {
			if f.pkg.Def(name) == v && at < len(s.stmt.Call.Args) {
				return f.addressed(s.stmt.Call.Args[at])
			}
			at++
		}
	}
	return v // of a function around
}

// addressed returns the field or variable of which an argument is the address or the value.
func (f *Facts) addressed(arg ast.Expr) types.Object {
	arg = ast.Unparen(arg)
	if address, ok := arg.(*ast.UnaryExpr); ok {
		arg = address.X
	}
	return f.field(arg)
}

// countsIn reports whether an Add of a group stands in a declaration.
func (f *Facts) countsIn(decl ast.Decl, group types.Object) bool {
	return slices.ContainsFunc(f.groups().all, func(c *GroupCall) bool {
		return c.Kind == Add && f.field(c.Group) == group && contains(decl, c.Call)
	})
}

// callsCounter reports whether a declaration calls a function in which a group is counted, or
// one that gets the group, or of which nothing is known that gets it.
func (f *Facts) callsCounter(decl ast.Decl, group types.Object) (found bool) {
	f.pkg.Inspect(decl, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || found {
			return !found
		}
		if body := f.pkg.Body(call); body != nil {
			found = f.countsIn(body, group)
		}
		return !found
	})
	return found
}

// calledOnlyByStarted reports whether a function that is done with a group is called by
// goroutines of the package only, each of which is counted where it is started.
func (f *Facts) calledOnlyByStarted(decl *ast.FuncDecl) bool {
	only := !f.isExportedMethod(decl)
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !only || f.pkg.Body(call) != decl {
				return only
			}
			fn, at := functionAt(stack)
			for only && at >= 0 && len(f.startedOnly(fn)) == 0 {
				if _, declared := fn.(*ast.FuncDecl); declared {
					only = false
				}
				fn, at = functionAt(stack[:at])
			}
			return only
		})
	}
	return only
}

// isExportedMethod reports whether others than the package may call a function.
func (f *Facts) isExportedMethod(decl *ast.FuncDecl) bool {
	return decl.Name.IsExported() && f.pkg.Types.Name() != "main"
}

// handsOwner reports whether a statement sends, or keeps, the object of which the group is a
// field: who gets it may be done with it.
//
//	select {
//	case t.calls <- c: // c.releases.Done() is the receiver's
//	case <-t.done: c.releases.Done()
//	}
func (f *Facts) handsOwner(n ast.Node, done *GroupCall) bool {
	sel, ok := ast.Unparen(done.Group).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch n := n.(type) {
	case *ast.SendStmt:
		return f.same(n.Value, sel.X)
	case *ast.AssignStmt:
		return slices.ContainsFunc(n.Rhs, func(x ast.Expr) bool { return f.same(x, sel.X) })
	}
	return false
}

// ownObject reports whether a group is that of an object which the declaration around has made
// for itself.
func (f *Facts) ownObject(done *GroupCall) bool {
	root := f.Root(done.Group)
	if root == nil {
		return false
	}
	v := f.Variable(root)
	if v == nil || v.Kind() != types.LocalVar {
		return false
	}
	made := false
	for _, m := range f.mentions(v) {
		value, sets := f.setBy(m)
		address, ok := value.(*ast.UnaryExpr)
		if ok {
			value = address.X
		}
		_, literal := value.(*ast.CompositeLit)
		made = made || sets && literal
	}
	return made
}
