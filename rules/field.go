package rules

import (
	"reflect"
	"strings"
)

// A field is what the tags of a struct field say about its key.
type field struct {
	name     string // the key
	index    []int
	required bool
	one      string // of the keys that share this, exactly one stands; at most one, if it ends in "?"
	needs    string // the key beside which alone this one may stand
	check    string // name in checks of what the strings in the value must be
}

// fieldsOf returns the keys of a struct type, in the order of its declaration.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue // not of the format
		}
		fields = append(fields, field{
			name:     name,
			index:    f.Index,
			required: options == "",
			one:      f.Tag.Get("one"),
			needs:    f.Tag.Get("needs"),
			check:    f.Tag.Get("check"),
		})
	}
	return fields
}

// exactlyOne returns the keys that share each one tag.
func exactlyOne(fields []field) map[string][]string {
	groups := map[string][]string{}
	for _, f := range fields {
		if f.one != "" {
			groups[f.one] = append(groups[f.one], f.name)
		}
	}
	return groups
}
