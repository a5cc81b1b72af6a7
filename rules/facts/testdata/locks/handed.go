// Package handed holds locks of elements that one loop takes and another releases.
package handed

import "sync"

type node struct {
	mu   sync.Mutex
	dead bool
}

func takeAll(all []*node) {
	for _, n := range all {
		n.mu.Lock()
		if n.dead {
			n.mu.Unlock()
			continue
		}
	}
}

func releaseAll(all []*node) {
	for _, n := range all {
		n.mu.Unlock()
	}
}
