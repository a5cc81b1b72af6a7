package sections

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A TwinEntry is an entry of a map that two callers can both find missing, and both make: the second
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
type TwinEntry struct {
	Look  ast.Node // where it is looked up, in another critical section
	Store ast.Node // the index expression that is assigned to, or the call of a function that does so
	Test  *ast.IfStmt
	Value *types.Var // the new one
	// Own: the section that stores stands in the function, whose statement Assign does.
	Own    bool
	Assign *ast.AssignStmt
}

// TwinEntries returns those of a function, in source order.
func (f *Facts) TwinEntries(fn ast.Node) []TwinEntry {
	all, known := f.twins[fn]
	if known {
		return all
	}
	f.twins[fn] = nil
	if decl, ok := fn.(*ast.FuncDecl); ok && decl.Body != nil && !f.pkg.RunsAlone(fn) && !f.pkg.InTest(fn.Pos()) && !f.tolerated(decl) {
		uses := f.uses(fn)
		for i, store := range uses {
			if store.value == nil || store.read {
				continue
			}
			if twin, ok := f.twin(fn, uses[:i], store); ok {
				all = append(all, twin)
			}
		}
	}
	f.twins[fn] = all
	return all
}

// twin looks for the last look before a store that decides on it.
func (f *Facts) twin(fn ast.Node, before []use, store use) (TwinEntry, bool) {
	made := f.variable(store.value)
	if made == nil || made.IsField() || made.Kind() == types.PackageVar || !f.hasState(made.Type()) || !f.usedBehind(fn, made, store) || f.ownKey(store.key) {
		return TwinEntry{}, false
	}
	for _, look := range slices.Backward(before) {
		if look.of != store.of || look.value != nil {
			continue
		}
		if !look.apart(store) {
			break // it looks again, or at something else
		}
		test := f.decides(fn, look, store)
		if test == nil || !f.madeBetween(fn, made, look, store) || f.keyChanges(fn, look, store) {
			break
		}
		t := TwinEntry{Look: look.at, Store: store.at, Test: test, Value: made}
		t.Assign, _ = store.stack[len(store.stack)-1].(*ast.AssignStmt)
		t.Own = store.by != nil && t.Assign != nil
		return t, true
	}
	return TwinEntry{}, false
}

// usedBehind reports whether the function goes on with what it has stored.
func (f *Facts) usedBehind(fn ast.Node, made *types.Var, store use) (used bool) {
	f.pkg.Inspect(bodyOf(fn), func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		used = used || ok && id.Pos() > store.at.End() && id != store.value && f.pkg.Use(id) == types.Object(made)
		return !used
	})
	return used
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

// ownKey reports whether nobody else can have the key: the request of a handler.
func (f *Facts) ownKey(key ast.Expr) bool {
	return types.TypeString(f.pkg.TypeOf(key), nil) == "*net/http.Request"
}

// keyChanges reports whether a variable in the key is assigned between two uses.
func (f *Facts) keyChanges(fn ast.Node, look, store use) (changes bool) {
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
var tolerates = lazyregexp.New(`(?i)benign|harmless|rac(e|y|ing)\b|twice|duplicate|doesn.t matter|does not matter|not matter|overwrit|last (one )?wins|don.t care|(effect|result)s? (is|are) the same|same (effect|result)`)

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
