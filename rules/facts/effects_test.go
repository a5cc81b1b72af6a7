package facts

import (
	"go/ast"
	"strings"
	"testing"
)

// asked finds the calls of a function of that name, with the line that each
// stands on.
func asked(p *Package, name string, visit func(call *ast.CallExpr, line int)) {
	for _, file := range p.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if id, ok := call.Fun.(*ast.Ident); ok && id.Name == name {
					visit(call, p.Fset.Position(call.Pos()).Line)
				}
			}
			return true
		})
	}
}

// answers checks that the question holds for the arguments of every yes(…)
// of the text, and for no argument of a no(…).
func answers(t *testing.T, src string, question func(*Package, ast.Expr) bool) {
	t.Helper()
	p := typed(t, src+"\nfunc yes(...any) {}\nfunc no(...any) {}\n")
	seen := 0
	for name, want := range map[string]bool{"yes": true, "no": false} {
		asked(p, name, func(call *ast.CallExpr, line int) {
			for _, arg := range call.Args {
				seen++
				if question(p, arg) != want {
					t.Errorf("line %d: %s(%s)", line, name, text(arg))
				}
			}
		})
	}
	if seen == 0 {
		t.Fatal("the text asks nothing")
	}
}

// sayWhy checks the reason that a question gives for each block of the text that
// has the reason, or "no", in a comment before it on its line.
func sayWhy(t *testing.T, p *Package, src string, question func(block ast.Node) (string, bool)) {
	t.Helper()
	lines := strings.Split(src, "\n")
	seen := 0
	ast.Inspect(p.Files[0], func(n ast.Node) bool {
		block, ok := n.(*ast.BlockStmt)
		if !ok {
			return true
		}
		line := p.Fset.Position(block.Pos()).Line
		_, want, ok := strings.Cut(lines[line-1], "/* ")
		if !ok {
			return true
		}
		seen++
		want, _, _ = strings.Cut(want, " */")
		got, yes := question(block)
		if got != want && !(got == "" && want == "no") || yes != (got != "") {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
		return false
	})
	if seen == 0 {
		t.Fatal("the text asks nothing")
	}
}

func TestPure(t *testing.T) {
	answers(t, `package x

import ("context"; "errors"; "fmt"; "os"; "sort"; "strings"; "time")

type T struct { n int; m map[string]int; p *T; f func() int; ch chan int }
func (t *T) get() int { return t.m["a"] + len(t.ch) }
func (t *T) wrap() int { return t.get() }
func (t *T) loop() int { return t.loop() }
type named int
func (named) String() string { return "" }

func f(t *T, s []int, i int, x any, err error, n named, ctx context.Context) {
	// what only reads
	yes(1, "a", nil, t, t.n, t.p.p.n, t.m["a"], s[i], s[1:2], *t, x.(int), -i, i/2, i == 3, t.get, ctx.Done)
	// what only makes something new
	yes(&T{n: i}, []int{i}, func() { os.Exit(1) }, make([]int, 3), new(int), []byte("a"), float64(i), (*T)(nil))
	// calls without effect
	yes(len(s), cap(s), min(i, 2), errors.New("a"), strings.ToUpper("a"), time.Duration(i).String(), sort.SearchInts(s, 1), errors.Is(nil, nil))
	yes(fmt.Sprintf("%d %s", i, "a"), fmt.Errorf("%v", s))
	yes(t.get(), t.wrap())
	no(<-t.ch, -<-t.ch, t.m[string(rune(<-t.ch))], sort.SearchInts(s, <-t.ch))
	no(t.f(), t.loop(), err.Error(), func() int { return 1 }(), append(s, 1), recover(), time.Now(), os.Getenv("a"))
	no(strings.Map(func(r rune) rune { return r }, "a"))
	// methods that a pure call may call
	no(fmt.Sprintf("%v", err), fmt.Sprintf("%v", n), fmt.Sprintf("%v", x), fmt.Sprintf("%v", []named{n}), fmt.Sprintf("%v", struct{ E error }{err}), errors.Is(err, os.ErrExist))
}`, (*Package).Pure)
}

func TestStable(t *testing.T) {
	answers(t, `package x

import ("bytes"; "errors"; "fmt"; "io"; "os"; "strings"; "time")

type T struct { n int; m map[string]int; p *T; ch chan int; in struct{ k int }; e E }
type E struct{ k int }
func (t *T) get() int { return t.n }
func (e E) val() int { return e.k }
type pair struct{ a, b int }
func (p *pair) set(i int) { p.a = i }
const c = 1
var global, Exported, fixed = 2, 3, 4
var errFixed, ErrFixed, errChanged, errAddressed error
func change() { global = 3; errChanged = nil; _ = &errAddressed; io.ErrClosedPipe = nil; fixedStruct.set(1) }
var fixedStruct pair

func values(t *T, s []int, str string, i int, x any, err error, v pair, arr [3]int, b []byte, ch chan int) (named int) {
	yes(1, c, nil, true, "a"+str, i, -i, i+1, str, str[i], str[1:], v, v.a, arr[i], (i), err, err != nil, x.(int), named)
	yes(len(str), len(s), len(arr), cap(s), cap(ch), s, s[1:2], b, t)
	yes(&T{n: i}, pair{a: i}, &pair{i, i}, []int{i}, map[string]int{str: i}, func() int { return t.n }, new(int))
	yes(t.get, (*T).get, values, &t.n, &t.in, &global, fmt.Sprint)
	yes(float64(i), []byte(str), string(rune(i)), any(i), error(err), time.Duration(i), time.Duration(i).String())
	yes(errors.New(str), fmt.Errorf("%d %s", i, str), strings.ToUpper(str), min(i, 3))
	// package variables that are declared once and for all
	yes(fixed, errFixed, ErrFixed, io.EOF, fixed+i)
	no(global, Exported, errChanged, errAddressed, io.ErrClosedPipe, os.Args, fixedStruct, fixedStruct.a)
	// shared memory
	no(t.n, *t, t.m, t.m["a"], s[0], global, global+i, t.p, t.in.k, &t.p.n, t.e.val, []int{t.n}, pair{a: t.n}, x == t.n)
	no(string(b), string(b)+str, [3]int(s), bytes.ToUpper(b), bytes.Contains(b, nil), len(t.m), len(ch), t.get(), <-ch, time.Now())
	return i
}

func locals() (named int) {
	own, caught, constant, addressed, called, sliced, inner := 1, 2, 3, 4, pair{}, [2]int{}, pair{}
	_ = func() { caught++; println(constant, named) }
	p := &addressed
	q := &inner.a
	called.set(1)
	_ = sliced[:]
	own = 2
	yes(own, constant, p, q)
	no(caught, addressed, called, called.a, sliced[0], inner.b, named)
	for i := range 3 {
		yes(i)
		_ = func() { own2 := 1; yes(own2) }
	}
	for i := 0; i < 3; i++ {
		_ = func() { println(i) }
		no(i)
	}
	return 1
}

type held struct{ p *pair; v pair }
func methods(h held, hp *held) {
	yes(h.p.set, &hp.v, h.p)
	no(h.p.a, hp.v, hp.p, hp.p.set)
}

func generic[N any](n N, s []N) { yes(n, any(n)); no(s[0]) }
func calls() { yes(generic[int]) }
`, (*Package).Stable)
}

func TestBlocks(t *testing.T) {
	src := `package x

import ("fmt"; "io"; "os"; "sort"; "strings"; "sync"; "time"; "context")

type T struct { mu sync.Mutex; ch chan int; f func(); w io.Writer; m map[string]int; once sync.Once }
func (t *T) quick() { t.m["a"]++; t.mu.Unlock() }
func (t *T) slow() { t.quick(); t.ch <- 1 }
func (t *T) even(n int) { if n > 0 { t.odd(n-1) } }
func (t *T) odd(n int) { t.even(n-1); t.once.Do(func() {}) }
func (t *T) finally() { defer t.mu.Lock() }

func _(t *T, ctx context.Context, err error, s []string, seq func(func(int) bool)) {
	/* no */ { t.m["a"] = len(s); clear(t.m); for i := range s { s[i] = "" }; for i := 0; i < 3; i++ {} }
	/* no */ { t.quick(); t.mu.Unlock(); t.mu.TryLock(); close(t.ch); _ = ctx.Err(); _ = fmt.Errorf("%d", 1); _ = strings.Repeat("a", 9) }
	/* no */ { select { case t.ch <- 1: case v, ok := <-t.ch: _, _ = v, ok; case <-ctx.Done(): default: } }
	/* no */ { _ = func() { <-t.ch }; go func() { <-t.ch }(); defer t.slow(); time.AfterFunc(1, func() { t.slow() }); os.Exit(1) }
	/* no */ { sort.Slice(s, func(i, j int) bool { return s[i] < s[j] }); func() { t.m["a"]++ }() }
	/* receives from a channel */ { <-t.ch }
	/* receives from a channel */ { for range t.ch {} }
	/* sends on a channel */ { t.ch <- 1 }
	/* sends on a channel */ { select { case v := <-t.ch: t.ch <- v; default: } }
	/* waits in a select */ { select { case <-t.ch: case <-ctx.Done(): } }
	/* waits in a select */ { select {} }
	/* loops without a bound */ { for len(s) > 0 {} }
	/* ranges over a function */ { for range seq {} }
	/* calls t.mu.Lock, which waits for a lock */ { t.mu.Lock() }
	/* calls time.Sleep, which sleeps */ { time.Sleep(1) }
	/* calls fmt.Println, which writes to standard output */ { fmt.Println() }
	/* calls t.w.Write, which writes */ { t.w.Write(nil) }
	/* calls t.f, of which nothing is known */ { t.f() }
	/* calls err.Error, of which nothing is known */ { _ = err.Error() }
	/* calls fmt.Errorf, which may call methods of its arguments */ { _ = fmt.Errorf("%w", err) }
	/* calls t.slow, which sends on a channel */ { t.slow() }
	/* calls t.odd, which calls t.once.Do, which waits for the first call to end */ { t.odd(3) }
	/* calls t.even, which calls t.odd, which calls t.once.Do, which waits for the first call to end */ { t.even(3) }
	/* calls t.finally, which calls t.mu.Lock, which waits for a lock */ { t.finally() }
	/* receives from a channel */ { sort.Slice(s, func(i, j int) bool { return <-t.ch > 0 }) }
	/* calls sort.Slice, which runs less */ { var less func(i, j int) bool; sort.Slice(s, less) }
	/* receives from a channel */ { defer t.quick2(<-t.ch) }
	/* receives from a channel */ { func() { <-t.ch }() }
}
func (t *T) quick2(int) {}
`
	p := typed(t, src)
	sayWhy(t, p, src, func(block ast.Node) (string, bool) { return p.Blocks(block) })
}

func TestWaits(t *testing.T) {
	src := `package x

import ("fmt"; "log"; "net/http"; "sync")

func _(err error, mu *sync.Mutex, f func(), ch chan int) {
	/* no */ { log.Printf("%v", err); _ = fmt.Errorf("%w", err); fmt.Println(err); mu.Unlock() }
	/* calls f, of which nothing is known */ { log.Print(1); f() }
	/* calls http.Get, which waits for the response */ { http.Get("a") }
	/* calls log.Print, which writes the log */ { Blocks(); log.Print(1) }
	/* receives from a channel */ { log.Print(<-ch) }
}
func Blocks() {}
`
	p := typed(t, src)
	sayWhy(t, p, src, func(block ast.Node) (string, bool) {
		if strings.Contains(text(block.(*ast.BlockStmt).List[0]), "Blocks()") {
			return p.Blocks(block)
		}
		return p.Waits(block)
	})
}

func TestNoReturn(t *testing.T) {
	answers(t, `package x

import ("log"; "os"; "runtime"; "sync"; "testing")

type logger struct{ *log.Logger }
func (l logger) die(n int) { if n > 0 { os.Exit(1) }; l.Fatal("x") }
func must(ok bool) { if !ok { panic("x") } }
func bad() { panic("x") }
func caught() { defer func() { recover() }(); panic("x") }
func locked(mu *sync.Mutex) { mu.Lock(); defer mu.Unlock(); panic("x") }
func helper(f func()) { defer f(); panic("x") }
func forever() { for { bad() } }
func again() { again() }
func server() { for {} }
func once() { for { break } }

func f(t *testing.T, tb testing.TB, l logger, i int, mu *sync.Mutex) {
	yes(lazy(func() { os.Exit(1) }), lazy(func() { runtime.Goexit() }), lazy(func() { log.Fatalf("x") }), lazy(func() { panic(1) }), lazy(func() { t.Fatal() }), lazy(func() { tb.SkipNow() }))
	yes(lazy(func() { l.die(1) }), lazy(func() { bad() }), lazy(func() { forever() }), lazy(func() { server() }), lazy(func() { locked(mu) }), lazy(func() { l.Panic() }))
	no(lazy(func() { must(true) }), lazy(func() { caught() }), lazy(func() { helper(nil) }), lazy(func() { again() }), lazy(func() { once() }), lazy(func() { t.Error() }))
}
func lazy(func()) int { return 0 }
`, func(p *Package, e ast.Expr) bool {
		lit := e.(*ast.CallExpr).Args[0].(*ast.FuncLit)
		return p.NoReturn(lit.Body.List[0].(*ast.ExprStmt).X.(*ast.CallExpr))
	})
}

func TestOnlyAPanicCanBeCaught(t *testing.T) {
	p := typed(t, `package x
import "os"
func bad() { panic("x") }
func both(b bool) { if b { panic("x") }; os.Exit(1) }
func exit() { os.Exit(1) }
func plain() {}
func f() { bad(); both(true); exit(); plain() }
`)
	for name, want := range map[string]bool{"bad": true, "both": true, "exit": false, "plain": false} {
		asked(p, name, func(call *ast.CallExpr, line int) {
			if p.Panics(call) != want {
				t.Errorf("%s: %v", name, !want)
			}
		})
	}
}

func TestTouchesLock(t *testing.T) {
	src := `package x

import ("fmt"; "sync"; "strings"; "errors")

type T struct { mu, other sync.Mutex; n int; f func(); E; sub *T; ptr *sync.Mutex; c *sync.Cond }
type E struct{ sync.RWMutex }
func (t *T) get() int { return t.n }
func (t *T) locks() { t.other.Lock() }
func (t *T) deep() { t.a() }
func (t *T) a() { t.b() }
func (t *T) b() { t.a(); t.mu.Lock() }
func do(mu *sync.Mutex) { mu.Unlock() }
func lock(l sync.Locker) { l.Lock() }

func _(t *T, err error) {
	/* no */ { t.n++; _ = t.get(); _ = strings.ToUpper("a"); _ = fmt.Sprint(t.n) ; _ = errors.New("a") }
	/* no */ { t.locks(); t.RLock(); t.E.Unlock() }
	/* uses mu */ { t.mu.Lock() }
	/* uses mu */ { t.sub.mu.Lock() }
	/* uses mu */ { _ = func() { t.mu.Unlock() } }
	/* uses mu */ { defer t.mu.Unlock() }
	/* uses mu */ { u := t.mu.Unlock; _ = u }
	/* calls t.deep, which calls t.a, which calls t.b, which uses mu */ { t.deep() }
	/* calls t.b, which uses mu */ { t.b() }
	/* uses ptr, which may be any lock */ { t.ptr.Lock() }
	/* calls do, which uses mu, which may be any lock */ { do(nil) }
	/* calls lock, which uses l, which may be any lock */ { lock(nil) }
	/* uses c, which may be any lock */ { t.c.Wait() }
	/* calls t.f, of which nothing is known */ { t.f() }
	/* calls fmt.Errorf, which may call methods or functions that it is given */ { _ = fmt.Errorf("%w", err) }
}
`
	p := typed(t, src)
	var lock Lock
	for id, obj := range p.Info.Defs {
		if id.Name == "mu" && obj != nil && strings.Contains(obj.String(), "field mu") {
			lock = Lock{Root: obj}
		}
	}
	sayWhy(t, p, src, func(block ast.Node) (string, bool) { return p.TouchesLock(block, lock) })
}

func TestCanPanic(t *testing.T) {
	src := `package x

import ("errors"; "sync"; "sync/atomic"; "time")

type T struct { mu sync.Mutex; E; *P; n int; m map[string]int; am map[any]int; p *T; s []int; arr [3]int; ch chan int; v atomic.Int64; av atomic.Value; err error }
type E struct{ k int }
type P struct{ q int }
func (t *T) get() int { return t.n }

func _(t *T, other *T, x any, err error, i, j int, u uint, f func()) {
	/* no */ { t.n++; t.n = i + j; t.s = append(t.s, i); _ = t.m["a"]; v, ok := t.m["a"]; _, _ = v, ok; delete(t.m, "a") }
	/* no */ { t.mu.Lock(); t.mu.Unlock(); t.v.Add(1) }
	/* no */ { if err != nil { return }; if t.k > 0 && t.arr[1] == 2 { _ = i / 2 } ; for range t.s { t.k = 1 << u } }
	/* no */ { w, ok := x.(int); _, _ = w, ok; switch x.(type) { case int: }; _ = []int{i}; _ = map[string]int{"a": 1}; _ = make([]int, 3); _ = t.s[:] }
	/* no */ { _ = func() { panic(1) }; _ = float64(i); <-t.ch; _ = &T{n: 1}; _ = t.get }
	/* follows other */ { other.n++ }
	/* follows t.p */ { t.p.n++ }
	/* follows an embedded pointer to q */ { t.q++ }
	/* writes to a map, which may be nil */ { t.m["a"] = 1 }
	/* writes to a map, which may be nil */ { t.m["a"]++ }
	/* indexes t.s */ { _ = t.s[0] }
	/* indexes t.arr */ { t.arr[i] = 1 }
	/* slices */ { _ = t.s[1:] }
	/* asserts a type */ { _ = x.(int) }
	/* divides */ { _ = i / j }
	/* divides */ { i %= j }
	/* shifts by what may be negative */ { _ = 1 << j }
	/* compares values that may not be comparable */ { _ = x == 1 }
	/* compares values that may not be comparable */ { _ = err == t.err }
	/* looks up a key that may not be hashable */ { _ = t.am[x] }
	/* calls delete */ { delete(t.am, x) }
	/* calls make */ { _ = make([]int, i) }
	/* sends on a channel */ { t.ch <- 1 }
	/* calls close */ { close(t.ch) }
	/* calls panic */ { panic(1) }
	/* calls f */ { f() }
	/* calls t.get */ { t.get() }
	/* selects a method of err */ { _ = err.Error }
	/* calls t.av.Store */ { t.av.Store(1) }
	/* calls errors.New */ { _ = errors.New("a") }
	/* calls time.Now */ { time.Now() }
	/* starts or defers a call */ { defer t.get() }
	/* converts a slice to an array */ { _ = [2]int(t.s) }
}
`
	p := typed(t, src)
	sound := ast.NewIdent("t")
	sayWhy(t, p, src, func(block ast.Node) (string, bool) { return p.CanPanic(block, sound) })
}
