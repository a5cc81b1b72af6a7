package order

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// Collect makes the sketch of a package. It asks the facts, so it is called by
// the goroutine that owns the package; the sketch is kept with it.
func Collect(pkg *facts.Package) *Sketch {
	return pkg.Keep(sketchKey{}, func() any {
		c := &collector{
			pkg: pkg, funcs: make(map[ast.Node]*Func), fields: make(map[*types.Package]map[*types.Var]string), refs: make(pool), spelling: newSpelling(), ordering: map[string]bool{},
			sketch: &Sketch{Package: pkg.Types.Path(), Imports: imports(pkg), Ifaces: make(map[string][]string), Classes: make(map[Class]bool)},
		}
		c.functions()
		c.stores()
		for _, call := range c.given {
			c.hand(call)
		}
		c.types()
		c.declarations()
		return c.sketch
	}).(*Sketch)
}

type sketchKey struct{}

// imports returns the packages that a package imports, sorted.
func imports(pkg *facts.Package) (paths []string) {
	for _, imported := range pkg.Types.Imports() {
		paths = append(paths, imported.Path())
	}
	slices.Sort(paths)
	return paths
}

// A collector makes one sketch.
type collector struct {
	pkg    *facts.Package
	sketch *Sketch
	funcs  map[ast.Node]*Func
	given  []*ast.CallExpr // the calls of the package
	fields map[*types.Package]map[*types.Var]string
	refs   pool
	spelling
	inits    int             // init functions so far
	ordering map[string]bool // names of functions, kept by orders
}

// place is a position as a key: it is the same on every machine.
func (c *collector) place(pos token.Pos) string {
	at := c.pkg.Fset.PositionFor(pos, false)
	return c.pkg.Types.Path() + "/" + filepath.Base(at.Filename) + ":" + strconv.Itoa(at.Line) + ":" + strconv.Itoa(at.Column)
}

func (c *collector) isTest(pos token.Pos) bool {
	return c.pkg.InTest(pos)
}

func (c *collector) functions() {
	for _, file := range c.pkg.Files {
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				c.declared(decl)
			case *ast.GenDecl:
				c.initialisers(decl)
			}
		}
	}
}

// declared collects a function declaration and the literals in it.
func (c *collector) declared(decl *ast.FuncDecl) {
	obj, ok := c.pkg.Def(decl.Name).(*types.Func)
	if !ok || decl.Body == nil {
		return
	}
	fn := &Func{ID: c.name(obj), Name: c.symbol(obj), Pos: decl.Name.Pos(), Entry: c.entryOf(decl, obj)}
	if fn.Entry&Init != 0 {
		c.inits++
		fn.ID = fn.ID + "#" + strconv.Itoa(c.inits)
	}
	w := &walker{collector: c, names: c.pkg.NamesIn(decl), root: decl}
	w.walk(fn, decl, decl.Body, obj.Signature())
}

// initialisers collects the literals in the values of package variables.
func (c *collector) initialisers(decl *ast.GenDecl) {
	c.pkg.Inspect(decl, func(n ast.Node) bool {
		lit, ok := n.(*ast.FuncLit)
		if !ok {
			return true
		}
		fn := &Func{ID: "literal:" + c.place(lit.Pos()), Name: "a function of a package variable", Pos: lit.Pos(), Entry: Open}
		sig, _ := c.pkg.TypeOf(lit).(*types.Signature)
		w := &walker{collector: c, names: c.pkg.NamesIn(lit), root: lit}
		w.walk(fn, lit, lit.Body, sig)
		return false
	})
}

// params says what tells the parameters of a function apart.
func (c *collector) params(sig *types.Signature) []string {
	ids := []string{""}
	if recv := sig.Recv(); recv != nil {
		ids[0] = c.place(recv.Pos())
	}
	for p := range sig.Params().Variables() {
		ids = append(ids, c.place(p.Pos()))
	}
	return ids
}

// names are the parameters as the source calls them.
func names(sig *types.Signature) []string {
	all := []string{""}
	if recv := sig.Recv(); recv != nil {
		all[0] = recv.Name()
	}
	for p := range sig.Params().Variables() {
		all = append(all, p.Name())
	}
	return all
}

// symbol names a function as a reader of the package would.
func (c *collector) symbol(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return fn.Name()
	}
	name := types.TypeString(deref(recv.Type()), func(*types.Package) string { return "" })
	name, _, _ = strings.Cut(name, "[")
	if _, pointer := types.Unalias(recv.Type()).(*types.Pointer); pointer {
		name = "(*" + name + ")"
	}
	return name + "." + fn.Name()
}

// entryOf says how a declared function can be entered beside the calls seen.
func (c *collector) entryOf(decl *ast.FuncDecl, fn *types.Func) Entry {
	test := c.isTest(decl.Pos())
	switch {
	case decl.Recv == nil && fn.Name() == "init":
		return Init
	case decl.Recv == nil && fn.Name() == "main" && c.pkg.Types.Name() == "main":
		return Main
	case test && decl.Recv == nil && isTestName(fn.Name()):
		return Test
	case test || !fn.Exported():
		return Called
	case c.pkg.Types.Name() == "main" && decl.Recv == nil:
		return Called
	}
	return Open
}

func isTestName(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Example", "Fuzz"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
