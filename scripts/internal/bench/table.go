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
	left     bool // a run was stopped, and no more are made
}

func (r *row) work() string { return cmp.Or(r.gowork, "off") }

func (r *row) last() string {
	c := r.took[len(r.took)-1]
	if r.left {
		return fmt.Sprintf("%s: stopped after %s", r.tool.name, c.Wall.Round(time.Second))
	}
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
	fmt.Fprintln(w, "| scenario | tool | runs | wall s | CPU s | peak MB | wall ÷ | CPU ÷ | peak ÷ |")
	fmt.Fprintln(w, "|---|---|--:|--:|--:|--:|--:|--:|--:|")
	var first cost.Cost
	for i, r := range rows {
		if len(r.took) == 0 {
			fmt.Fprintf(w, "| %s | %s | 0 | its caches could not be filled in the time | | | | | |\n", r.scenario, r.tool.name)
			continue
		}
		m := r.median()
		if i == 0 || rows[i-1].scenario != r.scenario && r.scenario != "twice" {
			first = m
		}
		more := ""
		if r.left {
			more = ">" // it was stopped
		}
		fmt.Fprintf(w, "| %s | %s | %d | %s%.2f | %s%.2f | %s%d | %s%.1f | %s%.1f | %s%.2f |\n", r.scenario, r.tool.name, len(r.took),
			more, m.Wall.Seconds(), more, m.CPU.Seconds(), more, m.Peak>>20,
			more, m.Wall.Seconds()/first.Wall.Seconds(), more, m.CPU.Seconds()/first.CPU.Seconds(), more, float64(m.Peak)/float64(first.Peak))
	}
	if len(rows) > 0 {
		fmt.Fprintf(w, "\nmedians of the runs; ÷: by the first row of the scenario; peak: the largest single process; >: stopped at the limit\n\n")
	}
}
