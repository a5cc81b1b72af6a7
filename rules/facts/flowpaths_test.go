package facts

import (
	"go/ast"
	"testing"
)

func TestFollowsAndPrecedes(t *testing.T) {
	for _, test := range []struct {
		name, body                   string
		someAfter, allAfter          bool // b() after a()
		somePrecedes, alwaysPrecedes bool // a() before b()
	}{
		{"one after the other", `a(); b()`, true, true, true, true},
		{"the other way round", `b(); a()`, false, false, false, false},
		{"within one node", `use(a(), b())`, true, true, true, true},
		{"a return between", `a(); if c { return }; b()`, true, false, true, true},
		{"a panic between", `a(); if c { panic(1) }; b()`, true, true, true, true},
		{"one arm", `if c { a() }; b()`, true, true, true, false},
		{"the other arm", `if c { a() } else { b() }`, false, false, false, false},
		{"next turn", `for c { b(); a() }`, true, false, true, false},
		{"for ever", `for { b(); a() }`, true, true, true, false},
		{"break before", `for { a(); if c { break }; b() }`, true, false, true, true},
		{"around by goto", `a(); if c { goto end }; b(); end:`, true, false, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			pkg := typed(t, `package x
func a() int { return 0 }
func b() int { return 0 }
func use(...int) {}
func g(c bool) { `+test.body+` }`)
			fn := function(t, pkg, "g")
			a, b := callOf(fn, "a"), callOf(fn, "b")
			flow := pkg.Flow(fn)
			if some, all := flow.Follows(a, b); some != test.someAfter || all != test.allAfter {
				t.Errorf("Follows: %v %v", some, all)
			}
			if some, all := flow.Precedes(a, b); some != test.somePrecedes || all != test.alwaysPrecedes {
				t.Errorf("Precedes: %v %v", some, all)
			}
		})
	}
}

// callOf returns the first call of the named function in n.
func callOf(n ast.Node, name string) (found *ast.CallExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && found == nil {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == name {
				found = call
			}
		}
		return found == nil
	})
	return found
}
