package report

import (
	"fmt"
	"strings"
)

// Tests is what the tests of the packages that change, and of those that depend on
// them, said of the fixes.
type Tests struct {
	Race     bool     `json:"race"`     // under the race detector
	Packages []string `json:"packages"` // directories
	Outcome  string   `json:"outcome"`
	Output   string   `json:"output,omitempty"` // the end of what failing tests print
}

// The outcomes of tests.
const (
	Passed       = "passed"
	Failed       = "failed"        // with some fixes, which were rolled back
	FailedBefore = "failed-before" // without any fix: they say nothing
)

// Tested says in a sentence what tests said; "" where none were run.
func Tested(t *Tests) string {
	if t == nil {
		return ""
	}
	of := fmt.Sprintf("the tests of %s that the fixes reach", number(len(t.Packages), "package"))
	if t.Race {
		of += ", under the race detector,"
	}
	switch t.Outcome {
	case Failed:
		return of + " fail with some of the fixes, and pass without them:\n" + strings.TrimSpace(t.Output)
	case FailedBefore:
		return of + " fail already, without the fixes: they say nothing"
	}
	return of + " pass with the fixes"
}
