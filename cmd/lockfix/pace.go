package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// pace lets the heap of a small run grow further between collections than that
// of a large one: up to roomy bytes that live a collection costs more time than
// the memory is worth, and from there on the peak grows more slowly than what lives.
// A package that is huge by itself needs its memory anyway, and each collection goes
// through all of it: there the heap gets more room again, up to spare bytes.
// GOGC, if it is set, decides instead.
func pace() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(100 * roomy / least) // before there is anything to collect
	rearm(&sentinel{})
}

const (
	generous = 300
	frugal   = 75
	lean     = 50        // while nothing is huge: a program twice as large is to take little more
	early    = 128 << 20 // bytes: a smaller heap is not worth a collection
	roomy    = 40 << 20  // bytes
	least    = 4 << 20   // bytes: what the percentage is of before the first collection
	huge     = 256 << 20 // bytes
	spare    = 1 << 30   // bytes
)

// A sentinel is unreachable from its birth, so its finalizer runs after each
// collection.
type sentinel struct{ _ [16]byte } // the collector keeps smaller ones together

func rearm(s *sentinel) {
	runtime.SetFinalizer(s, func(s *sentinel) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(percent(live[0].Value.Uint64()))
		rearm(s)
	})
}

// percent is how much the heap may grow, as GOGC says it, when so many bytes live.
func percent(live uint64) int {
	if live <= roomy {
		return max(generous, int((early-min(early, live))*100/max(live, 1<<20)))
	}
	const room = roomy * generous / 100
	if live > huge {
		return max(frugal, int(min(spare, huge*frugal/100+(live-huge)*2)*100/live))
	}
	return max(lean, int((room-min(room, (live-roomy)*2/5))*100/live))
}
