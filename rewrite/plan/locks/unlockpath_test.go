package locks

import "testing"

func TestUnlockPath(t *testing.T) {
	runLock(t, UnlockPath, []lockTest{
		{
			name: "before an early return",
			body: `
(k string) (int, error) {
	s.mu.Lock()
	v, ok := s.m[k]
	if !ok {
		// Not there.
		return 0, errors.New("gone") // nobody unlocks
	}
	s.mu.Unlock()
	return v, nil
}
`,
			want: `
(k string) (int, error) {
	s.mu.Lock()
	v, ok := s.m[k]
	if !ok {
		s.mu.Unlock()
		// Not there.
		return 0, errors.New("gone") // nobody unlocks
	}
	s.mu.Unlock()
	return v, nil
}
`,
		},
		{
			name: "guarded results are read before the unlock",
			body: `
(k string) (int, string, error) {
	s.mu.Lock()
	if k == "" {
		return s.m["default"], k, s.err
	}
	s.mu.Unlock()
	return 0, k, nil
}
`,
			want: `
(k string) (int, string, error) {
	s.mu.Lock()
	if k == "" {
		result := s.m["default"]
		err := s.err
		s.mu.Unlock()
		return result, k, err
	}
	s.mu.Unlock()
	return 0, k, nil
}
`,
		},
		{
			name: "a package variable is anybody's",
			body: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		return last
	}
	s.mu.Unlock()
	return nil
}
`,
			want: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		err := last
		s.mu.Unlock()
		return err
	}
	s.mu.Unlock()
	return nil
}
`,
		},
		{
			name: "an error that nobody assigns stays where it is",
			body: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		return errGone
	}
	s.mu.Unlock()
	return nil
}
`,
			want: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		s.mu.Unlock()
		return errGone
	}
	s.mu.Unlock()
	return nil
}
`,
		},
		{
			name: "one call gives all results",
			body: `
(k string) (int, error) {
	s.mu.Lock()
	if k == "" {
		return s.two()
	}
	s.mu.Unlock()
	return 0, nil
}
`,
			want: `
(k string) (int, error) {
	s.mu.Lock()
	if k == "" {
		result, err := s.two()
		s.mu.Unlock()
		return result, err
	}
	s.mu.Unlock()
	return 0, nil
}
`,
		},
		{
			name: "a result that takes its type from the signature",
			body: `
(k string) (flag, int64) {
	s.mu.Lock()
	if k == "" {
		return s.n > 0, 1 << s.n
	}
	s.mu.Unlock()
	return false, 1
}
`,
			want: `
(k string) (flag, int64) {
	s.mu.Lock()
	if k == "" {
		var ok flag = s.n > 0
		var result int64 = 1 << s.n
		s.mu.Unlock()
		return ok, result
	}
	s.mu.Unlock()
	return false, 1
}
`,
		},
		{
			name: "names are fresh",
			body: `
(k string) (err error) {
	s.mu.Lock()
	if k == "" {
		return s.err
	}
	s.mu.Unlock()
	return nil
}
`,
			want: `
(k string) (err error) {
	s.mu.Lock()
	if k == "" {
		err2 := s.err
		s.mu.Unlock()
		return err2
	}
	s.mu.Unlock()
	return nil
}
`,
		},
		{
			name: "a bare return of named results",
			body: `
(k string) (v int, err error) {
	s.rw.RLock()
	if v = s.m[k]; v == 0 {
		return
	}
	s.rw.RUnlock()
	return
}
`,
			want: `
(k string) (v int, err error) {
	s.rw.RLock()
	if v = s.m[k]; v == 0 {
		s.rw.RUnlock()
		return
	}
	s.rw.RUnlock()
	return
}
`,
		},
		{
			name: "continue and break of a loop that locks on each turn",
			body: `
(ks []string) (sum int) {
	for _, k := range ks {
		s.mu.Lock()
		if k == "" {
			continue
		}
		if k == "end" {
			break
		}
		sum += s.m[k]
		s.mu.Unlock()
	}
	return sum
}
`,
			want: `
(ks []string) (sum int) {
	for _, k := range ks {
		s.mu.Lock()
		if k == "" {
			s.mu.Unlock()
			continue
		}
		if k == "end" {
			s.mu.Unlock()
			break
		}
		sum += s.m[k]
		s.mu.Unlock()
	}
	return sum
}
`,
		},
		{
			name: "the end of the function",
			body: `
(k string) {
	s.mu.Lock()
	if k == "" {
		s.mu.Unlock()
		return
	}
	s.m[k]++
	// done
}
`,
			want: `
(k string) {
	s.mu.Lock()
	if k == "" {
		s.mu.Unlock()
		return
	}
	s.m[k]++
	s.mu.Unlock()
	// done
}
`,
		},
		{
			name: "the fall-through of an if",
			body: `
(k string) {
	s.mu.Lock()
	if k != "" {
		s.m[k]++
		s.mu.Unlock()
	}
}
`,
			want: `
(k string) {
	s.mu.Lock()
	if k != "" {
		s.m[k]++
		s.mu.Unlock()
	} else {
		s.mu.Unlock()
	}
}
`,
		},
		{
			name: "an else that forgets",
			body: `
(k string) int {
	s.mu.Lock()
	if k != "" {
		s.m[k]++
		s.mu.Unlock()
	} else {
		s.n++ // other
	}
	return s.n
}
`,
			want: `
(k string) int {
	s.mu.Lock()
	if k != "" {
		s.m[k]++
		s.mu.Unlock()
	} else {
		s.n++ // other
		s.mu.Unlock()
	}
	return s.n
}
`,
			unsafe: "then runs without the lock",
		},
		{
			name: "the arm of a switch",
			body: `
(k string) int {
	s.mu.Lock()
	switch k {
	case "a":
		return 1 // one
	case "b":
		s.mu.Unlock()
		return 2
	}
	s.mu.Unlock()
	return 3
}
`,
			want: `
(k string) int {
	s.mu.Lock()
	switch k {
	case "a":
		s.mu.Unlock()
		return 1 // one
	case "b":
		s.mu.Unlock()
		return 2
	}
	s.mu.Unlock()
	return 3
}
`,
		},
		{
			name: "before a defer that comes too late",
			body: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		return nil
	}
	defer s.mu.Unlock()
	return s.err
}
`,
			want: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		s.mu.Unlock()
		return nil
	}
	defer s.mu.Unlock()
	return s.err
}
`,
		},
		{
			name: "in a literal on one line",
			body: `
(k string) func(int) int {
	return func(i int) int { s.mu.Lock(); if i == 0 { return 1 }; s.mu.Unlock(); return 2 }
}
`,
			want: `
(k string) func(int) int {
	return func(i int) int {
		s.mu.Lock()
		if i == 0 {
			s.mu.Unlock()
			return 1
		}
		s.mu.Unlock()
		return 2
	}
}
`,
		},
		{
			name: "goto to the end",
			body: `
(k string) (n int) {
	s.mu.Lock()
	if k == "" {
		goto out
	}
	n = s.n
	s.mu.Unlock()
out:
	return n
}
`,
			refused: "held on some ways only",
		},
		{
			name: "a goto forbids new variables",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		return s.n
	}
	if k == "a" {
		s.mu.Unlock()
		goto out
	}
	s.mu.Unlock()
out:
	return 0
}
`,
			refused: "a goto must not jump over a new variable",
		},
		{
			name: "the receiver may be another by then",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "end" {
		s.mu.Unlock()
		s = s.next
		return s.n
	}
	if k == "" {
		return 1
	}
	s.mu.Unlock()
	return 2
}
`,
			refused: "s is assigned at line",
		},
		{
			name: "the case of a select on one way, the end of another on a second",
			body: `
(k string) {
	s.mu.Lock()
	select {
	case <-s.ch:
		s.mu.Unlock()
	default:
		if k == "a" {
			s.n++
		} else if k == "b" {
			s.mu.Unlock()
		}
	}
}
`,
			want: `
(k string) {
	s.mu.Lock()
	select {
	case <-s.ch:
		s.mu.Unlock()
	default:
		if k == "a" {
			s.n++
			s.mu.Unlock()
		} else if k == "b" {
			s.mu.Unlock()
		} else {
			s.mu.Unlock()
		}
	}
}
`,
		},
		{
			name: "out of a labelled loop",
			body: `
(ks []string) int {
outer:
	for {
		s.mu.Lock()
		for _, k := range ks {
			switch k {
			case "next":
				s.mu.Unlock()
				continue outer
			case "end":
				break outer
			case "lost":
				continue outer
			}
		}
		s.mu.Unlock()
	}
	return 1
}
`,
			want: `
(ks []string) int {
outer:
	for {
		s.mu.Lock()
		for _, k := range ks {
			switch k {
			case "next":
				s.mu.Unlock()
				continue outer
			case "end":
				break outer
			case "lost":
				s.mu.Unlock()
				continue outer
			}
		}
		s.mu.Unlock()
	}
	s.mu.Unlock()
	return 1
}
`,
		},
		{
			name: "an early way out that a later unlock covers",
			body: `
(ks []string) int {
	s.mu.Lock()
	for _, k := range ks {
		if k == "" {
			break
		}
		if k == "end" {
			return 2
		}
	}
	s.mu.Unlock()
	return 1
}
`,
			want: `
(ks []string) int {
	s.mu.Lock()
	for _, k := range ks {
		if k == "" {
			break
		}
		if k == "end" {
			s.mu.Unlock()
			return 2
		}
	}
	s.mu.Unlock()
	return 1
}
`,
		},
		{
			name: "a panic that is recovered",
			body: `
(k string) (n int) {
	defer func() { recover() }()
	s.mu.Lock()
	if k == "" {
		panic("empty")
	}
	s.mu.Unlock()
	return 2
}
`,
			refused: "only a deferred unlock covers that",
		},
		{
			name: "another way out hands the lock over",
			also: "func (s *S) goOn() { s.n++; s.mu.Unlock() }\n\n",
			body: `
(k string) {
	s.mu.Lock()
	if k == "" {
		return
	}
	if k == "a" {
		s.mu.Unlock()
		return
	}
	s.goOn()
}
`,
			want: `
(k string) {
	s.mu.Lock()
	if k == "" {
		s.mu.Unlock()
		return
	}
	if k == "a" {
		s.mu.Unlock()
		return
	}
	s.goOn()
}
`,
		},
		{
			name: "a lock that was tried",
			body: `
(k string) int {
	if !s.mu.TryLock() {
		return 0
	}
	if k == "" {
		return 1
	}
	s.mu.Unlock()
	return 2
}
`,
			want: `
(k string) int {
	if !s.mu.TryLock() {
		return 0
	}
	if k == "" {
		s.mu.Unlock()
		return 1
	}
	s.mu.Unlock()
	return 2
}
`,
		},
		{
			name: "a literal of the function assigns the receiver",
			body: `
(k string) int {
	next := func() { s = s.next }
	s.mu.Lock()
	if k == "next" {
		s.mu.Unlock()
		next()
		return 0
	}
	if k == "" {
		return 1
	}
	s.mu.Unlock()
	return 2
}
`,
			refused: "s can be assigned elsewhere, see line",
		},
		{
			name: "the function around a literal assigns what it locks",
			body: `
(ks []string) {
	t := s
	each := func(k string) int {
		if k == "next" {
			t = t.next
		}
		t.mu.Lock()
		if k == "" {
			return 1
		}
		t.mu.Unlock()
		return 2
	}
	for _, k := range ks {
		each(k)
		t = s
	}
}
`,
			want: `
(ks []string) {
	t := s
	each := func(k string) int {
		if k == "next" {
			t = t.next
		}
		t.mu.Lock()
		if k == "" {
			t.mu.Unlock()
			return 1
		}
		t.mu.Unlock()
		return 2
	}
	for _, k := range ks {
		each(k)
		t = s
	}
}
`,
		},
		{
			name: "a tail that waits may have been meant to run without the lock",
			body: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		s.n++
		n := s.call()
		_ = n
		return nil
	}
	s.mu.Unlock()
	return nil
}
`,
			want: `
(k string) error {
	s.mu.Lock()
	if k == "" {
		s.n++
		n := s.call()
		_ = n
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	return nil
}
`,
			unsafe: "line 43, which calls s.call, of which nothing is known, may have been meant to run behind the unlock",
		},
		{
			name: "a tail that logs",
			body: `
(k string, err error) error {
	s.mu.Lock()
	s.call()
	if k == "" {
		log.Printf("failed: %v", err)
		return fmt.Errorf("failed: %w", err)
	}
	s.mu.Unlock()
	return nil
}
`,
			want: `
(k string, err error) error {
	s.mu.Lock()
	s.call()
	if k == "" {
		log.Printf("failed: %v", err)
		err2 := fmt.Errorf("failed: %w", err)
		s.mu.Unlock()
		return err2
	}
	s.mu.Unlock()
	return nil
}
`,
		},
		{
			name: "a tail that takes the lock again",
			body: `
(k string) int {
	s.mu.Lock()
	if k == "" {
		s.n += s.locks()
		return 1
	}
	s.mu.Unlock()
	return 2
}
`,
			refused: "calls s.locks, which uses mu while the lock is held",
		},
		{
			name: "an unlock of its own",
			body: `
(k string, o *own) int {
	o.Lock()
	if k == "" {
		return 1
	}
	o.Mutex.Unlock()
	return 2
}
`,
			refused: "o.Unlock is not the method that releases what o.Lock takes",
		},
		{
			name: "the name is hidden",
			body: `
(k string, all []*S) int {
	s.mu.Lock()
	for _, s := range all {
		if s.n > 0 {
			return 1
		}
	}
	s.mu.Unlock()
	return 2
}
`,
			refused: "s means something else at line",
		},
	})
}
