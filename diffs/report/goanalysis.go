package report

import (
	"cmp"
	"fmt"
	"path"
	"unicode/utf8"
)

// GoAnalysis writes what `go vet -json` writes: package, then rule, then
// diagnostics, with fixes as edits of bytes. A fix is one SuggestedFix, which
// its readers apply whole or not at all. A package that did not load has an
// error instead.
func GoAnalysis(r Report) []byte {
	tree := make(map[string]map[string]any)
	for _, f := range standing(r.Findings) {
		rules := branch(tree, cmp.Or(f.Package, path.Dir(f.File)))
		diagnostics, _ := rules[f.Rule].([]analysisDiagnostic)
		rules[f.Rule] = append(diagnostics, analysisDiagnosticOf(f))
	}
	for _, e := range r.Errors {
		rules := branch(tree, cmp.Or(e.Package, path.Dir(e.File)))
		failed, _ := rules["lockfix"].(analysisError)
		if failed.Error != "" {
			failed.Error += "\n"
		}
		rules["lockfix"] = analysisError{failed.Error + e.where() + e.Message}
	}
	return encodeJSON(tree, "\t")
}

func branch(tree map[string]map[string]any, key string) map[string]any {
	if tree[key] == nil {
		tree[key] = make(map[string]any)
	}
	return tree[key]
}

func analysisDiagnosticOf(f Finding) analysisDiagnostic {
	d := analysisDiagnostic{
		Category: f.Category,
		Posn:     posn(f.File, f.Range.Start),
		End:      posn(f.File, f.Range.End),
		Message:  f.Message,
	}
	for _, e := range f.Related {
		where := posn(e.File, Position{Line: e.Line})
		d.Related = append(d.Related, analysisRelated{where, where, e.Message})
	}
	if f.Fix.offered() && f.Fix.unchangedByJSON() {
		fix := analysisFix{Message: offer(f.Fix)}
		for _, e := range f.Fix.Edits {
			fix.Edits = append(fix.Edits, analysisEdit{e.File, e.Start, e.End, e.New})
		}
		d.Fixes = []analysisFix{fix}
	}
	return d
}

// unchangedByJSON reports whether JSON can carry the text of the edits.
func (f Fix) unchangedByJSON() bool {
	for _, e := range f.Edits {
		if !utf8.ValidString(e.New) {
			return false
		}
	}
	return true
}

// posn is a position as go/token writes it.
func posn(file string, p Position) string {
	switch {
	case p.Line == 0:
		return file
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", file, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Column)
}

type (
	analysisDiagnostic struct {
		Category string            `json:"category,omitempty"`
		Posn     string            `json:"posn"`
		End      string            `json:"end"`
		Message  string            `json:"message"`
		Fixes    []analysisFix     `json:"suggested_fixes,omitempty"`
		Related  []analysisRelated `json:"related,omitempty"`
	}
	analysisFix struct {
		Message string         `json:"message"`
		Edits   []analysisEdit `json:"edits"`
	}
	analysisEdit struct {
		Filename string `json:"filename"`
		Start    int    `json:"start"`
		End      int    `json:"end"`
		New      string `json:"new"`
	}
	analysisRelated struct {
		Posn    string `json:"posn"`
		End     string `json:"end"`
		Message string `json:"message"`
	}
	analysisError struct {
		Error string `json:"error"`
	}
)
