package load

import (
	"context"
	"sync"
)

// A task is the work on one package: prepare needs nothing of others, finish
// needs the finish of the tasks it waits for.
type task struct {
	prepare func() // may be nil
	first   bool   // it frees memory: others wait for it
	finish  func()

	pending int     // unfinished tasks it waits for, and its own prepare
	waiters []*task // tasks that wait for this one
}

// after lets t wait for what another task finishes.
func (t *task) after(other *task) {
	t.pending++
	other.waiters = append(other.waiters, t)
}

// schedule runs tasks with the given parallelism. Finishing comes before
// preparing, so that few prepared syntax trees wait in memory, and many
// processors still find work while a long chain of imports is followed.
type schedule struct {
	mu        sync.Mutex
	changed   *sync.Cond
	unstarted []*task // not prepared yet, in order
	ready     []*task // prepared, and waiting for nothing
	open      int     // tasks not finished
}

// run runs all tasks, or stops early with the context's error. A task may wait
// only for tasks of the same run, and never in a circle.
func run(ctx context.Context, jobs int, tasks []*task) error {
	s := &schedule{unstarted: tasks, open: len(tasks)}
	s.changed = sync.NewCond(&s.mu)
	for _, t := range tasks {
		t.pending++ // its own prepare
	}
	var wg sync.WaitGroup
	for range min(jobs, len(tasks)) {
		wg.Go(func() { s.work(ctx) })
	}
	wg.Wait()
	return ctx.Err()
}

func (s *schedule) work(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 && ctx.Err() == nil {
		switch {
		case len(s.ready) > 0:
			t := s.ready[0]
			s.ready = s.ready[1:]
			s.unlocked(t.finish)
			t.prepare, t.finish = nil, nil // they hold what is of no use any more
			s.open--
			for _, w := range t.waiters {
				s.release(w)
			}
		case len(s.unstarted) > 0:
			t := s.unstarted[0]
			s.unstarted = s.unstarted[1:]
			if t.prepare != nil {
				s.unlocked(t.prepare)
			}
			s.release(t)
		default:
			s.changed.Wait()
			continue
		}
		s.changed.Broadcast()
	}
	s.changed.Broadcast() // the context may have stopped this worker only
}

func (s *schedule) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

func (s *schedule) release(t *task) {
	switch t.pending--; {
	case t.pending > 0:
	case t.first:
		s.ready = append([]*task{t}, s.ready...)
	default:
		s.ready = append(s.ready, t)
	}
}
