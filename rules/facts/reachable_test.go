package facts

import (
	"go/types"
	"testing"
)

func TestReachable(t *testing.T) {
	pkg := typed(t, `package a
type Open struct { A, b int; in }
type in struct { Inner int }
type shut struct { Hidden int }
type given struct { Shown int }
func New() *given { return nil }
var Global, local int
`)
	for name, want := range map[string]bool{"A": true, "b": false, "Inner": true, "Hidden": false, "Shown": true, "Global": true, "local": false} {
		for _, obj := range pkg.Info.Defs {
			if v, ok := obj.(*types.Var); ok && v.Name() == name && pkg.Reachable(v) != want {
				t.Errorf("%s is reachable: %v, want %v", name, !want, want)
			}
		}
	}
}
