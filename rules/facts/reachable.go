package facts

import (
	"go/types"
	"strings"
)

// Reachable reports whether code that is not seen can use a field or a variable
// of the package: its name is exported, and so is that of the struct that it is
// a field of, and it is declared by no test and no command; or a file that is not
// built here names it. What another package declares is.
func (p *Package) Reachable(v *types.Var) bool {
	if v.Pkg() != p.Types || p.Unbuilt != nil && p.Unbuilt(v) {
		return true
	}
	if !v.Exported() || p.Types.Name() == "main" {
		return false
	}
	if strings.HasSuffix(p.Fset.PositionFor(v.Pos(), false).Filename, "_test.go") {
		return false
	}
	return !v.IsField() || p.fieldsReachable()[v.Origin()]
}

type fieldsKey struct{}

// fieldsReachable holds the fields that can be named outside.
func (p *Package) fieldsReachable() map[*types.Var]bool {
	return p.Keep(fieldsKey{}, func() any {
		fields := map[*types.Var]bool{}
		scope := p.Types.Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); obj.Exported() {
				addFields(obj.Type(), fields)
				addResults(obj, fields)
			}
		}
		return fields
	}).(map[*types.Var]bool)
}

// addResults adds the fields of what a function, or a method of a type, returns.
func addResults(obj types.Object, to map[*types.Var]bool) {
	switch obj := obj.(type) {
	case *types.Func:
		for result := range obj.Signature().Results().Variables() {
			addFields(result.Type(), to)
		}
	case *types.TypeName:
		named, ok := types.Unalias(obj.Type()).(*types.Named)
		for i := 0; ok && i < named.NumMethods(); i++ {
			if m := named.Method(i); m.Exported() {
				addResults(m, to)
			}
		}
	}
}

// addFields adds the fields of a struct, or a pointer to one, and of the structs
// in it.
func addFields(t types.Type, to map[*types.Var]bool) {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for field := range st.Fields() {
		if to[field.Origin()] {
			continue
		}
		to[field.Origin()] = true
		if field.Exported() || field.Embedded() {
			addFields(field.Type(), to)
		}
	}
}
