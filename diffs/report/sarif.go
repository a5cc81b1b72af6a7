package report

import (
	"net/url"
	"path"
)

// SARIF writes the Static Analysis Results Interchange Format, 2.1.0.
//
// Regions count UTF-16 code units in the files as they were before the fixes.
// Each fix has one replacement a file. Suppressed findings are there, marked;
// what kept the result from being complete is told as notifications.
func SARIF(r Report, read Sources) []byte {
	w := sarifWriter{files: newSources(read), rules: sarifRulesOf(r)}
	run := sarifRun{
		Tool:        sarifTool{w.rules.driver(r.Tool)},
		Invocations: []sarifInvocation{w.invocation(r.Errors)},
		ColumnKind:  "utf16CodeUnits",
		Newlines:    []string{"\r\n", "\n"},
		Results:     []sarifResult{},
		Taxonomies:  w.rules.taxonomies(),
	}
	for _, f := range r.Findings {
		if f.Fix.Status != Fixed {
			run.Results = append(run.Results, w.result(f))
		}
	}
	return encodeJSON(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	}, "  ")
}

type sarifWriter struct {
	files *sources
	rules *sarifRules
}

func (w sarifWriter) result(f Finding) sarifResult {
	result := sarifResult{
		RuleID:    f.Rule,
		RuleIndex: w.rules.index[f.Rule],
		Level:     sarifLevel(f.Severity),
		Message:   sarifMessage{Text: f.Message},
		Locations: []sarifLocation{w.location(f)},
		Related:   w.related(f.Related),
		Taxa:      w.rules.taxa(f.Rule),
		Fixes:     w.fixes(f.Fix),
		Properties: sarifProperties{
			Confidence: f.Confidence, Category: f.Category,
			FixStatus: string(f.Fix.Status), Applicability: f.Fix.Applicability, Because: f.Fix.Because,
		},
	}
	if f.ID != "" {
		// GitHub tells findings apart by the first, and computes one from the
		// line's text where it is missing; ours also survives a change of it.
		result.Fingerprints = map[string]string{"primaryLocationLineHash": f.ID, "lockfix/v1": f.ID}
	}
	if f.Suppressed {
		kind := "inSource"
		if f.Known {
			kind = "external"
		}
		result.Suppressions = []sarifSuppression{{kind, f.Fix.Because}}
	}
	return result
}

func (w sarifWriter) location(f Finding) sarifLocation {
	location := sarifLocation{Physical: w.physical(f.File, f.Range)}
	if f.Symbol != "" {
		location.Logical = []sarifLogical{{f.Symbol}}
	}
	return location
}

func (w sarifWriter) related(related []Related) (all []sarifLocation) {
	for i, e := range related {
		all = append(all, sarifLocation{
			ID:       i + 1,
			Physical: w.physical(e.File, Range{Start: Position{Line: e.Line}}),
			Message:  &sarifMessage{Text: e.Message},
		})
	}
	return all
}

func (w sarifWriter) physical(file string, r Range) *sarifPhysical {
	if file == "" {
		return nil
	}
	return &sarifPhysical{Artifact: sarifArtifactOf(file), Region: w.region(file, r)}
}

// region converts columns; without the file's text it is whole lines.
func (w sarifWriter) region(file string, r Range) *sarifRegion {
	if r.Start.Line == 0 {
		return nil
	}
	lines := &sarifRegion{StartLine: r.Start.Line, EndLine: r.End.Line}
	src := w.files.of(file)
	if src == nil {
		return lines
	}
	start, ok := src.utf16(r.Start)
	if !ok {
		return lines
	}
	if end, ok := src.utf16(r.End); ok {
		return sarifRegionOf(start, end)
	}
	return &sarifRegion{StartLine: start.Line, StartColumn: start.Column}
}

func sarifRegionOf(start, end Position) *sarifRegion {
	return &sarifRegion{start.Line, start.Column, end.Line, end.Column}
}

func (w sarifWriter) fixes(f Fix) []sarifFix {
	patches := w.files.patches(f)
	if len(patches) == 0 {
		return nil
	}
	fix := sarifFix{Description: sarifMessage{Text: offer(f)}}
	for _, p := range patches {
		start, _ := p.source.utf16(p.from())
		end, _ := p.source.utf16(p.to())
		fix.Changes = append(fix.Changes, sarifChange{
			Artifact:     sarifArtifactOf(p.file),
			Replacements: []sarifReplacement{{*sarifRegionOf(start, end), sarifContent{p.text}}},
		})
	}
	return []sarifFix{fix}
}

// invocation tells whether the result is complete.
func (w sarifWriter) invocation(errors []Error) sarifInvocation {
	all := sarifInvocation{Successful: len(errors) == 0}
	for _, e := range errors {
		n := sarifNotification{Level: "error", Message: sarifMessage{Text: e.Message}}
		if e.File == "" && e.Package != "" {
			n.Message.Text = e.Package + ": " + e.Message
		}
		if at := w.physical(e.File, Range{Start: Position{e.Line, e.Column}}); at != nil {
			n.Locations = []sarifLocation{{Physical: at}}
		}
		all.Notifications = append(all.Notifications, n)
	}
	return all
}

// sarifArtifactOf names a file by a URI: relative to the root of the sources,
// or absolute where the file lies outside.
func sarifArtifactOf(file string) sarifArtifact {
	if drive := len(file) > 2 && file[1:3] == ":/"; drive || path.IsAbs(file) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: path.Join("/", file)}).String()}
	}
	return sarifArtifact{URI: (&url.URL{Path: file}).String(), Base: "%SRCROOT%"}
}

func sarifLevel(severity string) string {
	switch severity {
	case "error":
		return "error"
	case "info":
		return "note"
	}
	return "warning"
}
