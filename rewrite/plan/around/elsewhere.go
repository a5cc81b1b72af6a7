package around

import (
	"fmt"
	"go/ast"
	"go/types"
	"path/filepath"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules"
)

// NoteElsewhere lowers the level of a rewrite that changes what a function does to a lock for
// its callers, where a file that is not built here names the function, and one of the
// methods by which such a caller would take or release the lock itself:
//
//	// store_windows.go
//	s.mu.Lock()
//	n := s.size() // waits for itself, if size takes the lock now
//	s.mu.Unlock()
func NoteElsewhere(s *edit.Site, fn ast.Node, calls ...string) {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || s.Pkg.Dir == "" {
		return
	}
	for _, call := range calls {
		if file := s.Pkg.NamedElsewhere(decl.Name.Name, call); file != "" {
			s.Downgrade(rules.Unsafe, fmt.Sprintf("%s, which is not built here, names %s and %s: it may handle the lock around the call", filepath.Base(file), decl.Name.Name, call))
			return
		}
	}
}

// DeclaredApart returns a file that is not built here and declares a package's variable, or the
// struct of which it is a field, once more: where that is built, it may be another thing, or not
// be there. "" if there is none, or if what is edited stands in the file that declares it.
//
//	// conn_windows.go
//	type conn struct { state uintptr } // int32 elsewhere
func DeclaredApart(s *edit.Site, v *types.Var) string {
	file := s.Match.File
	if s.Pkg.Dir == "" || v.Pkg() != s.Pkg.Types || file.FileStart <= v.Pos() && v.Pos() < file.FileEnd {
		return ""
	}
	name := v.Name()
	if v.IsField() {
		name = StructOf(v)
	} else if v.Parent() != v.Pkg().Scope() {
		return ""
	}
	if name == "" {
		return ""
	}
	return s.Pkg.DeclaredElsewhere(name)
}

// StructOf returns the name of the type of its package that has a field; "" for one without a name.
func StructOf(field *types.Var) string {
	scope := field.Pkg().Scope()
	for _, name := range scope.Names() {
		of, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || of.IsAlias() {
			continue
		}
		if st, ok := of.Type().Underlying().(*types.Struct); ok && hasField(st, field) {
			return name
		}
	}
	return ""
}

func hasField(st *types.Struct, field *types.Var) bool {
	for v := range st.Fields() {
		if v == field.Origin() {
			return true
		}
	}
	return false
}
