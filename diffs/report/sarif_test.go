package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/lockfix/lockfix/diffs/report"
)

// The official schema, as go-sarif carries it, judges the document as an
// independent reader has understood it; it has understood all of it if it
// writes the same again.
func TestSARIFSchema(t *testing.T) {
	p := newProject(t)
	for name, r := range map[string]report.Report{"project": p.Report, "one": one(), "empty": {}} {
		text := report.SARIF(r, p.sources)
		log := readSARIF(t, text)
		if err := log.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		again = bytes.ReplaceAll(again, []byte(`"language":"`+english+`",`), nil)
		if got, want := plain(t, again), plain(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: a reader sees\n%s\nof\n%s", name, again, text)
		}
	}
}

// The schema does judge: what is wrong is told.
func TestSARIFSchemaRefuses(t *testing.T) {
	log := readSARIF(t, report.SARIF(newProject(t).Report, nil))
	log.Runs[0].Results[0].Level = "fatal"
	if log.Validate() == nil {
		t.Error("a level that there is not is accepted")
	}
}

func readSARIF(t *testing.T, text []byte) *sarif.Report {
	t.Helper()
	decode(t, text, new(sarif.Report)) // no key that the reader does not know
	log, err := sarif.FromBytes(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range log.Runs {
		// The default of the format, for which this reader writes nothing at all.
		run.Language, run.Tool.Driver.Language = english, english
		for _, component := range run.Taxonomies {
			component.Language = english
		}
	}
	return log
}

const english = "en-US"

// plain is JSON as maps, without what is empty: go-sarif writes defaults.
func plain(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return prune(value)
}

func prune(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			if value[key] = prune(v); value[key] == nil {
				delete(value, key)
			}
		}
		if len(value) == 0 {
			return nil
		}
		return value
	case []any:
		for i := range value {
			value[i] = prune(value[i])
		}
		if len(value) == 0 {
			return nil
		}
		return value
	case float64:
		if value == 0 || value == -1 {
			return nil
		}
	case string:
		if value == "" {
			return nil
		}
	case bool:
		if !value {
			return nil
		}
	}
	return value
}

// Applying a fix of the document gives the bytes that fix would write.
func TestSARIFFixesGiveTheFixedBytes(t *testing.T) {
	p := newProject(t)
	applied := 0
	for _, result := range readSARIF(t, report.SARIF(p.Report, p.sources)).Runs[0].Results {
		finding := p.finding(t, result.PartialFingerprints["primaryLocationLineHash"])
		offered := finding.Fix.Status == report.Fixable && finding.Fix.Applicability != "manual" && finding.ID != "f6"
		if got := len(result.Fixes) == 1; got != offered {
			t.Errorf("%s: has a fix: %v, want %v", finding.ID, got, offered)
		}
		if !offered {
			continue
		}
		got := make(map[string]string)
		for _, change := range result.Fixes[0].ArtifactChanges {
			if len(change.Replacements) != 1 {
				t.Errorf("%s: %d replacements in a file: half of a fix could be taken", finding.ID, len(change.Replacements))
			}
			file := strings.ReplaceAll(*change.ArtifactLocation.URI, "%20", " ")
			region := change.Replacements[0].DeletedRegion
			got[file] = replaceUTF16(t, p.files[file], region, *change.Replacements[0].InsertedContent.Text)
		}
		if want := p.fixed(finding); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", finding.ID, got, want)
		}
		applied++
	}
	if applied != 4 {
		t.Errorf("%d fixes applied, want 4", applied)
	}
}

// A region is the text of the finding, in a viewer that counts UTF-16.
func TestSARIFRegions(t *testing.T) {
	p := newProject(t)
	want := map[string]string{"f1": "return", "f3": "mu.Lock()", "f4": "mu sync.Mutex", "f5": "mu.Lock()"}
	for _, result := range readSARIF(t, report.SARIF(p.Report, p.sources)).Runs[0].Results {
		finding := p.finding(t, result.PartialFingerprints["lockfix/v1"])
		text, ok := want[finding.ID]
		if !ok {
			continue
		}
		region := result.Locations[0].PhysicalLocation.Region
		marked := replaceUTF16(t, p.files[finding.File], region, "<here>")
		if marked != strings.Replace(p.files[finding.File], text, "<here>", 1) {
			t.Errorf("%s: the region is not %q: %q", finding.ID, text, marked)
		}
	}
}

// replaceUTF16 replaces a region as the standard says it: lines from 1, columns
// in UTF-16 code units from 1, the end not included, no byte order mark.
func replaceUTF16(t *testing.T, text string, region *sarif.Region, new string) string {
	t.Helper()
	text, bom := strings.CutPrefix(text, "\ufeff")
	units := utf16.Encode([]rune(text))
	start := offsetUTF16(t, units, *region.StartLine, *region.StartColumn)
	end := offsetUTF16(t, units, *region.EndLine, *region.EndColumn)
	out := slices.Concat(units[:start], utf16.Encode([]rune(new)), units[end:])
	if bom {
		return "\ufeff" + string(utf16.Decode(out))
	}
	return string(utf16.Decode(out))
}

func offsetUTF16(t *testing.T, units []uint16, line, column int) int {
	t.Helper()
	at := 0
	for range line - 1 {
		n := slices.Index(units[at:], '\n')
		if n < 0 {
			t.Fatalf("there is no line %d", line)
		}
		at += n + 1
	}
	return at + column - 1
}

// What a service shows of a rule is in the document, once.
func TestSARIFRules(t *testing.T) {
	p := newProject(t)
	run := readSARIF(t, report.SARIF(p.Report, p.sources)).Runs[0]
	var ids []string
	for _, rule := range run.Tool.Driver.Rules {
		ids = append(ids, *rule.ID)
	}
	if want := []string{"lostunlock", "otherrule"}; !slices.Equal(ids, want) {
		t.Errorf("rules %v, want %v", ids, want)
	}
	for _, result := range run.Results {
		if ids[result.RuleIndex] != *result.RuleID {
			t.Errorf("rule %s has index %d", *result.RuleID, result.RuleIndex)
		}
	}
	if got := run.Tool.Driver.Rules[0].DeprecatedIds; !slices.Equal(got, []string{"missingunlock"}) {
		t.Errorf("deprecated ids %v", got)
	}
	if got := len(run.Taxonomies[0].Taxa); got != 2 {
		t.Errorf("%d taxa, want 667 and 833", got)
	}
	for _, result := range run.Results {
		suppressed := p.finding(t, result.PartialFingerprints["lockfix/v1"]).Suppressed
		if got := len(result.Suppressions) == 1; got != suppressed {
			t.Errorf("%s: suppressed: %v, want %v", *result.Message.Text, got, suppressed)
		}
	}
}

// Files are named by URIs, whatever is in their names.
func TestSARIFNamesFilesByURI(t *testing.T) {
	for file, want := range map[string]string{
		"a b/𝕩%.go":     "a%20b/%F0%9D%95%A9%25.go",
		"a:b.go":        "./a:b.go",
		"/tmp/a.go":     "file:///tmp/a.go",
		"C:/code/a.go":  "file:///C:/code/a.go",
		"../other/a.go": "../other/a.go",
	} {
		r := report.Report{Findings: []report.Finding{{File: file}}}
		got := *readSARIF(t, report.SARIF(r, nil)).Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI
		if got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
