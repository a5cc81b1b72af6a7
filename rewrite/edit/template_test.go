package edit

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules/pattern"
)

// A fillTest matches a pattern in the body of a function and puts a template
// there.
type fillTest struct {
	name              string
	pattern, template string
	replace           string
	body              string
	want              string // or the refusal, if it has no line break
}

const fillHead = `package p

import "sync"

type T struct {
	mu sync.Mutex
	n  int
}

func g(...any) int { return 0 }

`

func (test fillTest) run(t *testing.T) {
	t.Helper()
	signature := "func f(t *T, a, b int, c bool) int"
	e := editTyped(t, fillHead+strings.Replace(inFunc(test.body), "package p\n\nfunc f()", signature, 1))
	e.match(test.pattern)
	e.Fix.Template, e.Fix.Replace = test.template, test.replace
	_, err := Attempt(e.Site, FillTemplate)
	if !strings.Contains(test.want, "\n") {
		if err == nil || err.Error() != test.want {
			t.Errorf("got %v, want the refusal %q", err, test.want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	head, want := fillHead, test.want
	if imports, body, ok := strings.Cut(test.want, "---"); ok {
		head, want = strings.Replace(fillHead, "import \"sync\"\n", strings.TrimLeft(imports, "\n"), 1), body
	}
	want = head + strings.Replace(inFunc(want), "package p\n\nfunc f()", signature, 1)
	if got := e.result(); got != want {
		t.Errorf("got\n%s\nwant\n%s", strings.TrimPrefix(got, fillHead), strings.TrimPrefix(want, fillHead))
	}
}

// match binds the site to the first match of a pattern in the last declaration.
func (e *editor) match(source string) {
	e.t.Helper()
	p, err := pattern.Parse(source)
	if err != nil {
		e.t.Fatal(err)
	}
	found := false
	try := func(at pattern.Subject) {
		at.Info = e.Pkg.Info
		if found {
			return
		}
		err := p.Match(at, nil, func(s pattern.Solution) bool {
			found = true
			e.Match.Nodes, e.Match.Bound = s.Nodes, s.Bound.Map()
			return false
		})
		if err != nil {
			e.t.Fatal(err)
		}
	}
	ast.PreorderStack(e.Match.Decl, nil, func(n ast.Node, stack []ast.Node) bool {
		if list, ok := Statements(n); ok {
			for i := range list {
				try(pattern.Subject{Node: list[i], List: list, Index: i})
			}
		}
		if x, ok := n.(ast.Expr); ok && len(stack) > 0 {
			try(pattern.Subject{Node: x, Parent: stack[len(stack)-1]})
		}
		return true
	})
	if !found {
		e.t.Fatalf("%s matches nothing", source)
	}
}

func TestTemplate(t *testing.T) {
	for _, test := range []fillTest{
		{"an expression", "g($x)", "g($x, 1)", "", `
			return g( /* a */ a) // call
		`, `
			return g(a, 1) /* a */ // call
		`},
		{"in parentheses where it must", "g($x)", "$x + 1", "", `
			return 2 * g(a)
		`, `
			return 2 * (a + 1)
		`},
		{"what it takes, too", "g($x)", "$x * 2", "", `
			return g(a + b)
		`, `
			return (a + b) * 2
		`},
		{"and not where it need not", "g($x)", "$x + 2", "", `
			return g(a*b) + g()
		`, `
			return a*b + 2 + g()
		`},
		{"a hole twice", "g($x)", "g($x, $x)", "", `
			return g(a /* a */)
		`, `
			return g(a /* a */, a)
		`},
		{"a list", "g($a, $*rest)", "g($*rest, $a)", "", `
			return g(a, b, c)
		`, `
			return g(b, c, a)
		`},
		{"an empty list", "g($a, $*rest)", "g($*rest, $a, 1)", "", `
			return g(a)
		`, `
			return g(a, 1)
		`},
		{"one statement to two", "$mu.Lock()", "$mu.Lock(); defer $mu.Unlock()", "", `
			// take it
			t.mu.Lock() // taken

			return t.n
		`, `
			// take it
			t.mu.Lock() // taken
			defer t.mu.Unlock()

			return t.n
		`},
		{"two statements to one", "$x++; $y++", "$x, $y = $x+1, $y+1", "", `
			a++ // a
			b++ // b
			return a
		`, `
			// a
			a, b = a+1, b+1 // b
			return a
		`},
		{"statements around statements", "if $c { $*body }", "for $c { $*body; break }", "", `
			if c { // yes
				// first
				a++ // a
				b++
			}
			return a
		`, `
			// yes
			for c {
				// first
				a++ // a
				b++
				break
			}
			return a
		`},
		{"a literal", "$mu.Lock()", "defer func() { $mu.Unlock(); g(recover()) }()", "", `
			t.mu.Lock()
			return a
		`, `
			defer func() {
				t.mu.Unlock()
				g(recover())
			}()
			return a
		`},
		{"only a hole is replaced", "$x = $y", "$y + 1", "$y", `
			a = b // b
			return a
		`, `
			a = b + 1 // b
			return a
		`},
		{"a name that it declares", "$x = g($y)", "v := g($y); $x = v", "", `
			a = g(b)
			return a
		`, `
			v := g(b)
			a = v
			return a
		`},
		{"a name that is taken", "$x = g($y)", "b := g($y); $x = b", "", `
			a = g(b)
			return a
		`, `
			b2 := g(b)
			a = b2
			return a
		`},
		{"a field", "$x.$f = $v", "g(&$x.$f, $v)", "", `
			t.n = a
			return a
		`, `
			g(&t.n, a)
			return a
		`},
		{"a package", "$x.$f = $v", "atomic.StoreInt64(&$x.$f, $v)", "", `
			t.n = a
			return a
		`, `
import (
	"sync"
	"sync/atomic"
)
---
			atomic.StoreInt64(&t.n, a)
			return a
		`},
		{"a package that is there", "g($x)", "sync.OnceValue($x)", "", `
			return g(a)
		`, `
			return sync.OnceValue(a)
		`},
		{"a composite literal in a header", "g($x) == 0", "$x == T{}", "", `
			if g(t) == 0 {
				return a
			}
			return b
		`, `
			if (t == T{}) {
				return a
			}
			return b
		`},
		{"a comment of its own", "$x++", "// one more\n$x += 1", "", `
			a++
			return a
		`, `
			// one more
			a += 1
			return a
		`},

		{"a local name is not meant", "$x++", "$x = b", "", `
			a++
			return a
		`, "b in the template means nothing at package level, or is hidden here"},
		{"a predeclared name is hidden", "$x++", "$x = len(\"\")", "", `
			len := 1
			a++
			return len
		`, "len in the template means nothing at package level, or is hidden here"},
		{"no such package", "$x++", "nosuch.Do($x)", "", `
			a++
			return a
		`, "nosuch in the template is no package that is known here"},
		{"two packages of a name", "$x++", "$x = rand.Int()", "", `
			a++
			return a
		`, "rand in the template may be crypto/rand or math/rand"},
		{"a statement for an expression", "g($x)", "$x++", "", `
			return g(a)
		`, "the template is a statement, and would stand for an expression"},
		{"a name that is none", "g($x)", "t.$x", "", `
			return g(a + b)
		`, "t in the template means nothing at package level, or is hidden here"},
		{"a field that is none", "g($x, $y)", "$x.$y", "", `
			return g(t, a+b)
		`, "$y stands for a name in the template, and is bound to something else"},
		{"bad Go", "g($x)", "if $x", "", `
			return g(a)
		`, `internal: the template "if $x" is neither an expression nor statements`},
	} {
		t.Run(test.name, test.run)
	}
}

// FuzzParseTemplate: whatever a rule writes, a template is read or refused.
func FuzzParseTemplate(f *testing.F) {
	for _, seed := range []string{"$x + 1", "$mu.Lock(); defer $mu.Unlock()", "if $c { $*body }", "} func g() {", "func() { $x }", "$", "// c", "x /* c */", "$l: for { break $l }"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tmpl, err := parseTemplate(source)
		if err == nil && tmpl.expr == nil && tmpl.body == nil {
			t.Errorf("%q is nothing", source)
		}
	})
}
