package main

import (
	"fmt"
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
)

// The exit codes are part of the contract, and the help of lockfix lists them.
const (
	exitOK          = 0   // nothing found, the diff is empty, or all was fixed
	exitFindings    = 1   // findings, a diff, or findings that are left
	exitUsage       = 2   // bad usage, configuration or rule; files that cannot be written
	exitIncomplete  = 3   // some packages did not load
	exitRolledBack  = 4   // a fix failed verification: a bug of lockfix
	exitInterrupted = 130 // by a signal, as shells have it
)

// An exit is the code of a command that has said all there is to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// asExit returns nil for success, so that commands can return it as an error.
func asExit(code int) error {
	if code == exitOK {
		return nil
	}
	return exit(code)
}

// outcome is the exit code of a report, given that of a run in which nothing
// went wrong. The worst news wins.
func outcome(r report.Report, code int) int {
	switch {
	case r.Counts.RolledBack > 0:
		return exitRolledBack
	case len(r.Errors) > 0 || !r.Counts.Balanced():
		return exitIncomplete
	}
	return code
}

// left is the exit code for the findings that are still there: of those that
// only names, where it names some.
func left(r report.Report, only []string) int {
	for _, f := range r.Findings {
		asked := len(only) == 0 || slices.Contains(only, f.ID)
		if asked && !f.Suppressed && f.Fix.Status != report.Fixed {
			return exitFindings
		}
	}
	return exitOK
}
