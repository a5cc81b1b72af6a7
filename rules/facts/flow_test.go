package facts

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// typed type-checks a package of Go texts, one for each file.
func typed(t testing.TB, sources ...string) *Package {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for i, src := range sources {
		file, err := parser.ParseFile(fset, fmt.Sprintf("x%d.go", i), src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := newInfo()
	conf := types.Config{Importer: imports()}
	pkg, err := conf.Check("x", fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	return &Package{Fset: fset, Files: files, Types: pkg, Info: info}
}

func newInfo() *types.Info {
	return &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{},
		Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{}, FileVersions: map[*ast.File]string{},
	}
}

var standard types.Importer

// imports returns one importer for all tests, so that sync is read once.
func imports() types.Importer {
	if standard == nil {
		standard = importer.ForCompiler(token.NewFileSet(), "source", nil)
	}
	return standard
}

// text prints a node on one line.
func text(n ast.Node) string {
	switch n := n.(type) {
	case *ast.RangeStmt:
		return "range"
	case *ast.SelectStmt:
		return "select"
	case *ast.BlockStmt:
		return "}"
	case *ast.FuncLit:
		return "func"
	default:
		var b strings.Builder
		printer.Fprint(&b, token.NewFileSet(), n)
		return strings.Join(strings.Fields(b.String()), " ")
	}
}

// drawn prints the reachable part of a flow: one line a block.
func drawn(f *Flow) string {
	var out strings.Builder
	reached := f.Reachable()
	for _, b := range f.Blocks {
		if !reached[b] {
			continue
		}
		fmt.Fprintf(&out, "%d:", b.Index)
		for _, n := range b.Nodes {
			fmt.Fprintf(&out, " [%s]", text(n))
		}
		for _, e := range b.Succs {
			switch {
			case e.Cond != nil && e.Truth:
				fmt.Fprintf(&out, " yes>%d", e.To.Index)
			case e.Cond != nil:
				fmt.Fprintf(&out, " no>%d", e.To.Index)
			case e.Case != nil:
				fmt.Fprintf(&out, " case>%d", e.To.Index)
			default:
				fmt.Fprintf(&out, " >%d", e.To.Index)
			}
		}
		if b.Exit != Inside {
			fmt.Fprintf(&out, " %s", []string{"", "return", "end", "panic", "never"}[b.Exit])
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestFlowShapes(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"short circuit", `if a && !b || c { f(1) }; f(2)`, `
0: [a] yes>4 no>3
1: [f(1)] >2
2: [f(2)] end
3: [c] yes>1 no>2
4: [b] yes>3 no>1
`},
		{"for with labels", `outer: for i := 0; i < 3; i++ { for { if a { continue outer }; if b { break outer }; break } }; f(1)`, `
0: >1
1: [i := 0] >2
2: [i < 3] yes>3 no>4
3: >6
4: [f(1)] end
5: [i++] >2
6: >7
7: [a] yes>9 no>10
8: >5
9: [continue outer] >5
10: [b] yes>12 no>13
12: [break outer] >4
13: [break] >8
`},
		{"range", `for range xs { f(1) }`, `
0: [xs] >1
1: case>2 >3
2: [range] [f(1)] >1
3: end
`},
		{"switch with fallthrough", `switch n { case 1, 2: f(1); fallthrough; case 3: f(2); default: f(3) }`, `
0: [n] [1] yes>1 no>5
1: [f(1)] [fallthrough] >2
2: [f(2)] >4
3: [f(3)] >4
4: end
5: [2] yes>1 no>6
6: [3] yes>2 no>7
7: >3
`},
		{"switch without tag", `switch { case a: return; case b: }`, `
0: [a] yes>1 no>4
1: [return] return
2: >3
3: end
4: [b] yes>2 no>5
5: >3
`},
		{"select", `select { case <-ch: return; default: f(1) }`, `
0: [select] case>2 case>4
1: end
2: [<-ch] [return] return
4: [f(1)] >1
`},
		{"select for ever", `f(1); select {}`, `
0: [f(1)] [select] never
`},
		{"for ever", `for { f(1) }`, `
0: >1
1: >2
2: [f(1)] >1
`},
		{"goto", `again: f(1); if a { goto again }; f(2)`, `
0: >1
1: [f(1)] [a] yes>2 no>3
2: [goto again] >1
3: [f(2)] end
`},
		{"ends", `if a { panic(1) }; if b { os.Exit(1) }; never(); f(1)`, `
0: [a] yes>1 no>2
1: [panic(1)] panic
2: [b] yes>4 no>5
4: [os.Exit(1)] never
5: [never()] never
`},
		{"defer and go are nodes", `defer never(); go never(); f(1)`, `
0: [defer never()] [go never()] [f(1)] end
`},
		{"a call that may not be made ends nothing", `_ = a && endless(); f(1)`, `
0: [_ = a && endless()] [f(1)] end
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			pkg := typed(t, `package x
import "os"
func f(int) {}
func never() { for { f(0) } }
func endless() bool { panic(0) }
func g(a, b, c bool, n int, xs []int, ch chan int) { `+test.body+` }
var _ = os.Args
`)
			got := drawn(pkg.Flow(function(t, pkg, "g")))
			if want := strings.TrimPrefix(test.want, "\n"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// function returns the declaration of a name, "f" or "T.f".
func function(t testing.TB, pkg *Package, name string) *ast.FuncDecl {
	t.Helper()
	for _, file := range pkg.Files {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
				return fn
			}
		}
	}
	t.Fatalf("no function %s", name)
	return nil
}
