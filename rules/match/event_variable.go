package match

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/syntax"
)

var assignEvent = event{
	doc: "an assignment to one operand, by = := op= ++ or --; of several on the left each is one",
	parts: []eventPart{
		{"left", "the operand"},
		{"right", "what is assigned, if that is an expression of its own"},
	},
	at: []ast.Node{(*ast.AssignStmt)(nil), (*ast.IncDecStmt)(nil)},
	find: func(_ *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		if step, ok := at.Node().(*ast.IncDecStmt); ok {
			return yield(occurrence{{"left", one(step.X)}})
		}
		stmt := at.Node().(*ast.AssignStmt)
		for i, left := range stmt.Lhs {
			parts := occurrence{{"left", one(left)}}
			if len(stmt.Lhs) == len(stmt.Rhs) {
				parts = append(parts, part{"right", one(stmt.Rhs[i])})
			}
			if !yield(parts) {
				return false
			}
		}
		return true
	},
}

var declareEvent = event{
	doc: "a name that a var or const declaration declares; of several names each is one",
	parts: []eventPart{
		{"name", "the name"},
		{"type", "its type, if it is written"},
		{"value", "its value, if that is an expression of its own"},
	},
	at: []ast.Node{(*ast.ValueSpec)(nil)},
	find: func(_ *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		spec := at.Node().(*ast.ValueSpec)
		for i, name := range spec.Names {
			parts := occurrence{{"name", one(name)}}
			if spec.Type != nil {
				parts = append(parts, part{"type", one(spec.Type)})
			}
			if len(spec.Names) == len(spec.Values) {
				parts = append(parts, part{"value", one(spec.Values[i])})
			}
			if !yield(parts) {
				return false
			}
		}
		return true
	},
}

var plainParts = []eventPart{{"var", "the variable, with the path to it: s.stats.hits"}}

var plainLoadEvent = event{
	doc:   "a plain read of a field, of a variable at package level or of a captured one; an operand of & and the receiver of a pointer method are none",
	parts: plainParts,
	at:    []ast.Node{(*ast.Ident)(nil), (*ast.SelectorExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		x, ok := q.sharedAt(at)
		if !ok {
			return true
		}
		if w, writes := writeAt(x.access); writes && !w.reads {
			return true
		}
		return yield(occurrence{{"var", one(at.Node())}})
	},
}

var plainStoreEvent = event{
	doc: "a plain write of a field, of a variable at package level or of a captured one, or of an element of such an array; composite literals write nothing",
	parts: append([]eventPart{
		{"value", "what is assigned, if that is an expression of its own"},
		{"stmt", "the assignment, increment or range statement"},
	}, plainParts...),
	at: []ast.Node{(*ast.Ident)(nil), (*ast.SelectorExpr)(nil)},
	find: func(q *query, at syntax.Cursor, yield func(occurrence) bool) bool {
		x, ok := q.sharedAt(at)
		if !ok {
			return true
		}
		w, writes := writeAt(x.access)
		if !writes {
			return true
		}
		parts := occurrence{{"var", one(at.Node())}, {"stmt", one(w.stmt)}}
		if w.value != nil && x.access == at {
			parts = append(parts, part{"value", one(w.value)})
		}
		return yield(parts)
	},
}

// A sharedVar is a variable that other functions may see, where it is accessed.
type sharedVar struct {
	access syntax.Cursor // the variable, or the element of it that is accessed
}

// sharedAt finds the whole path of a variable, s.a.b and not its part s.a, that
// is read or written at a place.
func (q *query) sharedAt(at syntax.Cursor) (sharedVar, bool) {
	if selector, ok := at.Parent().Node().(*ast.SelectorExpr); ok && selector.Sel == at.Node() {
		return sharedVar{}, false // the selector is the place
	}
	if !q.isShared(at) {
		return sharedVar{}, false
	}
	access := q.element(at)
	if q.isPart(access) {
		return sharedVar{}, false
	}
	return sharedVar{access}, true
}

// isShared reports whether a field, a variable at package level, or one of a
// function around the literal of this place, is used at a place.
func (q *query) isShared(at syntax.Cursor) bool {
	id, ok := at.Node().(*ast.Ident)
	if selector, isSelector := at.Node().(*ast.SelectorExpr); isSelector {
		id, ok = selector.Sel, true
	}
	if !ok {
		return false
	}
	v, ok := q.pkg.Use(id).(*types.Var)
	if !ok {
		return false
	}
	if v.IsField() {
		return id != at.Node() // the key of a literal is no access
	}
	if v.Kind() == types.PackageVar {
		return true
	}
	fn, ok := functionAround(at)
	_, literal := fn.Node().(*ast.FuncLit)
	return ok && literal && !covers(fn.Node(), v.Pos())
}

// element returns the element that is accessed by indexing an array at a place.
// The elements of a slice, map or string are not the variable's own memory.
func (q *query) element(at syntax.Cursor) syntax.Cursor {
	for {
		switch around := at.Parent().Node().(type) {
		case *ast.ParenExpr:
		case *ast.IndexExpr:
			if around.X != at.Node() || !q.isUnder(around.X, kinds["array"]) {
				return at
			}
		default:
			return at
		}
		at = at.Parent()
	}
}

// isPart reports whether the expression at a place is not read itself, but
// leads on: to a field in it, or to its address.
func (q *query) isPart(at syntax.Cursor) bool {
	switch around := at.Parent().Node().(type) {
	case *ast.UnaryExpr:
		return around.Op == token.AND
	case *ast.SliceExpr:
		return q.isUnder(around.X, kinds["array"])
	case *ast.SelectorExpr:
		return q.leadsOn(around)
	}
	return false
}

// leadsOn reports whether x.f takes part of x's memory, or its address for a
// method, rather than following a pointer in x.
func (q *query) leadsOn(x *ast.SelectorExpr) bool {
	s := q.pkg.Info.Selections[x]
	if s == nil || q.isUnder(x.X, kinds["pointer"]) {
		return false
	}
	if s.Kind() == types.FieldVal {
		return true
	}
	fn, ok := s.Obj().(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return false
	}
	return kinds["pointer"](fn.Signature().Recv().Type())
}
