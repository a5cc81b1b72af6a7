package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/batch"
)

// diffText is changes as the flags want them shown.
func (c *CLI) diffText(changes []diffs.Change, s *diffing) string {
	switch {
	case s.words:
		return report.WordDiff(changes, c.style())
	case !s.beside:
		return report.Diff(diffs.Unified(changes), c.style())
	}
	return report.SideBySide(changes, cmp.Or(c.columns(), 160), c.style())
}

// diffBy prints one diff for each rule, package or owner. Each is planned and
// verified alone, so that each can be applied without the others; git skips the
// line that names it.
func (c *CLI) diffBy(ctx context.Context, s *diffing, packages []string, whole *rewrite.Result) error {
	name, err := c.nameBy(s.by)
	if err != nil {
		return err
	}
	groups := map[string][]string{}
	for _, f := range whole.Report.Findings {
		if whole.Applied(f.ID) {
			groups[name(f)] = append(groups[name(f)], f.ID)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		own := s.selection
		own.only = groups[group]
		result, err := c.run(ctx, &own, packages)
		if err != nil {
			return err
		}
		changes, _ := rooted(result.Changes, c.Dir)
		if _, err := fmt.Fprintf(c.Stdout, "# %s: %d fixes\n%s", group, len(groups[group]), c.diffText(changes, s)); err != nil {
			return err
		}
	}
	c.conclude(whole.Report)
	return nil
}

// nameBy returns how a finding is grouped.
func (c *CLI) nameBy(by string) (func(report.Finding) string, error) {
	switch by {
	case "rule":
		return func(f report.Finding) string { return f.Rule }, nil
	case "package":
		return func(f report.Finding) string { return cmp.Or(f.Package, path.Dir(f.File)) }, nil
	}
	here, err := realPath(c.Dir)
	if err != nil {
		return nil, err
	}
	top := topOf(here)
	owner, err := batch.Owners(top)
	if err != nil {
		return nil, err
	}
	return func(f report.Finding) string { return cmp.Or(owner(slashed(top, fullPath(here, f.File))), "nobody") }, nil
}
