package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lockfix/lockfix/diffs/report"
)

// Every format of the project stands in testdata/formats, as a reader gets it.
func TestFormatGoldens(t *testing.T) {
	p := newProject(t)
	for _, name := range report.FormatNames() {
		t.Run(name, func(t *testing.T) {
			golden(t, name, report.Formats[name](p.Report, p.sources))
		})
	}
	golden(t, "jobsummary.md", report.JobSummary(p.Report))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "formats", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

// A format is a pure function: the same bytes again, and nobody's data changed.
func TestFormatsArePure(t *testing.T) {
	for _, name := range report.FormatNames() {
		p, untouched := newProject(t), newProject(t)
		first := report.Formats[name](p.Report, p.sources)
		if second := report.Formats[name](p.Report, p.sources); !bytes.Equal(first, second) {
			t.Errorf("%s: differs when written again", name)
		}
		if !reflect.DeepEqual(p, untouched) {
			t.Errorf("%s: changed the report", name)
		}
	}
}

// Formats of one document stay one where there is nothing to say, and where no
// file can be read.
func TestFormatsOfNothing(t *testing.T) {
	for _, name := range report.FormatNames() {
		for _, r := range []report.Report{{}, newProject(t).Report, one()} {
			got := report.Formats[name](r, nil)
			if !utf8.Valid(got) {
				t.Errorf("%s: is not UTF-8", name)
			}
			if err := readable(name, got); err != nil {
				t.Errorf("%s: %v in\n%s", name, err, got)
			}
		}
	}
}

// readable parses a document by its own standard.
func readable(name string, text []byte) error {
	switch name {
	case "text", "github-actions":
		return nil
	case "html": // held by its own test
		return nil
	case "checkstyle", "junit":
		return readXML(text)
	case "rdjsonl":
		for line := range bytes.Lines(text) {
			if !json.Valid(line) {
				return errors.New("a line is no JSON")
			}
		}
		return nil
	}
	if !json.Valid(text) || bytes.Contains(text, []byte("null")) {
		return errors.New("no JSON, or a list that is null")
	}
	return nil
}

func readXML(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The formats of services leave out what was fixed and what nobody wants to
// hear of, and nothing else. SARIF has a word for the second.
func TestStandingFindings(t *testing.T) {
	p := newProject(t)
	for _, name := range report.FormatNames() {
		if name == "text" || name == "json" {
			continue
		}
		text := string(report.Formats[name](p.Report, p.sources))
		for _, f := range p.Findings {
			want := f.Fix.Status != report.Fixed && (!f.Suppressed || name == "sarif")
			words := strings.FieldsFunc(f.Message, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == ' ') })
			if got := strings.Contains(text, slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })); got != want {
				t.Errorf("%s: has finding %s: %v, want %v", name, f.ID, got, want)
			}
		}
	}
}

// decode reads JSON that has no key which into does not know.
func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		t.Fatal("there is more than one document")
	}
}
