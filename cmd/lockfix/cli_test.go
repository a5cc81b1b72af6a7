package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// A brokenPipe is a reader that has gone away.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

// A fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestABrokenPipeIsSuccess(t *testing.T) {
	cli := CLI{Stdout: brokenPipe{}, Stderr: io.Discard}
	if code := cli.Run([]string{"version"}); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestALostOutputIsNoSuccess(t *testing.T) {
	var stderr strings.Builder
	cli := CLI{Stdout: fullDisk{}, Stderr: &stderr}
	if code := cli.Run([]string{"rules", "list"}); code != exitUsage || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

func TestBadUsage(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"chek", `there is no command "chek": did you mean "check"?`},
		{"rules lst", `there is no command "rules lst": did you mean "list"?`},
		{"check --fromat json", "unknown flag: --fromat: did you mean --format?"},
		{"check -x", "unknown shorthand flag: 'x' in -x: `lockfix check --help` lists the flags"},
		{"check -j many", "`lockfix check --help` lists the flags"},
		{"check --format xml", `--format "xml": it is one of checkstyle, github-actions, gitlab,`},
		{"check --color blue", `--color "blue": it is one of auto, always, never`},
		{"check --only x", "unknown flag: --only"}, // check makes no fixes
		{"-C /no/such/directory check", "-C /no/such/directory: there is no such directory"},
		{"explain", "explain takes the id of one rule"},
		{"rules show a b", "rules show takes the id of one rule"},
		{"rules list extra", "rules list takes no arguments"},
		{"rules lint", "rules lint takes directories of *.json rules"},
	} {
		var stdout, stderr strings.Builder
		cli := CLI{Stdout: &stdout, Stderr: &stderr, Dir: t.TempDir()}
		code := cli.Run(strings.Fields(test.args))
		if code != exitUsage || stdout.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("lockfix %s: exit code %d, standard output %q, standard error %q; want %q", test.args, code, &stdout, &stderr, test.want)
		}
	}
}

func TestWithoutACommandTheHelpIsShown(t *testing.T) {
	for _, args := range [][]string{{}, {"rules"}} {
		var stdout, stderr strings.Builder
		cli := CLI{Stdout: &stdout, Stderr: &stderr}
		if code := cli.Run(args); code != exitUsage || stdout.Len() > 0 || !strings.Contains(stderr.String(), "Commands:") {
			t.Errorf("%q: exit code %d, standard output %q, standard error %q", args, code, &stdout, &stderr)
		}
	}
}

func TestTheWorstNewsDecidesTheExitCode(t *testing.T) {
	finding := func(status report.Status) report.Report {
		r := report.Report{Findings: []report.Finding{{ID: "a", Fix: report.Fix{Status: status}}}}
		r.Counts = report.Tally(r.Findings)
		return r
	}
	broken := finding(report.RolledBack)
	broken.Errors = []report.Error{{Message: "x"}}
	unloaded := finding(report.Fixed)
	unloaded.Errors = broken.Errors
	lost := finding("nowhere")
	suppressed := finding(report.Skipped)
	suppressed.Findings[0].Suppressed = true
	for name, test := range map[string]struct {
		r    report.Report
		only []string
		want int
	}{
		"nothing":            {r: report.Report{}, want: exitOK},
		"fixed":              {r: finding(report.Fixed), want: exitOK},
		"fixable":            {r: finding(report.Fixable), want: exitFindings},
		"refused":            {r: finding(report.Refused), want: exitFindings},
		"skipped":            {r: finding(report.Skipped), want: exitFindings},
		"suppressed":         {r: suppressed, want: exitOK},
		"another was asked":  {r: finding(report.Fixable), only: []string{"b"}, want: exitOK},
		"this one was asked": {r: finding(report.Fixable), only: []string{"a"}, want: exitFindings},
		"not loaded":         {r: unloaded, want: exitIncomplete},
		"a finding is lost":  {r: lost, want: exitIncomplete},
		"rolled back":        {r: finding(report.RolledBack), want: exitRolledBack},
		"both":               {r: broken, want: exitRolledBack},
	} {
		if got := outcome(test.r, left(test.r, test.only)); got != test.want {
			t.Errorf("%s: exit code %d, want %d", name, got, test.want)
		}
	}
}

func TestColour(t *testing.T) {
	for _, test := range []struct {
		color string
		env   []string
		want  report.Style
	}{
		{"auto", nil, report.Style{}}, // not a terminal
		{"always", []string{"NO_COLOR=1"}, report.Colour},
		{"never", nil, report.Style{}},
	} {
		cli := CLI{Stdout: &bytes.Buffer{}, Env: test.env, color: test.color}
		if got := cli.style(); got != test.want {
			t.Errorf("--color %s, %v: got %+v", test.color, test.env, got)
		}
	}
}

func TestTheLastSettingOfAVariableCounts(t *testing.T) {
	cli := CLI{Env: []string{"NO_COLOR=1", "X=y", "NO_COLOR="}}
	if got := cli.getenv("NO_COLOR"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestProgressIsQuietForShortRunsAndForNobody(t *testing.T) {
	var out strings.Builder
	p := &progress{w: &out}
	p.show(1, 3, "a/b") // its time has come
	p.show(2, 3, "c")   // too soon after the last
	if got := out.String(); got != "\r\x1b[K1/3 a/b" {
		t.Errorf("got %q", got)
	}
	p.clear()
	p.clear()
	if got := out.String(); strings.Count(got, "\r\x1b[K") != 2 {
		t.Errorf("got %q", got)
	}
	cli := CLI{Stderr: &out}
	none := cli.progress()
	none.show(1, 1, "x")
	none.clear()
	if none != nil || strings.Contains(out.String(), "x") {
		t.Errorf("progress is shown where there is no terminal: %q", &out)
	}
}

// Names are from the top of the repository, and the message says where a diff
// must be applied that reaches out of the working directory.
func TestTheNamesInADiff(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"repo/.git", "repo/sub/deep", "repo/other", "plain/sub", "plain/other"} {
		if err := os.MkdirAll(filepath.Join(base, filepath.FromSlash(dir)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(base, "repo", "sub"), filepath.Join(base, "link")); err != nil {
		t.Skip(err)
	}
	for _, test := range []struct{ dir, file, name, elsewhere string }{
		{"repo", "a.go", "a.go", ""},
		{"repo/sub", "deep/a.go", "sub/deep/a.go", ""},
		{"repo/sub", "/repo/other/a.go", "other/a.go", "/repo"},
		{"repo/sub", "/plain/a.go", "plain/a.go", "/"},
		{"link", "deep/a.go", "sub/deep/a.go", ""},
		{"link", "/link/deep/a.go", "sub/deep/a.go", ""},
		{"plain/sub", "a.go", "a.go", ""},
		{"plain/sub", "/plain/other/a.go", "other/a.go", "/plain"},
	} {
		file := test.file
		if rest, ok := strings.CutPrefix(file, "/"); ok {
			file = filepath.ToSlash(filepath.Join(base, filepath.FromSlash(rest)))
		}
		got, elsewhere := rooted([]diffs.Change{{Path: file}}, filepath.Join(base, filepath.FromSlash(test.dir)))
		want := ""
		if test.elsewhere != "" {
			want = filepath.Join(base, filepath.FromSlash(test.elsewhere))
		}
		if got[0].Path != test.name || elsewhere != want {
			t.Errorf("in %s, %s: got %s, to be applied in %q", test.dir, test.file, got[0].Path, elsewhere)
		}
	}
}
