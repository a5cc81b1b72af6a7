package memory

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts"
)

// failsAt reports whether an index of a map panics for some keys, or because there is no
// map: who recovers, as an HTTP server does, would go on with the lock held.
//
//	s.hits[key]++ // a slice in the interface key; no map in s.hits
func (g *guarding) failsAt(e *ast.IndexExpr) bool {
	if hasInterface(g.pkg.TypeOf(e.Index)) {
		return true
	}
	return g.writesThrough(e) && g.maybeNil(e.X) && !g.comparedWithNil(e.X)
}

// comparedWithNil reports whether the function asks whether a map is there.
func (g *guarding) comparedWithNil(e ast.Expr) (found bool) {
	text := edit.Spelling(e)
	ast.Inspect(g.u.Func, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && g.pkg.IsNil(b.Y) {
			found = found || edit.Spelling(b.X) == text
		}
		return !found
	})
	return found
}

// hasInterface reports whether values of a type may hold what cannot be compared.
func hasInterface(t types.Type) bool {
	if around.IsTypeParam(types.Unalias(t)) {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Interface:
		return true
	case *types.Array:
		return hasInterface(t.Elem())
	case *types.Struct:
		for i := range t.NumFields() {
			if hasInterface(t.Field(i).Type()) {
				return true
			}
		}
	}
	return false
}

// maybeNil reports whether a map may be nil where a function writes it that does not make
// it: somebody sets it to nil, or makes its struct without it.
func (g *guarding) maybeNil(e ast.Expr) bool {
	m := mayBeNil{g.pkg, around.VariableIn(g.pkg, e)}
	return m.v != nil && !m.given(g.u.Func) && (m.somewhere() || m.v.IsField() && !m.madeHere())
}

// madeHere reports whether a literal or a declaration of this package makes the struct of the
// field: if none does, it is made where the field, if it is not exported, gets no value.
func (m mayBeNil) madeHere() (found bool) {
	for _, file := range m.pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				found = found || holdsField(m.pkg.TypeOf(n), m.v)
			case *ast.ValueSpec:
				found = found || holdsField(m.pkg.TypeOf(n.Type), m.v)
			}
			return !found
		})
	}
	return found
}

// notNil refuses a rewrite after which a write to a map that is not there stores something,
// where it panicked.
func (u *variable) notNil() error {
	m := mayBeNil{u.pkg, u.v}
	for _, x := range u.uses {
		access := u.shared.AccessAt(x.expr)
		if x.fn == nil || access == nil || !access.Write || !access.Content || m.given(x.fn) || u.isBuiltin(x) {
			continue
		}
		if m.somewhere() {
			return fmt.Errorf("%s may be nil at %s: to write it then would no longer panic", u.name, u.line(x.id))
		}
	}
	return nil
}

// isBuiltin reports whether a use is an argument of delete or clear, which take nil.
func (u *variable) isBuiltin(x *use) bool {
	call, ok := x.up(0).(*ast.CallExpr)
	if !ok {
		return false
	}
	_, ok = u.pkg.Callee(call).(*types.Builtin)
	return ok
}

// mayBeNil asks whether a field or variable is nil for some of its life.
type mayBeNil struct {
	pkg *facts.Package
	v   *types.Var
}

func (m mayBeNil) somewhere() bool {
	return slices.ContainsFunc(m.pkg.Files, func(file *ast.File) bool { return slices.ContainsFunc(file.Decls, m.left) })
}

// given reports whether code gives the variable a value that is not nil.
func (m mayBeNil) given(n ast.Node) bool { return m.assigned(n, false) }

// assigned reports whether code assigns nil to the variable, or something else.
func (m mayBeNil) assigned(n ast.Node, isNil bool) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if st, ok := n.(*ast.AssignStmt); ok {
			for i, lhs := range st.Lhs {
				none := len(st.Rhs) == len(st.Lhs) && m.pkg.IsNil(st.Rhs[i])
				found = found || none == isNil && sameVar(around.VariableIn(m.pkg, lhs), m.v)
			}
		}
		return !found
	})
	return found
}

// left reports whether a declaration sets the variable to nil, or makes what holds it and
// gives it no value.
func (m mayBeNil) left(decl ast.Decl) bool {
	if m.assigned(decl, true) {
		return true
	}
	made := false
	ast.Inspect(decl, func(n ast.Node) bool {
		made = made || m.makes(n)
		return !made
	})
	return made && !m.gives(decl)
}

// givenByCall reports whether a declaration calls what gives the variable a value, as a
// constructor does with its own steps.
func (m mayBeNil) givenByCall(decl ast.Node) (found bool) {
	ast.Inspect(decl, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && !found {
			body := m.pkg.Body(call)
			found = body != nil && m.given(body)
		}
		return !found
	})
	return found
}

// makes reports whether a node makes the variable, and gives it no value.
func (m mayBeNil) makes(n ast.Node) bool {
	info := m.pkg.Info
	switch n := n.(type) {
	case *ast.CompositeLit:
		return m.leftOut(n)
	case *ast.CallExpr:
		b, ok := m.pkg.Callee(n).(*types.Builtin)
		return ok && b.Name() == "new" && holdsField(info.TypeOf(n.Args[0]), m.v)
	case *ast.ValueSpec:
		own := slices.ContainsFunc(n.Names, func(name *ast.Ident) bool { return sameVar(info.Defs[name], m.v) })
		return len(n.Values) == 0 && (own || holdsField(info.TypeOf(n.Type), m.v))
	}
	return false
}

// leftOut reports whether a literal makes the struct of the field, or one around it, and
// does not name it.
func (m mayBeNil) leftOut(lit *ast.CompositeLit) bool {
	t := m.pkg.TypeOf(lit)
	if t == nil {
		return false
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || len(lit.Elts) > 0 && !isKeyed(lit) {
		return false // all fields have a value
	}
	for i := range st.NumFields() {
		f := st.Field(i)
		own := sameVar(f, m.v)
		if !own && !holdsField(f.Type(), m.v) {
			continue
		}
		value := m.valueOf(lit, f)
		return value == nil || own && m.pkg.IsNil(value)
	}
	return false
}

func isKeyed(lit *ast.CompositeLit) bool {
	_, ok := lit.Elts[0].(*ast.KeyValueExpr)
	return ok
}

// valueOf returns what a literal with names gives a field, nil for nothing.
func (m mayBeNil) valueOf(lit *ast.CompositeLit, f *types.Var) ast.Expr {
	for _, elt := range lit.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := kv.Key.(*ast.Ident); ok && sameVar(m.pkg.Use(key), f) {
			return kv.Value
		}
	}
	return nil
}

// holdsField reports whether values of a type hold a field.
func holdsField(t types.Type, v *types.Var) bool {
	if t == nil || !v.IsField() {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Array:
		return holdsField(t.Elem(), v)
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); sameVar(f, v) || holdsField(f.Type(), v) {
				return true
			}
		}
	}
	return false
}

// sameVar reports whether an object is a variable, whatever instance of a generic type both
// are seen in.
func sameVar(obj types.Object, v *types.Var) bool {
	other, ok := obj.(*types.Var)
	return ok && other != nil && v != nil && other.Origin() == v.Origin()
}
