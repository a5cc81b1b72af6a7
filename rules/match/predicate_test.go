package match_test

import (
	"slices"
	"testing"
)

const predicateCode = `
import ("sync"; "sync/atomic"; "os")

type Locked struct { mu sync.Mutex }
type Deep struct { in struct { n [2]atomic.Int64 } }
type Signals struct { c chan int }
type Changed struct { hits int; m map[string]int }
type Made struct { n int }
type Pointed struct { l *Locked }
type Plain struct { name string }
type Closer struct{}
func (*Closer) Close() error { return nil }

type Copied struct { n int }
type Shared struct { in *Inner; all []int }
type Inner struct { n int }
type Listed struct { all []int }

func (c *Copied) with(n int) *Copied { d := *c; d.n = n; return &d }
func (c *Copied) Clone() *Copied { d := *c; return &d }
func (c Copied) and(n int) Copied { c.n += n; return c }
func twice(c *Copied) *Copied { d := c.Clone(); d.n *= 2; return d }
func (s *Shared) set(n int) { c := *s; c.in.n = n }
func (l Listed) set(n int) { l.all[0] = n }

func (c *Changed) Hit() { c.hits++ }
func NewMade() *Made { m := &Made{}; m.n = 1; return m }
func build() *Made { m := &Made{}; m.n = 2; var v Made; v.n = 3; return m }

var mu, other sync.Mutex
func use(...any) {}
func f(x any) any { return x }
`

// Values that refer to objects with a state, beside those that do not.
func TestStateful(t *testing.T) {
	tests := []struct {
		code string
		want []string
	}{
		{`use(&Locked{}); use(Locked{}); use(&Pointed{})`, []string{"use(&Locked{})"}},
		{`use(&Deep{}); use(new(sync.WaitGroup)); use(new(int))`, []string{"use(&Deep{})", "use(new(sync.WaitGroup))"}},
		{`use(&Signals{}); use(make(chan int)); use(make(map[string]int)); use([]int{})`, []string{"use(&Signals{})", "use(make(chan int))"}},
		{`use(&Closer{}); fd, _ := os.Open("a"); use(fd)`, []string{"use(&Closer{})", "use(fd)"}},
		{`use(&Changed{}); use(NewMade()); use(build()); use(&Plain{})`, []string{"use(&Changed{})"}},
		{`use(&Copied{}); use(&Shared{}); use(&Inner{}); use(&Listed{})`, []string{"use(&Shared{})", "use(&Inner{})", "use(&Listed{})"}},
		{`var x any = &Locked{}; use(x); use("text"); use(1)`, nil},
	}
	for _, test := range tests {
		pkg := load(t, predicateCode+"func _() {\n"+test.code+"\n}")
		got := texts(pkg, find(t, pkg, rule(t, `"match": {"pattern": "use($x)"}, "where": [{"predicate": "stateful", "with": {"value": "$x"}}]`)))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
		}
	}
}

// Values that are computed from another, beside those that are not.
func TestDerived(t *testing.T) {
	tests := []struct {
		code    string
		derived bool
	}{
		{`v := f(1); use(v.(int)+1)`, true},
		{`v := f(1); n := v.(int); n++; use(n)`, true},
		{`v := f(1); c := *v.(*Changed); c.hits = 2; use(&c)`, true},
		{`v := f(1); n := 1; if w, ok := v.(int); ok { n = w }; use(n)`, true},
		{`v := f(1); n, ok := v.(int); if !ok { n = 0 }; use(n + 1)`, true},
		{`v := f(1); use(2)`, false},
		{`v := f(1); use(v)`, false},
		{`v := f(1); c := v.(*Changed); c.hits++; use(c)`, false},
		{`v := f(1); n, _ := v.(int); n = 0; use(n)`, false},
		{`v := f(1); _, ok := v.(int); use(ok)`, false},
		{`v := f(1); w := f(2); use(w.(int) + 1); _ = v`, false},
	}
	for _, test := range tests {
		pkg := load(t, predicateCode+"func _() {\n"+test.code+"\n}")
		got := find(t, pkg, rule(t, `"match": {"pattern": "$v := f($_); $*_; use($x)"}, "where": [{"predicate": "derived", "with": {"value": "$x", "from": "$v"}}, {"hole": "$v", "text": "^v$"}]`))
		if (len(got) == 1) != test.derived {
			t.Errorf("%s: %q", test.code, texts(pkg, got))
		}
	}
}

// Places that may run under a lock, beside those that cannot.
func TestGuarded(t *testing.T) {
	tests := []struct {
		name, code string
		guarded    bool
	}{
		{"held", `func _() { mu.Lock(); use(1); mu.Unlock() }`, true},
		{"held to the end", `func _() { mu.Lock(); defer mu.Unlock(); use(1) }`, true},
		{"held on one path", `func _(c bool) { if c { mu.Lock() }; use(1) }`, true},
		{"released before", `func _() { mu.Lock(); mu.Unlock(); use(1) }`, false},
		{"taken after", `func _() { use(1); mu.Lock(); mu.Unlock() }`, false},
		{"taken in the next turn's past", `func _() { for { use(1); mu.Lock() } }`, true},
		{"another one released", `func _() { mu.Lock(); other.Lock(); other.Unlock(); use(1) }`, true},
		{"by name", `func putLocked() { use(1) }`, true},
		{"by its documentation", "// put stores.\n// mu must be held.\nfunc put() { use(1) }", true},
		{"documentation that only sounds like it: silence is better", "// put is the lock of the gate, which keeps what it holds forever.\nfunc put() { use(1) }", true},
		{"no documentation of a lock", "// put stores and holds on.\nfunc put() { use(1) }", false},
		{"by a caller", `func put() { use(1) }; func outer() { mu.Lock(); defer mu.Unlock(); put() }`, true},
		{"by a caller's caller", `func put() { use(1) }; func middle() { put() }; func outer() { mu.Lock(); middle(); mu.Unlock() }`, true},
		{"by no caller", `func put() { use(1) }; func outer() { mu.Lock(); mu.Unlock(); put() }`, false},
		{"in a literal under the lock", `func _() { mu.Lock(); func() { use(1) }(); mu.Unlock() }`, true},
		{"in a literal of its own", `func _() { go func() { use(1) }(); mu.Lock(); mu.Unlock() }`, false},
	}
	for _, test := range tests {
		pkg := load(t, predicateCode+test.code)
		got := find(t, pkg, rule(t, `"match": {"pattern": "use(1)", "bind": "$x"}, "where": [{"predicate": "guarded", "with": {"at": "$x"}}]`))
		if (len(got) == 1) != test.guarded {
			t.Errorf("%s: guarded is %v", test.name, !test.guarded)
		}
	}
}
