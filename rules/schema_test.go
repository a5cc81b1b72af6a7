package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// object is a JSON object of the schema.
type object = map[string]any

// structs are the Go types that the schema describes, with the name of the definition.
var structs = map[reflect.Type]string{
	reflect.TypeFor[Scope](): "scope", reflect.TypeFor[Option](): "option", reflect.TypeFor[Match](): "match",
	reflect.TypeFor[Constraint](): "constraint", reflect.TypeFor[Report](): "report", reflect.TypeFor[Related](): "related",
	reflect.TypeFor[Fix](): "fix", reflect.TypeFor[Downgrade](): "downgrade",
}

// vocabulary names the keys whose words the schema lists and the Go types do not.
var vocabulary = map[string]bool{"event": true, "is": true, "predicate": true}

// The schema says what the Go types say: no key more, no key less.
func TestSchemaIsTheTypes(t *testing.T) {
	var root object
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	definitions := root["$defs"].(object)
	compare(t, "rule", reflect.TypeFor[Rule](), root)
	for typ, name := range structs {
		definition, ok := definitions[name].(object)
		if !ok {
			t.Errorf("no definition of %s", name)
			continue
		}
		compare(t, name, typ, definition)
	}
	if len(definitions) != len(structs) {
		t.Errorf("definitions %v", slices.Sorted(maps.Keys(definitions)))
	}
}

func compare(t *testing.T, name string, typ reflect.Type, definition object) {
	t.Helper()
	properties := definition["properties"].(object)
	var keys, required []string
	needs := object{}
	for _, f := range fieldsOf(typ) {
		keys = append(keys, f.name)
		if f.required {
			required = append(required, f.name)
		}
		if f.needs != "" {
			needs[f.name] = []any{f.needs}
		}
		property, ok := properties[f.name].(object)
		if !ok {
			t.Errorf("%s: the schema lacks %s", name, f.name)
			continue
		}
		if property["description"] == nil {
			t.Errorf("%s.%s is not described", name, f.name)
		}
		if vocabulary[f.name] {
			continue // the engine's words: rules/match compares them
		}
		if got, want := form(property), formOf(typ.FieldByIndex(f.index).Type); got != want {
			t.Errorf("%s.%s is %s in the schema, %s in Go", name, f.name, got, want)
		}
	}
	same(t, name+": keys", slices.Sorted(maps.Keys(properties)), keys)
	same(t, name+": required", strs(definition["required"]), required)
	same(t, name+": subjects", subjects(definition), oneOf(typ))
	if got, _ := definition["dependentRequired"].(object); !reflect.DeepEqual(got, needs) && len(got)+len(needs) > 0 {
		t.Errorf("%s: the schema has dependentRequired %v, Go has %v", name, got, needs)
	}
	if definition["additionalProperties"] != false {
		t.Errorf("%s: unknown keys are allowed", name)
	}
}

func same(t *testing.T, what string, schema, code []string) {
	t.Helper()
	slices.Sort(schema)
	slices.Sort(code)
	if !slices.Equal(schema, code) {
		t.Errorf("%s: the schema has %v, Go has %v", what, schema, code)
	}
}

func strs(list any) (all []string) {
	items, _ := list.([]any)
	for _, item := range items {
		all = append(all, item.(string))
	}
	return all
}

// subjects returns the keys of which one may stand, and whether one must.
func subjects(definition object) (all []string) {
	if list, ok := definition["oneOf"].([]any); ok {
		for _, one := range list {
			all = append(all, strs(one.(object)["required"])...)
		}
		return append(all, "one must")
	}
	if not, ok := definition["not"].(object); ok {
		for _, pair := range not["anyOf"].([]any) {
			all = append(all, strs(pair.(object)["required"])...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return nil
}

func oneOf(typ reflect.Type) (all []string) {
	for group, names := range exactlyOne(fieldsOf(typ)) {
		all = append(all, names...)
		if !strings.HasSuffix(group, "?") {
			all = append(all, "one must")
		}
	}
	return all
}

// form describes a property as formOf describes a Go type.
func form(property object) string {
	if ref, ok := property["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#/$defs/")
	}
	switch property["type"] {
	case "array":
		return "list of " + form(property["items"].(object))
	case "object":
		if values, ok := property["additionalProperties"].(object); ok {
			return "table of " + form(values)
		}
		return "table of anything"
	case "string":
		if words := strs(property["enum"]); len(words) > 0 {
			return "one of " + strings.Join(words, " ")
		}
		return "text"
	default:
		return "anything"
	}
}

func formOf(t reflect.Type) string {
	if name, ok := structs[t]; ok {
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return formOf(t.Elem())
	case reflect.Slice:
		return "list of " + formOf(t.Elem())
	case reflect.Map:
		return "table of " + formOf(t.Elem())
	case reflect.String:
		if allowed := words[t]; allowed != nil {
			return "one of " + strings.Join(allowed, " ")
		}
		return "text"
	default:
		return "anything"
	}
}

// Every rule of the library, and of the example of a user's own rules,
// satisfies the schema.
func TestRulesSatisfyTheSchema(t *testing.T) {
	validate := validator(t)
	count := 0
	for _, root := range []fs.FS{library, os.DirFS("../fixtures/userrules")} {
		fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".json") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			if err != nil {
				t.Fatal(err)
			}
			count++
			if err := validate(text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			return nil
		})
	}
	if count < 2 {
		t.Errorf("%d rules were validated", count)
	}
}

// The schema refuses what Read refuses, as far as a schema can.
func TestSchemaRefuses(t *testing.T) {
	validate := validator(t)
	good := `"id": "a", "title": "t", "message": "m", "rationale": "r", "severity": "info", "confidence": "low", "category": "race", "since": "0.1", "stability": "preview"`
	tests := []struct {
		rest string
		ok   bool
	}{
		{`"match": {"pattern": "$x"}`, true},
		{`"match": {"pattern": "$x", "not": {"inside": {"event": "go"}}}`, true},
		{``, false},
		{`"match": {"pattern": "$x", "event": "lock"}`, false},
		{`"match": {"patern": "$x"}`, false},
		{`"match": {"pattern": ""}`, false},
		{`"match": {"pattern": "$x", "bind": "$*x"}`, false},
		{`"match": {"event": "explode"}`, false},
		{`"match": {"pattern": "$x"}, "where": [{"type": "error"}]`, false},
		{`"match": {"pattern": "$x"}, "where": []`, false},
		{`"match": {"pattern": "$x"}, "go": "1.21"`, false},
		{`"match": {"pattern": "$x"}, "fixes": [{"title": "t", "applicability": "safe"}]`, false},
		{`"match": {"pattern": "$x"}, "fixes": [{"title": "t", "applicability": "safe", "template": "f($x)", "params": {"a": 1}}]`, false},
	}
	for _, test := range tests {
		text := fmt.Sprintf("{%s, %s}", good, test.rest)
		if test.rest == "" {
			text = fmt.Sprintf("{%s}", good)
		}
		if err := validate([]byte(text)); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.rest, err)
		}
	}
}

func validator(t *testing.T) func([]byte) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource("rule.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("rule.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text []byte) error {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return compiled.Validate(value)
	}
}
