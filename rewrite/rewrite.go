// Package rewrite is the story of a run: load, find, plan, verify; again until
// nothing changes.
package rewrite

import (
	"context"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
)

// Options say what a run does; the zero value checks "." with the whole
// library and offers safe fixes.
type Options struct {
	Load     load.Config
	RuleDirs []string // more rules, one directory each
	Enable   []string // only these rules; none: all that are not preview
	Disable  []string
	Level    rules.Applicability // the highest that is planned; "": safe
	Only     []string            // fingerprints; none: all
	Progress func(done, all int, what string)
}

// A Result is what a run found and what the files would be.
type Result struct {
	Report  report.Report
	Changes []diffs.Change // verified; nothing is written
}

// Run loads, finds, plans and verifies until nothing changes. The error is for
// what stops everything; the rest stands in the report.
func Run(ctx context.Context, opts Options) (*Result, error) { panic("not built yet") }
