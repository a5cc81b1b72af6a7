package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite/baseline"
)

func (c *CLI) baselineCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "baseline",
		Short: "Keep the findings of today in a file, so that only new ones count",
	})
	cmd.AddCommand(c.baselineWriteCommand())
	return cmd
}

func (c *CLI) baselineWriteCommand() *cobra.Command {
	s := selection{brief: true}
	cmd := &cobra.Command{
		Use:   "write [packages]",
		Short: "Write the findings in packages to the baseline",
		Long:  "Write makes the baseline, or brings it up to date: what was found is in it, what\nwas not found any more is not. Of packages that are not named it keeps what it\nholds. The file is that of --baseline, of the configuration, or " + baseline.Name + ".",
		RunE: func(cmd *cobra.Command, packages []string) error {
			return c.writeBaseline(cmd.Context(), &s, packages)
		},
	}
	s.bind(cmd)
	return cmd
}

func (c *CLI) writeBaseline(ctx context.Context, s *selection, packages []string) error {
	cfg, err := c.project()
	if err != nil {
		return err
	}
	file := cmp.Or(c.baselineFile(s.baseline, cfg), c.path(baseline.Name))
	var was *baseline.Baseline
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		if was, err = baseline.Read(file); err != nil {
			return err
		}
	}
	s.baseline = "none"
	result, err := c.run(ctx, s, packages)
	if err != nil {
		return err
	}
	now := baseline.Of(result.Report, was, result.Looked)
	if err := os.WriteFile(file, now.Encode(), 0o666); err != nil {
		return err
	}
	c.conclude(result.Report)
	if !c.quiet {
		c.say("%s: %d findings are known", c.shown(file), len(now.Known))
	}
	return asExit(outcome(result.Report, exitOK))
}
