package report

import (
	"bytes"
	"cmp"
	_ "embed" // for the page
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/lockfix/lockfix/diffs"
)

//go:embed page.html
var pageText string

// page is parsed when one is written: the others do not wait for it.
var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// HTML writes one page that needs no other file and no network: each finding with
// what it rests on, its fix side by side, and a box to accept it with. Of the
// accepted ones the page makes the command that fixes them.
func HTML(r Report, read Sources) []byte {
	p := htmlPage{Summary: Summary(r), Tool: r.Tool, Tests: Tested(r.Tests)}
	for _, e := range r.Errors {
		p.Errors = append(p.Errors, e.where()+e.Message)
	}
	rules, files := indexRules(r), newSources(read)
	for _, f := range standing(r.Findings) {
		one := htmlFinding{
			Finding: f, Title: rules.of(f.Rule).Title, URL: rules.of(f.Rule).url(), State: fixState(f.Fix),
			Offered: f.Fix.offered(), Unsafe: f.Fix.Applicability == "unsafe", Files: htmlFiles(f.Fix, read), Places: htmlPlaces(f, files),
		}
		if one.Offered && !one.Unsafe {
			p.Safe++
		}
		p.Findings = append(p.Findings, one)
	}
	p.Groups = htmlGroups(p.Findings)
	var out bytes.Buffer
	if err := page().Execute(&out, p); err != nil {
		panic(fmt.Sprintf("report: html: %v", err)) // the page is fixed, and takes plain values
	}
	return out.Bytes()
}

type htmlPage struct {
	Summary, Tool, Tests string
	Errors               []string
	Findings             []htmlFinding
	Groups               []htmlGroup
	Safe                 int // fixes that may be accepted without a question
}

// Class is how a fix's state is coloured.
func (htmlPage) Class(state string) string {
	for _, level := range []string{"safe", "unsafe", "manual"} {
		if strings.Contains(state, "("+level+")") {
			return level
		}
	}
	return "manual"
}

type htmlFinding struct {
	Finding
	Title, URL, State string
	Offered, Unsafe   bool
	Files             []htmlFile
	Places            []htmlPlace
}

// An htmlGroup is a button that shows some of the findings: those of one severity
// or of one rule.
type htmlGroup struct {
	Name string
	N    int
}

func htmlGroups(findings []htmlFinding) (all []htmlGroup) {
	add := func(name string) {
		if i := slices.IndexFunc(all, func(g htmlGroup) bool { return g.Name == name }); i >= 0 {
			all[i].N++
			return
		}
		all = append(all, htmlGroup{name, 1})
	}
	for _, f := range findings {
		add(f.Severity)
	}
	severities := len(all)
	for _, f := range findings {
		add(f.Rule)
	}
	slices.SortFunc(all[severities:], func(a, b htmlGroup) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// An htmlPlace is a line that a finding is about, or rests on.
type htmlPlace struct {
	At, Message, Code string
	Here              bool // it is the finding's own
}

// htmlPlaces are in the order of the text, those of the finding's file first.
func htmlPlaces(f Finding, files *sources) (all []htmlPlace) {
	places := append(slices.Clone(f.Related), Related{f.File, f.Range.Start.Line, f.Message})
	own := len(places) - 1
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := places[i], places[j]
		return cmp.Or(cmp.Compare(rank(a.File != f.File), rank(b.File != f.File)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	for _, i := range order {
		p := htmlPlace{fmt.Sprintf("%s:%d", places[i].File, places[i].Line), places[i].Message, files.code(places[i].File, places[i].Line), i == own}
		if p.Here {
			p.Message = "here"
		}
		all = append(all, p)
	}
	return all
}

func rank(later bool) int {
	if later {
		return 1
	}
	return 0
}

// An htmlFile is what a fix does to one file.
type htmlFile struct {
	Path      string
	Stretches [][]htmlRow
}

// An htmlRow is a row whose texts are cut in three: what both have, what is theirs
// alone, and what both have again. A text that is not there has no parts.
type htmlRow struct {
	diffs.Row
	OldParts, NewParts []string
}

// htmlFiles is nothing where a file cannot be had: a fix is shown whole or not.
func htmlFiles(f Fix, read Sources) (all []htmlFile) {
	if len(f.Edits) == 0 || read == nil {
		return nil
	}
	changes, err := Changes(f, read)
	if err != nil {
		return nil
	}
	for _, c := range changes {
		file := htmlFile{Path: c.Path}
		for _, stretch := range diffs.SideBySide(c) {
			var rows []htmlRow
			for _, row := range stretch {
				rows = append(rows, htmlRowOf(row))
			}
			file.Stretches = append(file.Stretches, rows)
		}
		all = append(all, file)
	}
	return all
}

func htmlRowOf(row diffs.Row) htmlRow {
	out := htmlRow{Row: row}
	old, new := []string{row.Old, "", ""}, []string{row.New, "", ""}
	if row.Changed && row.Before > 0 && row.After > 0 {
		head, tail := shared(row.Old, row.New)
		old, new = cut(row.Old, head, tail), cut(row.New, head, tail)
	}
	if row.Before > 0 {
		out.OldParts = old
	}
	if row.After > 0 {
		out.NewParts = new
	}
	return out
}

func cut(text string, head, tail int) []string {
	return []string{text[:head], text[head : len(text)-tail], text[len(text)-tail:]}
}

// shared is how many bytes two lines begin and end with alike, in whole runes.
func shared(a, b string) (head, tail int) {
	if !utf8.ValidString(a) || !utf8.ValidString(b) {
		return 0, 0
	}
	for _, r := range a {
		n := len(string(r))
		if !strings.HasPrefix(b[head:], string(r)) {
			break
		}
		head += n
	}
	ra, rb := []rune(a[head:]), []rune(b[head:])
	for len(ra) > 0 && len(rb) > 0 && ra[len(ra)-1] == rb[len(rb)-1] {
		tail += len(string(ra[len(ra)-1]))
		ra, rb = ra[:len(ra)-1], rb[:len(rb)-1]
	}
	return head, tail
}
