package main

import (
	"os"
	"path/filepath"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
)

// write writes a report in a format to standard output.
func (c *CLI) write(r report.Report, result *rewrite.Result, format string) error {
	r.Tool = version()
	text := report.Formats[format](r, c.sources(result))
	if format == "text" {
		text = c.text(r, c.sources(result))
	}
	if _, err := c.Stdout.Write(text); err != nil {
		return err
	}
	if format == "github-actions" {
		c.summarize(r)
	}
	return nil
}

// text is a report for people: on a terminal with the code that is spoken of.
func (c *CLI) text(r report.Report, sources report.Sources) []byte {
	style := c.style()
	if style == (report.Style{}) {
		return report.Text(r, style)
	}
	return report.TextFor(r, style, sources, c.columns())
}

// sources are the files of a result as they were before anything was written.
// One that cannot be read any more is not an error: formats then say less of it.
func (c *CLI) sources(result *rewrite.Result) report.Sources {
	before := make(map[string][]byte)
	for _, change := range result.Changes {
		before[change.Path] = change.Before
	}
	return func(file string) []byte {
		if text, ok := before[file]; ok {
			return text
		}
		text, err := os.ReadFile(c.path(filepath.FromSlash(file)))
		if err != nil {
			return nil
		}
		return text
	}
}

// summarize appends the report to the summary of the step, where GitHub Actions
// has named a file for it. The findings are on standard output in any case.
func (c *CLI) summarize(r report.Report) {
	name := c.getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return
	}
	file, err := os.OpenFile(c.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		c.say("no job summary: %v", err)
		return
	}
	_, err = file.Write(report.JobSummary(r))
	if failed := file.Close(); err == nil {
		err = failed
	}
	if err != nil {
		c.say("no job summary: %v", err)
	}
}
