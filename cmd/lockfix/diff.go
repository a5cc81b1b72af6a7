package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

func (c *CLI) diffCommand() *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "diff [packages]",
		Short: "Show what fix would write, as a diff that git applies",
		Long:  "Diff is the dry run of fix: it prints a unified diff that `git apply` accepts and\nwrites nothing. With another --format it prints the findings with their fixes.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			result, err := c.run(cmd.Context(), &s, packages)
			if err != nil {
				return err
			}
			if err := c.renderDiff(result, s.format); err != nil {
				return err
			}
			code := exitOK
			if len(result.Changes) > 0 {
				code = exitFindings
			}
			return asExit(outcome(result.Report, code))
		},
	}
	s.bind(cmd)
	s.bindFixes(cmd)
	return cmd
}

func (c *CLI) renderDiff(result *rewrite.Result, format string) error {
	if format != "text" {
		return c.render(result.Report, result, format)
	}
	changes, root := rooted(result.Changes, c.Dir)
	diff := report.Diff(diffs.Unified(changes), c.style())
	if _, err := io.WriteString(c.Stdout, diff); err != nil {
		return err
	}
	if root != "" {
		c.say("some files lie outside the working directory: apply the diff in %s", root)
	}
	c.conclude(result.Report)
	return nil
}

// rooted makes a diff appliable whose files do not all lie below the working
// directory: paths become relative to the nearest directory above all of them,
// which it returns. Where all lie below, root is "" and nothing changes.
func rooted(changes []diffs.Change, dir string) (out []diffs.Change, root string) {
	outside := func(change diffs.Change) bool { return filepath.IsAbs(filepath.FromSlash(change.Path)) }
	if !slices.ContainsFunc(changes, outside) {
		return changes, ""
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return changes, ""
	}
	out = slices.Clone(changes)
	for i := range out {
		path := filepath.FromSlash(out[i].Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, path)
		}
		out[i].Path = path
	}
	for _, change := range out {
		for !below(root, change.Path) && root != filepath.Dir(root) {
			root = filepath.Dir(root)
		}
	}
	for i := range out {
		rel, err := filepath.Rel(root, out[i].Path)
		if err != nil {
			return changes, "" // on another volume
		}
		out[i].Path = filepath.ToSlash(rel)
	}
	return out, root
}

// below reports whether path lies in dir or below it.
func below(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
