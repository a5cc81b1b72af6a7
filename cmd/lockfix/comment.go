package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/comment"
	"github.com/lockfix/lockfix/rewrite/git"
)

// A commenting is the flags of comment github and comment gitlab.
type commenting struct {
	selection
	repo   string // or the project
	number int
	limit  int
	dry    bool
}

func (c *CLI) commentCommand() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "comment",
		Short: "Put findings on the lines of a pull request, with suggestions",
	})
	cmd.AddCommand(
		c.commentOn("github", "pull request", "`OWNER/REPO` (default: GITHUB_REPOSITORY)", c.toGitHub),
		c.commentOn("gitlab", "merge request", "the `PROJECT`, by number or path (default: CI_PROJECT_ID)", c.toGitLab),
	)
	return cmd
}

func (c *CLI) commentOn(name, what, repo string, post func(context.Context, *commenting, comment.Options) (comment.Outcome, error)) *cobra.Command {
	var s commenting
	cmd := &cobra.Command{
		Use:   name + " [packages]",
		Short: "Bring lockfix's comments on a " + what + " up to date",
		Long: "It comments on the lines that the " + what + " shows, once for each finding: a safe\nfix " +
			"in one place is a suggestion, any other is folded into the comment. What is gone\n" +
			"is resolved; what somebody deleted does not come back. Run it on the commit that\n" +
			"is the head of the " + what + ". The token comes from the environment.",
		RunE: func(cmd *cobra.Command, packages []string) error {
			return c.comment(cmd.Context(), &s, packages, post)
		},
	}
	s.bind(cmd)
	cmd.Flags().StringVar(&s.repo, "repo", "", repo)
	cmd.Flags().IntVar(&s.number, "number", 0, "`N` of the "+what+" (default: that of the CI job)")
	cmd.Flags().IntVar(&s.limit, "limit", 10, "at most `N` comments wait for an answer")
	cmd.Flags().BoolVar(&s.dry, "dry-run", false, "print the requests that would write")
	return cmd
}

func (c *CLI) comment(ctx context.Context, s *commenting, packages []string, post func(context.Context, *commenting, comment.Options) (comment.Outcome, error)) error {
	result, err := c.run(ctx, &s.selection, packages)
	if err != nil {
		return err
	}
	here := c.sources(result)
	named := c.fromTop(result.Report)
	opts := comment.Options{
		Report: named.report, Limit: s.limit, Diff: c.diffOf, Looked: c.looked(result),
		Sources: func(file string) []byte { return here(named.name(file)) },
	}
	out, err := post(ctx, s, opts)
	if errors.Is(err, comment.ErrReadOnly) {
		c.say("%v: the findings are told as annotations instead", err)
		return c.write(result.Report, result, "github-actions")
	}
	if err != nil {
		return err
	}
	c.conclude(result.Report)
	if !c.quiet {
		verb := ""
		if s.dry {
			verb = "to be "
		}
		c.say("comments: %d %sposted, %d %supdated, %d %sresolved, %d as they were; %d findings elsewhere, %d beyond the limit",
			out.Posted, verb, out.Updated, verb, out.Resolved, verb, out.Kept, out.Elsewhere, out.Over)
	}
	return asExit(outcome(result.Report, exitOK))
}

func (c *CLI) toGitHub(ctx context.Context, s *commenting, opts comment.Options) (comment.Outcome, error) {
	owner, repo, ok := strings.Cut(or(s.repo, c.getenv("GITHUB_REPOSITORY")), "/")
	if !ok {
		return comment.Outcome{}, errors.New("--repo OWNER/REPO says where the pull request is")
	}
	if s.number == 0 { // refs/pull/12/merge
		s.number, _ = strconv.Atoi(strings.Split(c.getenv("GITHUB_REF")+"//", "/")[2])
	}
	if s.number == 0 {
		return comment.Outcome{}, errors.New("--number says which pull request")
	}
	return comment.GitHub{
		API: c.getenv("GITHUB_API_URL"), Token: or(c.getenv("GITHUB_TOKEN"), c.getenv("GH_TOKEN")),
		Owner: owner, Repo: repo, Number: s.number, Dry: c.dry(s),
	}.Post(ctx, opts)
}

func (c *CLI) toGitLab(ctx context.Context, s *commenting, opts comment.Options) (comment.Outcome, error) {
	project := or(s.repo, c.getenv("CI_PROJECT_ID"))
	if s.number == 0 {
		s.number, _ = strconv.Atoi(c.getenv("CI_MERGE_REQUEST_IID"))
	}
	if project == "" || s.number == 0 {
		return comment.Outcome{}, fmt.Errorf("--repo and --number say which merge request")
	}
	return comment.GitLab{
		API: or(c.getenv("CI_API_V4_URL"), "https://gitlab.com/api/v4"), Token: c.getenv("GITLAB_TOKEN"),
		Project: project, Number: s.number, Dry: c.dry(s),
	}.Post(ctx, opts)
}

// looked says of a file, named from the top of the repository, and a rule whether that was asked there;
// in a file that is no more nothing is found, for sure.
func (c *CLI) looked(result *rewrite.Result) func(file, rule string) bool {
	here, err := realPath(c.Dir)
	top := topOf(here)
	return func(file, rule string) bool {
		if file == "" || err != nil {
			return len(result.Report.Errors) == 0
		}
		full := filepath.Join(top, filepath.FromSlash(file))
		if _, err := os.Lstat(full); errors.Is(err, fs.ErrNotExist) {
			return true
		}
		rel, err := filepath.Rel(here, full)
		return err == nil && result.Ran(rule) && (result.LookedIn(filepath.ToSlash(rel)) || result.LookedIn(filepath.ToSlash(full)))
	}
}

// diffOf is the diff of a file between two commits, "" where they are not here, as in a shallow clone.
func (c *CLI) diffOf(ctx context.Context, base, head, oldPath, path string) string {
	repo, err := git.Open(ctx, or(c.Dir, "."), c.Env)
	if err != nil {
		return ""
	}
	text, _ := repo.Diff(ctx, base, head, or(oldPath, path), path)
	return string(text)
}

func (c *CLI) dry(s *commenting) io.Writer {
	if s.dry {
		return c.Stdout
	}
	return nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// A topped report names files from the top of the repository.
type topped struct {
	report report.Report
	names  map[string]string // from the top → from the working directory
}

func (t topped) name(file string) string { return or(t.names[file], file) }

// fromTop names the files of a report as a service does.
func (c *CLI) fromTop(r report.Report) topped {
	t := topped{report: r, names: map[string]string{}}
	here, err := realPath(c.Dir)
	if err != nil {
		return t
	}
	top := topOf(here)
	rename := func(file string) string {
		path := fullPath(here, file)
		if file == "" || !below(top, path) {
			return file
		}
		name := slashed(top, path)
		t.names[name] = file
		return name
	}
	t.report.Findings = nil
	for _, f := range r.Findings {
		t.report.Findings = append(t.report.Findings, f.Renamed(rename))
	}
	return t
}
