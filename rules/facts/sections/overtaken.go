package sections

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A Overtake is an entry of a map, or the object that a field holds, which
// two callers can both find missing, and both make: the second
// replaces the first, and whoever has got that works with one that nobody else will ever see.
//
//	c.mu.RLock()
//	e := c.m[k]
//	c.mu.RUnlock()
//	if e == nil {
//		e = newEntry()
//		c.mu.Lock()
//		c.m[k] = e
//		c.mu.Unlock()
//	}
//	return e
type Overtake struct {
	look  use
	Look  ast.Node // where it is looked up, in another critical section
	Store ast.Node // the index expression that is assigned to, or the call of a function that does so
	Test  *ast.IfStmt
	Value *types.Var // the new one, if the function has made it and goes on with it; or nil
	// Refused: the function fails where there is one already, so that there should never be two.
	Refused bool
	// Update: what is stored is made of what was there. There is no Test then.
	Update bool
	// Own: the section that stores stands in the function, whose statement Assign does.
	Own    bool
	Assign *ast.AssignStmt
}

// Overtaken returns those of a function, in source order.
func (f *Facts) Overtaken(fn ast.Node) []Overtake {
	all, known := f.overtaken[fn]
	if known {
		return all
	}
	f.overtaken[fn] = nil
	if decl, ok := fn.(*ast.FuncDecl); ok && decl.Body != nil && !f.pkg.RunsAlone(fn) && !f.pkg.InTest(fn.Pos()) && !f.tolerated(decl) && !f.inTurn(decl) {
		uses := f.uses(fn)
		slices.SortStableFunc(uses, func(a, b use) int { return cmp.Compare(a.at.End(), b.at.End()) }) // as they are evaluated
		for i, store := range uses {
			if store.value == nil && store.does == nothing || store.read {
				continue
			}
			if entry, ok := f.overtake(fn, uses[:i], store); ok && !f.madeBy(fn, store.root) && f.leadsTo(fn, entry.look, store) && sharing.Of(f.pkg).Crowded(fn) {
				all = append(all, entry)
			}
		}
	}
	f.overtaken[fn] = all
	return all
}

// madeBy reports whether a function has made the object itself, which nobody else has yet.
func (f *Facts) madeBy(fn ast.Node, root types.Object) (made bool) {
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if ok && len(st.Lhs) == 1 && len(st.Rhs) == 1 && f.variable(st.Lhs[0]) == root {
			made = made || f.isNew(st.Rhs[0]) || isLiteral(st.Rhs[0])
		}
		return !made
	})
	return made
}

func isLiteral(x ast.Expr) bool {
	_, ok := ast.Unparen(x).(*ast.CompositeLit)
	return ok
}

// overtake looks for the last look before a store that decides on it.
func (f *Facts) overtake(fn ast.Node, before []use, store use) (Overtake, bool) {
	for _, look := range slices.Backward(before) {
		if look.of != store.of || look.value != nil || look.does != nothing {
			continue
		}
		if look.apart(store) && (f.looksAgain(fn, look, store) || f.alone(fn, look, store)) {
			break
		}
		if store.does != nothing {
			test := f.spends(fn, look, store)
			return Overtake{look: look, Look: look.at, Store: store.at, Test: test, Refused: true}, test != nil
		}
		if f.updates(fn, look, store) {
			return Overtake{look: look, Look: look.at, Store: store.at, Update: true}, true
		}
		if !look.apart(store) {
			break // it looks again, or at something else
		}
		test := f.decides(fn, look, store)
		if test == nil || f.ownKey(fn, store.key) || f.keyChanges(fn, look, store) || f.marks(fn, look) {
			break
		}
		t := Overtake{look: look, Look: look.at, Store: store.at, Test: test, Value: f.madeHere(fn, look, store)}
		if t.Refused = f.refuses(test, store); !t.Refused && t.Value == nil {
			break
		}
		t.Assign, _ = store.stack[len(store.stack)-1].(*ast.AssignStmt)
		t.Own = store.by != nil && t.Assign != nil
		return t, true
	}
	return Overtake{}, false
}

// madeHere returns the variable of what is stored, if the function has made it, and goes on with it, and
// it matters which of two one has.
func (f *Facts) madeHere(fn ast.Node, look, store use) *types.Var {
	made := f.variable(store.value)
	if made == nil || made.IsField() || made.Kind() == types.PackageVar || !f.hasState(made.Type()) ||
		!f.madeBetween(fn, made, look, store) || !f.usedBehind(fn, made, store) {
		return nil
	}
	return made
}

// refuses reports whether the function fails where there is one already: there must not be two.
func (f *Facts) refuses(test *ast.IfStmt, store use) bool {
	if contains(test.Body, store.at) || len(test.Body.List) == 0 {
		return false
	}
	ret, ok := test.Body.List[len(test.Body.List)-1].(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	last := ret.Results[len(ret.Results)-1]
	t := f.pkg.TypeOf(last)
	return t != nil && types.Implements(t, errorType) && f.isFailure(last)
}

// failing is how errors are called, and what makes them.
var failing = lazyregexp.New(`(?i)err`)

// isFailure reports whether an expression is an error, and not what something else may return as one.
func (f *Facts) isFailure(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v := f.variable(x)
		return v != nil && v.Kind() == types.PackageVar
	case *ast.SelectorExpr:
		return failing.MatchString(x.Sel.Name)
	case *ast.UnaryExpr, *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		fn := f.pkg.Callee(x)
		return fn != nil && (failing.MatchString(fn.Name()) || fn.Pkg() != nil && fn.Pkg().Name() == "errors")
	}
	return false
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// usedBehind reports whether the function goes on with what it has stored.
func (f *Facts) usedBehind(fn ast.Node, made *types.Var, store use) (used bool) {
	flow := f.pkg.Flow(fn)
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && !used && id.Pos() > store.at.End() && id != store.value && f.pkg.Use(id) == types.Object(made) {
			used, _ = flow.Follows(store.at, id)
		}
		return !used
	})
	return used
}

// marks reports whether a section that looks also sets something of what it guards: others may find
// there that the entry is on its way. Who counts before the look looks at what it has made itself.
func (f *Facts) marks(fn ast.Node, look use) (marks bool) {
	f.own(bodyOf(fn), func(n ast.Node, _ []ast.Node) {
		if marks || len(look.by) == 0 || !f.setsOf(n, look.root) || n.Pos() < look.at.End() && !f.names(n, look.of) {
			return
		}
		held, _ := f.pkg.Held(fn, n)
		marks = slices.ContainsFunc(held, func(h facts.Holding) bool {
			return slices.ContainsFunc(h.By, func(call *ast.CallExpr) bool { return slices.Contains(look.by, call) })
		})
	})
	return marks
}

// names reports whether a node names a field, or variable.
func (f *Facts) names(n ast.Node, of *types.Var) (found bool) {
	f.pkg.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok {
			v, _ := f.pkg.Use(id).(*types.Var)
			found = found || v != nil && v.Origin() == of.Origin()
		}
		return !found
	})
	return found
}

// setsOf reports whether a statement sets or counts a field of what a variable leads to, or an element of
// one.
func (f *Facts) setsOf(n ast.Node, root types.Object) bool {
	var set []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		set = n.Lhs
	case *ast.IncDecStmt:
		set = []ast.Expr{n.X}
	}
	return slices.ContainsFunc(set, func(x ast.Expr) bool {
		if index, ok := ast.Unparen(x).(*ast.IndexExpr); ok {
			x = index.X
		}
		_, selects := ast.Unparen(x).(*ast.SelectorExpr)
		return selects && f.rootOf(x) == root
	})
}

// makes is how functions are called that make something new.
var makes = lazyregexp.New(`^(?i:new|make|create|open|dial|start|build|init|spawn|launch|connect)`)

// madeBetween reports whether a variable gets a new value between two uses, and only there.
func (f *Facts) madeBetween(fn ast.Node, v *types.Var, look, store use) (made bool) {
	other := false
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		st, ok := n.(*ast.AssignStmt)
		if !ok || st.End() <= look.at.Pos() || st.Pos() >= store.at.Pos() || contains(st, look.at) {
			return true
		}
		for i, lhs := range st.Lhs {
			if f.variable(lhs) != v {
				continue
			}
			if i == 0 && len(st.Rhs) == 1 && f.isNew(st.Rhs[0]) {
				made = true
			} else {
				other = true
			}
		}
		return true
	})
	return made && !other
}

// isNew reports whether an expression makes what it gives.
func (f *Facts) isNew(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		_, literal := ast.Unparen(x.X).(*ast.CompositeLit)
		return x.Op == token.AND && literal
	case *ast.CallExpr:
		switch fn := f.pkg.Callee(x).(type) {
		case *types.Builtin:
			return fn.Name() == "make" || fn.Name() == "new"
		case *types.Func:
			return makes.MatchString(fn.Name())
		}
	}
	return false
}

// keyChanges reports whether a variable in the key is assigned between two uses.
func (f *Facts) keyChanges(fn ast.Node, look, store use) (changes bool) {
	if store.key == nil {
		return false
	}
	names := map[types.Object]bool{}
	f.pkg.Inspect(store.key, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[f.pkg.Use(id)] = true
		}
		_, call := n.(*ast.CallExpr)
		changes = changes || call
		return true
	})
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		if st, ok := n.(*ast.AssignStmt); ok && st.Pos() > look.at.End() && st.End() <= store.at.Pos() {
			for _, lhs := range st.Lhs {
				v := f.variable(lhs)
				changes = changes || v != nil && names[v]
			}
		}
		return !changes
	})
	return changes
}

func contains(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// tolerates is what a comment says that knows of the second entry.
var tolerates = lazyregexp.New(`(?i)benign|harmless|rac(e|y|ing)\b|duplicate|doesn.t matter|does not matter|not matter|overwrit|last (one )?wins|don.t care|(effect|result)s? (is|are) the same|same (effect|result)`)

// tolerated reports whether a comment of a function, or in it, says so.
func (f *Facts) tolerated(decl *ast.FuncDecl) bool {
	if decl.Doc != nil && tolerates.MatchString(decl.Doc.Text()) {
		return true
	}
	for _, file := range f.pkg.Files {
		if decl.Pos() < file.FileStart || file.FileEnd <= decl.Pos() {
			continue
		}
		for _, group := range file.Comments {
			if contains(decl, group) && tolerates.MatchString(group.Text()) {
				return true
			}
		}
	}
	return false
}
