// Package comment puts findings where a change is reviewed: on a pull request of
// GitHub, on a merge request of GitLab.
//
// A service takes a comment only on the lines of the change's own diff, and one
// that it does not take may lose all the others; so every comment is held against
// the diff first. A suggestion is one range of lines that a button accepts; a fix
// that does not fit one range is never one, since half of a lock fix is a
// deadlock: it is folded into the comment as a patch, with the command that makes
// it.
//
// Every comment bears a mark with the fingerprint of its finding, and the summary
// remembers which were posted: nothing is posted twice, and what somebody has
// deleted does not come back.
package comment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
)

// Options say what is posted where.
type Options struct {
	Report  report.Report // files are named from the top of the repository
	Sources report.Sources
	// Diff is the unified diff of one file from where the change began, of which base is a
	// commit, to its head: for what the service withholds, as too large. nil, or "": not known.
	Diff func(ctx context.Context, base, head, oldPath, path string) string
	// Looked reports whether a rule was asked in a file: only then is a finding gone that is not in
	// the report. nil: all were.
	Looked func(file, rule string) bool
	Limit  int // of comments on lines; the rest stands in the summary. 0: 10
}

// An Outcome is what became of the comments.
type Outcome struct {
	Posted, Updated, Resolved, Kept int
	Elsewhere                       int // findings that are on no line of the change, or that the service does not take
	Withheld                        int // of Elsewhere: in files whose diff nobody gives
	Over                            int // beyond the limit
}

// ErrReadOnly is returned where the token may not write, as for a change that
// comes from a fork.
var ErrReadOnly = errors.New("the token may not write to this change")

// A Comment is one remark on a range of lines of the new text.
type Comment struct {
	Fingerprint string
	Path        string
	First, Last int // First is 0 for one line
	OldLine     int // of Last, where that line is not new; 0 otherwise
	OldPath     string
	Body        string
	Suggests    bool
}

// A service is a place where changes are reviewed.
type service interface {
	// load reads the change, its diff and what lockfix has said before.
	load(ctx context.Context) (*change, error)
	// post posts comments that lie on the change's diff, and returns those that
	// the service took.
	post(ctx context.Context, c *change, comments []Comment) ([]Comment, error)
	edit(ctx context.Context, old posted, body string) error
	// reopen takes back that a finding is gone.
	reopen(ctx context.Context, old posted, body string) error
	// resolve says that the finding of a comment is gone.
	resolve(ctx context.Context, old posted) error
	// summarize writes the one comment that sums up.
	summarize(ctx context.Context, c *change, body string) error
	// suggestion is the block for a replacement of n lines, of which the last is
	// commented on.
	suggestion(text string, n int) string
}

// A change is a pull or merge request as the service has it.
type change struct {
	head    string
	base    string                  // where it began, or what it goes to
	files   map[string]*changedFile // by new path
	posted  []posted
	summary *posted
}

// A posted comment is one of lockfix's that is there already.
type posted struct {
	id, thread  string
	fingerprint string
	body        string
	path, rule  string // "" where they are not known
	line        int    // 0 where it is outdated
	resolved    bool   // by anybody
	gone        bool   // lockfix has said that the finding is gone
}

// run brings a change up to date.
func run(ctx context.Context, s service, opts Options) (Outcome, error) {
	if opts.Limit == 0 {
		opts.Limit = 10
	}
	c, err := s.load(ctx)
	if err != nil {
		return Outcome{}, err
	}
	c.fill(ctx, opts)
	composed := compose(s, c, opts)
	out := Outcome{Elsewhere: composed.elsewhere, Withheld: composed.withheld}
	before := knownOf(c)
	var fresh []Comment
	for _, comment := range composed.comments {
		old, there := before.find(comment.Fingerprint)
		switch {
		case there && old.gone: // it has come back
			if err := s.reopen(ctx, old, comment.Body); err != nil {
				return out, err
			}
			out.Updated++
		case there && !old.resolved && !same(old.body, comment.Body) && old.line == comment.Last:
			if err := s.edit(ctx, old, comment.Body); err != nil {
				return out, err
			}
			out.Updated++
		case there || before.dismissed(comment.Fingerprint):
			out.Kept++
		case len(fresh)+before.standing() >= opts.Limit:
			out.Over++
		default:
			fresh = append(fresh, comment)
		}
	}
	if len(fresh) > 0 {
		taken, err := s.post(ctx, c, fresh)
		if err != nil {
			return out, err
		}
		out.Posted, out.Elsewhere = len(taken), out.Elsewhere+len(fresh)-len(taken)
		fresh = taken
	}
	if err := resolveGone(ctx, s, c, opts, &out); err != nil {
		return out, err
	}
	return out, s.summarize(ctx, c, summaryBody(opts.Report, out, before.with(fresh)))
}

// fill asks git for the diffs that the service withholds.
func (c *change) fill(ctx context.Context, opts Options) {
	for _, f := range c.files {
		if f.withheld && opts.Diff != nil {
			f.hunks = parsePatch(opts.Diff(ctx, c.base, c.head, f.oldPath, f.path))
		}
	}
}

// resolveGone closes the comments whose finding is found no more.
func resolveGone(ctx context.Context, s service, c *change, opts Options, out *Outcome) error {
	for _, old := range c.posted {
		still := slices.ContainsFunc(report.Standing(opts.Report), func(f report.Finding) bool { return f.ID == old.fingerprint })
		looked := opts.Looked == nil || opts.Looked(old.path, old.rule)
		if still || old.resolved || !looked {
			continue
		}
		if err := s.resolve(ctx, old); err != nil {
			return fmt.Errorf("resolve: %w", err)
		}
		out.Resolved++
	}
	return nil
}
