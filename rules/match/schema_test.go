package match_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// The published schema lists the terms that the engine has.
func TestSchemaListsTheVocabulary(t *testing.T) {
	type values struct{ Enum []string }
	var schema struct {
		Defs struct {
			Match      struct{ Properties struct{ Event values } }
			Constraint struct {
				Properties struct {
					Is        struct{ Items values }
					Predicate values
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(rules.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	listed := map[string][]string{
		"event":     schema.Defs.Match.Properties.Event.Enum,
		"is":        schema.Defs.Constraint.Properties.Is.Items.Enum,
		"predicate": schema.Defs.Constraint.Properties.Predicate.Enum,
	}
	has := map[string][]string{}
	for _, term := range match.Vocabulary() {
		has[term.Kind] = append(has[term.Kind], term.Name)
	}
	for kind, names := range has {
		if !slices.Equal(listed[kind], names) {
			t.Errorf("rules/schema.json lists the %s words %q; there are %q", kind, listed[kind], names)
		}
	}
}
