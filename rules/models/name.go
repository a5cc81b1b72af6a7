package models

import (
	"go/types"
	"strings"
)

// Name returns the object of a function as models, and rules, spell it:
// "os.Exit", "sync.(*Mutex).Lock", "time.Time.Add", "io.Reader.Read",
// "error.Error". Instances of a generic function have the name of the function.
func Name(fn *types.Func) string {
	fn = fn.Origin()
	recv := fn.Signature().Recv()
	if recv == nil {
		return qualify(fn.Pkg(), fn.Name())
	}
	t, star := recv.Type(), false
	if ptr, ok := t.(*types.Pointer); ok {
		t, star = ptr.Elem(), true
	}
	named, ok := t.(*types.Named)
	if !ok {
		return qualify(fn.Pkg(), "interface."+fn.Name()) // method of an unnamed interface
	}
	name := named.Obj().Name()
	if star {
		name = "(*" + name + ")"
	}
	return qualify(named.Obj().Pkg(), name+"."+fn.Name())
}

// qualify puts the import path before a name; objects of the universe have none.
func qualify(pkg *types.Package, name string) string {
	if pkg == nil {
		return name
	}
	return pkg.Path() + "." + name
}

// wildcard returns the object with its last part replaced by "*". The dots of
// an import path's last element do not count: a part is what follows a
// parenthesis or an identifier.
func wildcard(object string) string {
	return object[:strings.LastIndexByte(object, '.')+1] + "*"
}

// Home returns what a name was in the module that it comes from, where another one keeps a copy
// of that in a folder of its own: "a.b/c/third_party/github.com/d/e" is "github.com/d/e".
func Home(name string) string {
	if i := strings.LastIndex(name, "/github.com/"); i >= 0 {
		return name[i+1:]
	}
	return name
}
