package rules_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lockfix/lockfix/rules"
)

// head is the part of a rule that all tests share; it ends after line 11.
const head = `{
"id": "hazard",
"title": "A hazard",
"message": "$x is a hazard",
"rationale": "Because.",
"severity": "error",
"confidence": "high",
"category": "race",
"since": "0.1",
"stability": "preview",
`

// read reads one file with the given text.
func read(text string) (*rules.Rule, []string) {
	all, mistakes := rules.Read(fstest.MapFS{"hazard.json": {Data: []byte(text)}})
	var lines []string
	for _, m := range mistakes {
		lines = append(lines, m.Error())
	}
	if len(all) == 0 {
		return nil, lines
	}
	return all[0], lines
}

const full = head + `"references": ["CWE-362"],
"aliases": ["danger"],
"go": ">=1.19 <1.25",
"scope": {"of": "program", "tests": "exclude", "imports": ["sync"]},
"options": {"share": {"type": "number", "default": 0.75, "doc": "How many."}, "names": {"type": "strings", "default": [], "doc": "Which."}},
"match": {
  "any": [
    {"pattern": "$x.Lock(); $*body", "bind": "$run", "precedes": {"event": "unlock", "with": {"lock": "$x"}, "path": "some"}},
    {"all": [{"event": "lock", "with": {"lock": "$x"}}, {"not": {"inside": {"pattern": "for { $*_ }"}}}]}
  ],
  "where": [{"same": ["$x", "$x"]}]
},
"where": [
  {"hole": "$x", "type": "sync.Mutex", "underlying": "struct", "object": "sync.(*Mutex).Lock", "is": ["field"], "text": "^s", "value": "."},
  {"predicate": "leaks", "with": {"lock": "$x"}},
  {"any": [{"not": {"hole": "$x", "is": ["global"]}}, {"all": [{"hole": "$x", "is": ["local"]}]}]}
],
"report": {"at": "$x", "related": [{"at": "$x", "message": "here $x costs $$5"}]},
"fixes": [
  {"title": "One", "applicability": "safe", "template": "$x.f()", "replace": "$x", "rationale": "Same."},
  {"title": "Two", "applicability": "safe", "strategy": "guard", "params": {"n": 1, "of": ["$x", null_]},
   "when": [{"hole": "$x", "is": ["field"]}],
   "downgrade": [{"when": [{"hole": "$x", "is": ["global"]}], "to": "unsafe", "because": "it is global"}]}
]}`

func fullRule() string { return strings.Replace(full, "null_", "true", 1) }

func TestReadEverything(t *testing.T) {
	r, mistakes := read(fullRule())
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if r.Match.Any[0].Precedes.Path != rules.Some || r.Fixes[1].Params["n"] != 1.0 || r.Where[0].Is[0] != "field" || r.Scope.Tests != "exclude" {
		t.Errorf("read %+v", r)
	}
	again := encode(t, r)
	if !equal(r, again) {
		t.Errorf("written and read again:\n%+v\n%+v", r, again)
	}
}

// encode writes a rule and reads it again.
func encode(t *testing.T, r *rules.Rule) *rules.Rule {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again, mistakes := read(string(text))
	if len(mistakes) > 0 {
		t.Fatalf("%s\nwritten as\n%s", mistakes, text)
	}
	return again
}

func equal(a, b *rules.Rule) bool {
	x, y := *a, *b
	x.Source, y.Source = nil, nil
	return reflect.DeepEqual(x, y)
}

// Every mistake has its place, and all are told at once.
func TestMistakes(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", []string{"1:1: the file is empty: a rule is one JSON object"}},
		{"not JSON", "{\n  id: 1}", []string{"2:3: invalid character 'i' looking for beginning of object key string"}},
		{"cut off", `{"id": "haz`, []string{"1:11: unexpected end of JSON input"}},
		{"trailing garbage", head + `"match": {"pattern": "$x"}}` + "\n}", []string{"12:1: invalid character '}' after top-level value"}},
		{"invalid UTF-8", "{\n\"id\": \"\xff\"}", []string{"2:8: invalid UTF-8: save the file as UTF-8"}},
		{"a byte-order mark", "\ufeff{}", []string{"1:1: a byte-order mark stands here: save the file as UTF-8 without it"}},
		{"an array", "[]", []string{"1:1: an array: an object is expected"}},
		{"an empty object", "{}", []string{"1:1: is empty: say something, or leave the key out"}},
		{"no rule at all", `{"id": "hazard"}`, []string{
			`1:1: the key "category" is missing`, `1:1: the key "confidence" is missing`, `1:1: the key "match" is missing`, `1:1: the key "message" is missing`,
			`1:1: the key "rationale" is missing`, `1:1: the key "severity" is missing`, `1:1: the key "since" is missing`, `1:1: the key "stability" is missing`, `1:1: the key "title" is missing`,
		}},
		{"several at once", head + `"match": {"patern": "$x"},
"where": [{"hole": "x", "is": "field"}], "colour": "red"}`, []string{
			`11:11: unknown key "patern": did you mean "pattern"?`,
			`12:20: "x" names no hole: write $name, without the * of a list`,
			`12:31: a string: an array is expected`,
			`12:42: unknown key "colour": it is one of $schema, id, title, message, rationale, severity, confidence, category, references, since, stability, deprecated, aliases, go, scope, options, match, where, report, fixes`,
		}},
		{"a wrong value beside a missing one", head + `"match": {"has": {"pattern": "f("}}, "fixes": [{"title": "t", "applicability": "none"}]}`, []string{
			`11:10: exactly one of pattern, event, all, any is needed, here is none`, `11:30: bad pattern at 1:3: it ends too early`,
			`11:48: exactly one of template, strategy is needed, here is none`, `11:80: "none" is none of safe, unsafe, manual`}},
		{"a key twice", head + `"match": {"pattern": "$x",
 "pattern": "$y"}}`, []string{`12:2: the key "pattern" stands here twice`}},
		{"null", head + `"match": {"pattern": null}}`, []string{`11:22: null: a string is expected`}},
		{"an empty string", head + `"match": {"pattern": ""}}`, []string{`11:22: is empty: say something, or leave the key out`}},
		{"an empty list", head + `"match": {"pattern": "$x"}, "where": []}`, []string{`11:38: is empty: say something, or leave the key out`}},
		{"a bad word", strings.Replace(head, `"error"`, `"fatal"`, 1) + `"match": {"pattern": "$x"}}`, []string{`6:13: "fatal" is none of error, warning, info`}},
		{"another id than the file", strings.Replace(head, `"hazard"`, `"hasard"`, 1) + `"match": {"pattern": "$x"}}`, []string{`2:7: the id is "hasard", but the file is named "hazard": they are one name`}},
		{"a bad id", strings.Replace(head, `"hazard"`, `"Hazard-1"`, 1) + `"match": {"pattern": "$x"}}`, []string{`2:7: "Hazard-1" is no id: a Go identifier of lower-case letters and digits, as lostunlock`}},
		{"a keyword as id", strings.Replace(head, `"hazard"`, `"select"`, 1) + `"match": {"pattern": "$x"}}`, []string{`2:7: "select" is no id: a Go identifier of lower-case letters and digits, as lostunlock`}},
		{"a bad version", strings.Replace(head, `"0.1"`, `"v1"`, 1) + `"match": {"pattern": "$x"}}`, []string{`9:10: is no version: write 0.1 or 0.1.2`}},
		{"a bad range", head + `"go": "1.21", "match": {"pattern": "$x"}}`, []string{`11:7: "1.21" is no range of Go versions: write >=1.21, <1.22 or >=1.19 <1.25`}},
		{"a bad message", strings.Replace(head, "$x is", "$ is", 1) + `"match": {"pattern": "$x"}}`, []string{`4:12: a $ that begins no hole: write $name, or $$ for a dollar`}},
		{"a bad pattern", head + `"match": {"pattern": "f($x"}}`, []string{`11:22: bad pattern at 1:5: it ends too early`}},
		{"a bad template", head + `"match": {"pattern": "$x"}, "fixes": [{"title": "t", "applicability": "safe", "template": "$"}]}`, []string{`11:91: bad pattern at 1:1: a $ that begins no hole: write $x, $*xs, $_ or $*_`}},
		{"a bad regular expression", head + `"match": {"pattern": "$x", "where": [{"hole": "$x", "text": "("}]}}`, []string{"11:61: bad regular expression: error parsing regexp: missing closing ): `(`"}},
		{"a list hole outside a pattern", head + `"match": {"pattern": "$x", "bind": "$*x"}}`, []string{`11:36: "$*x" names no hole: write $name, without the * of a list`}},
		{"two subjects", head + `"match": {"pattern": "$x", "event": "lock"}}`, []string{`11:10: exactly one of pattern, event, all, any is needed, here are pattern and event`}},
		{"with without event", head + `"match": {"pattern": "$x", "with": {"lock": "$x"}}}`, []string{`11:36: "with" stands only beside "event"`}},
		{"path where nothing is related", head + `"match": {"pattern": "$x", "path": "some"}}`, []string{`11:36: path stands in the match that inside, has, follows or precedes names`}},
		{"an operand without subject", head + `"match": {"pattern": "$x", "has": {"path": "some"}}}`, []string{`11:35: exactly one of pattern, event, all, any is needed, here is none`}},
		{"a constraint about nothing", head + `"match": {"pattern": "$x"}, "where": [{"is": ["field"]}]}`, []string{
			`11:39: exactly one of hole, same, predicate, all, any, not is needed, here is none`, `11:46: "is" stands only beside "hole"`}},
		{"a constraint without a question", head + `"match": {"pattern": "$x"}, "where": [{"hole": "$x"}]}`, []string{
			`11:39: nothing is asked of $x: add type, underlying, object, is, text or value`}},
		{"same of one", head + `"match": {"pattern": "$x"}, "where": [{"not": {"same": ["$x"]}}]}`, []string{`11:56: same compares two holes or more`}},
		{"a fix without a way", head + `"match": {"pattern": "$x"}, "fixes": [{"title": "t", "applicability": "safe"}]}`, []string{`11:39: exactly one of template, strategy is needed, here is none`}},
		{"a downgrade that lowers nothing", head + `"match": {"pattern": "$x"}, "fixes": [{"title": "t", "applicability": "unsafe", "strategy": "guard",
  "downgrade": [{"when": [{"hole": "$x", "is": ["field"]}], "to": "unsafe", "because": "it is"}]}]}`, []string{`12:67: "unsafe" does not lower a fix that is "unsafe"`}},
		{"an option of another type", head + `"match": {"pattern": "$x"}, "options": {"n": {"type": "int", "default": 1.5, "doc": "d"}}}`, []string{`11:73: the default is no value of type "int"`}},
		{"a number out of range", head + `"match": {"pattern": "$x"}, "options": {"n": {"type": "number", "default": 1e999, "doc": "d"}}}`, []string{`11:76: 1e999 is out of range`}},
		{"deprecated, but not why", strings.Replace(head, `"preview"`, `"deprecated"`, 1) + `"match": {"pattern": "$x"}}`, []string{`10:14: stability "deprecated" and the key "deprecated", which says what to use instead, go together`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, got := read(test.text)
			var want []string
			for _, line := range test.want {
				want = append(want, "hazard.json:"+line)
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if r != nil {
				t.Error("a file with mistakes made a rule")
			}
		})
	}
}

func TestReadDirectory(t *testing.T) {
	good := func(id string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Replace(head, "hazard", id, 1) + `"aliases": ["old` + id + `"], "match": {"pattern": "$x"}}`)}
	}
	files := fstest.MapFS{
		"b.json": good("b"), "a.json": good("a"), "README.md": {Data: []byte("#")}, ".lockfix.json": {Data: []byte("{}")},
		"sub/c.json": good("c"), "oldb.json": good("oldb"), "bad.json": {Data: []byte("{")}, "large.json": {Data: make([]byte, 2<<20)},
	}
	all, mistakes := rules.Read(files)
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != "a oldb" {
		t.Errorf("rules %s", got)
	}
	want := "[b.json:11:13: \"oldb\" names the rule oldb already bad.json:1:1: unexpected end of JSON input large.json: has 2097152 bytes: that is no rule]"
	if got := fmt.Sprint(mistakes); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestReadDirNamesTheFileAsTheUserDid(t *testing.T) {
	_, mistakes := rules.ReadDir("no/such/dir")
	if len(mistakes) != 1 || mistakes[0].File != "no/such/dir" || mistakes[0].Line != 0 {
		t.Errorf("%v", mistakes)
	}
}

func TestMistakeFallsBackToTheParent(t *testing.T) {
	r, _ := read(fullRule())
	for pointer, want := range map[string]string{
		"/match/any/0/pattern":       "hazard.json:18:17: m",
		"/match/any/0/pattern/no/no": "hazard.json:18:17: m",
		"/no":                        "hazard.json:1:1: m",
	} {
		if got := r.Mistake(pointer, "m").Error(); got != want {
			t.Errorf("%s: %s, want %s", pointer, got, want)
		}
	}
	if got := (&rules.Rule{ID: "made"}).Mistake("/match", "m").Error(); got != "made: m" {
		t.Errorf("a rule without a file: %s", got)
	}
}

// Reading never panics, and what is read is what was written.
func FuzzRead(f *testing.F) {
	f.Add(fullRule())
	f.Add(head + `"match": {"pattern": "$x"}}`)
	f.Add("{")
	f.Add(`{"id": {"a~/b": [1, {}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, _ := read(text)
		if r == nil {
			return
		}
		if again := encode(t, r); !equal(r, again) {
			t.Errorf("written and read again:\n%+v\n%+v", r, again)
		}
	})
}
