package models

import (
	"go/importer"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"
)

// A misspelled object would never be found, and nobody would miss it.
func TestObjectsOfTheStandardLibraryExist(t *testing.T) {
	std := standard(t)
	for object := range standardModels(t) {
		pkgPath, name := split(object)
		pkg, err := std.Import(pkgPath)
		if err != nil {
			t.Errorf("%s: %v", object, err)
			continue
		}
		if !exists(pkg, name) {
			t.Errorf("%s does not exist", object)
		}
	}
}

// What a pure wildcard covers without having been looked at must not run a
// function that it is given, nor write into what it is given.
func TestPureWildcardsCoverNothingElse(t *testing.T) {
	std, models := standard(t), standardModels(t)
	for object, m := range models {
		pkgPath, name := split(object)
		if !m.Pure || name != "*" {
			continue
		}
		pkg, err := std.Import(pkgPath)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range pkg.Scope().Names() {
			fn, ok := pkg.Scope().Lookup(name).(*types.Func)
			if !ok || !fn.Exported() || models[Name(fn)] != nil {
				continue
			}
			if why := suspicious(fn); why != "" {
				t.Errorf("%s says that %s is pure: it %s", object, fn.Name(), why)
			}
		}
	}
}

// suspicious says why a function may not be pure, by its signature alone.
func suspicious(fn *types.Func) string {
	for _, prefix := range []string{"Append", "Put", "Encode", "Copy", "Write", "Set"} {
		if strings.HasPrefix(fn.Name(), prefix) {
			return "is called like what writes"
		}
	}
	for param := range fn.Signature().Params().Variables() {
		if _, ok := param.Type().Underlying().(*types.Signature); ok {
			return "takes a function"
		}
	}
	return ""
}

// standard type-checks packages of the standard library from source.
func standard(t *testing.T) types.Importer {
	t.Helper()
	if testing.Short() {
		t.Skip("type-checks a good part of the standard library: left out with -short")
	}
	return fromSource()
}

var fromSource = sync.OnceValue(func() types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "source", nil)
})

// standardModels reads the models of the standard library alone.
func standardModels(t *testing.T) map[string]*Model {
	t.Helper()
	r := reader{set: map[string]*Model{}, from: map[string]string{}}
	names, err := fs.Glob(files, "std-*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no models: ", err)
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r.file(name, text)
	}
	return r.set
}

// split cuts an object behind its import path.
func split(object string) (pkgPath, name string) {
	dir, base := path.Split(object)
	first, rest, _ := strings.Cut(base, ".")
	return dir + first, rest
}

// exists reports whether a package has a function, or a type a method; of a
// wildcard, whether there is a package or a type.
func exists(pkg *types.Package, name string) bool {
	typeName, method, isMethod := strings.Cut(name, ".")
	if !isMethod {
		_, isFunc := pkg.Scope().Lookup(name).(*types.Func)
		return isFunc || name == "*"
	}
	plain := strings.Trim(typeName, "(*)")
	obj, ok := pkg.Scope().Lookup(plain).(*types.TypeName)
	if !ok {
		return false
	}
	if method == "*" {
		return hasMethod(pkg, typeName, obj.Type())
	}
	found, _, _ := types.LookupFieldOrMethod(types.NewPointer(obj.Type()), true, pkg, method)
	if types.IsInterface(obj.Type()) {
		found, _, _ = types.LookupFieldOrMethod(obj.Type(), true, pkg, method)
	}
	fn, ok := found.(*types.Func)
	return ok && Name(fn) == qualify(pkg, name)
}

// hasMethod reports whether a type has methods with the receiver that a
// wildcard spells: (*T) or T.
func hasMethod(pkg *types.Package, receiver string, t types.Type) bool {
	methods := types.NewMethodSet(types.NewPointer(t))
	if types.IsInterface(t) {
		methods = types.NewMethodSet(t)
	}
	for i := range methods.Len() {
		fn := methods.At(i).Obj().(*types.Func)
		if Name(fn) == qualify(pkg, receiver+"."+fn.Name()) {
			return true
		}
	}
	return false
}
