package main

import "testing"

func TestPace(t *testing.T) {
	for live, want := range map[uint64]int{0: 300, 400 << 20: 300, 600 << 20: 200, 800 << 20: 150, 4 << 30: 100} {
		if got := percent(live); got != want {
			t.Errorf("with %d bytes alive the heap may grow by %d%%, not by %d%%", live, got, want)
		}
	}
}
