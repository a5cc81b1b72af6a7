package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/batch"
	"github.com/lockfix/lockfix/rewrite/git"
)

// A batching is the flags of batch.
type batching struct {
	selection
	by, shard     string
	maxFiles      int
	out, branches string
	prBody        string
	again         bool
}

func (c *CLI) batchCommand() *cobra.Command {
	var s batching
	cmd := &cobra.Command{
		Use:   "batch (--out DIR | --branches PREFIX)",
		Short: "Rewrite a whole repository in parts that can be reviewed",
		Long: "Batch finds every module from here downwards, splits the fixes by owner, module,\n" +
			"directory or rule, verifies each part without the others, and writes it as a patch\n" +
			"with the text of a pull request (--out), or as a branch (--branches). The working\n" +
			"tree is not touched. Killed, it goes on where it was.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.batch(cmd.Context(), &s)
		},
	}
	s.bind(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&s.unsafe, "unsafe", false, "also fixes that may change blocking, order or layout")
	flags.StringVar(&s.verify, "verify", "vet", verifyUsage)
	flags.StringVar(&s.by, "by", "owner", "`WHOSE` fixes a part holds: those of one owner (CODEOWNERS), module, directory or rule")
	flags.IntVar(&s.maxFiles, "max-files", 0, "cut parts with more files than this `N`; 0: never")
	flags.StringVar(&s.out, "out", "", "write NN-NAME.patch and NN-NAME.md to this `DIR`")
	flags.StringVar(&s.branches, "branches", "", "make a branch of each part, named `PREFIX` and NN-NAME")
	flags.StringVar(&s.shard, "shard", "", "only the modules of the i-th of n machines, `i/n`")
	flags.StringVar(&s.prBody, "pr-body", "", "write what all parts do to this `FILE`, as the text of one pull request")
	flags.BoolVar(&s.again, "again", false, "forget what an interrupted batch has done")
	return cmd
}

func (c *CLI) batch(ctx context.Context, s *batching) error {
	if err := oneOf("--by", s.by, "owner", "module", "directory", "rule"); err != nil {
		return err
	}
	if s.out == "" && s.branches == "" {
		return errors.New("--out DIR or --branches PREFIX says where the parts go")
	}
	opts, err := c.batchOptions(ctx, s)
	if err != nil {
		return err
	}
	release, err := batch.Hold(opts.State)
	if err != nil {
		return err
	}
	defer release()
	if s.again {
		if err := batch.Forget(opts.State); err != nil {
			return err
		}
	}
	watch := c.progress()
	opts.Progress = watch.show
	result, err := batch.Run(ctx, opts)
	watch.clear()
	if ctx.Err() != nil {
		c.say("interrupted: run it again, it goes on where it was")
		return exit(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if err := c.concludeBatch(s, result); err != nil {
		return err
	}
	if err := batch.Forget(opts.State); err != nil {
		return err
	}
	return asExit(outcome(result.Report, exitOK))
}

func (c *CLI) batchOptions(ctx context.Context, s *batching) (opts batch.Options, err error) {
	root, err := realPath(c.Dir)
	if err != nil {
		return opts, err
	}
	shard, err := batch.ParseShard(s.shard)
	if err != nil {
		return opts, err
	}
	owner, err := batch.Owners(topOf(root))
	if err != nil {
		return opts, err
	}
	state, key, err := c.batchState(ctx, s, root)
	if err != nil {
		return opts, err
	}
	prefix := slashed(topOf(root), root)
	tests := ""
	if s.verify == "test" || s.verify == "race" {
		tests = s.verify
	}
	return batch.Options{
		Tests: tests, Root: root, By: batch.By(s.by), MaxFiles: s.maxFiles, Shard: shard, State: state, Key: key,
		Owner: func(file string) string { return owner(filepath.ToSlash(filepath.Join(prefix, file))) },
		Configured: func(dir string) (rewrite.Options, error) {
			return s.selection.in(c, dir)
		},
		Write: func(ctx context.Context, p batch.Part) error { return c.writePart(ctx, s, prefix, p) },
	}, nil
}

// batchState is where it is noted what is done, and for what.
func (c *CLI) batchState(ctx context.Context, s *batching, root string) (dir, key string, err error) {
	j, err := c.journalDir()
	if err != nil {
		return "", "", err
	}
	repo, err := git.Open(ctx, root, c.Env)
	if err != nil {
		return "", "", fmt.Errorf("batch: %w", err)
	}
	tree, err := repo.State(ctx)
	if err != nil {
		return "", "", fmt.Errorf("batch: %w", err)
	}
	asked := fmt.Sprintf("%s\n%+v\n%v\n%s\n%s", version(), *s, c.rules, root, tree)
	sum := sha256.Sum256([]byte(asked))
	return filepath.Join(filepath.Dir(j), "batch"), hex.EncodeToString(sum[:]), nil
}

// writePart writes a part; doing it twice does it once.
func (c *CLI) writePart(ctx context.Context, s *batching, prefix string, p batch.Part) error {
	files := map[string][]byte{}
	for i, change := range p.Changes { // git names files from the top
		p.Changes[i].Path = filepath.ToSlash(filepath.Join(prefix, change.Path))
		files[p.Changes[i].Path] = change.After
	}
	if s.branches != "" {
		repo, err := git.Open(ctx, cmp.Or(c.Dir, "."), c.Env)
		if err != nil {
			return err
		}
		if err := repo.Branch(ctx, s.branches+p.Slug(), p.Message(), files); err != nil {
			return err
		}
	}
	if s.out == "" {
		return nil
	}
	dir := c.path(s.out)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, p.Slug()+".md"), []byte(p.Body())); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, p.Slug()+".patch"), []byte(p.Patch()))
}

// replaceFile writes a file at one instant.
func replaceFile(path string, text []byte) error {
	temporary := path + ".lockfix-new"
	if err := os.WriteFile(temporary, text, 0o666); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
