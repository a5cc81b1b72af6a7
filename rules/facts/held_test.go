package facts

import (
	"fmt"
	"strings"
	"testing"
)

func TestHeld(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"before", `at(); s.mu.Lock(); s.mu.Unlock()`, ""},
		{"between", `s.mu.Lock(); at(); s.mu.Unlock()`, "s.mu must"},
		{"after", `s.mu.Lock(); s.mu.Unlock(); at()`, ""},
		{"deferred", `s.mu.Lock(); defer s.mu.Unlock(); at()`, "s.mu must"},
		{"on one path", `if c { s.mu.Lock(); defer s.mu.Unlock() }; at()`, "s.mu"},
		{"under its condition", `if c { s.mu.Lock(); defer s.mu.Unlock() }; if c { at() }`, "s.mu must"},
		{"tried", `if s.mu.TryLock() { at(); s.mu.Unlock() }`, "s.mu must"},
		{"not got", `if !s.mu.TryLock() { at(); return }; s.mu.Unlock()`, ""},
		{"to read", `s.rw.RLock(); at(); s.rw.RUnlock()`, "s.rw read must"},
		{"two", `s.mu.Lock(); s.rw.Lock(); at(); s.rw.Unlock(); s.mu.Unlock()`, "s.mu must, s.rw must"},
		{"in a loop", `for c { s.mu.Lock(); at(); s.mu.Unlock() }`, "s.mu must"},
		{"dropped by a literal", `s.mu.Lock(); func() { s.mu.Unlock() }(); at()`, ""},
		{"taken by a literal", `func() { s.mu.Lock() }(); at(); s.mu.Unlock()`, "s.mu must"},
		{"never reached", `s.mu.Lock(); return; at()`, "no answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			pkg := typed(t, `package x
import "sync"
type S struct { mu sync.Mutex; rw sync.RWMutex }
func at() {}
func (s *S) g(c bool) { `+test.body+` }`)
			fn := function(t, pkg, "g")
			held, ok := pkg.Held(fn, callOf(fn, "at"))
			got := strings.Join(spelled(held), ", ")
			if !ok {
				got = "no answer"
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func spelled(held []Holding) []string {
	var all []string
	for _, h := range held {
		all = append(all, fmt.Sprintf("%s%s%s", h.Lock, is(h.Read, " read"), is(h.Must, " must")))
	}
	return all
}
