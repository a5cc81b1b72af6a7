package match_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules/match"
)

const eventCode = `
import ("sync"; "fmt")

type T struct {
	sync.Mutex
	mu   sync.RWMutex
	l    sync.Locker
	fake Fake
	n    int
	arr  [2]int
	m    map[string]int
	in   struct{ x int }
	p    *T
}
type Fake struct{}
func (Fake) Lock() {}
var global int
var t *T
var ch chan int
var done <-chan struct{}
func f() (int, int) { return 0, 0 }
func bump(*int) {}
func use(...any) {}
type Map = map[string]int
`

func TestEvents(t *testing.T) {
	tests := []struct {
		event, part string // "": the node
		code        string
		want        []string
	}{
		{"lock", "lock", `t.Lock(); t.mu.Lock(); t.mu.RLock(); t.l.Lock(); t.fake.Lock(); t.mu.Unlock(); t.mu.TryLock()`, []string{"t", "t.mu", "t.mu", "t.l"}},
		{"lock", "defer", `defer t.Lock(); t.Lock()`, []string{"defer t.Lock()"}},
		{"lock", "go", `go t.Lock(); t.Lock()`, []string{"go t.Lock()"}},
		{"unlock", "lock", `t.mu.Unlock(); defer t.mu.RUnlock(); (t).Unlock(); t.mu.RLocker().Unlock()`, []string{"t.mu", "t.mu", "(t)", "t.mu.RLocker()"}},
		{"trylock", "call", `if t.TryLock() { }; t.mu.TryRLock()`, []string{"t.TryLock()", "t.mu.TryRLock()"}},

		{"go", "func", `go f(); go func() { use(1) }(); f()`, []string{"f", "func() { use(1) }"}},
		{"defer", "args", `defer use(1, 2)`, []string{"1; 2"}},
		{"call", "func", `use(1); _ = int64(2); fmt.Print(); len("a"); defer bump(nil)`, []string{"use", "fmt.Print", "len", "bump"}},
		{"call", "receiver", `t.mu.Lock(); fmt.Print(); use(t.mu.Lock)`, []string{"t.mu"}},
		{"return", "results", `if true { return }; func() int { return 1 }()`, []string{"0; 0", "", "1"}},

		{"send", "value", `ch <- 1; select { case ch <- 2: }`, []string{"1", "2"}},
		{"send", "case", `ch <- 1; select { case ch <- 2: use() }`, []string{"case ch <- 2: use()"}},
		{"receive", "chan", `<-done; for range ch { }; v := <-ch; use(v); for range t.m { }; use(-global)`, []string{"done", "ch", "ch"}},
		{"receive", "case", `select { case <-done: use(1); case v, ok := <-ch: use(<-ch, v, ok) }`, []string{"case <-done: use(1)", "case v, ok := <-ch: use(<-ch, v, ok)"}},
		{"select", "", `select { case <-done: }`, []string{"select { case <-done: }"}},
		{"select", "default", `select { case <-done: }; select { case <-done: default: use() }`, []string{"default: use()"}},
		{"close", "chan", `close(ch); func() { close := use; close(ch) }()`, []string{"ch"}},

		{"map-write", "key", `t.m["a"] = 1; t.m["b"]++; t.m["c"] += 2; (t.m)["d"], t.n = f(); t.arr[0] = 1; use(t.m["e"]); for t.m["f"] = range 3 { }`,
			[]string{`"a"`, `"b"`, `"c"`, `"d"`, `"f"`}},
		{"map-write", "value", `t.m["a"] = 1; t.m["b"]++; t.m["d"], t.n = f(); t.m["e"], t.n = 2, 3`, []string{"1", "2"}},
		{"map-write", "stmt", `t.m["a"] = 1; t.m["b"]++`, []string{`t.m["a"] = 1`, `t.m["b"]++`}},
		{"map-read", "key", `use(t.m["a"]); t.m["b"]++; t.m["c"] = 1; v, ok := t.m["d"]; use(v, ok); Map{}["e"] += 1; use(t.arr[0])`, []string{`"a"`, `"b"`, `"d"`, `"e"`}},
		{"map-delete", "map", `delete(t.m, "a"); clear(t.m); clear([]int{})`, []string{"t.m", "t.m"}},
		{"map-delete", "key", `delete(t.m, "a"); clear(t.m)`, []string{`"a"`}},
		{"map-range", "value", `for range t.m { }; for k := range t.m { use(k) }; for k, v := range t.m { use(k, v) }; for i, v := range t.arr { use(i, v) }`, []string{"v"}},

		{"assign", "left", `a, b := f(); a = 1; b++; use(a, b); var c = 1; use(c)`, []string{"a", "b", "a", "b"}},
		{"assign", "right", `a, b := f(); a, b = 1, 2; a += 3; use(a, b)`, []string{"1", "2", "3"}},

		{"declare", "name", `var a, b = f(); const c = 1; d := 2; use(a, b, c, d)`, []string{"global", "t", "ch", "done", "a", "b", "c"}},
		{"declare", "value", `var a, b = f(); const c, d = 1, 2; var e int; use(a, b, c, d, e)`, []string{"1", "2"}},
		{"declare", "type", `var a int; const b = 1; use(a, b)`, []string{"int", "*T", "chan int", "<-chan struct{}", "int"}},

		{"plain-load", "var", `use(t.n, global); t.n = global; local := 1; use(local, &global, &t.n, t.arr[0]); bump(&t.n)`, []string{"t.n", "global", "global", "t.arr"}},
		{"plain-load", "var", `use(t.in.x, t.p.n, t.p.p.in.x); t.n++`, []string{"t.in.x", "t.p", "t.p.n", "t.p", "t.p.p", "t.p.p.in.x", "t.n"}},
		{"plain-load", "var", `local := 1; func() { use(local); own := 2; use(own) }()`, []string{"local"}},
		{"plain-load", "var", `t.mu.Lock(); t.p.Lock(); use(t.m["a"]); use(T{n: 1})`, []string{"t.p", "t.m"}},
		{"plain-store", "var", `t.n = 1; t.n++; global, t.in.x = f(); t.arr[1] = 2; t.m["a"] = 1; local := 1; local = 2; use(local); t = &T{n: 3}; for t.n = range 3 { }`,
			[]string{"t.n", "t.n", "global", "t.in.x", "t.arr", "t.n"}},
		{"plain-store", "value", `t.n = 1; t.n++; t.arr[1] = 2`, []string{"1"}},
		{"plain-store", "var", `local := 1; func() { local = 2; own := 3; own = 4; use(own) }()`, []string{"local"}},
	}
	for _, test := range tests {
		t.Run(test.event+" "+test.part, func(t *testing.T) {
			pkg := load(t, eventCode+"func _(t *T) {\n"+test.code+"\n}")
			keys := `"match": {"event": "` + test.event + `"`
			if test.part != "" {
				keys += `, "with": {"` + test.part + `": "$part"}}, "report": {"at": "$part"`
			}
			var got []string
			for _, m := range find(t, pkg, rule(t, keys+"}")) {
				nodes := m.Bound["$part"]
				if test.part == "" {
					nodes = m.Nodes
				}
				got = append(got, text(pkg, nodes))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
			}
		})
	}
}

// Every event says what it is, and what each of its parts is.
func TestEventsAreDocumented(t *testing.T) {
	for _, term := range match.Vocabulary() {
		if term.Doc == "" || strings.HasSuffix(term.Doc, ".") {
			t.Errorf("%s %s: documented as %q", term.Kind, term.Name, term.Doc)
		}
		for _, part := range term.Parts {
			if part.Doc == "" {
				t.Errorf("%s %s: part %s is not documented", term.Kind, term.Name, part.Name)
			}
		}
	}
}
