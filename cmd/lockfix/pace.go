package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// pace lets the heap of a small run grow further between collections than that
// of a large one: up to roomy bytes that live a collection costs more time than
// the memory is worth, and from there on the peak grows more slowly than what lives.
// A package that is huge by itself needs its memory anyway, and each collection goes
// through all of it: there the heap gets more room again, up to spare bytes, and
// where such a package is expected, at once.
// GOGC, if it is set, decides instead.
func pace() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(100 * roomy / least) // before there is anything to collect
	paced.Store(true)
	rearm(&sentinel{})
}

var (
	paced    atomic.Bool
	expected atomic.Uint64 // bytes of heap
)

// expect hears how many bytes of source the largest package has.
func expect(source int) {
	if source < wide || !paced.Load() {
		return
	}
	expected.Store(min(spare, uint64(source)*each))
	follow()
}

const (
	generous = 300
	frugal   = 75
	lean     = 50        // while nothing is huge: a program twice as large is to take little more
	early    = 128 << 20 // bytes: a smaller heap is not worth a collection
	roomy    = 46 << 20  // bytes
	least    = 4 << 20   // bytes: what the percentage is of before the first collection
	huge     = 256 << 20 // bytes
	spare    = 5 << 28   // bytes
	wide     = 2 << 20   // bytes of source, of a package that is huge
	each     = 300       // bytes of heap, about, for a byte of source with all that is known of it
)

// A sentinel is unreachable from its birth, so its finalizer runs after each
// collection.
type sentinel struct{ _ [16]byte } // the collector keeps smaller ones together

func rearm(s *sentinel) {
	runtime.SetFinalizer(s, func(s *sentinel) {
		follow()
		rearm(s)
	})
}

// follow sets the pace for what lives now.
func follow() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(percent(live[0].Value.Uint64(), expected.Load()))
}

// percent is how much the heap may grow, as GOGC says it, when so many bytes live and
// so many are expected.
func percent(live, expected uint64) int {
	if live < expected {
		return max(percent(live, 0), int((expected-live)*100/max(live, least)))
	}
	if live <= roomy {
		return max(generous, int((early-min(early, live))*100/max(live, least)))
	}
	const room = roomy * generous / 100
	if live > huge {
		return max(frugal, int(min(spare, huge*frugal/100+(live-huge)*2)*100/live))
	}
	return max(lean, int((room-min(room, (live-roomy)*3/5))*100/live))
}
