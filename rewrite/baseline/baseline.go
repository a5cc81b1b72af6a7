// Package baseline keeps the findings of today in a file, so that only those of
// tomorrow count.
//
// A finding is known by its fingerprint, which survives moved lines and the
// renaming of other things. The rest of what the file says of it is for people,
// who review a baseline as they review code: it is sorted, a finding a line.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/lockfix/lockfix/diffs/report"
)

// Name is the file that is meant where none is named.
const Name = ".lockfix-baseline.json"

// A Baseline is the findings that are known.
type Baseline struct {
	Version int     `json:"version"` // of this format: 1
	Known   []Known `json:"known"`   // sorted by file, rule and fingerprint
}

// A Known is one finding.
type Known struct {
	ID      string `json:"id"`
	Rule    string `json:"rule"`
	Package string `json:"package"`
	Symbol  string `json:"symbol,omitempty"`
	File    string `json:"file"` // when it was written; the finding may have moved
	Message string `json:"message"`
}

// Read reads a baseline. A file that does not exist is an error that says how
// to make one.
func Read(file string) (*Baseline, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("baseline: there is no %s: `lockfix baseline write` makes one", file)
	}
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	b := new(Baseline)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(b); err != nil {
		return nil, fmt.Errorf("baseline: %s: %w", file, err)
	}
	if b.Version != 1 {
		return nil, fmt.Errorf("baseline: %s has version %d, this lockfix reads 1", file, b.Version)
	}
	return b, nil
}

// Of returns the baseline of a report: every finding that stands and is not
// silenced in the source. Of was it keeps what lies in packages that looked does
// not name.
func Of(r report.Report, was *Baseline, looked func(pkg string) bool) *Baseline {
	b := &Baseline{Version: 1, Known: []Known{}}
	for _, f := range r.Findings {
		if (!f.Suppressed || f.Known) && f.Fix.Status != report.Fixed {
			b.Known = append(b.Known, Known{f.ID, f.Rule, f.Package, f.Symbol, f.File, f.Message})
		}
	}
	if was != nil {
		for _, k := range was.Known {
			if !looked(k.Package) {
				b.Known = append(b.Known, k)
			}
		}
	}
	slices.SortFunc(b.Known, func(a, b Known) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.ID, b.ID))
	})
	b.Known = slices.CompactFunc(b.Known, func(a, b Known) bool { return a.ID == b.ID })
	return b
}

// Encode writes the baseline, one finding a line.
func (b *Baseline) Encode() []byte {
	var out bytes.Buffer
	out.WriteString("{\n\"version\": 1,\n\"known\": [")
	for i, k := range b.Known {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(k); err != nil {
			panic(fmt.Sprintf("baseline: %v", err)) // strings: nothing can fail
		}
		out.Truncate(out.Len() - 1) // its newline
	}
	out.WriteString("\n]\n}\n")
	return out.Bytes()
}

// IDs are the fingerprints.
func (b *Baseline) IDs() []string {
	ids := make([]string, len(b.Known))
	for i, k := range b.Known {
		ids[i] = k.ID
	}
	return ids
}

// Gone returns what is known and found no more, of the packages that looked
// names and the rules that ran.
func (b *Baseline) Gone(r report.Report, looked func(pkg string) bool, ran func(rule string) bool) (gone []Known) {
	found := make(map[string]bool)
	for _, f := range r.Findings {
		found[f.ID] = true
	}
	for _, k := range b.Known {
		if !found[k.ID] && looked(k.Package) && ran(k.Rule) {
			gone = append(gone, k)
		}
	}
	return gone
}
