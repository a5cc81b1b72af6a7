package declared

import (
	"go/token"
	"go/types"
)

// A decoder reads one package.
type decoder struct {
	in      input
	fset    *token.FileSet
	find    func(id string) *types.Package
	context *types.Context

	names      []string
	packages   []*types.Package // the first is the package itself
	files      []file
	parameters []*types.TypeParam // of the declaration that is being read
	ifaces     []*types.Interface
	bounds     []bound // all, of every declaration
}

// A bound is a type parameter with its constraint.
type bound struct {
	of *types.TypeParam
	by types.Type
}

// A file is one that declarations stand in.
type file struct {
	name  string
	size  int
	lines []int
	base  int // 0: it is not yet in the file set
}

func (d *decoder) pkgAt(path string) *types.Package {
	if d.in.int() != format {
		panic("another format")
	}
	pkg := types.NewPackage(path, d.in.raw())
	d.tables(pkg)
	imports := make([]*types.Package, d.in.count())
	for i := range imports {
		imports[i] = d.packages[d.in.int()]
	}
	pkg.SetImports(imports)
	types := d.heads()
	for range d.in.count() {
		d.alias()
	}
	for _, t := range types {
		d.body(t)
	}
	for range d.in.count() {
		pkg.Scope().Insert(d.object())
	}
	d.complete()
	pkg.MarkComplete()
	return pkg
}

func (d *decoder) tables(pkg *types.Package) {
	d.names = d.in.list()
	d.packages = make([]*types.Package, d.in.count()+1)
	d.packages[0] = pkg
	for i := range d.packages[1:] {
		id := d.names[d.in.int()]
		if d.packages[i+1] = d.find(id); d.packages[i+1] == nil {
			panic("there is no package " + id)
		}
	}
	d.files = make([]file, d.in.count())
	for i := range d.files {
		d.files[i] = d.file()
	}
}

func (d *decoder) file() file {
	f := file{name: d.in.raw(), size: d.in.int()}
	f.lines = make([]int, d.in.count())
	last := 0
	for i := range f.lines {
		last += d.in.int()
		f.lines[i] = last
	}
	return f
}

// complete has everything worked out that would be worked out on demand, by
// whichever goroutine comes first.
func (d *decoder) complete() {
	for _, b := range d.bounds {
		b.of.SetConstraint(b.by)
	}
	for _, i := range d.ifaces {
		i.Complete()
	}
	for _, b := range d.bounds {
		b.of.Underlying()
	}
}

func (d *decoder) name() string { return d.names[d.in.int()] }

func (d *decoder) pkg() *types.Package { return d.packages[d.in.int()] }

func (d *decoder) pos() token.Pos {
	n := d.in.int()
	if n == 0 {
		return token.NoPos
	}
	f := &d.files[n-1]
	if f.base == 0 {
		added := d.fset.AddFile(f.name, -1, f.size)
		added.SetLines(f.lines)
		f.base = added.Base()
	}
	return token.Pos(f.base + d.in.int())
}
