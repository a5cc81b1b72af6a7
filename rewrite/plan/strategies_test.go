package plan

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lockfix/lockfix/rules"
)

func TestCheck(t *testing.T) {
	const rule = `{
  "id": "one", "title": "One", "message": "one", "rationale": "One.",
  "severity": "error", "confidence": "high", "category": "race", "since": "0.1", "stability": "stable",
  "match": {"pattern": "f($x)"},
  "fixes": [
    {"title": "T", "applicability": "safe", "rationale": "R", "strategy": "loadorstore"},
    {"title": "T", "applicability": "safe", "rationale": "R", "strategy": "loadorstor"},
    {"title": "T", "applicability": "safe", "rationale": "R", "strategy": "loadorstore", "params": {"eager": true}},
    {"title": "T", "applicability": "safe", "rationale": "R", "template": "g($x)"},
    {"title": "T", "applicability": "safe", "rationale": "R", "template": "func g() { $x() }"}
  ]
}`
	library, mistakes := rules.Read(fstest.MapFS{"one.json": {Data: []byte(rule)}})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	want := []string{
		`one.json:7:75: there is no strategy "loadorstor"; there are ` + list(strategies),
		`one.json:8:110: strategy loadorstore has no parameter "eager"; it has none`,
		`one.json:10:75: a template is an expression or statements: a declaration is not replaced`,
	}
	got := Check(library)
	for i, m := range got {
		if i < len(want) && m.Error() != want[i] {
			t.Errorf("got\n%s\nwant\n%s", m.Error(), want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d mistakes: %v", len(got), got)
	}
}

func TestStrategiesAreDescribed(t *testing.T) {
	for _, name := range sortedKeys(strategies) {
		if strategies[name].doc == "" || strategies[name].run == nil {
			t.Errorf("%s: lacks its doc or its code", name)
		}
	}
	if !slices.Contains(sortedKeys(strategies), "unlockpath") {
		t.Error("unlockpath is not in the table")
	}
}
