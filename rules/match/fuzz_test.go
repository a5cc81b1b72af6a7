package match_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// Whatever a rule says, compiling it and searching with it does not panic, and
// a rule that compiles finds the same twice.
func FuzzRule(f *testing.F) {
	for _, r := range everything(f) {
		text, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.ReplaceAll(string(text), `"id":"`+r.ID+`"`, `"id":"fuzzed"`))
	}
	pkg := load(f, locked+predicateFuzzCode)
	f.Fuzz(func(t *testing.T, text string) {
		all, _ := rules.Read(oneFile("fuzzed", text))
		set, mistakes := match.Compile(all)
		if len(mistakes) > 0 {
			return
		}
		matches, problems := set.Find(pkg)
		for _, p := range problems {
			if strings.HasPrefix(p.Message, "internal") {
				t.Fatalf("%s", p.Message)
			}
		}
		for _, m := range matches {
			set.Alternatives(m)
		}
		if again, _ := set.Find(pkg); len(again) != len(matches) {
			t.Errorf("%d matches, then %d", len(matches), len(again))
		}
	})
}

const predicateFuzzCode = `
type T struct { mu sync.Mutex; m map[string]int; sm sync.Map }
func (t *T) get(k string) (v int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range 3 {
		if v, ok = t.m[k]; ok && v > i { return v, true }
	}
	switch { case v > 1: go func() { t.m[k]++ }(); default: t.sm.Store(k, v) }
	return 0, false
}
func (t *T) put(k string, c chan int) {
	if v, ok := t.sm.Load(k); ok { t.m[k] = v.(int); return }
	select { case x := <-c: t.sm.Store(k, x); default: }
}
`
