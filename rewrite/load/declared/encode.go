package declared

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
)

// An encoder writes one package.
type encoder struct {
	Source
	pkg *types.Package
	tables
	output // of the part that is being written

	parameters table[*types.TypeParam]        // of the declaration that is being written
	owners     map[types.Type]*types.TypeName // of underlying types
	named      table[*types.TypeName]         // declared types, in the order in which they are written
	aliases    table[*types.TypeName]         // declared aliases, in the order in which they were met
	uses       map[*types.TypeName]bool       // aliases that the part mentions
	failed     error                          // the first
	written    struct{ heads, aliases, bodies, objects []byte }
	objects    int
}

func newEncoder(pkg *types.Package, from Source) *encoder {
	e := &encoder{Source: from, pkg: pkg, owners: map[types.Type]*types.TypeName{}}
	e.packages.number(pkg)
	return e
}

func (e *encoder) fail(format string, args ...any) {
	if e.failed == nil {
		e.failed = fmt.Errorf(format, args...)
	}
}

// part returns what write writes; what belongs to one declaration begins anew.
func (e *encoder) part(write func()) []byte {
	outer := e.output
	e.output = output{}
	e.parameters = table[*types.TypeParam]{}
	write()
	bytes := e.output.bytes
	e.output = outer
	return bytes
}

// declarations writes all that is to be kept: the objects of the scope, and the
// types that they lead to.
func (e *encoder) declarations() {
	scope := e.pkg.Scope()
	for _, name := range scope.Names() {
		obj := scope.Lookup(name)
		if !e.All && !obj.Exported() {
			continue
		}
		if t, ok := obj.(*types.TypeName); ok {
			e.meet(t)
			continue
		}
		e.objects++
		e.written.objects = append(e.written.objects, e.part(func() { e.object(obj) })...)
	}
	var aliases [][]byte
	var uses []map[*types.TypeName]bool
	for n, a := 0, 0; n < len(e.named.all) || a < len(e.aliases.all); {
		if n < len(e.named.all) {
			t := e.named.all[n]
			e.written.bodies = append(e.written.bodies, e.part(func() { e.body(t) })...)
			n++
			continue
		}
		e.uses = map[*types.TypeName]bool{}
		aliases = append(aliases, e.part(func() { e.alias(e.aliases.all[a]) }))
		uses = append(uses, e.uses)
		e.uses = nil
		a++
	}
	for _, t := range e.named.all {
		e.written.heads = append(e.written.heads, e.part(func() { e.head(t) })...)
	}
	for _, i := range e.inOrder(uses) {
		e.written.aliases = append(e.written.aliases, aliases[i]...)
	}
}

// meet notes a type of the package that something mentions.
func (e *encoder) meet(t *types.TypeName) {
	if e.pkg.Scope().Lookup(t.Name()) != t {
		e.fail("%s is not declared at the top", t.Name())
		return
	}
	switch t.Type().(type) {
	case *types.Named:
		e.named.number(t)
	case *types.Alias:
		e.aliases.number(t)
		if e.uses != nil {
			e.uses[t] = true
		}
	default:
		e.fail("%s is an alias without a type", t.Name())
	}
}

// inOrder returns the numbers of the aliases: those that others mention come first.
func (e *encoder) inOrder(uses []map[*types.TypeName]bool) (order []int) {
	done := make([]bool, len(uses))
	var visit func(i int)
	visit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		for j, other := range e.aliases.all {
			if uses[i][other] {
				visit(j)
			}
		}
		order = append(order, i)
	}
	for i := range uses {
		visit(i)
	}
	return order
}

// bytes puts the parts together.
func (e *encoder) bytes() []byte {
	var out output
	out.int(format)
	out.raw(e.pkg.Name())
	imports := e.imports()
	e.tables.write(&out, func(pkg *types.Package) string {
		id, ok := e.ID(pkg)
		if !ok {
			panic("a declaration needs a package that has no ID: " + pkg.Path())
		}
		return id
	})
	out.int(len(imports))
	for _, n := range imports {
		out.int(n)
	}
	out.int(len(e.named.all))
	out.bytes = append(out.bytes, e.written.heads...)
	out.int(len(e.aliases.all))
	out.bytes = append(out.bytes, e.written.aliases...)
	out.bytes = append(out.bytes, e.written.bodies...)
	out.int(e.objects)
	return slices.Concat(out.bytes, e.written.objects)
}

// imports numbers the imports that declarations need.
func (e *encoder) imports() (all []int) {
	for _, pkg := range e.pkg.Imports() {
		if _, ok := e.ID(pkg); ok {
			all = append(all, e.packages.number(pkg))
		}
	}
	return all
}

func (e *encoder) name(name string) { e.int(e.names.number(name)) }

func (e *encoder) pos(pos token.Pos) {
	f := e.Fset.File(pos)
	if f == nil {
		e.int(0)
		return
	}
	e.int(e.files.number(f) + 1)
	e.int(f.Offset(pos))
}

// at writes the name and the place of an object.
func (e *encoder) at(obj types.Object) {
	e.name(obj.Name())
	e.pos(obj.Pos())
}

// of writes which package an object is of.
func (e *encoder) of(obj types.Object) {
	pkg := obj.Pkg()
	if pkg == nil {
		pkg = e.pkg // a parameter of what the language declares
	}
	e.int(e.packages.number(pkg))
}
