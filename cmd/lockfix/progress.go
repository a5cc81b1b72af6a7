package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Progress is shown for a run that takes longer than patience, and then not
// more often than the eye follows.
const (
	patience = time.Second
	blink    = 100 * time.Millisecond
)

// A progress rewrites one line of a terminal. The nil progress shows nothing.
type progress struct {
	w     io.Writer
	mu    sync.Mutex
	next  time.Time // when the line may be written again
	shown bool
}

// progress returns nil where nobody watches.
func (c *CLI) progress() *progress {
	if c.quiet || !isTerminal(c.Stderr) {
		return nil
	}
	return &progress{w: c.Stderr, next: time.Now().Add(patience)}
}

// show is called from many goroutines.
func (p *progress) show(done, all int, what string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	p.next, p.shown = now.Add(blink), true
	fmt.Fprintf(p.w, "\r\x1b[K%d/%d %.60s", done, all, what)
}

// clear takes the line away.
func (p *progress) clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
