package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// JSON writes the report as the stable contract of version 1: keys are added
// and never change their meaning, lists are never null, and text stands as it
// is, without HTML escapes.
func JSON(r Report) []byte {
	r.Version = 1
	r.Findings = list(slices.Clone(r.Findings))
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Related, f.Fix.Edits = list(f.Related), list(f.Fix.Edits)
	}
	r.Errors = list(r.Errors)

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		panic(fmt.Sprintf("report: %v", err)) // strings and numbers: nothing can fail
	}
	return out.Bytes()
}

// list turns nil into an empty list.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
