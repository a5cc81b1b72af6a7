package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lockfix/lockfix/scripts/internal/cost"
)

// A row is what one tool took in one scenario.
type row struct {
	scenario string
	tool     *tool
	caches   string // its own, kept from one scenario to the next
	gowork   string // a workspace; "": none
	took     []cost.Cost
}

func (r *row) work() string { return cmp.Or(r.gowork, "off") }

func (r *row) last() string {
	c := r.took[len(r.took)-1]
	return fmt.Sprintf("%s: wall %s, CPU %s, peak %d MB", r.tool.name, c.Wall.Round(10*time.Millisecond), c.CPU.Round(10*time.Millisecond), c.Peak>>20)
}

// median is that of the runs, each number by itself.
func (r *row) median() cost.Cost {
	return cost.Cost{
		Wall: middle(r.took, func(c cost.Cost) time.Duration { return c.Wall }),
		CPU:  middle(r.took, func(c cost.Cost) time.Duration { return c.CPU }),
		Peak: middle(r.took, func(c cost.Cost) int64 { return c.Peak }),
	}
}

func middle[T cmp.Ordered](took []cost.Cost, number func(cost.Cost) T) T {
	var all []T
	for _, c := range took {
		all = append(all, number(c))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// show prints the medians, and how they stand to those of lockfix, the first row
// of each scenario.
func show(w io.Writer, rows []*row) {
	fmt.Fprintln(w, "| scenario | tool | wall s | CPU s | peak MB | wall ÷ | CPU ÷ | peak ÷ |")
	fmt.Fprintln(w, "|---|---|--:|--:|--:|--:|--:|--:|")
	var first cost.Cost
	for i, r := range rows {
		m := r.median()
		if i == 0 || rows[i-1].scenario != r.scenario && r.scenario != "twice" {
			first = m
		}
		fmt.Fprintf(w, "| %s | %s | %.2f | %.2f | %d | %.1f | %.1f | %.2f |\n", r.scenario, r.tool.name, m.Wall.Seconds(), m.CPU.Seconds(), m.Peak>>20,
			m.Wall.Seconds()/first.Wall.Seconds(), m.CPU.Seconds()/first.CPU.Seconds(), float64(m.Peak)/float64(first.Peak))
	}
	if len(rows) > 0 {
		fmt.Fprintf(w, "\nmedians of %d; ÷: by the first row of the scenario; peak: the largest single process\n\n", len(rows[0].took))
	}
}
