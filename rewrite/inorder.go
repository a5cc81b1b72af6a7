package rewrite

import (
	"runtime"
	"sync"
)

// inOrder calls work(0) … work(n-1), each after those that it needs, on at most
// jobs goroutines. The needs must not form a circle.
func inOrder(jobs int, needs [][]int, work func(int)) {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	waiters := make([][]int, len(needs))
	pending := make([]int, len(needs))
	ready := make(chan int, len(needs))
	for i, on := range needs {
		pending[i] = len(on)
		for _, j := range on {
			waiters[j] = append(waiters[j], i)
		}
	}
	for i, n := range pending {
		if n == 0 {
			ready <- i
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	left := len(needs)
	finish := func(i int) {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range waiters[i] {
			if pending[w]--; pending[w] == 0 {
				ready <- w
			}
		}
		if left--; left == 0 {
			close(ready)
		}
	}
	for range min(jobs, len(needs)) {
		wg.Go(func() {
			for i := range ready {
				work(i)
				finish(i)
			}
		})
	}
	wg.Wait()
}
