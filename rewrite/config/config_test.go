package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lockfix/lockfix/rewrite/config"
)

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		pattern, file string
		want          bool
	}{
		{"a.go", "a.go", true},
		{"a.go", "x/y/a.go", true}, // without a slash: at any depth
		{"/a.go", "x/a.go", false},
		{"*_gen.go", "x/y/z_gen.go", true},
		{"x", "x/y/a.go", true}, // a directory: all that is in it
		{"y/", "x/y/a.go", true},
		{"x/y", "x/y/a.go", true},
		{"x/y", "w/x/y/a.go", false}, // with a slash: from the top
		{"x/*", "x/y/a.go", true},
		{"x/*.go", "x/y/a.go", false},
		{"**/y/*.go", "w/x/y/a.go", true},
		{"x/**", "x/y/a.go", true},
		{"x/**/a.go", "x/a.go", true},
		{"x/**/a.go", "x/y/z/a.go", true},
		{"xy", "x/y/a.go", false},
		{"[a-c].go", "b.go", true},
	} {
		if got := config.Matches(test.pattern, test.file); got != test.want {
			t.Errorf("%s matches %s: %v", test.pattern, test.file, got)
		}
	}
}

const full = `{
  "$schema": "s", "rules": ["."], "models": ["."], "tags": ["integration"], "baseline": "b.json", "requireReasons": true, "prefer": "atomic", "pad": true,
  "owners": {"/": "@all"}, "enable": ["one"], "disable": ["two"], "severity": {"one": "error"}, "fix": {"one": "none"},
  "paths": [{"match": ["x"], "enable": ["two"], "disable": ["one"], "severity": {"two": "info"}, "fix": {"two": "manual"}}]
}`

// The schema and the reader take the same keys: each of them is in the text,
// and one more is in neither.
func TestTheSchemaIsTheFormat(t *testing.T) {
	schema := compiled(t)
	if _, mistakes := read(t, full); len(mistakes) > 0 {
		t.Error(mistakes)
	}
	if err := valid(t, schema, full); err != nil {
		t.Error(err)
	}
	var keys map[string]any
	if err := json.Unmarshal([]byte(full), &keys); err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		known++
		if keys[name] == nil {
			t.Errorf("the key %s is not in the test", name)
		}
	}
	if known != len(keys) {
		t.Errorf("the format has %d keys, the test %d", known, len(keys))
	}
	for _, bad := range []string{
		`{"colour": "red"}`, `{"rules": "x"}`, `{"rules": []}`, `{"enable": ["A-1"]}`, `{"severity": {"one": "fatal"}}`,
		`{"fix": {"one": "never"}}`, `{"paths": [{}]}`, `{"requireReasons": "yes"}`, `[]`,
	} {
		if _, mistakes := read(t, bad); len(mistakes) == 0 {
			t.Errorf("%s is read", bad)
		}
		if valid(t, schema, bad) == nil {
			t.Errorf("%s is valid", bad)
		}
	}
}

func TestAConfigurationMaySayNothing(t *testing.T) {
	if _, mistakes := read(t, " {}\n"); len(mistakes) > 0 {
		t.Error(mistakes)
	}
}

// Of the settings that speak of a rule in a file the last counts.
func TestTheLastSettingCounts(t *testing.T) {
	c, mistakes := read(t, `{"severity": {"one": "info"}, "paths": [
		{"match": ["x"], "disable": ["one"], "severity": {"one": "error"}},
		{"match": ["x/y"], "enable": ["one", "two"]}]}`)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, test := range []struct {
		rule, file string
		off        bool
		severity   string
	}{
		{"one", "a.go", false, "info"},
		{"one", "x/a.go", true, "error"},
		{"one", "x/y/a.go", false, "error"},
		{"two", "a.go", true, ""},
		{"two", "x/y/a.go", false, ""},
		{"one", "../x/a.go", false, "info"}, // outside: the top alone
	} {
		got := c.At(test.rule, filepath.Join(c.Dir, filepath.FromSlash(test.file)), test.rule == "one")
		if got.Off != test.off || string(got.Severity) != test.severity {
			t.Errorf("%s in %s: %+v", test.rule, test.file, got)
		}
	}
}

func read(t *testing.T, text string) (*config.Config, []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), config.Name)
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	c, mistakes, err := config.Read(file, config.Name)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range mistakes {
		lines = append(lines, m.Error())
	}
	return c, lines
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func valid(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(document)
}
