package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/baseline"
	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/plan"
	"github.com/lockfix/lockfix/rules"
)

// A selection is the flags that check, diff and fix share: which packages,
// which rules, and how the report is written.
type selection struct {
	format          string
	enable, disable []string
	tests           bool
	tags            []string
	goos, goarch    []string
	jobs            int
	unsafe          bool
	only, rules     []string
	baseline        string
	prefer          string // a kind of fix; "": none
	pad             bool
	verify          string // types, vet, test or race; "": vet
	brief           bool   // nothing is made of the fixes: they are told of
	noFixes         bool   // nor that

	known *baseline.Baseline // what stands in it; nil: there is none
}

func (s *selection) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&s.format, "format", "text", "`FORMAT` of the report: "+strings.Join(report.FormatNames(), ", "))
	flags.StringSliceVar(&s.enable, "enable", nil, "only these rules, by `ID,...`")
	flags.StringSliceVar(&s.disable, "disable", nil, "not these rules, by `ID,...`")
	flags.BoolVar(&s.tests, "tests", true, "test files too")
	flags.StringSliceVar(&s.tags, "tags", nil, "build `TAGS`")
	flags.StringSliceVar(&s.goos, "goos", nil, "check for each `GOOS,...`; a fix has to hold for all")
	flags.StringSliceVar(&s.goarch, "goarch", nil, "check for each `GOARCH,...`")
	flags.StringVar(&s.baseline, "baseline", "", "a `FILE` of findings that are known and do not count; none: all count")
	flags.BoolVar(&s.pad, "pad", false, "also look for false sharing: words on one cache line that different goroutines write in loops; padding between them is an unsafe fix")
	flags.StringVar(&s.prefer, "prefer", "", "how shared memory is repaired where that is sound, `KIND`: "+strings.Join(plan.Kinds, ", "))
	flags.IntVarP(&s.jobs, "jobs", "j", 0, "how many packages at a time, `N`; 0: as many as processors")
}

const verifyUsage = "how far fixes are verified, `HOW`: types; vet (nothing new from go vet); test (the tests of what changes and of what depends on it pass); race"

// bindFixes adds the flags that say which fixes are made.
func (s *selection) bindFixes(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.unsafe, "unsafe", false, "also fixes that may change blocking, order or layout")
	cmd.Flags().StringVar(&s.verify, "verify", "vet", verifyUsage)
	cmd.Flags().StringSliceVar(&s.rules, "rule", nil, "only the fixes of these rules, by `ID,...`")
	cmd.Flags().StringSliceVar(&s.only, "only", nil, "only the fixes of these findings, by `FINGERPRINT,...` (the id in --format json)")
}

// options are those of the run on packages.
func (s *selection) options(c *CLI, packages []string) (rewrite.Options, error) {
	if err := oneOf("--format", s.format, report.FormatNames()...); err != nil {
		return rewrite.Options{}, err
	}
	if s.verify != "" {
		if err := oneOf("--verify", s.verify, "types", "vet", "test", "race"); err != nil {
			return rewrite.Options{}, err
		}
	}
	if s.prefer != "" {
		if err := oneOf("--prefer", s.prefer, plan.Kinds...); err != nil {
			return rewrite.Options{}, err
		}
	}
	cfg, err := c.project()
	if err != nil {
		return rewrite.Options{}, err
	}
	library, err := rewrite.Library(c.ruleDirs(cfg))
	if err != nil {
		return rewrite.Options{}, err
	}
	for _, names := range [][]string{s.enable, s.disable, s.rules} {
		for i, name := range names {
			rule, err := find(library, name)
			if err != nil {
				return rewrite.Options{}, err
			}
			names[i] = rule.ID
		}
	}
	kept, err := cache.Dir()
	if err != nil {
		return rewrite.Options{}, err
	}
	opts := rewrite.Options{
		RuleDirs:  c.ruleDirs(cfg),
		Config:    cfg,
		Enable:    s.enable,
		Disable:   s.disable,
		Only:      s.only,
		OnlyRules: s.rules,
		Prefer:    s.prefer,
		Pad:       s.pad,
		Brief:     s.brief,
		NoFixes:   s.noFixes,
		Cache:     cache.Open(kept),
		Largest:   expect,
		Load: load.Config{
			Dir: c.Dir, Patterns: packages, NoTests: !s.tests, Tags: s.tags,
			Platforms: s.platforms(), Env: c.Env, Jobs: s.jobs,
		},
	}
	opts.NoVet = s.verify == "types"
	if s.unsafe {
		opts.Level = rules.Unsafe
	}
	return opts, c.settle(s, cfg, &opts)
}

// meant is a report with the findings of the rules alone whose fixes are asked for.
func (s *selection) meant(r report.Report) report.Report {
	if len(s.rules) > 0 {
		r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f report.Finding) bool {
			return !slices.Contains(s.rules, f.Rule)
		})
	}
	return r
}

// platforms is every pair of the two lists; a list that is empty is the
// environment's value.
func (s *selection) platforms() (all []load.Platform) {
	goos, goarch := s.goos, s.goarch
	if len(goos)+len(goarch) == 0 {
		return nil
	}
	if len(goos) == 0 {
		goos = []string{""}
	}
	if len(goarch) == 0 {
		goarch = []string{""}
	}
	for _, system := range goos {
		for _, machine := range goarch {
			all = append(all, load.Platform{GOOS: system, GOARCH: machine})
		}
	}
	return all
}
