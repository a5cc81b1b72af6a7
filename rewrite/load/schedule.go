package load

import (
	"context"
	"slices"
	"sync"
)

// A task is the work on one package: prepare needs nothing of others, finish
// needs the finish of the tasks it waits for.
type task struct {
	prepare func() // may be nil
	finish  func()
	holds   int // bytes of source of which it keeps what it makes in memory
	frees   int // bytes of source of which it lets go
	urgent  int // those that are more so are finished first

	pending int     // unfinished tasks it waits for, and its own prepare, if any
	waits   []*task // tasks that this one waits for
	waiters []*task // tasks that wait for this one
}

// after lets t wait for what another task finishes.
func (t *task) after(other *task) {
	t.pending++
	t.waits = append(t.waits, other)
	other.waiters = append(other.waiters, t)
}

// schedule runs tasks with the given parallelism. Finishing comes before
// preparing, so that few prepared syntax trees wait in memory, and many
// processors still find work while a long chain of imports is followed. While what
// lets go of memory runs, the others get only so far ahead: what they make would only
// wait.
type schedule struct {
	mu        sync.Mutex
	changed   *sync.Cond
	unstarted []*task // not prepared yet, in order
	ready     []*task // prepared, and waiting for nothing
	open      int     // tasks not finished
	ahead     int     // bytes of source that are held
	room      int     // how many may be, while some are about to be freed
	freeing   int     // tasks that run and free some
}

// roomAhead is how many bytes of source a processor may be ahead. A byte of source
// takes about fifty in memory once it is type-checked.
const roomAhead = 256 << 10

// run runs all tasks, or stops early with the context's error. A task may wait
// only for tasks of the same run, and never in a circle.
func run(ctx context.Context, jobs int, tasks []*task) error {
	s := newSchedule(jobs, tasks)
	var wg sync.WaitGroup
	for range min(jobs, len(tasks)) {
		wg.Go(func() { s.work(ctx) })
	}
	wg.Wait()
	return ctx.Err()
}

// newSchedule puts the tasks that have something to prepare in line; the others are
// ready as soon as they wait for nothing, or what is to be let go of would wait until
// everything is in memory.
func newSchedule(jobs int, tasks []*task) *schedule {
	s := &schedule{open: len(tasks), room: jobs * roomAhead}
	s.changed = sync.NewCond(&s.mu)
	for _, t := range inOrder(tasks) {
		t.pending++ // its own prepare, if it has one
		if t.prepare != nil {
			s.unstarted = append(s.unstarted, t)
		} else {
			s.release(t)
		}
	}
	return s
}

// inOrder are the tasks in an order in which what lets go of memory can do so soon:
// with what each of those waits for, and nothing else, before it.
func inOrder(tasks []*task) []*task {
	seen := make(map[*task]bool, len(tasks))
	order := make([]*task, 0, len(tasks))
	var visit func(t *task)
	visit = func(t *task) {
		if seen[t] {
			return
		}
		seen[t] = true
		for _, other := range t.waits {
			visit(other)
		}
		order = append(order, t)
	}
	for _, t := range tasks {
		if t.frees > 0 {
			visit(t)
		}
	}
	for _, t := range tasks {
		visit(t)
	}
	return order
}

func (s *schedule) work(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 && ctx.Err() == nil {
		next := slices.IndexFunc(s.ready, s.fits)
		switch {
		case next >= 0:
			t := s.ready[next]
			s.ready = slices.Delete(s.ready, next, next+1)
			s.finish(t)
		case len(s.unstarted) > 0 && (s.ahead < s.room || s.freeing == 0):
			t := s.unstarted[0]
			s.unstarted = s.unstarted[1:]
			s.unlocked(t.prepare)
			s.release(t)
		default:
			s.changed.Wait()
			continue
		}
		s.changed.Broadcast()
	}
	s.changed.Broadcast() // the context may have stopped this worker only
}

// fits reports whether there is room for what a task holds, or nothing to wait for.
func (s *schedule) fits(t *task) bool {
	return t.holds == 0 || s.ahead+t.holds <= s.room || s.freeing == 0
}

func (s *schedule) finish(t *task) {
	s.ahead += t.holds
	if t.frees > 0 {
		s.freeing++
		defer func() { s.freeing-- }()
	}
	s.unlocked(t.finish)
	t.prepare, t.finish, t.waits = nil, nil, nil // they hold what is of no use any more
	s.ahead -= t.frees
	s.open--
	for _, w := range t.waiters {
		s.release(w)
	}
}

func (s *schedule) unlocked(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

func (s *schedule) release(t *task) {
	if t.pending--; t.pending > 0 {
		return
	}
	behind := slices.IndexFunc(s.ready, func(other *task) bool { return other.urgent < t.urgent })
	if behind < 0 {
		behind = len(s.ready)
	}
	s.ready = slices.Insert(s.ready, behind, t)
}
