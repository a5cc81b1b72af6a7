package comment

import (
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// longestFix is how many bytes of a fix a comment may hold: GitHub takes 65,536
// characters in all, and refuses a whole review for one that is longer.
const longestFix = 50_000

// body is the text of a comment: the finding, what it rests on, its fix.
func body(f report.Finding, fix string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "**%s** (%s, %s confidence): %s\n", f.Rule, f.Severity, f.Confidence, plain(f.Message))
	for _, e := range f.Related {
		fmt.Fprintf(&out, "- `%s:%d`: %s\n", e.File, e.Line, plain(e.Message))
	}
	switch {
	case len(fix) > longestFix:
		out.WriteString("\nThe fix is too long to show here: `lockfix diff` shows it.\n")
	case fix != "":
		out.WriteString("\n" + fix)
	}
	switch {
	case f.Fix.Status == report.Fixable:
		fmt.Fprintf(&out, "\n%s (%s)%s · `lockfix fix%s --only %s`\n", plain(f.Fix.Title), f.Fix.Applicability, because(f), unsafe(f), f.ID)
	case f.Fix.Because != "":
		fmt.Fprintf(&out, "\nNot fixed: %s\n", plain(f.Fix.Because))
	}
	fmt.Fprintf(&out, "\n%s\n", markOf(f.ID))
	return out.String()
}

func because(f report.Finding) string {
	if f.Fix.Because == "" {
		return ""
	}
	return ": " + plain(f.Fix.Because)
}

func unsafe(f report.Finding) string {
	if f.Fix.Applicability == "unsafe" {
		return " --unsafe"
	}
	return ""
}

// folded is the fix as a patch that is shown when it is asked for.
func folded(f report.Finding, read report.Sources) string {
	if f.Fix.Status != report.Fixable || len(f.Fix.Edits) == 0 {
		return ""
	}
	changes, err := report.Changes(f.Fix, read)
	if err != nil {
		return ""
	}
	patch := diffs.Unified(changes)
	fence := fenceFor(patch)
	return fmt.Sprintf("<details><summary>The fix: all of it, or none</summary>\n\n%sdiff\n%s%s\n</details>\n", fence, patch, fence)
}

// fenceFor is longer than any run of backticks in a text.
func fenceFor(text string) string {
	longest, run := 2, 0
	for _, r := range text {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return strings.Repeat("`", longest+1)
}

// block is a fenced block with a word that says what it is.
func block(word, text string) string {
	fence := fenceFor(text)
	if text != "" {
		text += "\n"
	}
	return fence + word + "\n" + text + fence + "\n"
}

// plain keeps text from being read as HTML or Markdown, where `Map[int](xs)` is a link, and from
// calling people.
func plain(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", "@", "&#64;", "\n", " ", "\r", " ", `\`, `\\`, "*", `\*`, "[", `\[`, "`", "\\`").Replace(text)
}

// summaryBody is the comment that sums up; it is edited, never repeated.
func summaryBody(r report.Report, out Outcome, ever []string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "### lockfix\n\n%s.\n", plain(report.Summary(r)))
	if n := out.Elsewhere - out.Withheld; n > 0 {
		fmt.Fprintf(&text, "\n%d of them are on no line of this change.\n", n)
	}
	if out.Withheld > 0 {
		fmt.Fprintf(&text, "\n%d are in files of this change whose diff is too large to be shown: `lockfix check` shows them.\n", out.Withheld)
	}
	if out.Over > 0 {
		fmt.Fprintf(&text, "\n%d more are on lines of this change: `lockfix check` shows them.\n", out.Over)
	}
	if len(r.Errors) > 0 {
		fmt.Fprintf(&text, "\nIncomplete: %d packages or files could not be read.\n", len(r.Errors))
	}
	fmt.Fprintf(&text, "\n%s posted=%s -->\n", summaryMark, strings.Join(ever, ","))
	return text.String()
}
