package match_test

import (
	"slices"
	"testing"
)

const constraintCode = `
import ("sync"; "sync/atomic"; "time"; "context"; "container/list"; "io")

type T struct {
	mu  sync.Mutex
	pmu *sync.Mutex
	m   map[string]int
	sm  sync.Map
	n   int
	box Box[int]
	Out func()
	clients map[*list.List]context.Context
}
type Embeds struct{ *T; sync.Mutex }
type Box[V any] struct{ v V }
type Alias = sync.Mutex
type Named map[string]int
type Func func(int) error
func (T) Value() {}
func (*T) Pointer() {}
func (b *Box[V]) Get() V { return b.v }
var global int
var Exported = 1
const limit = 10
var t T
var e Embeds
var ctx context.Context
func call() int { return 0 }
func generic[V any](V) {}
func use(...any) {}
`

// Each test asks about the argument of use, the hole $x.
func TestConstraints(t *testing.T) {
	tests := []struct {
		constraint string
		code       string
		want       []string
	}{
		{`"type": "sync.Mutex"`, `var a Alias; use(&t.mu); use(t.mu); use(a); use(t.pmu); use(*t.pmu)`, []string{"t.mu", "a", "*t.pmu"}},
		{`"type": "*sync.Mutex"`, `use(&t.mu); use(t.mu); use(t.pmu)`, []string{"&t.mu", "t.pmu"}},
		{`"type": "map[string]int"`, `use(t.m); use(Named{}); use(map[string]int64{})`, []string{"t.m"}},
		{`"type": "map[string]_"`, `use(t.m); use(map[string]int64{}); use(map[int]int{})`, []string{"t.m", "map[string]int64{}"}},
		{`"type": "map[*container/list.List]context.Context"`, `use(t.clients); use(t.m)`, []string{"t.clients"}},
		{`"type": "error"`, `var err error; use(err); use(ctx)`, []string{"err"}},
		{`"type": "any"`, `var x interface{}; use(x); use(1)`, []string{"x"}},
		{`"type": "context.Context"`, `use(ctx); use(context.Background())`, []string{"ctx", "context.Background()"}},
		{`"type": "p.Box[int]"`, `use(t.box); use(Box[string]{})`, []string{"t.box"}},
		{`"type": "p.Box"`, `use(t.box); use(Box[string]{})`, []string{"t.box", "Box[string]{}"}},
		{`"type": "func(int, ...string) (bool, error)"`, `var f func(int, []string) (bool, error); use(f); var g func(int, ...string) (bool, error); use(g)`, []string{"g"}},
		{`"type": "func(int, []string) (bool, error)"`, `var f func(int, []string) (bool, error); use(f); use(call)`, []string{"f"}},
		{`"type": "<-chan struct{}"`, `use(ctx.Done()); use(make(chan struct{}))`, []string{"ctx.Done()"}},
		{`"type": "[]byte"`, `use([]byte{}); use([]uint8{}); use([1]byte{}); use([]int{})`, []string{"[]byte{}", "[]uint8{}"}},
		{`"type": "[_]byte"`, `use([]byte{}); use([1]byte{})`, []string{"[1]byte{}"}},
		{`"type": "atomic.Int64"`, `var a atomic.Int64; use(a); use(&a)`, []string{"a"}},
		{`"underlying": "map"`, `use(t.m); use(Named{}); use(t)`, []string{"t.m", "Named{}"}},
		{`"underlying": "func"`, `use(Func(nil)); use(call); use(t.Out)`, []string{"Func(nil)", "call", "t.Out"}},
		{`"underlying": "map[string]int"`, `use(t.m); use(Named{}); use(map[int]int{})`, []string{"t.m", "Named{}"}},

		{`"object": "sync.(*Mutex).Lock"`, `use(t.mu.Lock); use(e.Mutex.Lock); use(e.Lock); use(t.mu.Unlock)`, []string{"t.mu.Lock", "e.Mutex.Lock", "e.Lock"}},
		{`"object": "sync.Mutex.Lock"`, `use(t.mu.Lock)`, []string{"t.mu.Lock"}},
		{`"object": "sync.(*Map).Load"`, `use(t.sm.Load); use(e.sm.Load("a"))`, []string{"t.sm.Load", `e.sm.Load("a")`}},
		{`"object": "time.Now"`, `use(time.Now()); use(time.Now); use(time.After(1))`, []string{"time.Now()", "time.Now"}},
		{`"object": "time.Time.Sub"`, `a := time.Now(); use(a.Sub(a)); use(a.Add(1))`, []string{"a.Sub(a)"}},
		{`"object": "p.(*T).Pointer"`, `use(t.Pointer); use(e.Pointer); use(t.Value)`, []string{"t.Pointer", "e.Pointer"}},
		{`"object": "p.(*T).Value"`, `use(t.Value)`, nil},
		{`"object": "p.T.m"`, `m := t.m; use(t.m); use(e.m); use(m)`, []string{"t.m", "e.m"}},
		{`"object": "p.Box.v"`, `use(t.box.v); use(Box[string]{}.v)`, []string{"t.box.v", "Box[string]{}.v"}},
		{`"object": "p.(*Box).Get"`, `use(t.box.Get())`, []string{"t.box.Get()"}},
		{`"object": "p.generic"`, `use(generic[int]); use(generic[string])`, []string{"generic[int]", "generic[string]"}},
		{`"object": "p.global"`, `use(global); global := 1; use(global)`, []string{"global"}},
		{`"object": "builtin.len"`, `use(len("a")); use(cap([]int{}))`, []string{`len("a")`}},
		{`"object": "builtin.error.Error"`, `var err error; use(err.Error())`, []string{"err.Error()"}},
		{`"object": "container/list.Element.Value"`, `var c list.Element; use(c.Value); use(c.Next)`, []string{"c.Value"}},
		{`"object": "io.Writer.Write"`, `var w io.Writer; use(w.Write)`, []string{"w.Write"}},

		{`"is": ["const"]`, `use(1, 2); use(limit); use(limit + 1); use(global); use(len("abc"))`, []string{"limit", "limit + 1", `len("abc")`}},
		{`"is": ["nil"]`, `use(nil); use(global)`, []string{"nil"}},
		{`"is": ["literal"]`, `use(-1); use("a"); use(limit); use(T{})`, []string{"-1", `"a"`}},
		{`"is": ["composite"]`, `use(T{}); use(&T{}); use([]int{1}); use(1)`, []string{"T{}", "&T{}", "[]int{1}"}},
		{`"is": ["func-literal"]`, `use(func() {}); use(call)`, []string{"func() {}"}},
		{`"is": ["func-value"]`, `f := func() {}; use(f); use(call); use(t.Out); use(1); use(f2()())`, []string{"f", "t.Out"}},
		{`"is": ["field"]`, `use(t.n); use(e.n); use(global); use(call())`, []string{"t.n", "e.n"}},
		{`"is": ["global"]`, `local := 1; use(global); use(local); use(t.n); use((global))`, []string{"global", "(global)"}},
		{`"is": ["local"]`, `local := 1; use(global); use(local); use(arg); use(t.n)`, []string{"local", "arg"}},
		{`"is": ["param"]`, `local := 1; use(local); use(arg); use(out); use(recv)`, []string{"arg", "out", "recv"}},
		{`"is": ["receiver"]`, `use(arg); use(recv)`, []string{"recv"}},
		{`"is": ["result"]`, `use(arg); use(out)`, []string{"out"}},
		{`"is": ["captured"]`, `local := 1; use(local); func() { use(local); own := 1; use(own); func() { use(own) }() }(); func() { use(global) }()`, []string{"local", "own"}},
		{`"is": ["exported"]`, `use(Exported); use(global); use(t.Out); use(list.New)`, []string{"Exported", "t.Out", "list.New"}},
		{`"is": ["method"]`, `use(t.mu.Lock); use(call); use(t.Out)`, []string{"t.mu.Lock"}},
		{`"is": ["addressable"]`, `use(t.n); use(call()); use(t.m["a"])`, []string{"t.n"}},
		{`"is": ["pure"]`, `use(t.n); use(call()); use(t.n + 1); use(<-ctx.Done())`, []string{"t.n", "call()", "t.n + 1"}},
		{`"is": ["stable"]`, `local := 1; use(local); use(t.m["a"])`, []string{"local"}},
		{`"is": ["used-after"]`, `a, b, c := 1, 2, 3; use(a); use(b); use(a); for { use(c); d := 1; d++; use(d) }; b = 1`, []string{"a", "b", "c"}},
		{`"is": ["used"]`, `a, b := 1, 2; use(a); use(b); _ = a`, []string{"a"}},
		{`"is": ["shadowed"]`, `a := 1; use(a); { a := 2; use(a) }; { global := 3; use(global) }; use(global)`, []string{"a", "global"}},
		{`"is": ["straight"]`, `use(func() { return }); use(1)`, []string{"func() { return }", "1"}},
		{`"is": ["type"]`, `use(1); use(new(T))`, nil},

		{`"text": "^t\\."`, `use(t.n); use(global)`, []string{"t.n"}},
		{`"text": "^f\\(\\)$"`, `use(call()); f := call; use(f( ))`, []string{"f()"}},
		{`"value": "^a+$"`, `use("aa"); use("ba"); use("a" + "a"); use(limit)`, []string{`"aa"`, `"a" + "a"`}},
		{`"value": "^1[0-9]$"`, `use(limit); use(0x0f); use("12x")`, []string{"limit", "0x0f"}},
	}
	for _, test := range tests {
		t.Run(test.constraint, func(t *testing.T) {
			pkg := load(t, constraintCode+"func f2() func() int { return nil }\nfunc (recv Func) _(arg int) (out int) {\n"+test.code+"\nreturn }")
			var got []string
			for _, m := range find(t, pkg, rule(t, `"match": {"pattern": "use($x)"}, "where": [{"hole": "$x", `+test.constraint+`}]`)) {
				got = append(got, text(pkg, m.Bound["$x"]))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s\nin %s\n got %q\nwant %q", test.constraint, test.code, got, test.want)
			}
		})
	}
}

// Constraints combine; those of lists hold of every node.
func TestConstraintCombinations(t *testing.T) {
	tests := []struct {
		name, rule, code string
		want             []string
	}{
		{"several tests of one hole", `"match": {"pattern": "use($x)"}, "where": [{"hole": "$x", "is": ["const"], "text": "limit"}]`,
			`use(limit); use(1); use(global)`, []string{"use(limit)"}},
		{"not", `"match": {"pattern": "use($x)"}, "where": [{"not": {"hole": "$x", "is": ["const"]}}]`,
			`use(limit); use(global)`, []string{"use(global)"}},
		{"any", `"match": {"pattern": "use($x)"}, "where": [{"any": [{"hole": "$x", "is": ["const"]}, {"hole": "$x", "is": ["field"]}]}]`,
			`use(limit); use(t.n); use(global)`, []string{"use(limit)", "use(t.n)"}},
		{"all in not", `"match": {"pattern": "use($x)"}, "where": [{"not": {"all": [{"hole": "$x", "is": ["const"]}, {"hole": "$x", "is": ["literal"]}]}}]`,
			`use(limit); use(1)`, []string{"use(limit)"}},
		{"every node of a list", `"match": {"pattern": "use($*xs)"}, "where": [{"hole": "$xs", "is": ["const"]}]`,
			`use(1, limit); use(1, global); use()`, []string{"use(1, limit)", "use()"}},
		{"same variable", `"match": {"pattern": "use($x, $y)"}, "where": [{"same": ["$x", "$y"]}]`,
			`use(t.n, t.n); use(t.n, e.n); use((t.n), t.n); local := 1; use(local, local); use(t.m["a"], t.m["a"])`,
			[]string{"use(t.n, t.n)", "use((t.n), t.n)", "use(local, local)", `use(t.m["a"], t.m["a"])`}},
		{"two calls are never the same", `"match": {"pattern": "use($x, $y)"}, "where": [{"same": ["$x", "$y"]}]`,
			`use(effect(), effect()); use(<-ctx.Done(), <-ctx.Done())`, nil},
		{"a blank", `"match": {"pattern": "$x, $y := range2()"}, "where": [{"hole": "$x", "is": ["blank"]}]`,
			`_, a := range2(); b, _ := range2(); use(a, b)`, []string{"_, a := range2()"}},
		{"declared by the match", `"match": {"pattern": "$x = $y; use($x)"}, "where": [{"not": {"hole": "$x", "is": ["declared-here"]}}]`,
			`a := 1; a = 2; use(a)`, []string{"a = 2; use(a)"}},
		{"declared by the match itself", `"match": {"pattern": "$x := $y; use($x)"}, "where": [{"hole": "$x", "is": ["declared-here"]}]`,
			`a := 1; use(a)`, []string{"a := 1; use(a)"}},
		{"unchanged in the match", `"match": {"pattern": "use($x); $*_; use($x)"}, "where": [{"hole": "$x", "is": ["unchanged"]}]`,
			`a, b, c := 1, 2, 3; use(a); a = 3; use(a); use(b); use(b); use(c); func(*int) {}(&c); use(c); use(t.n); t.n++; use(t.n)`, []string{"use(b); use(b)", "use(t.n); t.n++; use(t.n)"}},
		{"a constraint on what only the relation binds", `"match": {"pattern": "use($x)", "inside": {"pattern": "if $c { $*_ }"}, "where": [{"hole": "$c", "text": "global"}]}`,
			`if global > 1 { use(1) }; if limit > 1 { use(2) }`, []string{"use(1)"}},
		{"the first of several ways that satisfies", `"match": {"pattern": "use($*_, $x, $*_)"}, "where": [{"hole": "$x", "text": "global"}]`,
			`use(1, global, 2)`, []string{"use(1, global, 2)"}},
		{"the callee of a call", `"match": {"event": "call", "with": {"func": "$f"}, "where": [{"hole": "$f", "object": "sync.(*Map).Load"}]}`,
			`t.sm.Load(1); e.sm.Store(1, 2)`, []string{"t.sm.Load(1)"}},
		{"a call by its bound name", `"match": {"event": "call", "bind": "$call", "where": [{"hole": "$call", "object": "time.Now"}]}`,
			`time.Now(); time.Sleep(1)`, []string{"time.Now()"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			pkg := load(t, constraintCode+"var hits int\nfunc effect() int { hits++; return hits }\nfunc range2() (int, int) { return 1, 2 }\nfunc _() {\n"+test.code+"\n}")
			if got := texts(pkg, find(t, pkg, rule(t, test.rule))); !slices.Equal(got, test.want) {
				t.Errorf("%s\nin %s\n got %q\nwant %q", test.rule, test.code, got, test.want)
			}
		})
	}
}
