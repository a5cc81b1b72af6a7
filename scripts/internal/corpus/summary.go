package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/lockfix/lockfix/rules"
)

// settled reports whether every finding is judged, none is gone, and the module was
// looked at to its end: a rule that panics loses what it would have found.
func (r *result) settled() bool {
	for _, f := range r.findings {
		if f.row.verdict == unjudged {
			return false
		}
	}
	return len(r.gone) == 0 && len(r.report.Errors) == 0
}

// print tells what there is to do in one module.
func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: %d packages, %d files, %d findings, %.1f s, %d MB\n",
		r.name, r.report.Counts.Packages, r.report.Counts.Files, len(r.findings), r.took.Wall.Seconds(), r.took.Peak>>20)
	for _, e := range r.report.Errors {
		fmt.Fprintf(w, "  incomplete: %s:%d %s: %s\n", e.File, e.Line, e.Package, e.Message)
	}
	for _, f := range r.findings {
		if f.row.verdict != unjudged {
			continue
		}
		word := "unjudged"
		if f.isNew {
			word = "new"
		}
		fmt.Fprintf(w, "  %-8s  %s  %s  %s: %s (%s)\n", word, f.Rule, f.ID, f.row.place, f.Message, f.Fix.Status)
	}
	for _, old := range r.gone {
		fmt.Fprintf(w, "  gone      %s  %s  %s (was %s)\n", old.rule, old.fingerprint, old.place, old.verdict)
	}
}

// A tally counts verdicts and what became of the fixes.
type tally struct {
	verdict map[string]int
	status  map[string]int
	because map[string]int // refusals by sentence
}

func newTally() *tally {
	return &tally{map[string]int{}, map[string]int{}, map[string]int{}}
}

func (t *tally) add(f finding) {
	t.verdict[f.row.verdict]++
	status := string(f.Fix.Status)
	if status == "fixable" {
		status = f.Fix.Applicability
	}
	t.status[status]++
	if f.Fix.Status == "refused" || f.Fix.Status == "rolled-back" {
		t.because[status+": "+f.Fix.Because]++
	}
}

// summary prints the tables, and reports whether nothing was rolled back and no
// finding of a stable rule is false.
func summary(w io.Writer, results []result) (ok bool) {
	perRule := map[string]*tally{}
	whole := newTally()
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "module\tpackages\tfiles\tlines\tfindings\ttrue\tfalse\tunclear\tunjudged\tgone\tsafe\tunsafe\trefused\trolled back\ttime\tpeak")
	for _, r := range results {
		one := newTally()
		for _, f := range r.findings {
			if perRule[f.Rule] == nil {
				perRule[f.Rule] = newTally()
			}
			for _, t := range []*tally{one, whole, perRule[f.Rule]} {
				t.add(f)
			}
		}
		c := r.report.Counts
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%d MB\n", r.name, c.Packages, c.Files, r.lines, len(r.findings),
			one.verdict["true"], one.verdict["false"], one.verdict["unclear"], one.verdict[unjudged], len(r.gone),
			one.status["safe"], one.status["unsafe"], one.status["refused"], one.status["rolled-back"], r.took.Wall.Round(100*time.Millisecond), r.took.Peak>>20)
	}
	table.Flush()
	printRules(w, perRule)
	printReasons(w, whole)
	return whole.status["rolled-back"] == 0 && trustworthy(w, perRule)
}

// trustworthy reports whether no finding of a stable rule is false, and names
// the rules of which one is.
func trustworthy(w io.Writer, perRule map[string]*tally) bool {
	ok := true
	for _, r := range rules.Library() {
		if t := perRule[r.ID]; r.Stability == "stable" && t != nil && t.verdict["false"] > 0 {
			fmt.Fprintf(w, "%s is stable, and %d of its findings are false\n", r.ID, t.verdict["false"])
			ok = false
		}
	}
	return ok
}

// printRules prints the precision of each rule.
func printRules(w io.Writer, perRule map[string]*tally) {
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "rule\tfindings\ttrue\tfalse\tunclear\tunjudged\tprecision")
	for _, id := range slices.Sorted(maps.Keys(perRule)) {
		v := perRule[id].verdict
		precision := "–"
		if judged := v["true"] + v["false"]; judged > 0 {
			precision = fmt.Sprintf("%.0f%%", 100*float64(v["true"])/float64(judged))
		}
		sum := v["true"] + v["false"] + v["unclear"] + v[unjudged]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", id, sum, v["true"], v["false"], v["unclear"], v[unjudged], precision)
	}
	table.Flush()
}

// printReasons prints why fixes were not made, most frequent first.
func printReasons(w io.Writer, whole *tally) {
	reasons := slices.Collect(maps.Keys(whole.because))
	slices.SortFunc(reasons, func(a, b string) int {
		return cmp.Or(cmp.Compare(whole.because[b], whole.because[a]), cmp.Compare(a, b))
	})
	if len(reasons) > 0 {
		fmt.Fprintln(w)
	}
	for _, reason := range reasons {
		fmt.Fprintf(w, "%4d  %s\n", whole.because[reason], reason)
	}
}
