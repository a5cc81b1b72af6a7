package rewrite

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/verify"
)

// Tested runs the tests of the packages that a result changes, and of those in the
// workspace that depend on them, on the changed texts, and returns the result with what they said. Fixes with which they fail
// are found by halving and rolled back; where they fail without any fix they say
// nothing, and all stands.
func Tested(ctx context.Context, opts Options, res *Result, race bool) (*Result, error) {
	if len(res.After) == 0 {
		return res, nil
	}
	t := &testing{ctx: ctx, opts: opts, race: race, guilty: map[string]string{}}
	said, err := t.of(res)
	if err != nil {
		return nil, err
	}
	if said.Outcome != report.Failed {
		return res.with(said), nil
	}
	sound, err := t.sound(res.appliedIDs())
	if err != nil {
		return nil, err
	}
	kept, err := t.together(sound)
	if err != nil {
		return nil, err
	}
	kept.rollBack(t.guilty)
	return kept.with(said), nil
}

// A testing is a search for the fixes that tests do not bear.
type testing struct {
	ctx    context.Context
	opts   Options
	race   bool
	guilty map[string]string // fingerprint → why
}

// of tests one result.
func (t *testing) of(res *Result) (*report.Tests, error) {
	dirs := map[string]bool{}
	for path := range res.After {
		dirs[filepath.Dir(path)] = true
	}
	load := t.opts.Load
	run := verify.Run{Dir: load.Dir, Env: load.Env, Tags: load.Tags, Race: t.race}
	said := &report.Tests{Race: t.race, Outcome: report.Passed}
	place := newPlaces(load.Dir)
	affected, err := run.Affected(t.ctx, slices.Sorted(maps.Keys(dirs)))
	if err != nil {
		return nil, err
	}
	for _, dir := range affected {
		run.Packages = append(run.Packages, dir)
		said.Packages = append(said.Packages, place.of(dir))
	}
	err = run.Tests(t.ctx, res.After)
	failed, isFailed := errors.AsType[*verify.Failed](err)
	switch {
	case errors.Is(err, verify.ErrFailBefore):
		said.Outcome = report.FailedBefore
	case isFailed:
		said.Outcome, said.Output = report.Failed, failed.Output
	case err != nil:
		return nil, err
	}
	return said, nil
}

// sound returns the fingerprints of the fixes that the tests bear, by halving.
// That all of them together fail is known.
func (t *testing) sound(ids []string) (all []string, err error) {
	if len(ids) <= 1 {
		for _, id := range ids {
			t.guilty[id] = "the tests fail with this fix, and pass without it"
		}
		return nil, nil
	}
	for _, half := range [][]string{ids[:len(ids)/2], ids[len(ids)/2:]} {
		_, said, err := t.only(half)
		if err != nil {
			return nil, err
		}
		if said.Outcome == report.Failed {
			if half, err = t.sound(half); err != nil {
				return nil, err
			}
		}
		all = append(all, half...)
	}
	return all, nil
}

// together is the result of sound fixes; where they do not bear each other, none.
func (t *testing) together(ids []string) (*Result, error) {
	res, said, err := t.only(ids)
	if err != nil || said.Outcome != report.Failed {
		return res, err
	}
	for _, id := range ids {
		t.guilty[id] = "the tests fail with this fix and the others together"
	}
	res, _, err = t.only(nil)
	return res, err
}

// only runs with the fixes of some findings, and tests what comes out.
func (t *testing) only(ids []string) (*Result, *report.Tests, error) {
	opts := t.opts
	opts.Only = append(slices.Clone(ids), "none") // an empty list would be all
	res, err := Run(t.ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	if len(res.After) == 0 {
		return res, &report.Tests{Outcome: report.Passed}, nil
	}
	said, err := t.of(res)
	return res, said, err
}

// appliedIDs are the fingerprints of what the changes repair, in order.
func (res *Result) appliedIDs() (ids []string) {
	for _, f := range res.Report.Findings {
		if res.applied[f.ID] {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// with is a result that tells what the tests said.
func (res *Result) with(said *report.Tests) *Result {
	res.Report.Tests = said
	return res
}

// rollBack says of findings that their fix failed the tests.
func (res *Result) rollBack(guilty map[string]string) {
	r := &res.Report
	for i, f := range r.Findings {
		if why := guilty[f.ID]; why != "" {
			r.Findings[i].Fix.Status, r.Findings[i].Fix.Edits = report.RolledBack, nil
			r.Findings[i].Fix.Because = strings.TrimSpace(why)
		}
	}
	counts := report.Tally(r.Findings)
	counts.Packages, counts.Files = r.Counts.Packages, r.Counts.Files
	r.Counts = counts
}
