// Package kept holds correct functions: no lock is lost in them.
package kept

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

type S struct {
	mu     sync.Mutex
	rw     sync.RWMutex
	n      int
	shared bool
	sub    *S
	next   *S
	cond   *sync.Cond
}

func work() error { return nil }

func (s *S) middle() error {
	s.mu.Lock()
	s.n++
	s.mu.Unlock()
	if err := work(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil
}

func (s *S) perTurn(xs []int) {
	for range xs {
		s.mu.Lock()
		s.n++
		s.mu.Unlock()
	}
}

func (s *S) perTurnContinue(xs []int) {
	for _, x := range xs {
		s.mu.Lock()
		if x == 0 {
			s.mu.Unlock()
			continue
		}
		s.n++
		s.mu.Unlock()
	}
}

func (s *S) fieldCondition() {
	if s.shared {
		s.mu.Lock()
	}
	work()
	if s.shared {
		s.mu.Unlock()
	}
}

func (s *S) callCondition() {
	if isShared(s) {
		s.mu.Lock()
	}
	work()
	if isShared(s) {
		s.mu.Unlock()
	}
}

func isShared(s *S) bool { return s.shared }

func (s *S) errCondition() {
	err := work()
	if err == nil {
		s.mu.Lock()
	}
	work()
	if err != nil {
		return
	}
	s.mu.Unlock()
}

func (s *S) flagged(c bool) {
	locked := false
	if c {
		s.mu.Lock()
		locked = true
	}
	if err := work(); err != nil {
		if locked {
			s.mu.Unlock()
		}
		return
	}
	if locked {
		s.mu.Unlock()
	}
}

func (s *S) copiedCondition(c bool) {
	need := !c
	if need {
		s.mu.Lock()
	}
	if !need {
		return
	}
	s.mu.Unlock()
}

func (s *S) unlockVariable(c bool) {
	var unlock func()
	if c {
		s.mu.Lock()
		unlock = s.mu.Unlock
	}
	work()
	if unlock != nil {
		unlock()
	}
}

func (s *S) unlockOnce() {
	s.mu.Lock()
	unlocked := false
	unlock := func() {
		if !unlocked {
			s.mu.Unlock()
			unlocked = true
		}
	}
	defer unlock()
	if err := work(); err != nil {
		return
	}
	unlock()
	work()
}

func (s *S) namedResult() (err error) {
	s.mu.Lock()
	defer func() {
		if err != nil {
			s.mu.Unlock()
		}
	}()
	if err = work(); err != nil {
		return err
	}
	if s.n == 0 {
		return fmt.Errorf("none")
	}
	s.mu.Unlock()
	return nil
}

func (s *S) waits() {
	s.mu.Lock()
	for s.n == 0 {
		s.mu.Unlock()
		work()
		s.mu.Lock()
	}
	s.mu.Unlock()
}

func (s *S) walk() {
	for cur := s; cur != nil; cur = cur.next {
		cur.mu.Lock()
		cur.n++
		cur.mu.Unlock()
	}
}

func (s *S) helperTest(t *testing.T) {
	s.mu.Lock()
	if s.n == 0 {
		t.Fatal("zero")
	}
	s.mu.Unlock()
}

func die() { fmt.Println("dying"); os.Exit(2) }

func (s *S) dies() {
	s.mu.Lock()
	if s.n == 0 {
		die()
	}
	s.mu.Unlock()
}

func (s *S) waitsForEver(c bool) {
	s.mu.Lock()
	if c {
		select {}
	}
	s.mu.Unlock()
}

func (s *S) cleanup(t *testing.T) {
	s.mu.Lock()
	t.Cleanup(s.mu.Unlock)
	if s.n == 0 {
		return
	}
}

func (s *S) readLocker(c bool) {
	l := s.rw.RLocker()
	l.Lock()
	if c {
		s.rw.RUnlock()
		return
	}
	l.Unlock()
}

func (s *S) condition() {
	c := sync.NewCond(&s.mu)
	c.L.Lock()
	for s.n == 0 {
		c.Wait()
	}
	s.mu.Unlock()
}

func (s *S) otherName(t *S) {
	u := s.sub
	s.sub = t
	u.mu.Lock()
	v := u
	if t.n == 0 {
		v.mu.Unlock()
		return
	}
	u.mu.Unlock()
}

func (s *S) tryLoop() {
	for !s.mu.TryLock() {
		work()
	}
	s.n++
	s.mu.Unlock()
}

func (s *S) tryResult() {
	ok := s.mu.TryLock()
	work()
	if ok {
		s.mu.Unlock()
	}
}

func (s *S) tryOrLock() {
	if !s.mu.TryLock() {
		work()
		s.mu.Lock()
	}
	s.mu.Unlock()
}

func (s *S) immediate() error {
	err := func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		return work()
	}()
	return err
}

func (s *S) inner() {
	func() {
		s.mu.Lock()
		if s.n == 0 {
			s.n++
			return
		}
		s.n--
	}()
	s.mu.Unlock()
}

func (s *S) byKind(kind int) {
	switch kind {
	case 1:
		s.mu.Lock()
	case 2:
		s.rw.RLock()
	}
	work()
	switch kind {
	case 1:
		s.mu.Unlock()
	case 2:
		s.rw.RUnlock()
	}
}

func (s *S) upgrade() {
	s.rw.RLock()
	if s.n > 0 {
		s.rw.RUnlock()
		return
	}
	s.rw.RUnlock()
	s.rw.Lock()
	defer s.rw.Unlock()
	s.n++
}

func (s *S) orUpgrade(write bool) {
	if write {
		s.rw.Lock()
	} else {
		s.rw.RLock()
	}
	work()
	if write {
		s.rw.Unlock()
	} else {
		s.rw.RUnlock()
	}
}

func (s *S) deferredLoop(all []*S) {
	for _, t := range all {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	work()
}

func (s *S) getLocked(all map[int]*S, k int) *S {
	t := all[k]
	t.mu.Lock()
	if t.n == 0 {
		t.mu.Unlock()
		return nil
	}
	return t
}

func lockBoth(a, b *S) (unlock func()) {
	a.mu.Lock()
	if a == b {
		return a.mu.Unlock
	}
	b.mu.Lock()
	return func() {
		b.mu.Unlock()
		a.mu.Unlock()
	}
}

func (s *S) recovered() {
	defer func() {
		if r := recover(); r != nil {
			s.mu.Unlock()
		}
	}()
	s.mu.Lock()
	work()
	s.mu.Unlock()
}

func (s *S) readInTurns(all []*S) {
	for range all {
		s.rw.RLock()
		defer s.rw.RUnlock()
	}
}

func (s *S) onceInLoop(next func() bool) error {
	n := 0
	for next() {
		n++
		if n == 1 {
			s.mu.Lock()
			defer s.mu.Unlock()
		}
		if err := work(); err != nil {
			return err
		}
	}
	return nil
}

func (s *S) firstElement(xs []int) {
	for i, x := range xs {
		if i == 0 {
			s.mu.Lock()
			defer s.mu.Unlock()
		}
		if x < 0 {
			return
		}
	}
}

type node struct {
	lk   sync.Mutex
	dead bool
	next *node
}

func (n *node) handOverHand() {
	n.lk.Lock()
	for n.next != nil {
		next := n.next
		next.lk.Lock()
		n.lk.Unlock()
		n = next
	}
	n.lk.Unlock()
}
