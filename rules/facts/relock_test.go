package facts

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestRelocksAndBadReleases(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"twice", `s.mu.Lock(); s.mu.Lock(); s.mu.Unlock()`, "relock s.mu must"},
		{"on one path", `if c { s.mu.Lock() }; s.mu.Lock(); s.mu.Unlock()`, "relock s.mu"},
		{"upgrade", `s.rw.RLock(); s.rw.Lock(); s.rw.Unlock(); s.rw.RUnlock()`, "relock s.rw must"},
		{"write, then read", `s.rw.Lock(); s.rw.RLock(); s.rw.RUnlock(); s.rw.Unlock()`, "relock s.rw must"},
		{"read twice is allowed", `s.rw.RLock(); s.rw.RLock(); s.rw.RUnlock(); s.rw.RUnlock()`, ""},
		{"in a literal that runs here", `s.mu.Lock(); func() { s.mu.Lock(); s.mu.Unlock() }(); s.mu.Unlock()`, "relock s.mu must"},
		{"in a goroutine it waits for us", `s.mu.Lock(); go func() { s.mu.Lock(); s.mu.Unlock() }(); s.mu.Unlock()`, ""},
		{"another instance", `s.mu.Lock(); s.next.mu.Lock(); s.next.mu.Unlock(); s.mu.Unlock()`, ""},
		{"another name", `s.mu.Lock(); s = s.next; s.mu.Lock(); s.mu.Unlock()`, ""},
		{"deferred lock", `s.mu.Lock(); defer s.mu.Lock()`, "deferred relock s.mu must"},
		{"deferred read lock", `s.rw.RLock(); defer s.rw.RLock()`, "deferred relock s.rw must"},
		{"deferred lock after unlock", `s.mu.Unlock(); defer s.mu.Lock()`, ""},
		{"deferred lock, released meanwhile", `s.mu.Lock(); defer s.mu.Lock(); s.mu.Unlock()`, ""},
		{"unlocked twice", `s.mu.Lock(); s.mu.Unlock(); s.mu.Unlock()`, "bad release s.mu must"},
		{"unlocked, and deferred", `s.mu.Lock(); defer s.mu.Unlock(); s.mu.Unlock()`, "bad release s.mu must"},
		{"unlocked on one path, and deferred", `s.mu.Lock(); defer s.mu.Unlock(); if c { s.mu.Unlock() }`, "bad release s.mu"},
		{"at the end of a turn that a continue cut short", `for c { s.mu.Lock(); if s.next == nil { s.mu.Unlock() }; s.mu.Unlock() }`, "bad release s.mu"},
		{"by flag", `s.mu.Lock(); done := false; if c { s.mu.Unlock(); done = true }; if !done { s.mu.Unlock() }`, ""},
		{"wrong mode", `s.rw.RLock(); s.rw.Unlock()`, "bad release s.rw crossed must"},
		{"the caller's", `s.mu.Unlock(); s.mu.Lock()`, ""},
		{"a loop's", `for c { s.mu.Lock(); s.mu.Unlock() }`, ""},
		{"unknown locker", `l.Lock(); l.Lock(); l.Unlock(); l.Unlock()`, ""},
		{"by a helper", `s.lock(); s.mu.Lock(); s.unlock()`, "relock s.mu must"},
		{"helpers only", `s.lock(); s.lock(); s.unlock()`, "relock s.mu must"},
		{"a callee takes it", `s.mu.Lock(); s.get(); s.mu.Unlock()`, "relock s.mu must"},
		{"a callee of a callee", `s.mu.Lock(); s.deep(); s.mu.Unlock()`, "relock s.mu must"},
		{"a callee takes another's", `s.mu.Lock(); s.next.get(); s.mu.Unlock()`, ""},
		{"a callee takes it, released before", `s.mu.Lock(); s.mu.Unlock(); s.get()`, ""},
		{"a callee takes it if it is told to", `s.mu.Lock(); s.maybe(c); s.mu.Unlock()`, "relock s.mu"},
		{"a callee takes it when something failed", `s.mu.Lock(); s.unlucky(); s.mu.Unlock()`, "relock s.mu must"},
		{"a holder is returned", `h := s.hold(); h.Close(); s.mu.Lock(); s.mu.Unlock()`, ""},
		{"a callee drops it first", `s.mu.Lock(); s.dropped(); s.mu.Unlock()`, ""},
		{"a callee reads", `s.rw.Lock(); s.read(); s.rw.Unlock()`, "relock s.rw must"},
		{"a callee reads, too", `s.rw.RLock(); s.read(); s.rw.RUnlock()`, ""},
		{"a callee of a goroutine", `s.mu.Lock(); go s.get(); s.mu.Unlock()`, ""},
		{"a deferred callee", `s.mu.Lock(); defer s.mu.Unlock(); defer s.get()`, "relock s.mu must"},
		{"a deferred callee, after the unlock", `s.mu.Lock(); defer s.get(); defer s.mu.Unlock()`, ""},
		{"in a literal that calls", `s.mu.Lock(); func() { s.get() }(); s.mu.Unlock()`, "relock s.mu must"},
		{"held where a helper got it", `if s.try() { s.mu.Lock() }`, "relock s.mu must"},
		{"not held where a helper did not", `if !s.try() { s.mu.Lock() }; s.mu.Unlock()`, ""},
		{"held where there was no error", `if err := s.begin(); err == nil { s.get(); s.mu.Unlock() }`, "relock s.mu must"},
		{"the second result tells", `n, ok := s.pair(); if ok { s.get(); s.mu.Unlock() }; _ = n`, "relock s.mu must"},
		{"not held where there was an error", `if err := s.begin(); err != nil { s.get(); return }; s.mu.Unlock()`, ""},
		{"an unlocker twice", `s.lock(); s.unlock(); s.unlock()`, "bad release s.mu must"},
		{"an unlocker, and deferred", `s.mu.Lock(); defer s.mu.Unlock(); s.unlock()`, "bad release s.mu must"},
		{"an unlocker of the caller's", `s.unlock(); s.lock()`, ""},
		{"in turns by two goroutines", `s.mu.Lock(); go func() { s.mu.Unlock(); s.mu.Lock() }(); s.mu.Lock(); s.mu.Unlock()`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			pkg := typed(t, `package x
import "sync"
type S struct { mu sync.Mutex; rw sync.RWMutex; next *S; n int }
func (s *S) lock() { s.mu.Lock() }
func (s *S) unlock() { s.mu.Unlock() }
func (s *S) get() int { s.mu.Lock(); defer s.mu.Unlock(); return s.n }
func (s *S) deep() int { return s.get() + 1 }
func (s *S) maybe(c bool) { if c { s.mu.Lock(); defer s.mu.Unlock() } }
func (s *S) unlucky() { if err := work(); err != nil { s.get() } }
func (s *S) dropped() { s.mu.Unlock(); s.get(); s.mu.Lock() }
func (s *S) read() int { s.rw.RLock(); defer s.rw.RUnlock(); return s.n }
func (s *S) try() bool { if s.n == 0 { return false }; s.mu.Lock(); return true }
func (s *S) begin() error { s.mu.Lock(); if err := work(); err != nil { s.mu.Unlock(); return err }; return nil }
func (s *S) pair() (int, bool) { if s.mu.TryLock() { return s.n, true }; return 0, false }
type closer interface { Close() }
func (s *S) hold() closer { s.mu.Lock(); return s }
func (s *S) Close() { s.mu.Unlock() }
func work() error { return nil }
func (s *S) g(c bool, l sync.Locker) { `+test.body+` }`)
			if got := troubles(pkg); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// troubles lists the relocks and bad releases of a package.
func troubles(pkg *Package) string {
	var found []string
	for _, fn := range pkg.LockFunctions() {
		deferred := pkg.DeferredRelocks(fn)
		for _, r := range deferred {
			found = append(found, fmt.Sprintf("deferred relock %s%s", r.Lock, is(r.Must, " must")))
		}
		for _, r := range pkg.Relocks(fn) {
			if !slices.ContainsFunc(deferred, func(d Relock) bool { return d.Call == r.Call }) {
				found = append(found, fmt.Sprintf("relock %s%s", r.Lock, is(r.Must, " must")))
			}
		}
		for _, b := range pkg.BadReleases(fn) {
			found = append(found, fmt.Sprintf("bad release %s%s%s", b.Lock, is(b.Crossed, " crossed"), is(b.Must, " must")))
		}
	}
	return strings.Join(found, ", ")
}

func is(b bool, text string) string {
	if b {
		return text
	}
	return ""
}
