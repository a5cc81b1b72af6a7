package models

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheShippedModelsHaveNoMistake(t *testing.T) {
	_, mistakes := Read(files)
	for _, m := range mistakes {
		t.Error(m)
	}
}

func TestTheExactObjectWinsOverTheWildcard(t *testing.T) {
	set := Shipped()
	for object, pure := range map[string]bool{
		"strings.ToUpper":           true, // by strings.*
		"strings.Map":               false,
		"strconv.Itoa":              true,
		"strconv.AppendInt":         false,
		"strings.(*Builder).String": true,
		"strings.(*Builder).Grow":   false,
		"time.Time.Add":             true,
		"time.Time.AppendFormat":    false,
		"time.(*Timer).Stop":        false,
	} {
		m := set.Lookup(object)
		if m == nil {
			t.Errorf("%s has no model", object)
		} else if m.Pure != pure {
			t.Errorf("%s: pure is %v", object, m.Pure)
		}
	}
	for _, object := range []string{"strings.(*Nothing).X", "example.com/x.F", "sync.(*Pool).Get"} {
		if set.Lookup(object) != nil {
			t.Errorf("%s has a model", object)
		}
	}
}

func TestAUsersModelGoesBeforeOurs(t *testing.T) {
	own, mistakes := Read(fstest.MapFS{"own.json": {Data: []byte(
		`{"doc": "ours", "models": [{"objects": ["os.Getenv", "example.com/x.Die"], "noreturn": true}]}`)}})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	both := Shipped().With(own)
	if !both.Lookup("os.Getenv").NoReturn || !both.Lookup("example.com/x.Die").NoReturn || !both.Lookup("os.Exit").NoReturn {
		t.Error("the union lacks a model")
	}
	if Shipped().Lookup("os.Getenv").NoReturn {
		t.Error("With changed the shipped models")
	}
}

func TestMistakesHaveTheirPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key of a model", "{\"models\": [\n  {\"objects\": [\"os.Exit\"],\n   \"noretrun\": true}]}",
			`m.json:3:4: unknown key "noretrun"; a model has objects, pure, opaque, blocks, logs, why, noreturn, panics, runs and methods`},
		{"unknown key of the file", "{\"doc\": \"d\",\n \"model\": []}",
			`m.json:1:12: unknown key "model"; a file of models has the keys "doc" and "models"`},
		{"wrong kind", "{\"models\": [{\"objects\": [\"os.Exit\"],\n\"pure\": 1}]}",
			`m.json:2:9: "pure" is a bool, not a number`},
		{"no object", "{\"models\": [{\"pure\": true}]}",
			`m.json:1:13: a model names at least one of "objects"`},
		{"misspelled object", "{\"models\": [\n{\"objects\": [\"(*sync.Mutex).Lock\"], \"blocks\": false}]}",
			`m.json:2:14: "(*sync.Mutex).Lock" is not spelled like "os.Exit", "sync.(*Mutex).Lock", "time.Time.Add" or "strings.*"`},
		{"named twice", "{\"models\": [{\"objects\": [\"a.F\"], \"pure\": true},\n{\"objects\": [\"a.F\"], \"blocks\": false}]}",
			`m.json:2:14: a.F has a model in m.json already`},
		{"blocking without a reason", "{\"models\": [{\"objects\": [\"a.F\"], \"blocks\": true}]}",
			`m.json:1:13: say in "why" what it waits for, as in "waits for the response"`},
		{"logging without blocking", "{\"models\": [{\"objects\": [\"a.F\"], \"logs\": true}]}",
			`m.json:1:13: what logs blocks: say "blocks" too`},
		{"pure and blocking", "{\"models\": [{\"objects\": [\"a.F\"], \"pure\": true, \"blocks\": false}]}",
			`m.json:1:13: "pure" says already that it does not block`},
		{"unknown how", "{\"models\": [{\"objects\": [\"a.F\"], \"runs\": [{\"arg\": 0, \"how\": \"soon\"}]}]}",
			`m.json:1:13: "how" is now, once, later, goroutine or workers, not "soon"`},
		{"not JSON", "{\"models\": [\n  }", `m.json:2:3: not JSON: invalid character '}' looking for beginning of value`},
		{"a list", "[]", `m.json:1:1: a file of models is an object with the keys "doc" and "models"`},
	} {
		_, mistakes := Read(fstest.MapFS{"m.json": {Data: []byte(c.text)}})
		var got []string
		for _, m := range mistakes {
			got = append(got, m.Error())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestAMistakeLeavesTheOtherModelsStanding(t *testing.T) {
	set, mistakes := Read(fstest.MapFS{
		"a.json": {Data: []byte(`{"models": [{"objects": ["a.F"], "purr": true}, {"objects": ["a.G"], "pure": true}]}`)},
		"b.json": {Data: []byte(`{"models": [{"objects": ["b.F"], "noreturn": true}]}`)},
	})
	if len(mistakes) != 1 || set.Lookup("a.F") != nil || set.Lookup("a.G") == nil || set.Lookup("b.F") == nil {
		t.Errorf("mistakes %v, set %v", mistakes, set)
	}
}
