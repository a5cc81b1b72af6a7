package locks

import "testing"

func TestDeferUnlock(t *testing.T) {
	runLock(t, DeferUnlock, []lockTest{
		{
			name: "replaces every unlock and keeps its comment",
			body: `
(k string) (int, string) {
	s.mu.Lock() // guard
	v, ok := s.m[k]
	if !ok {
		return 0, "gone"
	}
	if v < 0 {
		// let others in
		s.mu.Unlock() // now
		return -1, k
	}
	s.n++
	s.mu.Unlock()

	return v, k
}
`,
			want: `
(k string) (int, string) {
	s.mu.Lock() // guard
	defer s.mu.Unlock()
	v, ok := s.m[k]
	if !ok {
		return 0, "gone"
	}
	if v < 0 {
		// let others in
		// now
		return -1, k
	}
	s.n++

	return v, k
}
`,
		},
		{
			name: "the end of the function",
			body: `
(k string) {
	s.rw.RLock()
	if _, ok := s.m[k]; !ok {
		return
	}
	s.ok = true
	s.rw.RUnlock()
}
`,
			want: `
(k string) {
	s.rw.RLock()
	defer s.rw.RUnlock()
	if _, ok := s.m[k]; !ok {
		return
	}
	s.ok = true
}
`,
		},
		{
			name: "a defer that comes too late moves up",
			body: `
(k string) (int, error) {
	s.mu.Lock()
	if k == "" {
		return 0, errGone
	}
	// always
	defer s.mu.Unlock() // at the end
	return s.call(), nil
}
`,
			want: `
(k string) (int, error) {
	s.mu.Lock()
	// always
	defer s.mu.Unlock() // at the end
	if k == "" {
		return 0, errGone
	}
	return s.call(), nil
}
`,
		},
		{
			name: "unsafe where the section can panic",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.m[k]++
	s.mu.Unlock()
	return 1
}
`,
			want: `
(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k == "" {
		return 0
	}
	s.m[k]++
	return 1
}
`,
			unsafe: "a panic from line 44 on (it writes to a map, which may be nil) then releases the lock",
		},
		{
			name: "unsafe where the section grows",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return s.get()
}
`,
			want: `
(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k == "" {
		return 0
	}
	return s.get()
}
`,
			unsafe: "s.get() is then computed with the lock held",
		},
		{
			name: "the returned call takes the lock",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return s.locks()
}
`,
			refused: "s.locks(), returned behind the unlock at line 44, calls s.locks, which uses mu",
		},
		{
			name: "the returned call is unknown",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return s.call()
}
`,
			refused: "calls s.call, of which nothing is known",
		},
		{
			name: "waiting behind the unlock",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return <-s.ch
}
`,
			refused: "<-s.ch, returned behind the unlock at line 44, receives from a channel",
		},
		{
			name: "work behind the unlock",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	s.note()
	return 1
}
`,
			refused: "behind the unlock at line 44 the function goes on, at line 45",
		},
		{
			name: "in a loop",
			body: `
(ks []string) {
	for _, k := range ks {
		s.mu.Lock()
		if k == "" {
			continue
		}
		s.mu.Unlock()
	}
}
`,
			refused: "taken inside a block",
		},
		{
			name: "taken again",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	s.call()
	s.mu.Lock()
	n := s.n
	s.mu.Unlock()
	return n
}
`,
			refused: "line 46 takes the lock too",
		},
		{
			name: "another lock that may be the same",
			body: `
(o *S, k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	o.mu.Lock()
	o.mu.Unlock()
	s.mu.Unlock()
	return 1
}
`,
			refused: "or one that may be the same",
		},
		{
			name: "another lock beside it",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.rw.Lock()
	s.n++
	s.rw.Unlock()
	s.mu.Unlock()
	return 1
}
`,
			want: `
(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k == "" {
		return 0
	}
	s.rw.Lock()
	s.n++
	s.rw.Unlock()
	return 1
}
`,
		},
		{
			name: "a deferred call would come before the unlock",
			body: `
(k string) int {
	s.mu.Lock()
	defer func() { <-s.ch }()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return 1
}
`,
			refused: "the call deferred at line 41, which would run before the unlock, receives from a channel",
		},
		{
			name: "a deferred call that was there first",
			body: `
(k string) int {
	defer func() { <-s.ch }()
	s.mu.Lock()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return 1
}
`,
			want: `
(k string) int {
	defer func() { <-s.ch }()
	s.mu.Lock()
	defer s.mu.Unlock()
	if k == "" {
		return 0
	}
	return 1
}
`,
		},
		{
			name: "a deferred call that does not wait",
			body: `
(k string) int {
	s.mu.Lock()
	defer s.note()
	if k == "" {
		return 0
	}
	s.mu.Unlock()
	return 1
}
`,
			want: `
(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.note()
	if k == "" {
		return 0
	}
	return 1
}
`,
			unsafe: "the call deferred at line 41 then runs before the unlock",
		},
		{
			name: "an unlock that is all of its block",
			body: `
(k string) {
	s.mu.Lock()
	if k == "" {
		return
	}
	if k == "a" {
		s.mu.Unlock()
	} else {
		s.n++
		s.mu.Unlock()
	}
}
`,
			refused: "nothing would be left of its block",
		},
		{
			name: "the receiver may be another by then",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	if k == "b" {
		s.mu.Unlock()
		s = s.next
		return 1
	}
	s.mu.Unlock()
	return 1
}
`,
			refused: "s is assigned at line 46",
		},
		{
			name: "the rest of the function waits",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return 0
	}
	if k == "a" {
		s.mu.Unlock()
	} else {
		s.n++
		s.mu.Unlock()
	}
	<-s.ch
	return 1
}
`,
			refused: "nothing would be left of its block",
		},
	})
}

func TestDeferLock(t *testing.T) {
	runLock(t, DeferLock, []lockTest{
		{
			name: "the unlock was meant",
			body: `
(k string) {
	s.mu.Lock()
	defer s.mu.Lock() // released at return
	s.m[k]++
}
`,
			want: `
(k string) {
	s.mu.Lock()
	defer s.mu.Unlock() // released at return
	s.m[k]++
}
`,
		},
		{
			name: "of the mode that is held",
			body: `
(k string) int {
	s.rw.RLock()
	defer s.rw.Lock()
	return s.m[k]
}
`,
			want: `
(k string) int {
	s.rw.RLock()
	defer s.rw.RUnlock()
	return s.m[k]
}
`,
		},
		{
			name: "two read locks",
			body: `
(k string) int {
	s.rw.RLock()
	defer s.rw.RLock()
	return s.m[k]
}
`,
			want: `
(k string) int {
	s.rw.RLock()
	defer s.rw.RUnlock()
	return s.m[k]
}
`,
		},
		{
			name: "taken back on purpose",
			body: `
(k string) {
	s.mu.Lock()
	defer s.mu.Lock()
	s.mu.Unlock()
	s.call()
}
`,
			refused: "the deferred s.mu.Lock may take it back on purpose",
		},
		{
			name: "not held here",
			body: `
(k string) {
	s.mu.Unlock()
	defer s.mu.Lock()
	s.call()
}
`,
			refused: "s.mu is locked at 0 places before the defer",
		},
		{
			name: "not held on every way",
			body: `
(k string) {
	if k == "" {
		s.mu.Lock()
	}
	defer s.mu.Lock()
	s.call()
}
`,
			refused: "not held on every way",
		},
	})
}
