package rules

import (
	"fmt"
	"go/version"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// A GoRange is a set of Go language versions; the zero value holds all of them.
type GoRange struct{ bounds []bound }

type bound struct{ op, version string } // "<", "go1.22"

var boundText = lazyregexp.New(`^(>=|<=|>|<|=)(1\.(?:0|[1-9][0-9]*))$`)

// ParseGoRange reads a range: comparisons with a language version, separated
// by spaces, that must all hold: ">=1.19 <1.25".
func ParseGoRange(text string) (GoRange, error) {
	var r GoRange
	for _, word := range strings.Fields(text) {
		parts := boundText.FindStringSubmatch(word)
		if parts == nil {
			return GoRange{}, fmt.Errorf("%q is no range of Go versions: write >=1.21, <1.22 or >=1.19 <1.25", word)
		}
		r.bounds = append(r.bounds, bound{op: parts[1], version: "go" + parts[2]})
	}
	return r, nil
}

// Contains reports whether goVersion ("go1.21", "go1.21.3") lies in the range.
// A version that is not known lies in every range.
func (r GoRange) Contains(goVersion string) bool {
	lang := version.Lang(goVersion)
	if lang == "" {
		return true
	}
	for _, b := range r.bounds {
		if !b.holds(version.Compare(lang, b.version)) {
			return false
		}
	}
	return true
}

// holds reports whether a version that compares so with the bound satisfies it.
func (b bound) holds(comparison int) bool {
	switch b.op {
	case "<":
		return comparison < 0
	case "<=":
		return comparison <= 0
	case ">":
		return comparison > 0
	case ">=":
		return comparison >= 0
	default:
		return comparison == 0
	}
}
