package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/watch"
)

const watchAbout = `Watch checks packages ("." if none is named), and again on every save: the
program stays in memory, so that a save costs what it touches. Rules and the
configuration are read again when their files change; one with a mistake is
reported, and the last good ones are kept.

It runs until it is interrupted.`

func (c *CLI) watchCommand() *cobra.Command {
	s := selection{brief: true}
	cmd := &cobra.Command{
		Use:   "watch [packages]",
		Short: "Check again on every save",
		Long:  watchAbout,
		RunE: func(cmd *cobra.Command, packages []string) error {
			return c.watch(cmd.Context(), &s, packages)
		},
	}
	s.bind(cmd)
	return cmd
}

// An observer is a watch that goes on.
type observer struct {
	*CLI
	selection *selection
	packages  []string
	watcher   *watch.Watcher
	session   rewrite.Session
	ruleDirs  []string // of the options in use
	shown     string   // the last report
}

// watch answers until the context is done: that is how it is meant to end.
func (c *CLI) watch(ctx context.Context, s *selection, packages []string) error {
	watcher, err := watch.New(func(name string) bool {
		return load.IsInput(name) || filepath.Ext(name) == ".json"
	})
	if err != nil {
		return err
	}
	defer watcher.Close()
	o := &observer{CLI: c, selection: s, packages: packages, watcher: watcher}
	if _, err := s.options(c, packages); err != nil {
		return err // it was wrong from the beginning
	}
	for {
		o.observe(ctx)
		if _, err := watcher.Next(ctx); ctx.Err() != nil {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// observe checks once, and tells what is new. What is wrong now may be mended by
// the next save.
func (o *observer) observe(ctx context.Context) {
	began := time.Now()
	o.attend() // before the check: what changes meanwhile is the next one's
	result, err := o.check(ctx)
	if ctx.Err() != nil {
		return
	}
	o.attend()
	if err != nil {
		o.exitCode(ctx, err)
		o.say("waiting for the next save")
		return
	}
	o.tell(result, time.Since(began))
}

// check runs the session with the options as they are now, or with the last ones
// that were right.
func (o *observer) check(ctx context.Context) (*rewrite.Result, error) {
	now := *o.selection
	now.enable, now.disable = append([]string(nil), now.enable...), append([]string(nil), now.disable...)
	opts, err := now.options(o.CLI, o.packages)
	if err == nil {
		err = o.session.Use(opts)
	}
	switch {
	case err == nil:
		o.ruleDirs = opts.RuleDirs
	case o.session.Inputs() == nil:
		return nil, err
	default:
		o.exitCode(ctx, err)
		o.say("the rules and settings before that are kept")
	}
	return o.session.Run(ctx)
}

// attend watches the directories that decide the answer.
func (o *observer) attend() {
	dirs := o.session.Inputs()
	if len(dirs) == 0 {
		dirs = []string{o.path(".")}
	}
	if file := o.projectFile(); file != "" {
		dirs = append(dirs, filepath.Dir(file))
	}
	o.watcher.Watch(append(dirs, o.ruleDirs...))
}

// tell shows a report that is another than the last one.
func (o *observer) tell(result *rewrite.Result, took time.Duration) {
	var all strings.Builder
	quiet := *o.CLI
	quiet.Stdout = &all
	if err := quiet.write(result.Report, result, o.selection.format); err != nil {
		o.say("%v", err)
		return
	}
	problems := string(report.Problems(result.Report))
	if now := all.String() + problems; now != o.shown {
		o.shown = now
		fmt.Fprint(o.Stdout, all.String())
		fmt.Fprint(o.Stderr, problems)
	}
	if !o.quiet {
		o.say("%s; %s", report.Summary(result.Report), took.Round(time.Millisecond))
	}
}
