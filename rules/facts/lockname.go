package facts

import (
	"fmt"
	"go/types"
	"path/filepath"
)

// Names of classes. Objects live in one process only, and a package that is
// checked twice (with its tests, and as its importers see it) has two of each:
// what leaves a package carries names.

// names keeps the names that were given.
type names struct {
	classes     map[types.Object]string
	namedFields map[*types.Package]bool
	reachable   map[string]*types.Package // by import path
}

// ClassOf returns the name of the class of locks that a field or variable
// holds: "net/http.Server.mu" for a field, whatever the instance,
// "net/http.mapMu" for a variable. A local variable, and a field of a type
// without a name, is named by its place. "" for nil.
func (p *Package) ClassOf(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil {
		return ""
	}
	if name, ok := p.classes[obj]; ok {
		return name
	}
	if p.classes == nil {
		p.classes = make(map[types.Object]string)
	}
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		p.nameFields(obj.Pkg())
	}
	if p.classes[obj] == "" {
		p.classes[obj] = p.localName(obj)
	}
	return p.classes[obj]
}

// localName is the name of what cannot be reached by names from its package.
func (p *Package) localName(obj types.Object) string {
	path := obj.Pkg().Path()
	if obj.Parent() == obj.Pkg().Scope() {
		return path + "." + obj.Name()
	}
	at := p.Fset.PositionFor(obj.Pos(), false)
	return fmt.Sprintf("%s.%s@%s:%d:%d", path, obj.Name(), filepath.Base(at.Filename), at.Line, at.Column)
}

// nameFields names the fields of all types and variables of a package.
func (p *Package) nameFields(pkg *types.Package) {
	if p.namedFields[pkg] {
		return
	}
	if p.namedFields == nil {
		p.namedFields = make(map[*types.Package]bool)
	}
	p.namedFields[pkg] = true
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		switch obj := scope.Lookup(name).(type) {
		case *types.TypeName:
			if named, ok := obj.Type().(*types.Named); ok {
				p.nameFieldsOf(pkg, pkg.Path()+"."+name, named.Underlying())
			}
		case *types.Var:
			p.nameFieldsOf(pkg, pkg.Path()+"."+name, obj.Type())
		}
	}
}

// nameFieldsOf names the fields of a struct, and of the unnamed types in it.
func (p *Package) nameFieldsOf(pkg *types.Package, prefix string, t types.Type) {
	switch t := t.(type) {
	case *types.Struct:
		for f := range t.Fields() {
			if f.Pkg() == pkg && p.classes[f.Origin()] == "" {
				p.classes[f.Origin()] = prefix + "." + f.Name()
				p.nameFieldsOf(pkg, prefix+"."+f.Name(), f.Type())
			}
		}
	case interface{ Elem() types.Type }: // pointer, slice, array, map, channel
		p.nameFieldsOf(pkg, prefix, t.Elem())
	}
}

// global returns the variable that a Ref names, nil if the package cannot see it.
func (p *Package) global(name string) *types.Var {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '.' {
			pkg := p.packageAt(name[:i])
			if pkg == nil {
				return nil
			}
			v, _ := pkg.Scope().Lookup(name[i+1:]).(*types.Var)
			return v
		}
	}
	return nil
}

// packageAt returns the package of an import path as this one sees it.
func (p *Package) packageAt(path string) *types.Package {
	if p.reachable == nil {
		p.reachable = make(map[string]*types.Package)
		todo := []*types.Package{p.Types}
		for len(todo) > 0 {
			pkg := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if p.reachable[pkg.Path()] == nil {
				p.reachable[pkg.Path()] = pkg
				todo = append(todo, pkg.Imports()...)
			}
		}
	}
	return p.reachable[path]
}
