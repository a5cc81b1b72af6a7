package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rules"
)

const choices = `y - make this fix
n - leave it
a - make this fix and all that follow
q - leave it and all that follow
s - leave it and the others of this file
e - explain the rule
? - show this
`

// choose shows each fix with what it rests on and asks whether to make it. It
// returns the fingerprints of those that are wanted.
func (c *CLI) choose(ctx context.Context, result *rewrite.Result, library []*rules.Rule) (wanted []string, err error) {
	offers := c.offers(result)
	d := &dialogue{c: c, in: bufio.NewReader(c.Stdin), library: library, sources: c.sources(result)}
	for i, f := range offers {
		if d.answer == 'q' || d.answer == 's' && f.File == offers[i-1].File {
			continue
		}
		if d.answer != 'a' {
			if err := d.ask(ctx, f, fmt.Sprintf("(%d/%d) Make this fix [y,n,a,q,s,e,?]? ", i+1, len(offers))); err != nil {
				return nil, err
			}
		}
		if d.answer == 'y' || d.answer == 'a' {
			wanted = append(wanted, f.ID)
		}
	}
	return wanted, nil
}

// offers are the findings whose fix is among the changes of a result.
func (c *CLI) offers(result *rewrite.Result) (all []report.Finding) {
	for _, f := range result.Report.Findings {
		if result.Applied(f.ID) && len(f.Fix.Edits) > 0 {
			all = append(all, f)
		}
	}
	return all
}

// A dialogue asks about one fix after the other.
type dialogue struct {
	c       *CLI
	in      *bufio.Reader
	library []*rules.Rule
	sources report.Sources
	answer  byte // the last one: y, n, a, q or s
}

// ask goes on until the answer is one that decides.
func (d *dialogue) ask(ctx context.Context, f report.Finding, prompt string) error {
	d.show(f)
	for {
		fmt.Fprint(d.c.Stdout, prompt)
		line, err := d.read(ctx)
		if err != nil {
			return err
		}
		switch answer := strings.ToLower(strings.TrimSpace(line)); answer {
		case "y", "n", "a", "q", "s":
			d.answer = answer[0]
			return nil
		case "e":
			if rule, err := find(d.library, f.Rule); err == nil {
				fmt.Fprint(d.c.Stdout, explanation(rule, example{}))
			}
		default:
			fmt.Fprint(d.c.Stdout, choices)
		}
	}
}

// read waits for a line or for the end of ctx. The end of the input is a q.
func (d *dialogue) read(ctx context.Context) (string, error) {
	type reading struct {
		line string
		err  error
	}
	done := make(chan reading, 1)
	go func() {
		line, err := d.in.ReadString('\n')
		done <- reading{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-done:
		if errors.Is(r.err, io.EOF) {
			return "q", nil
		}
		return r.line, r.err
	}
}

// show writes a finding, its evidence and the diff of its fix alone.
func (d *dialogue) show(f report.Finding) {
	style := d.c.style()
	d.c.Stdout.Write(d.c.text(report.Report{Findings: []report.Finding{f}}, d.sources))
	changes, err := report.Changes(f.Fix, d.sources)
	if err != nil {
		fmt.Fprintf(d.c.Stdout, "%v\n", err)
		return
	}
	io.WriteString(d.c.Stdout, report.Diff(diffs.Unified(changes), style))
}
