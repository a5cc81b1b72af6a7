package comment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	gitlab "gitlab.com/gitlab-org/api/client-go"
)

// GitLab is where a merge request is.
type GitLab struct {
	API     string // "https://gitlab.com/api/v4"
	Token   string
	Project string // number or path
	Number  int    // the IID
	Dry     io.Writer
	Base    http.RoundTripper
}

// Post brings the discussions of the merge request up to date.
func (g GitLab) Post(ctx context.Context, opts Options) (Outcome, error) {
	client, err := gitlab.NewClient(g.Token, gitlab.WithBaseURL(g.API), gitlab.WithHTTPClient(client(g.Base, g.Dry)), gitlab.WithCustomRetryMax(0))
	if err != nil {
		return Outcome{}, fmt.Errorf("gitlab: %w", err)
	}
	out, err := run(ctx, &gitLab{GitLab: g, client: client}, opts)
	if err != nil {
		err = fmt.Errorf("gitlab: %w", readOnlyLab(err))
	}
	return out, err
}

func readOnlyLab(err error) error {
	if failed, ok := errors.AsType[*gitlab.ErrorResponse](err); ok && failed.Response.Request.Method != http.MethodGet {
		if code := failed.Response.StatusCode; code == http.StatusForbidden || code == http.StatusUnauthorized {
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
	}
	return err
}

type gitLab struct {
	GitLab
	client      *gitlab.Client
	base, start string // commits of the diff
}

func (g *gitLab) iid() int64 { return int64(g.Number) }

func (g *gitLab) load(ctx context.Context) (*change, error) {
	mr, _, err := g.client.MergeRequests.GetMergeRequest(g.Project, g.iid(), nil, gitlab.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	g.base, g.start = mr.DiffRefs.BaseSha, mr.DiffRefs.StartSha
	c := &change{head: mr.DiffRefs.HeadSha, base: g.base, files: map[string]*changedFile{}}
	opts := &gitlab.ListMergeRequestDiffsOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}
	for {
		diffs, resp, err := g.client.MergeRequests.ListMergeRequestDiffs(g.Project, g.iid(), opts, gitlab.WithContext(ctx))
		if err != nil {
			return nil, err
		}
		for _, f := range diffs {
			if !f.DeletedFile {
				c.files[f.NewPath] = &changedFile{f.NewPath, f.OldPath, parsePatch(f.Diff), f.Diff == "" && (f.Collapsed || f.TooLarge)}
			}
		}
		if opts.Page = resp.NextPage; opts.Page == 0 {
			return c, g.loadDiscussions(ctx, c)
		}
	}
}

func (g *gitLab) loadDiscussions(ctx context.Context, c *change) error {
	opts := &gitlab.ListMergeRequestDiscussionsOptions{ListOptions: gitlab.ListOptions{PerPage: 100}}
	for {
		all, resp, err := g.client.Discussions.ListMergeRequestDiscussions(g.Project, g.iid(), opts, gitlab.WithContext(ctx))
		if err != nil {
			return err
		}
		for _, d := range all {
			if len(d.Notes) > 0 {
				c.remember(d.ID, d.Notes[0])
			}
		}
		if opts.Page = resp.NextPage; opts.Page == 0 {
			return nil
		}
	}
}

// remember takes the first note of a discussion for what it is to lockfix.
func (c *change) remember(thread string, note *gitlab.Note) {
	old := posted{id: fmt.Sprint(note.ID), thread: thread, body: note.Body, rule: ruleIn(note.Body), resolved: note.Resolved, gone: strings.Contains(note.Body, goneMark)}
	if strings.Contains(note.Body, summaryMark) {
		c.summary = &old
		return
	}
	if old.fingerprint = fingerprintIn(note.Body); old.fingerprint == "" {
		return
	}
	if note.Position != nil {
		old.line, old.path = int(note.Position.NewLine), note.Position.NewPath
	}
	c.posted = append(c.posted, old)
}

func (g *gitLab) post(ctx context.Context, c *change, comments []Comment) (taken []Comment, err error) {
	for _, comment := range comments {
		opts := &gitlab.CreateMergeRequestDiscussionOptions{Body: &comment.Body, Position: g.position(c, comment)}
		_, _, err := g.client.Discussions.CreateMergeRequestDiscussion(g.Project, g.iid(), opts, gitlab.WithContext(ctx))
		if refusedLab(err) { // the line: the discussion is one of the whole
			opts.Position = nil
			_, _, err = g.client.Discussions.CreateMergeRequestDiscussion(g.Project, g.iid(), opts, gitlab.WithContext(ctx))
		}
		if err != nil && !refusedLab(err) {
			return taken, err
		}
		if err == nil {
			taken = append(taken, comment)
		}
	}
	return taken, nil
}

// refusedLab reports whether GitLab did not take a comment for what it is.
func refusedLab(err error) bool {
	failed, ok := errors.AsType[*gitlab.ErrorResponse](err)
	return ok && failed.Response.StatusCode == http.StatusBadRequest
}

// position names the line in both texts where it is not new.
func (g *gitLab) position(c *change, comment Comment) *gitlab.PositionOptions {
	line := int64(comment.Last)
	at := &gitlab.PositionOptions{
		BaseSHA: &g.base, StartSHA: &g.start, HeadSHA: &c.head, PositionType: gitlab.Ptr("text"),
		NewPath: &comment.Path, OldPath: &comment.OldPath, NewLine: &line,
	}
	if comment.OldLine > 0 {
		at.OldLine = gitlab.Ptr(int64(comment.OldLine))
	}
	return at
}

func (g *gitLab) edit(ctx context.Context, old posted, body string) error {
	_, _, err := g.client.Notes.UpdateMergeRequestNote(g.Project, g.iid(), number(old.id), &gitlab.UpdateMergeRequestNoteOptions{Body: &body}, gitlab.WithContext(ctx))
	return err
}

// resolve says why, so that the next run can tell it from what a person resolved.
func (g *gitLab) resolve(ctx context.Context, old posted) error {
	if err := g.edit(ctx, old, goneBody(old)); err != nil {
		return err
	}
	return g.setResolved(ctx, old, true)
}

func (g *gitLab) reopen(ctx context.Context, old posted, body string) error {
	if err := g.edit(ctx, old, body); err != nil {
		return err
	}
	return g.setResolved(ctx, old, false)
}

func (g *gitLab) setResolved(ctx context.Context, old posted, yes bool) error {
	opts := &gitlab.ResolveMergeRequestDiscussionOptions{Resolved: &yes}
	_, _, err := g.client.Discussions.ResolveMergeRequestDiscussion(g.Project, g.iid(), old.thread, opts, gitlab.WithContext(ctx))
	return err
}

func (g *gitLab) summarize(ctx context.Context, c *change, body string) error {
	switch {
	case c.summary == nil:
		_, _, err := g.client.Notes.CreateMergeRequestNote(g.Project, g.iid(), &gitlab.CreateMergeRequestNoteOptions{Body: &body}, gitlab.WithContext(ctx))
		return err
	case !same(c.summary.body, body):
		return g.edit(ctx, *c.summary, body)
	}
	return nil
}

// suggestion counts the lines above the one that is commented on.
func (g *gitLab) suggestion(text string, n int) string {
	return block(fmt.Sprintf("suggestion:-%d+0", n-1), text)
}
