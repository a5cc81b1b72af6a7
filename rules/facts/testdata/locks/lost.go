// Package lost holds locks that are lost: a comment "lost" stands on the line
// of each way out on which one stays held, "lost again" where the way leads
// back to the Lock.
package lost

import (
	"errors"
	"sync"
)

type S struct {
	mu  sync.Mutex
	rw  sync.RWMutex
	n   int
	sub *S
	ok  bool
}

var errX = errors.New("x")

func work() error { return nil }

func (s *S) earlyReturn(bad bool) {
	s.mu.Lock()
	if bad {
		return // lost
	}
	s.mu.Unlock()
}

func (s *S) errReturn() error {
	s.mu.Lock()
	if err := work(); err != nil {
		return err // lost
	}
	s.n++
	s.mu.Unlock()
	return nil
}

func (s *S) secondOfThree() error {
	s.mu.Lock()
	if err := work(); err != nil {
		s.mu.Unlock()
		return err
	}
	if err := work(); err != nil {
		return err // lost
	}
	s.mu.Unlock()
	return nil
}

func (s *S) continued(xs []int) {
	for _, x := range xs {
		s.mu.Lock()
		if x == 0 {
			continue // lost again
		}
		s.n += x
		s.mu.Unlock()
	}
} // lost

func (s *S) brokenOut(xs []int) {
	for _, x := range xs {
		s.mu.Lock()
		if x == 0 {
			break
		}
		s.mu.Unlock()
	}
} // lost

func (s *S) switchArm(x int) {
	s.mu.Lock()
	switch x {
	case 0:
		s.mu.Unlock()
	case 1:
		s.n++
		return // lost
	default:
		s.mu.Unlock()
	}
}

func (s *S) selectArm(c, quit chan int) int {
	for {
		s.mu.Lock()
		select {
		case n := <-c:
			s.mu.Unlock()
			return n
		case <-quit:
			return 0 // lost
		default:
			s.mu.Unlock()
		}
	}
}

func (s *S) gone(x int) {
	s.mu.Lock()
	if x > 0 {
		goto end
	}
	s.mu.Unlock()
	return
end:
	s.n = x
} // lost

func (s *S) again(x int) {
retry:
	s.mu.Lock()
	if x > 0 {
		x--
		goto retry // lost again
	}
	s.mu.Unlock()
}

func (s *S) deferAfterReturn(bad bool) error {
	s.mu.Lock()
	if bad {
		return errX // lost
	}
	defer s.mu.Unlock()
	s.n++
	return nil
}

func (s *S) inLiteral(run func(func() error)) {
	run(func() error {
		s.mu.Lock()
		if s.n == 0 {
			return errX // lost
		}
		s.mu.Unlock()
		return nil
	})
}

func (s *S) inGoroutine() {
	go func() {
		for {
			s.mu.Lock()
			if s.n == 0 {
				return // lost
			}
			s.mu.Unlock()
		}
	}()
	s.mu.Lock()
	s.n++
	s.mu.Unlock()
}

func (s *S) wrongBranch(c bool) {
	s.mu.Lock()
	if c {
		s.mu.Unlock()
	}
} // lost

func (s *S) readLost(bad bool) int {
	s.rw.RLock()
	if bad {
		return 0 // lost
	}
	n := s.n
	s.rw.RUnlock()
	return n
}

func (s *S) wrongMode(bad bool) int {
	s.rw.RLock()
	if bad {
		s.rw.Unlock()
		return 0 // lost
	}
	s.rw.RUnlock()
	return s.n
}

func (s *S) relockedInTheMiddle() error {
	s.mu.Lock()
	s.mu.Unlock()
	err := work()
	s.mu.Lock()
	if err != nil {
		return err // lost
	}
	s.mu.Unlock()
	return nil
}

func (s *S) oneOfTwo(bad bool) {
	s.mu.Lock()
	s.rw.Lock()
	if bad {
		s.mu.Unlock()
		return // lost
	}
	s.rw.Unlock()
	s.mu.Unlock()
}

func (s *S) alias(bad bool) {
	mu := &s.mu
	mu.Lock()
	if bad {
		return // lost
	}
	s.mu.Unlock()
}

type embedded struct {
	sync.Mutex
	n int
}

func (e *embedded) promoted(bad bool) {
	e.Lock()
	if bad {
		return // lost
	}
	e.Unlock()
}

func (s *S) methodValue(bad bool) {
	s.mu.Lock()
	unlock := s.mu.Unlock
	if bad {
		return // lost
	}
	unlock()
}

func (s *S) tried(bad bool) bool {
	if !s.mu.TryLock() {
		return false
	}
	if bad {
		return true // lost
	}
	s.mu.Unlock()
	return true
}

func (s *S) everyTurn(xs []int) {
	for _, x := range xs {
		s.mu.Lock()
		if x > 0 {
			s.mu.Unlock()
		}
	} // lost again
} // lost

func (s *S) index(i int, all []S) {
	all[i].mu.Lock()
	if all[i].ok {
		return // lost
	}
	all[i].mu.Unlock()
}

func (s *S) deferredFlagWrong(bad bool) {
	s.mu.Lock()
	held := true
	defer func() {
		if held {
			s.mu.Unlock()
		}
	}()
	if bad {
		held = false
		return // lost
	}
	s.n++
}

func (s *S) conditionForgotten(lock bool) error {
	if lock {
		s.mu.Lock()
	}
	if err := work(); err != nil {
		return err // lost
	}
	if lock {
		s.mu.Unlock()
	}
	return nil
}

var mu sync.Mutex

func global(bad bool) {
	mu.Lock()
	if bad {
		return // lost
	}
	mu.Unlock()
}

var inVariable = func(bad bool) {
	mu.Lock()
	if bad {
		return // lost
	}
	mu.Unlock()
}

func localLiteral(bad bool) {
	var m sync.Mutex
	check := func() bool {
		m.Lock()
		if bad {
			return false // lost
		}
		m.Unlock()
		return true
	}
	check()
	check()
}

func typeSwitch(x any) {
	mu.Lock()
	switch x.(type) {
	case int:
		mu.Unlock()
	case string:
		return // lost
	default:
		mu.Unlock()
	}
}

func fallsThrough(n int) {
	mu.Lock()
	switch n {
	case 1:
		n++
		fallthrough
	case 2:
		return // lost
	}
	mu.Unlock()
}

type node struct {
	lk   sync.Mutex
	dead bool
	next *node
}

func forgottenElement(all []*node) {
	for _, n := range all {
		n.lk.Lock()
		if n.dead {
			continue // lost
		}
		n.next = nil
		n.lk.Unlock()
	}
} // lost

func forgottenIndex(all []node) {
	for i := range all {
		all[i].lk.Lock()
		if all[i].dead {
			continue // lost
		}
		all[i].lk.Unlock()
	}
} // lost

func recovered(f func() bool) {
	defer func() {
		if r := recover(); r != nil {
			println("recovered")
		}
	}()
	mu.Lock()
	if !f() {
		panic("no") // lost
	}
	mu.Unlock()
}

func deferredTooOften(all []int) {
	for range all {
		mu.Lock()
		defer mu.Unlock()
	} // lost again
}

func (s *S) readLocker(bad bool) {
	l := s.rw.RLocker()
	l.Lock()
	if bad {
		return // lost
	}
	l.Unlock()
}

func (s *S) readLockerTwice(bad bool) {
	s.rw.RLocker().Lock()
	if bad {
		return // lost
	}
	s.rw.RLocker().Unlock()
}
