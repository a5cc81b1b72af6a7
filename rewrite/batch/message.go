package batch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/diffs/report"
)

// Title is the first line of a part's commit message.
func (p Part) Title() string {
	rules := map[string]bool{}
	for _, f := range p.Findings {
		rules[f.Rule] = true
	}
	if rules[p.Name] {
		return "fix " + p.Name
	}
	return fmt.Sprintf("fix %s for %s", strings.Join(slices.Sorted(maps.Keys(rules)), ", "), p.Name)
}

// Message is the commit message of a part: what was wrong, what that rests on, and
// what was verified.
func (p Part) Message() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", p.Title())
	for _, f := range p.Findings {
		fmt.Fprintf(&out, "%s:%d: %s [%s]\n", f.File, f.Range.Start.Line, f.Message, f.Rule)
		for _, e := range f.Related {
			fmt.Fprintf(&out, "    %s:%d: %s\n", e.File, e.Line, e.Message)
		}
	}
	out.WriteString("\n" + p.verified() + "\n")
	return out.String()
}

// verified says what is known of a part.
func (p Part) verified() string {
	text := "Verified by lockfix, without the other parts: it type-checks with its tests and\ndependents, each finding is gone, none has come, go vet says nothing new, and\nevery comment stands."
	for _, t := range p.Tests {
		said, _, _ := strings.Cut(report.Tested(t), "\n")
		text += "\n" + strings.ToUpper(said[:1]) + strings.TrimSuffix(said[1:], ":") + "."
	}
	return text
}

// Body is the description of a part's pull request, in Markdown.
func (p Part) Body() string {
	var out strings.Builder
	fmt.Fprintf(&out, "## %s\n\n%s.\n\n", p.Title(), p.Size())
	out.WriteString("| place | finding | fix |\n|---|---|---|\n")
	for _, f := range p.Findings {
		fmt.Fprintf(&out, "| `%s:%d` | %s (`%s`) | %s (%s) |\n", f.File, f.Range.Start.Line, cell(f.Message), f.Rule, cell(f.Fix.Title), f.Fix.Applicability)
	}
	out.WriteString("\nEvidence:\n\n")
	for _, f := range p.Findings {
		for _, e := range f.Related {
			fmt.Fprintf(&out, "- `%s:%d`: %s\n", e.File, e.Line, cell(e.Message))
		}
	}
	fmt.Fprintf(&out, "\n%s\n", p.verified())
	return out.String()
}

// Size says how much a part is, "2 fixes in 1 file".
func (p Part) Size() string {
	fixes, files := "fixes", "files"
	if len(p.Findings) == 1 {
		fixes = "fix"
	}
	if len(p.Changes) == 1 {
		files = "file"
	}
	return fmt.Sprintf("%d %s in %d %s", len(p.Findings), fixes, len(p.Changes), files)
}

func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "&", "&amp;", "<", "&lt;", "@", "&#64;", `\`, `\\`, "*", `\*`, "[", `\[`, "`", "\\`").Replace(text)
}

// Patch is the diff of a part, from the root.
func (p Part) Patch() string { return diffs.Unified(p.Changes) }

// Slug is the name of a part in the names of files and branches.
func (p Part) Slug() string {
	var out strings.Builder
	for _, r := range strings.ToLower(p.Name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return fmt.Sprintf("%02d-%s", p.Number, strings.Trim(out.String(), "-"))
}
