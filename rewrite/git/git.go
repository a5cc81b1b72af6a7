// Package git asks git about a repository, and changes in it what a hook or a
// batch has to change. It is the one door to the git command.
//
// Every question is one run of git, with paths taken literally and its messages
// in English; the environment of the caller goes along, so that GIT_INDEX_FILE,
// which git sets for a hook of `git commit -a`, means what git means by it.
//
// Words: the index holds what the next commit will; a file is held if git can
// give it back as it is.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Repo is a repository with a working tree.
type Repo struct {
	Top string // of the working tree, absolute, without symbolic links
	Dir string // its own git directory, absolute: in a linked tree not that of the others

	env   []string
	apart bool // from the terminal: Ctrl-C does not end a run of git
}

// ErrNone is returned by Open where there is no repository, or no git.
var ErrNone = errors.New("not in a git repository")

// Open returns the repository that dir is in. A nil env is the process's.
func Open(ctx context.Context, dir string, env []string) (*Repo, error) {
	r := &Repo{env: plain(env)}
	out, err := r.runIn(ctx, dir, nil, "rev-parse", "--show-toplevel", "--absolute-git-dir")
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 2 { // a directory may have a line end in its name
		if lines, err = r.oneByOne(ctx, dir, "--show-toplevel", "--absolute-git-dir"); err != nil {
			return nil, err
		}
	}
	r.Top, r.Dir = filepath.FromSlash(lines[0]), filepath.FromSlash(lines[1])
	return r, nil
}

// Undisturbed returns the same repository, for changes that are not to be left half done when somebody
// presses Ctrl-C: the terminal tells git too, and not lockfix alone.
func (r *Repo) Undisturbed() *Repo {
	other := *r
	other.apart = true
	return &other
}

// plain is the caller's environment, with what makes git's answers the same anywhere.
func plain(env []string) []string {
	if env == nil {
		env = os.Environ()
	}
	return append(env[:len(env):len(env)], "LC_ALL=C", "GIT_LITERAL_PATHSPECS=1", "GIT_OPTIONAL_LOCKS=0")
}

// oneByOne asks one question of rev-parse after the other.
func (r *Repo) oneByOne(ctx context.Context, dir string, questions ...string) (answers []string, err error) {
	for _, question := range questions {
		out, err := r.runIn(ctx, dir, nil, "rev-parse", question)
		if err != nil {
			return nil, err
		}
		answers = append(answers, strings.TrimSuffix(string(out), "\n"))
	}
	return answers, nil
}

// run runs git at the top of the working tree.
func (r *Repo) run(ctx context.Context, args ...string) ([]byte, error) {
	return r.runIn(ctx, r.Top, nil, args...)
}

// lines runs git and returns what it prints, cut at NULs (its -z).
func (r *Repo) list(ctx context.Context, args ...string) ([]string, error) {
	out, err := r.run(ctx, args...)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

func (r *Repo) runIn(ctx context.Context, dir string, stdin []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Env = dir, r.env
	if r.apart {
		ownGroup(cmd)
	}
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return out, &Error{Args: args, Stderr: strings.TrimSpace(stderr.String()), Err: err}
	}
	return out, nil
}

// An Error is a run of git that failed.
type Error struct {
	Args   []string
	Stderr string // what git said
	Err    error
}

func (e *Error) Error() string {
	said := e.Stderr
	if said == "" {
		said = e.Err.Error()
	}
	return fmt.Sprintf("git %s: %s", e.Args[0], said)
}

func (e *Error) Unwrap() error { return e.Err }

// Code is the exit code of git, -1 if it did not run.
func (e *Error) Code() int {
	if exit, ok := errors.AsType[*exec.ExitError](e.Err); ok {
		return exit.ExitCode()
	}
	return -1
}
