package report

import (
	"bytes"
	"fmt"
	"strings"
)

// Summary says in one line what was looked at, what was found, and what became
// of all of it.
func Summary(r Report) string {
	c := r.Counts
	looked := fmt.Sprintf("%s, %s", number(c.Packages, "package"), number(c.Files, "file"))
	if c.Found == 0 {
		return "no findings in " + looked
	}
	return fmt.Sprintf("%s in %s: %s", number(c.Found, "finding"), looked, strings.Join(parts(r), ", "))
}

// parts names every count that is not zero; with all of them the sum is Found.
func parts(r Report) []string {
	c, level := r.Counts, fixableBy(r.Findings)
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{c.Fixed, "fixed"},
		{c.Fixable - level["unsafe"] - level["manual"], "fixable"},
		{level["unsafe"], "fixable with --unsafe"},
		{level["manual"], "to be fixed by hand"},
		{c.Refused, "not fixed for the reason given"},
		{c.RolledBack, "rolled back"},
		{c.Conflict, "in conflict with another fix"},
		{c.None, "without a fix"},
		{c.Unplanned, "whose fix was not looked for"},
		{c.Skipped - c.Suppressed, "in files that are never edited"},
		{c.Suppressed, "suppressed"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return parts
}

// fixableBy counts the fixable findings by applicability.
func fixableBy(findings []Finding) map[string]int {
	level := make(map[string]int)
	for _, f := range findings {
		if f.Fix.Status == Fixable {
			level[f.Fix.Applicability]++
		}
	}
	return level
}

// Problems writes what kept the result from being complete, one line each.
func Problems(r Report) []byte {
	var out bytes.Buffer
	for _, e := range r.Errors {
		fmt.Fprintf(&out, "%s%s\n", e.where(), visible(e.Message))
	}
	return out.Bytes()
}

// where is the most exact place that is known.
func (e Error) where() string {
	switch {
	case e.File != "" && e.Line > 0 && e.Column == 0:
		return fmt.Sprintf("%s:%d: ", visible(e.File), e.Line)
	case e.File != "" && e.Line > 0:
		return fmt.Sprintf("%s:%d:%d: ", visible(e.File), e.Line, e.Column)
	case e.File != "":
		return visible(e.File) + ": "
	case e.Package != "":
		return visible(e.Package) + ": "
	}
	return ""
}

// number writes a count with its noun.
func number(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
