package config

import (
	"cmp"
	_ "embed" // for the schema
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema of the format; a test holds it against Config.
func Schema() []byte { return slices.Clone(schema) }

// Sorted sorts mistakes by place.
func Sorted(mistakes []rules.Mistake) []rules.Mistake {
	slices.SortStableFunc(mistakes, func(a, b rules.Mistake) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	return mistakes
}
