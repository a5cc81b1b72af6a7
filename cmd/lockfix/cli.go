package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/lockfix/lockfix/rewrite"
)

// A CLI is lockfix with the world that it runs in. The zero values of Dir and
// Env are those of the process.
type CLI struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Dir            string
	Env            []string

	quiet bool
	color string // auto, always or never
	rules []string
	conf  string // --config
}

// Run runs the command that args name, and returns its exit code. A reader
// that stops reading has what it wanted: that is success.
func (c *CLI) Run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the first to be heeded
	out := &pipe{w: c.Stdout}
	world := *c
	world.Stdout = out
	first := ""
	if len(args) > 0 {
		first = args[0]
	}
	root := world.commandFor(first)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if out.broken {
		return exitOK
	}
	return world.exitCode(ctx, err)
}

// exitCode says on standard error what went wrong.
func (c *CLI) exitCode(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if code, ok := errors.AsType[exit](err); ok {
		return int(code)
	}
	if ctx.Err() != nil {
		c.say("interrupted: nothing was written")
		return exitInterrupted
	}
	if mistakes, ok := errors.AsType[rewrite.Mistakes](err); ok {
		fmt.Fprintln(c.Stderr, mistakes.Error()) // each line begins with its place
		c.say("rules with mistakes: nothing was checked")
		return exitUsage
	}
	if mistakes, ok := errors.AsType[badConfig](err); ok {
		fmt.Fprintln(c.Stderr, mistakes.Error())
		c.say("the configuration has mistakes: nothing was done")
		return exitUsage
	}
	c.say("%v", err)
	return exitUsage
}

// say writes a line of lockfix's own to standard error.
func (c *CLI) say(format string, args ...any) {
	text := strings.TrimSuffix(fmt.Sprintf(format, args...), "\n")
	fmt.Fprintf(c.Stderr, "lockfix: %s\n", text)
}

// getenv returns the variable's value in the environment of this CLI.
func (c *CLI) getenv(name string) string {
	if c.Env == nil {
		return os.Getenv(name)
	}
	for i := len(c.Env) - 1; i >= 0; i-- { // the last one counts
		if value, ok := strings.CutPrefix(c.Env[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// path returns a path that the user gave, as the process has to open it.
func (c *CLI) path(name string) string {
	if c.Dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// changeDir makes dir, a value of -C, the working directory of this CLI.
func (c *CLI) changeDir(dir string) error {
	if dir == "" {
		return nil
	}
	dir = c.path(dir)
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return fmt.Errorf("-C %s: there is no such directory", dir)
	}
	c.Dir = dir
	return nil
}
