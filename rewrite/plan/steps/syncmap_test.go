package steps

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/edit/edittest"
	"github.com/lockfix/lockfix/rules"
)

// A mapTest runs a strategy over the body of a function, as if a rule had
// matched all of it. Unless unsafe is set, the result must be safe.
type mapTest struct {
	name   string
	body   string
	want   string // or the refusal, if it has no line break
	unsafe string // why
}

const mapHead = `package p

import (
	"errors"
	"os"
	"sync"
)

type T struct {
	sync.Map
	n   int
	key string
}

type item struct {
	name string
	next *item
}

func newItem(k string) *item { return open(k) }

func open(k string) *item {
	os.Remove(k)
	return &item{}
}

func log(...any) { os.Remove("log") }

var (
	errThere = errors.New("there")
	m        sync.Map
	count    int
	_        = errThere
)

`

func (test mapTest) run(t *testing.T, strategy func(*edit.Site) error, signature string) {
	t.Helper()
	src := mapHead + edittest.InFunction(signature, test.body)
	e := edittest.Open(t, src)
	fn := e.Match.Decl.(*ast.FuncDecl)
	for _, st := range fn.Body.List {
		e.Match.Nodes = append(e.Match.Nodes, st)
	}
	_, err := edit.Attempt(e.Site, strategy)
	if !strings.Contains(test.want, "\n") {
		if err == nil {
			t.Fatalf("not refused:\n%s", strings.TrimPrefix(e.Result(), mapHead))
		}
		if got := err.Error(); got != test.want {
			t.Errorf("refused because\n%s\nwant\n%s", got, test.want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want := mapHead + edittest.InFunction(signature, test.want)
	got := e.Result()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", strings.TrimPrefix(got, mapHead), strings.TrimPrefix(want, mapHead))
	}
	edittest.Open(t, got) // type-checks
	level := rules.Safe
	if test.unsafe != "" {
		level = rules.Unsafe
	}
	if is, because := e.Applicability(); is != level || strings.Join(because, "; ") != test.unsafe {
		t.Errorf("it is %s because %q, want %s because %q", is, because, level, test.unsafe)
	}
}

const (
	orphan = ", which runs between the two calls, may have effects: of two goroutines that come here at once, one finds its work thrown away"
)

func TestLoadOrStore(t *testing.T) {
	for _, test := range []mapTest{
		{"a plain value that nobody looks at", `
			if _, ok := m.Load(k); !ok {
				m.Store(k, 1) // first
			}
			return nil
		`, `
			// first
			m.LoadOrStore(k, 1)
			return nil
		`, ""},
		{"two statements", `
			_, ok := m.Load(k) // look
			if !ok {
				m.Store(k, struct{}{})
			}
			return nil
		`, `
			// look
			m.LoadOrStore(k, struct{}{})
			return nil
		`, ""},
		{"the value goes on", `
			v, ok := m.Load(k)
			if !ok {
				m.Store(k, k)
				v = k
			}
			return v
		`, `
			v, _ := m.LoadOrStore(k, k)
			return v
		`, ""},
		{"so does ok", `
			v, ok := m.Load(k)
			if !ok {
				v = k
				m.Store(k, v)
			}
			log(ok)
			return v
		`, `
			v, ok := m.Load(k)
			if !ok {
				v = k
				v, ok = m.LoadOrStore(k, v)
			}
			log(ok)
			return v
		`, ""},
		{"a set", `
			if _, ok := m.Load(k); ok {
				return errThere // no
			}
			// yes
			m.Store(k, true)
			return nil
		`, `
			if _, ok := m.LoadOrStore(k, true); ok {
				return errThere // no
			}
			// yes
			return nil
		`, ""},
		{"a counter beside it", `
			if _, ok := m.Load(k); !ok {
				m.Store(k, true)
				count++
			}
			return nil
		`, `
			if _, ok := m.LoadOrStore(k, true); !ok {
				count++
			}
			return nil
		`, ""},
		{"a value made on a miss", `
			// cached?
			if v, ok := m.Load(k); ok {
				return v.(*item) // yes
			}
			i := &item{name: k}
			m.Store(k, i) // for the next
			return i
		`, `
			// cached?
			if v, ok := m.Load(k); ok {
				return v.(*item) // yes
			}
			i := &item{name: k}
			if v, ok := m.LoadOrStore(k, i); ok {
				return v.(*item)
			} // for the next
			return i
		`, ""},
		{"made by a constructor", `
			if v, ok := m.Load(k); ok {
				return v.(*item)
			}
			i := newItem(k)
			m.Store(k, i)
			return i
		`, `
			if v, ok := m.Load(k); ok {
				return v.(*item)
			}
			i := newItem(k)
			if v, ok := m.LoadOrStore(k, i); ok {
				return v.(*item)
			}
			return i
		`, "newItem(k)" + orphan},
		{"returned from inside", `
			v, ok := m.Load(k)
			if !ok {
				i := &item{name: k}
				m.Store(k, i)
				return i
			}
			return v.(*item)
		`, `
			v, ok := m.Load(k)
			if !ok {
				i := &item{name: k}
				v, ok = m.LoadOrStore(k, i)
				if !ok {
					return i
				}
			}
			return v.(*item)
		`, ""},
		{"in an else", `
			var i *item
			if v, ok := m.Load(k); ok {
				i = v.(*item)
			} else {
				i = &item{name: k}
				m.Store(k, i)
			}
			return i
		`, `
			var i *item
			if v, ok := m.Load(k); ok {
				i = v.(*item)
			} else {
				i = &item{name: k}
				if v, ok := m.LoadOrStore(k, i); ok {
					i = v.(*item)
				}
			}
			return i
		`, ""},
		{"a new value that costs is not made on a hit", `
			if _, ok := m.Load(k); !ok {
				m.Store(k, make([]int, 1000))
			}
			return nil
		`, `
			if _, ok := m.Load(k); !ok {
				m.LoadOrStore(k, make([]int, 1000))
			}
			return nil
		`, ""},
		{"nor one that must be made", `
			if _, ok := m.Load(k); !ok {
				m.Store(k, &item{name: k})
			}
			return nil
		`, `
			if _, ok := m.Load(k); !ok {
				m.LoadOrStore(k, &item{name: k})
			}
			return nil
		`, ""},
		{"nor one that can fail", `
			if _, ok := m.Load(k); !ok {
				m.Store(k, k[0])
			}
			return nil
		`, `
			if _, ok := m.Load(k); !ok {
				m.LoadOrStore(k, k[0])
			}
			return nil
		`, ""},
		{"an embedded map", `
			if _, ok := t.Load(k); !ok {
				t.Store(k, 1)
			}
			return nil
		`, `
			t.LoadOrStore(k, 1)
			return nil
		`, ""},
		{"in a loop", `
			for _, k := range ks {
				if _, ok := m.Load(k); ok {
					continue
				}
				i := &item{name: k}
				m.Store(k, i)
				log(i)
			}
			return nil
		`, `
			for _, k := range ks {
				if _, ok := m.Load(k); ok {
					continue
				}
				i := &item{name: k}
				if _, ok := m.LoadOrStore(k, i); ok {
					continue
				}
				log(i)
			}
			return nil
		`, ""},

		{"made and to be closed", `
			if v, ok := m.Load(k); ok {
				return v
			}
			file, err := os.Open(k)
			log(err)
			m.Store(k, file)
			return file
		`, "a goroutine that comes second would have to call Close of its *os.File", ""},
		{"to be closed, but not opened here", `
			if _, ok := m.Load(k); !ok {
				m.Store(k, os.Stdin)
			}
			return nil
		`, `
			m.LoadOrStore(k, os.Stdin)
			return nil
		`, ""},
		{"another key by then", `
			if _, ok := m.Load(k); !ok {
				k = "other"
				m.Store(k, 1)
			}
			return nil
		`, "line 38 changes k between the two calls", ""},
		{"a field of the key", `
			if _, ok := m.Load(t.key); !ok {
				t.key = "other"
				m.Store(t.key, 1)
			}
			return nil
		`, "line 38 changes key between the two calls", ""},
		{"another key", `
			if _, ok := m.Load(k); !ok {
				m.Store(t.key, 1)
			}
			return nil
		`, "the two calls are not spelled with the same key", ""},
		{"another map", `
			if _, ok := m.Load(k); !ok {
				t.Store(k, 1)
			}
			return nil
		`, "the two calls are not spelled with the same map", ""},
		{"a map of the same name", `
			_, ok := m.Load(k)
			if !ok {
				var m sync.Map
				m.Store(k, 1)
			}
			return nil
		`, "the two calls are not spelled with the same map", ""},
		{"a key with an effect", `
			if _, ok := m.Load(newItem(k)); !ok {
				m.Store(newItem(k), 1)
			}
			return nil
		`, "newItem(k) has effects of its own", ""},
		{"a counter", `
			v, ok := m.Load(k)
			if !ok {
				m.Store(k, 1)
				return nil
			}
			m.Store(k, v.(int)+1)
			return nil
		`, "line 42 calls Store too", ""},
		{"stored on a hit", `
			if v, ok := m.Load(k); ok {
				m.Store(k, v.(int)+1)
			}
			return nil
		`, "the Store does not belong to a miss of the Load alone", ""},
		{"the map is used between", `
			if _, ok := m.Load(k); !ok {
				m.Range(func(k, v any) bool { return true })
				m.Store(k, 1)
			}
			return nil
		`, "line 38 uses a sync.Map in another way", ""},
		{"the test asks for more", `
			if _, ok := m.Load(k); !ok && count > 0 {
				m.Store(k, 1)
			}
			return nil
		`, "the test after the Load asks for more than whether something was found", ""},
		{"the value stays nil after a miss", `
			v, ok := m.Load(k)
			if !ok {
				m.Store(k, newItem(k))
			}
			return v
		`, "after the Store v does not hold what was stored", ""},
		{"the new value is used whether it is stored or not", `
			var i *item
			v, ok := m.Load(k)
			if !ok {
				i = newItem(k)
				m.Store(k, i)
			}
			log(v)
			return i
		`, "after the Store v does not hold what was stored", ""},
		{"the variable of the new value too", `
			var i *item
			_, ok := m.Load(k)
			if !ok {
				i = newItem(k)
				m.Store(k, i)
			}
			return i
		`, "i is used behind the test, and need not be what is stored", ""},
		{"a hit that means something else later", `
			if v, ok := m.Load(k); ok {
				return []any{v, count}
			}
			count := 1
			i := &item{name: k}
			m.Store(k, i)
			return count
		`, "line 38 cannot stand a second time, at line 42", ""},
		{"a long hit", `
			if v, ok := m.Load(k); ok {
				log(1)
				log(2)
				log(3)
				return v
			}
			i := &item{name: k}
			m.Store(k, i)
			return i
		`, "what happens on a hit, from line 38 on, is too long to stand there twice", ""},
		{"no test", `
			v, _ := m.Load(k)
			if v == nil {
				m.Store(k, 1)
			}
			return nil
		`, "nothing tests whether the Load found something", ""},
		{"a test somewhere else", `
			v, ok := m.Load(k)
			log(v)
			if !ok {
				m.Store(k, 1)
			}
			return nil
		`, "no if tests ok right after the Load", ""},
		{"stored in a goroutine", `
			if _, ok := m.Load(k); !ok {
				go func() { m.Store(k, 1) }()
			}
			return nil
		`, "the call that acts on the answer is not a statement beside the test", ""},
		{"stored under a condition", `
			if _, ok := m.Load(k); !ok {
				if count > 0 {
					m.Store(k, 1)
				}
			}
			return nil
		`, "the Store does not belong to a miss of the Load alone", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, LoadOrStore, "func f(t *T, k string, ks []string) any")
		})
	}
}

func TestLoadAndDelete(t *testing.T) {
	for _, test := range []mapTest{
		{"taken and used", `
			v, ok := m.Load(k)
			if ok {
				m.Delete(k) // out
				log(v)
			}
			return nil
		`, `
			v, ok := m.LoadAndDelete(k)
			if ok {
				// out
				log(v)
			}
			return nil
		`, ""},
		{"returned", `
			v, ok := m.Load(k)
			if ok {
				m.Delete(k)
			}
			return []any{v, ok}
		`, `
			v, ok := m.LoadAndDelete(k)
			return []any{v, ok}
		`, ""},
		{"a miss leaves", `
			v, ok := m.Load(k)
			if !ok {
				return nil
			}
			m.Delete(k)
			return v.(*item)
		`, `
			v, ok := m.LoadAndDelete(k)
			if !ok {
				return nil
			}
			return v.(*item)
		`, ""},
		{"nothing but deleted", `
			if _, ok := m.Load(k); ok { // there?
				m.Delete(k) // out
			}
			return nil
		`, `
			// there?
			m.Delete(k) // out
			return nil
		`, ""},
		{"something harmless before", `
			if v, ok := m.Load(k); ok {
				i, isItem := v.(*item)
				m.Delete(k)
				log(i, isItem)
			}
			return nil
		`, `
			if v, ok := m.LoadAndDelete(k); ok {
				i, isItem := v.(*item)
				log(i, isItem)
			}
			return nil
		`, ""},
		{"something that can panic before", `
			if v, ok := m.Load(k); ok {
				i := v.(*item)
				m.Delete(k)
				log(i)
			}
			return nil
		`, `
			if v, ok := m.LoadAndDelete(k); ok {
				i := v.(*item)
				log(i)
			}
			return nil
		`, "if line 38 panics (it asserts a type), the entry is gone already"},

		{"a way out before", `
			if v, ok := m.Load(k); ok {
				if v == nil {
					return nil
				}
				m.Delete(k)
			}
			return nil
		`, "line 39 can leave before the Delete, or be jumped to", ""},
		{"deleted on a condition", `
			if v, ok := m.Load(k); ok && v == nil {
				m.Delete(k)
			}
			return nil
		`, "the test after the Load asks for more than whether something was found", ""},
		{"deleted on a miss", `
			if _, ok := m.Load(k); !ok {
				m.Delete(k)
			}
			return nil
		`, "the Delete does not belong to a hit of the Load alone", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, LoadAndDelete, "func f(k string) any")
		})
	}
}

func TestCompareAndSwap(t *testing.T) {
	for _, test := range []mapTest{
		{"compared and stored", `
			if v, ok := m.Load(k); ok && v == old { // still?
				m.Store(k, 1) // set
			}
			return nil
		`, `
			// still?
			m.CompareAndSwap(k, old, 1) // set
			return nil
		`, ""},
		{"and counted", `
			if v, ok := m.Load(k); ok && v == old {
				m.Store(k, 1) // set
				count++
			}
			return nil
		`, `
			if m.CompareAndSwap(k, old, 1) {
				// set
				count++
			}
			return nil
		`, ""},
		{"or not", `
			v, ok := m.Load(k)
			if ok && v == old {
				m.Store(k, 1)
			} else {
				count++
			}
			return nil
		`, `
			if m.CompareAndSwap(k, old, 1) {
			} else {
				count++
			}
			return nil
		`, ""},
		{"the value is needed", `
			v, ok := m.Load(k)
			if ok && v == old {
				m.Store(k, old+v.(int))
				count++
			}
			return v
		`, `
			v, ok := m.Load(k)
			if ok && v == old && m.CompareAndSwap(k, old, old+v.(int)) {
				count++
			}
			return v
		`, ""},
		{"a constant gets the type that it had", `
			if v, ok := m.Load(k); ok && v.(int64) == 1 {
				m.Store(k, int64(2))
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v.(int64) == 1 {
				m.CompareAndSwap(k, int64(1), int64(2))
			}
			return nil
		`, ""},
		{"if it needs one", `
			if v, ok := m.Load(k); ok && v.(int) == 1 {
				m.Store(k, 2)
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v.(int) == 1 {
				m.CompareAndSwap(k, 1, 2)
			}
			return nil
		`, ""},
		{"nil gets the type that it had", `
			if v, ok := m.Load(k); ok && v.(*T) == nil {
				m.Store(k, 2)
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v.(*T) == nil {
				m.CompareAndSwap(k, (*T)(nil), 2)
			}
			return nil
		`, ""},
		{"as a channel, too", `
			if v, ok := m.Load(k); ok && v.(<-chan int) == nil {
				m.Store(k, 2)
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v.(<-chan int) == nil {
				m.CompareAndSwap(k, (<-chan int)(nil), 2)
			}
			return nil
		`, ""},
		{"a function is compared with nil only", `
			if v, ok := m.Load(k); ok && v.(func()) == nil {
				m.Store(k, 2)
			}
			return nil
		`, "CompareAndSwap panics for values of func()", ""},
		{"a comparison gets the type that it had", `
			type flag bool
			if v, ok := m.Load(k); ok && v.(flag) == (k == "a") {
				m.Store(k, 2)
			}
			return nil
		`, `
			type flag bool
			if v, ok := m.Load(k); ok && v.(flag) == (k == "a") {
				m.CompareAndSwap(k, flag((k == "a")), 2)
			}
			return nil
		`, ""},
		{"a shift gets the type that it had", `
			if v, ok := m.Load(k); ok && v.(int64) == 1<<old {
				m.Store(k, int64(2))
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v.(int64) == 1<<old {
				m.CompareAndSwap(k, int64(1<<old), int64(2))
			}
			return nil
		`, ""},
		{"an interface brings its own", `
			var word any = old
			if v, ok := m.Load(k); ok && v.(int64) == word {
				m.Store(k, int64(2))
			}
			return nil
		`, `
			var word any = old
			if v, ok := m.Load(k); ok && v.(int64) == word {
				m.CompareAndSwap(k, word, int64(2))
			}
			return nil
		`, ""},
		{"what is found of an interface is of any type", `
			if v, ok := m.Load(k); ok && v.(any) == 1 {
				m.Store(k, 2)
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v.(any) == 1 {
				m.CompareAndSwap(k, 1, 2)
			}
			return nil
		`, ""},
		{"a new value with an effect", `
			if v, ok := m.Load(k); ok && v == old {
				m.Store(k, newItem(k))
			}
			return nil
		`, `
			if v, ok := m.Load(k); ok && v == old {
				m.CompareAndSwap(k, old, newItem(k))
			}
			return nil
		`, "newItem(k)" + orphan},

		{"not compared", `
			if v, ok := m.Load(k); ok {
				m.Store(k, v.(int)+1)
			}
			return nil
		`, "the test after the Load does not compare what was found with one value", ""},
		{"compared for less", `
			if v, ok := m.Load(k); ok && v.(int) < old {
				m.Store(k, old)
			}
			return nil
		`, "the test after the Load does not compare what was found for equality", ""},
		{"compared with itself", `
			if v, ok := m.Load(k); ok && v == v {
				m.Store(k, old)
			}
			return nil
		`, "the test after the Load does not compare v with something else", ""},
		{"something first", `
			if v, ok := m.Load(k); ok && v == old {
				log(v)
				m.Store(k, 1)
			}
			return nil
		`, "the Store is not the first thing that happens after the comparison", ""},
		{"compared with what has an effect", `
			if v, ok := m.Load(k); ok && v == newItem(k) {
				m.Store(k, 1)
			}
			return nil
		`, "newItem(k) has effects of its own, and would be evaluated twice", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, CompareAndSwap, "func f(k string, old int) any")
		})
	}
}

func TestMapMethodsNeedTheirVersion(t *testing.T) {
	for name, strategy := range map[string]func(*edit.Site) error{"Delete": LoadAndDelete, "Store": CompareAndSwap} {
		e := edittest.Open(t, mapHead+"func f(k string) {\n\tif v, ok := m.Load(k); ok && v == 1 {\n\t\tm.Store(k, 2)\n\t}\n}\n")
		if name == "Delete" {
			e = edittest.Open(t, mapHead+"func f(k string) {\n\tif _, ok := m.Load(k); ok {\n\t\tm.Delete(k)\n\t}\n}\n")
		}
		e.File.GoVersion = "go1.14"
		e.Match.Nodes = []ast.Node{e.Match.Decl}
		if _, err := edit.Attempt(e.Site, strategy); err == nil || !strings.Contains(err.Error(), "the file is of an older version") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestLoadOrStoreOfAPartlyMatchedCounter: the rule saw the first Store only.
func TestLoadOrStoreOfAPartlyMatchedCounter(t *testing.T) {
	e := edittest.Open(t, mapHead+"func f(k string) {\n\tv, ok := m.Load(k)\n\tif !ok {\n\t\tm.Store(k, 1)\n\t\treturn\n\t}\n\tm.Store(k, v.(int)+1)\n}\n")
	for _, st := range e.Match.Decl.(*ast.FuncDecl).Body.List[:2] {
		e.Match.Nodes = append(e.Match.Nodes, st)
	}
	if _, err := edit.Attempt(e.Site, LoadOrStore); err == nil || err.Error() != "line 42 writes under the key too" {
		t.Errorf("got %v", err)
	}
}

// TestLoadOrStoreOfTheBoundCalls: the match holds more than the two.
func TestLoadOrStoreOfTheBoundCalls(t *testing.T) {
	e := edittest.Open(t, mapHead+"func f(t *T, k string) {\n\tt.Load(k)\n\tif _, ok := m.Load(k); !ok {\n\t\tm.Store(k, 1)\n\t}\n\tt.Store(k, 2)\n}\n")
	e.Match.Nodes = []ast.Node{e.Match.Decl}
	e.Match.Bound = map[string][]ast.Node{"$load": {e.Find("m.Load(k)")}, "$act": {e.Find("m.Store(k, 1)")}}
	if _, err := edit.Attempt(e.Site, LoadOrStore); err != nil {
		t.Fatal(err)
	}
	e.Want(mapHead + "func f(t *T, k string) {\n\tt.Load(k)\n\tm.LoadOrStore(k, 1)\n\tt.Store(k, 2)\n}\n")
	e = edittest.Open(t, mapHead+"func f(k string) {\n\tif _, ok := m.Load(k); !ok {\n\t\tm.Store(k, 1)\n\t}\n}\n")
	e.Match.Bound = map[string][]ast.Node{"$load": {e.Find("m.Load(k)")}, "$act": {e.Find("m.Store(k, 1)")}}
	if _, err := edit.Attempt(e.Site, LoadAndDelete); err == nil || err.Error() != "there is no Load with a Delete here" {
		t.Errorf("got %v", err)
	}
}

func TestMapMethodsOfAnotherType(t *testing.T) {
	e := edittest.Open(t, mapHead+"func (t *T) LoadOrStore(k, v string) {}\n\nfunc f(t *T, k string) {\n\tif _, ok := t.Load(k); !ok {\n\t\tt.Store(k, 2)\n\t}\n}\n")
	e.Match.Nodes = []ast.Node{e.Match.Decl}
	if _, err := edit.Attempt(e.Site, LoadOrStore); err == nil || err.Error() != "LoadOrStore of t is not the one of sync.Map" {
		t.Errorf("got %v", err)
	}
}
