package sharing_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// workqueue is what the test knows of k8s.io/client-go/util/workqueue.
const workqueue = `package workqueue
func ParallelizeUntil(ctx any, workers, pieces int, f func(piece int)) {}
`

// An onlyWorkqueue imports that package alone, and what the compiler has.
type onlyWorkqueue struct{ types.Importer }

func (i onlyWorkqueue) Import(path string) (*types.Package, error) {
	if path != "k8s.io/client-go/util/workqueue" {
		return i.Importer.Import(path)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "workqueue.go", workqueue, 0)
	if err != nil {
		return nil, err
	}
	return (&types.Config{}).Check(path, fset, []*ast.File{file}, nil)
}

// racesOf counts the accesses of a function body that race.
func racesOf(t *testing.T, body string) (n int) {
	t.Helper()
	source := "package p\nimport (\"sync\"; \"k8s.io/client-go/util/workqueue\")\nvar _ sync.Mutex\n" +
		"func f(workers int, names []string, find func(string) string) {\n" + body + "\n}\n"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Types: map[ast.Expr]types.TypeAndValue{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{},
	}
	checked, err := (&types.Config{Importer: onlyWorkqueue{importer.Default()}}).Check("p", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	pkg := &facts.Package{Fset: fset, Files: []*ast.File{file}, Types: checked, Info: info}
	ast.Inspect(file, func(node ast.Node) bool {
		if e, ok := node.(ast.Expr); ok {
			if _, races := sharing.Of(pkg).RaceAt(e); races {
				n++
			}
		}
		return true
	})
	return n
}

// A call that gives jobs to several goroutines waits for them, and they race with each other.
func TestWorkers(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       int
	}{
		{"all append", `var all []string
			workqueue.ParallelizeUntil(nil, workers, len(names), func(i int) { all = append(all, find(names[i])) })
			println(len(all))`, 1},
		{"each has its place", `all := make([]string, len(names))
			workqueue.ParallelizeUntil(nil, 8, len(names), func(i int) { all[i] = find(names[i]) })
			println(len(all))`, 0},
		{"one worker", `var all []string
			workqueue.ParallelizeUntil(nil, 1, len(names), func(i int) { all = append(all, find(names[i])) })
			println(len(all))`, 0},
		{"in turn, and read behind the wait", `n := 0
			var mu sync.Mutex
			workqueue.ParallelizeUntil(nil, 8, len(names), func(i int) { mu.Lock(); n++; mu.Unlock() })
			println(n)`, 0},
	} {
		if got := racesOf(t, test.body); got != test.want {
			t.Errorf("%s: %d races, want %d", test.name, got, test.want)
		}
	}
}
