package main

import "testing"

func TestPace(t *testing.T) {
	for live, want := range map[uint64]int{0: 3200, 16 << 20: 700, 32 << 20: 300, 40 << 20: 300, 64 << 20: 198, 94 << 20: 116, 127 << 20: 70, 256 << 20: 50, 384 << 20: 116, 512 << 20: 137, 1 << 30: 125, 4 << 30: 75} {
		if got := percent(live, 0); got != want {
			t.Errorf("with %d bytes alive the heap may grow by %d%%, not by %d%%", live, got, want)
		}
	}
	for live, want := range map[uint64]int{16 << 20: 4700, 256 << 20: 200, 512 << 20: 137, 700 << 20: 154, 1 << 30: 125} {
		if got := percent(live, 768<<20); got != want {
			t.Errorf("with %d bytes alive and more expected the heap may grow by %d%%, not by %d%%", live, got, want)
		}
	}
}
