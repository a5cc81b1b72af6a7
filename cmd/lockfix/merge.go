package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
)

func (c *CLI) mergeCommand() *cobra.Command {
	format := "json"
	cmd := &cobra.Command{
		Use:   "merge REPORT.json...",
		Short: "Make one report of those of several machines",
		Long:  "Merge reads reports in --format json, as the shards of a batch or the jobs of a CI\nmatrix write them, and writes one, in any format. A finding that two of them have\nis there once.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%stakes reports, as --format json writes them", words(cmd))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, files []string) error {
			if err := oneOf("--format", format, report.FormatNames()...); err != nil {
				return err
			}
			return c.merge(files, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "`FORMAT`: "+strings.Join(report.FormatNames(), ", "))
	return cmd
}

func (c *CLI) merge(files []string, format string) error {
	var all []report.Report
	for _, file := range files {
		text, err := os.ReadFile(c.path(file))
		if err != nil {
			return err
		}
		var r report.Report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if r.Version != 1 {
			return fmt.Errorf("%s: is no report of version 1, as --format json writes it", file)
		}
		all = append(all, r)
	}
	merged := report.Merge(all...)
	merged.Tool = version()
	if _, err := c.Stdout.Write(report.Formats[format](merged, func(string) []byte { return nil })); err != nil {
		return err
	}
	c.conclude(merged)
	return asExit(outcome(merged, left(merged, nil)))
}
