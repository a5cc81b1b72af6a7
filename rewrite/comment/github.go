package comment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v84/github"
)

// GitHub is where a pull request is.
type GitHub struct {
	API    string // "https://api.github.com"
	Token  string
	Owner  string
	Repo   string
	Number int
	Dry    io.Writer         // gets what would be written; nil: it is written
	Base   http.RoundTripper // nil: http.DefaultTransport
}

// Post brings the comments on the pull request up to date.
func (g GitHub) Post(ctx context.Context, opts Options) (Outcome, error) {
	client := github.NewClient(client(g.Base, g.Dry))
	if g.Token != "" {
		client = client.WithAuthToken(g.Token)
	}
	client.DisableRateLimitCheck = true // the transport waits
	if g.API != "" {
		base, err := url.Parse(strings.TrimSuffix(g.API, "/") + "/")
		if err != nil {
			return Outcome{}, fmt.Errorf("github: %w", err)
		}
		client.BaseURL = base
	}
	out, err := run(ctx, gitHub{g, client}, opts)
	if err != nil {
		err = fmt.Errorf("github: %w", readOnly(err))
	}
	return out, err
}

// readOnly tells a token that may not write from other failures.
func readOnly(err error) error {
	if failed, ok := errors.AsType[*github.ErrorResponse](err); ok && failed.Response.Request.Method != http.MethodGet {
		if code := failed.Response.StatusCode; code == http.StatusForbidden || code == http.StatusNotFound || code == http.StatusUnauthorized {
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
	}
	return err
}

type gitHub struct {
	GitHub
	client *github.Client
}

// reviewSize is how many comments go into one review: one bad comment loses them all.
const reviewSize = 30

func (g gitHub) load(ctx context.Context) (*change, error) {
	pull, _, err := g.client.PullRequests.Get(ctx, g.Owner, g.Repo, g.Number)
	if err != nil {
		return nil, err
	}
	c := &change{head: pull.GetHead().GetSHA(), base: pull.GetBase().GetSHA(), files: map[string]*changedFile{}}
	page := github.ListOptions{PerPage: 100}
	for {
		files, resp, err := g.client.PullRequests.ListFiles(ctx, g.Owner, g.Repo, g.Number, &page)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if f.GetStatus() != "removed" {
				c.files[f.GetFilename()] = &changedFile{f.GetFilename(), f.GetPreviousFilename(), parsePatch(f.GetPatch()), f.GetPatch() == "" && f.GetChanges() > 0}
			}
		}
		if page.Page = resp.NextPage; page.Page == 0 {
			break
		}
	}
	if err := g.loadComments(ctx, c); err != nil {
		return nil, err
	}
	return c, g.loadSummary(ctx, c)
}

func (g gitHub) loadComments(ctx context.Context, c *change) error {
	opts := &github.PullRequestListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		comments, resp, err := g.client.PullRequests.ListComments(ctx, g.Owner, g.Repo, g.Number, opts)
		if err != nil {
			return err
		}
		for _, old := range comments {
			fingerprint := fingerprintIn(old.GetBody())
			if fingerprint == "" || old.GetInReplyTo() != 0 {
				continue
			}
			gone := strings.Contains(old.GetBody(), goneMark)
			c.posted = append(c.posted, posted{
				id: fmt.Sprint(old.GetID()), fingerprint: fingerprint, body: old.GetBody(), path: old.GetPath(), rule: ruleIn(old.GetBody()), line: old.GetLine(), resolved: gone, gone: gone,
			})
		}
		if opts.Page = resp.NextPage; opts.Page == 0 {
			return nil
		}
	}
}

func (g gitHub) loadSummary(ctx context.Context, c *change) error {
	opts := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		comments, resp, err := g.client.Issues.ListComments(ctx, g.Owner, g.Repo, g.Number, opts)
		if err != nil {
			return err
		}
		for _, old := range comments {
			if strings.Contains(old.GetBody(), summaryMark) {
				c.summary = &posted{id: fmt.Sprint(old.GetID()), body: old.GetBody()}
				return nil
			}
		}
		if opts.Page = resp.NextPage; opts.Page == 0 {
			return nil
		}
	}
}

// post posts reviews. Where GitHub refuses one, its comments are posted one by
// one, and what it refuses then stands on the file, or in the summary alone.
func (g gitHub) post(ctx context.Context, c *change, comments []Comment) (taken []Comment, err error) {
	for some := range slices.Chunk(comments, reviewSize) {
		err := g.review(ctx, c, some)
		if err == nil {
			taken = append(taken, some...)
			continue
		}
		if !refused(err) {
			return taken, err
		}
		for _, comment := range some {
			err := g.single(ctx, c, comment)
			if err != nil && !refused(err) {
				return taken, err
			}
			if err == nil {
				taken = append(taken, comment)
			}
		}
	}
	return taken, nil
}

func (g gitHub) review(ctx context.Context, c *change, comments []Comment) error {
	review := &github.PullRequestReviewRequest{
		CommitID: &c.head, Event: github.Ptr("COMMENT"), Body: github.Ptr(fmt.Sprintf("lockfix: %d new findings.", len(comments))),
	}
	for _, comment := range comments {
		draft := &github.DraftReviewComment{Path: &comment.Path, Body: &comment.Body, Line: &comment.Last, Side: github.Ptr("RIGHT")}
		if comment.First > 0 {
			draft.StartLine, draft.StartSide = &comment.First, github.Ptr("RIGHT")
		}
		review.Comments = append(review.Comments, draft)
	}
	_, _, err := g.client.PullRequests.CreateReview(ctx, g.Owner, g.Repo, g.Number, review)
	return err
}

func (g gitHub) single(ctx context.Context, c *change, comment Comment) error {
	one := &github.PullRequestComment{CommitID: &c.head, Path: &comment.Path, Body: &comment.Body, Line: &comment.Last, Side: github.Ptr("RIGHT")}
	if comment.First > 0 {
		one.StartLine, one.StartSide = &comment.First, github.Ptr("RIGHT")
	}
	_, _, err := g.client.PullRequests.CreateComment(ctx, g.Owner, g.Repo, g.Number, one)
	if !refused(err) {
		return err
	}
	file := &github.PullRequestComment{CommitID: &c.head, Path: &comment.Path, Body: &comment.Body, SubjectType: github.Ptr("file")}
	_, _, err = g.client.PullRequests.CreateComment(ctx, g.Owner, g.Repo, g.Number, file)
	return err
}

// refused reports whether GitHub did not take a comment for what it is.
func refused(err error) bool {
	failed, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && failed.Response.StatusCode == http.StatusUnprocessableEntity
}

func (g gitHub) edit(ctx context.Context, old posted, body string) error {
	_, _, err := g.client.PullRequests.EditComment(ctx, g.Owner, g.Repo, number(old.id), &github.PullRequestComment{Body: &body})
	return err
}

func (g gitHub) reopen(ctx context.Context, old posted, body string) error {
	return g.edit(ctx, old, body)
}

// resolve says in the comment that its finding is gone. A thread can be marked
// as resolved by those alone who may write to the repository.
func (g gitHub) resolve(ctx context.Context, old posted) error {
	return g.edit(ctx, old, goneBody(old))
}

func (g gitHub) summarize(ctx context.Context, c *change, body string) error {
	text := &github.IssueComment{Body: &body}
	switch {
	case c.summary == nil:
		_, _, err := g.client.Issues.CreateComment(ctx, g.Owner, g.Repo, g.Number, text)
		return err
	case !same(c.summary.body, body):
		_, _, err := g.client.Issues.EditComment(ctx, g.Owner, g.Repo, number(c.summary.id), text)
		return err
	}
	return nil
}

func (g gitHub) suggestion(text string, _ int) string { return block("suggestion", text) }

func number(id string) (n int64) {
	fmt.Sscan(id, &n)
	return n
}
