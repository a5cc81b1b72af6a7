package sections

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// An Overtake is an act in a critical section that an earlier one of the function has decided on, or has
// given what it stores, while others can have done the same in between. Two callers find an entry
// missing, and both make it: the second replaces the first, and whoever has got that works with one that
// nobody else will ever see.
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
	Look  ast.Node    // what the earlier section has looked at, or the call of a function that does
	Store ast.Node    // what the later one sets or counts, or the call of a function that does
	Test  *ast.IfStmt // decides on what the look has found; nil for an Update
	Value *types.Var  // the new one, if the function has made it and goes on with it; or nil
	// Refused: the function fails where there is one already, so that there should never be two.
	Refused bool
	// Update: what is stored is made of what was there.
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
	if decl, ok := fn.(*ast.FuncDecl); ok && decl.Body != nil && !f.runsAlone(fn) && !f.pkg.InTest(fn.Pos()) {
		all = f.overtakes(decl)
		if len(all) > 0 && (f.tolerated(decl) || f.inTurn(decl)) {
			all = nil
		}
	}
	f.overtaken[fn] = all
	return all
}

// overtakes looks at the stores of a function one after the other.
func (f *Facts) overtakes(fn *ast.FuncDecl) (all []Overtake) {
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
	return all
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
			if givesBack(before, store) {
				break
			}
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
		if t.Refused = f.refuses(test, store); !t.Refused && t.Value == nil && !store.lists {
			break
		}
		t.Assign, _ = store.stack[len(store.stack)-1].(*ast.AssignStmt)
		t.Own = store.by != nil && t.Assign != nil
		return t, true
	}
	return Overtake{}, false
}

// runsAlone reports whether a function seems to be one goroutine's, and not of many that are started.
func (f *Facts) runsAlone(fn ast.Node) bool {
	return f.pkg.RunsAlone(fn) && !sharing.Of(f.pkg).StartedOften(fn)
}
