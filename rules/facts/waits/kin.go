package waits

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/syntax"
)

// A kinship is that of an object in a container of another, its parent, to which it
// leads back by a field that is set when it is made:
//
//	type hub struct { mu sync.Mutex; links map[string]*link }
//	type link struct { hub *hub; out chan string }
//
//	for _, l := range h.links { … }  // l.hub is h
type kinship struct {
	child, parent types.Object
	back          string // ".hub"
}

// kin returns the kinship of the variable that names something in a function.
func (f *Facts) kin(root ast.Node, child types.Object) (found kinship, ok bool) {
	from := f.takenFrom(root, child)
	if from == nil {
		return found, false
	}
	parent, isIdent := ast.Unparen(from.X).(*ast.Ident)
	if !isIdent {
		return found, false
	}
	found = kinship{child: child, parent: f.pkg.Use(parent)}
	found.back, ok = f.backField(found)
	return found, ok
}

// takenFrom is the container, a field, out of which a function takes what a local variable of
// it stands for; nil if it is no such variable, or is set again.
func (f *Facts) takenFrom(root ast.Node, child types.Object) (container *ast.SelectorExpr) {
	v, isVar := child.(*types.Var)
	if !isVar || v.IsField() || v.Kind() != types.LocalVar {
		return nil
	}
	f.pkg.Inspect(root, func(n ast.Node) bool {
		var from ast.Expr
		switch n := n.(type) {
		case *ast.RangeStmt:
			if n.Value != nil && f.defines(n.Value, child) {
				from = n.X
			}
		case *ast.AssignStmt:
			if len(n.Rhs) == 1 && n.Tok == token.DEFINE && f.defines(n.Lhs[0], child) {
				if index, isIndex := ast.Unparen(n.Rhs[0]).(*ast.IndexExpr); isIndex {
					from = index.X
				}
			}
		}
		if sel, isSel := ast.Unparen(from).(*ast.SelectorExpr); isSel {
			container = sel
		}
		return container == nil
	})
	if container == nil || f.reassigned(root, child) {
		return nil
	}
	return container
}

func (f *Facts) defines(x ast.Expr, obj types.Object) bool {
	id, ok := x.(*ast.Ident)
	return ok && f.pkg.Def(id) == obj
}

// backField returns the one field of a child that leads to something of its parent's
// type, if it is never assigned: a pointer, or an interface that only a parent is put into.
func (f *Facts) backField(k kinship) (string, bool) {
	if k.parent == nil {
		return "", false
	}
	st, ok := pointee(k.child.Type()).Underlying().(*types.Struct)
	if !ok {
		return "", false
	}
	var back *types.Var
	for i := range st.NumFields() {
		field := st.Field(i)
		_, pointer := field.Type().Underlying().(*types.Pointer)
		if !(pointer && types.Identical(pointee(field.Type()), pointee(k.parent.Type()))) && !f.alwaysHolds(field, k.parent.Type()) {
			continue
		}
		if back != nil {
			return "", false
		}
		back = field
	}
	if back == nil || f.setLater(back) {
		return "", false
	}
	return "." + back.Name(), true
}

// alwaysHolds reports whether a field is an interface, and what the package puts into it are
// pointers to one struct.
func (f *Facts) alwaysHolds(field *types.Var, t types.Type) bool {
	if !types.IsInterface(field.Type()) || f.pkg.Reachable(field) {
		return false
	}
	sets := f.setsOf(field.Origin())
	for _, set := range sets {
		value := f.pkg.TypeOf(set.value)
		if _, pointer := value.Underlying().(*types.Pointer); !pointer || !types.Identical(pointee(value), pointee(t)) {
			return false
		}
	}
	return len(sets) > 0
}

// setLater reports whether an assignment of the package sets a field.
func (f *Facts) setLater(field *types.Var) bool {
	if f.assigned == nil {
		f.assigned = map[types.Object]bool{}
		for _, file := range f.pkg.Files {
			for st := range syntax.All[*ast.AssignStmt](f.pkg.Syntax(), file) {
				f.noteAssigned(st)
			}
		}
	}
	return f.assigned[field]
}

func (f *Facts) noteAssigned(st *ast.AssignStmt) {
	for _, left := range st.Lhs {
		if sel, ok := ast.Unparen(left).(*ast.SelectorExpr); ok {
			f.assigned[f.pkg.ObjectOf(sel.Sel)] = true
		}
	}
}

// akin tells of a wait and a held lock as one of kin would: both from the parent, or
// both from the child.
func (f *Facts) akin(w *op, h facts.Holding) (*op, facts.Holding, bool) {
	if w.at.Root == nil || h.Lock.Root == w.at.Root || global(h.Lock) {
		return nil, h, false
	}
	k, ok := f.kin(w.root, w.at.Root)
	if !ok || k.parent != h.Lock.Root {
		return nil, h, false
	}
	there := *w
	if rest, up := strings.CutPrefix(w.at.Path, k.back); up && strings.HasPrefix(rest, ".") {
		there.at = facts.Lock{Root: k.parent, Path: rest}
		return &there, h, true
	}
	h.Lock = facts.Lock{Root: k.child, Path: k.back + h.Lock.Path}
	return &there, h, true
}
