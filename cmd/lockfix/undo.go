package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/journal"
)

func (c *CLI) undoCommand() *cobra.Command {
	finish := false
	cmd := &cobra.Command{
		Use:   "undo",
		Short: "Take the last write back",
		Long:  "Undo gives every file that the last fix wrote its old text. Run again it takes\nback the one before, up to ten. A file that was changed since is not touched, and\nthen no other is. A fix that was killed can be taken back too, or finished.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.undo(cmd.Context(), finish)
		},
	}
	cmd.Flags().BoolVar(&finish, "finish", false, "complete a write that was interrupted, instead of taking it back")
	return cmd
}

func (c *CLI) undo(ctx context.Context, finish bool) error {
	j, err := c.journal()
	if err != nil {
		return err
	}
	step, said := j.Undo, "taken back"
	if finish {
		step, said = j.Finish, "finished"
	}
	files, err := step(ctx)
	switch {
	case errors.Is(err, journal.ErrNothing) && finish:
		return errors.New("no write was interrupted: there is nothing to finish")
	case errors.Is(err, journal.ErrNothing):
		return errors.New("there is nothing to take back")
	case err != nil:
		return err
	}
	for _, file := range files {
		if !c.quiet {
			c.say("%s: %s", c.shown(file), said)
		}
	}
	return nil
}

// journal is that of the tree that this CLI works in.
func (c *CLI) journal() (journal.Journal, error) {
	dir, err := c.journalDir()
	return journal.At(dir), err
}

// journalDir is where the journal of this tree is.
func (c *CLI) journalDir() (string, error) { return journal.Place(c.Dir, c.getenv) }

// shown is a path as the user sees it: from the working directory if it lies
// below, and on one line, whatever its name holds.
func (c *CLI) shown(path string) string {
	if here, err := realPath(c.Dir); err == nil && below(here, path) {
		path = slashed(here, path)
	}
	return report.Visible(path)
}
