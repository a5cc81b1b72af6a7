package rules

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of a rule, for editors.
func Schema() []byte { return slices.Clone(schema) }
