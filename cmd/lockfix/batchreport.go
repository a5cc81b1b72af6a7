package main

import (
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite/batch"
)

// concludeBatch says what became of every finding, and that it adds up.
func (c *CLI) concludeBatch(s *batching, result *batch.Result) error {
	if s.prBody != "" {
		if err := replaceFile(c.path(s.prBody), []byte(allParts(result))); err != nil {
			return err
		}
	}
	if s.format != "text" {
		r := result.Report
		r.Tool = version()
		if _, err := c.Stdout.Write(report.Formats[s.format](r, nil)); err != nil {
			return err
		}
	} else if _, err := fmt.Fprint(c.Stdout, partList(result)); err != nil {
		return err
	}
	if result.Resumed > 0 && !c.quiet {
		c.say("went on where it was: %d steps were done before", result.Resumed)
	}
	for _, dir := range result.Apart {
		if !c.quiet {
			c.say("%s is a repository of its own: run it there", dir)
		}
	}
	for _, f := range result.Alone {
		c.say("%s:%d: in no part: its fix needs that of another part [%s]", f.File, f.Range.Start.Line, f.Rule)
	}
	c.conclude(result.Report)
	return nil
}

// partList is one line a part.
func partList(result *batch.Result) string {
	var out strings.Builder
	for _, p := range result.Parts {
		fmt.Fprintf(&out, "%s: %s for %s\n", p.Slug(), p.Size(), p.Name)
	}
	return out.String()
}

// allParts are the descriptions of all parts, one after the other.
func allParts(result *batch.Result) string {
	var out strings.Builder
	for _, p := range result.Parts {
		out.WriteString(p.Body() + "\n")
	}
	fmt.Fprintf(&out, "%s.\n", report.Summary(result.Report))
	return out.String()
}
