package main

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/write"
)

func (c *CLI) fixCommand() *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "fix [packages]",
		Short: "Rewrite the files",
		Long:  "Fix writes what diff shows: all files, or none if one of them cannot be written.\nIt exits with 0 if nothing is left to fix, and with 1 if findings are left.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			result, err := c.run(cmd.Context(), &s, packages)
			if err != nil {
				return err
			}
			if err := writeAll(cmd.Context(), result); err != nil {
				return err
			}
			r := result.Written()
			if err := c.render(r, result, s.format); err != nil {
				return err
			}
			return asExit(outcome(r, left(r, s.only)))
		},
	}
	s.bind(cmd)
	s.bindFixes(cmd)
	return cmd
}

func writeAll(ctx context.Context, result *rewrite.Result) error {
	var files []write.File
	for _, path := range slices.Sorted(maps.Keys(result.After)) {
		files = append(files, write.File{Path: path, Before: result.Before[path], After: result.After[path]})
	}
	return write.Files(ctx, files)
}
