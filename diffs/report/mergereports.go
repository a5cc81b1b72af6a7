package report

import (
	"cmp"
	"slices"
)

// Merge makes one report of several, sorted by place. A finding that two of
// them have, by fingerprint and file, is there once: that which was fixed, if it
// was in one.
func Merge(all ...Report) Report {
	out := Report{Version: 1}
	packages, files := 0, 0
	for _, r := range all {
		out.Findings = append(out.Findings, r.Findings...)
		out.Errors = append(out.Errors, r.Errors...)
		packages, files = packages+r.Counts.Packages, files+r.Counts.Files
	}
	slices.SortStableFunc(out.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
			cmp.Compare(a.Range.Start.Column, b.Range.Start.Column), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ID, b.ID),
			cmp.Compare(unfixed(a), unfixed(b)))
	})
	out.Findings = slices.CompactFunc(out.Findings, func(a, b Finding) bool { return a.ID == b.ID && a.File == b.File })
	out.Errors = slices.CompactFunc(out.Errors, func(a, b Error) bool { return a == b })
	out.Counts = Tally(out.Findings)
	out.Counts.Packages, out.Counts.Files = packages, files
	return out
}

func unfixed(f Finding) int {
	if f.Fix.Status == Fixed {
		return 0
	}
	return 1
}
