package facts

import (
	"go/importer"
	"go/token"
	"go/types"
	"testing"
)

func TestTypeIs(t *testing.T) {
	std := func(path, name string) types.Type {
		pkg, err := importer.ForCompiler(token.NewFileSet(), "source", nil).Import(path)
		if err != nil {
			t.Fatal(err)
		}
		return pkg.Scope().Lookup(name).Type()
	}
	mutex := std("sync", "Mutex")
	alias := types.NewAlias(types.NewTypeName(token.NoPos, types.NewPackage("example.com/a", "a"), "Lock", nil), mutex)
	for _, test := range []struct {
		t    types.Type
		name string
		want bool
	}{
		{mutex, "sync.Mutex", true},
		{mutex, "*sync.Mutex", false},
		{types.NewPointer(mutex), "*sync.Mutex", true},
		{types.NewPointer(mutex), "sync.Mutex", false},
		{types.NewPointer(alias), "*sync.Mutex", true},
		{alias, "example.com/a.Lock", false},
		{mutex, "sync.RWMutex", false},
		{mutex, "xsync.Mutex", false},
		{mutex, "Mutex", false},
		{types.Universe.Lookup("error").Type(), "error", true},
		{types.Universe.Lookup("error").Type(), "x.error", false},
		{types.Typ[types.Int], "int", false},
		{nil, "error", false},
	} {
		if got := TypeIs(test.t, test.name); got != test.want {
			t.Errorf("TypeIs(%v, %q) = %v, want %v", test.t, test.name, got, test.want)
		}
	}
	if !TypeIs(mutex, "sync.RWMutex", "sync.Mutex") {
		t.Error("TypeIs asks of the first name alone")
	}
}
