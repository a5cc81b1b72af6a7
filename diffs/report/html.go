package report

import (
	"bytes"
	_ "embed" // for the page
	"fmt"
	"html/template"

	"github.com/lockfix/lockfix/diffs"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// HTML writes one page that needs no other file and no network: each finding with
// what it rests on, its fix side by side, and a box to accept it with. Of the
// accepted ones the page makes the command that fixes them.
func HTML(r Report, read Sources) []byte {
	p := htmlPage{Summary: Summary(r), Tool: r.Tool}
	for _, e := range r.Errors {
		p.Errors = append(p.Errors, e.where()+e.Message)
	}
	rules := indexRules(r)
	for _, f := range standing(r.Findings) {
		p.Findings = append(p.Findings, htmlFinding{
			Finding: f, Title: rules.of(f.Rule).Title, URL: rules.of(f.Rule).url(), State: fixState(f.Fix),
			Offered: f.Fix.offered(), Unsafe: f.Fix.Applicability == "unsafe", Files: htmlFiles(f.Fix, read),
		})
	}
	var out bytes.Buffer
	if err := page.Execute(&out, p); err != nil {
		panic(fmt.Sprintf("report: html: %v", err)) // the page is fixed, and takes plain values
	}
	return out.Bytes()
}

type htmlPage struct {
	Summary, Tool string
	Errors        []string
	Findings      []htmlFinding
}

type htmlFinding struct {
	Finding
	Title, URL, State string
	Offered, Unsafe   bool
	Files             []htmlFile
}

// An htmlFile is what a fix does to one file.
type htmlFile struct {
	Path      string
	Stretches [][]diffs.Row
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
		all = append(all, htmlFile{c.Path, diffs.SideBySide(c)})
	}
	return all
}
