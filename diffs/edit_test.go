package diffs_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
)

func TestApplyRefusesEditsThatDoNotFit(t *testing.T) {
	for name, edits := range map[string][]diffs.Edit{
		"overlap":          {{"f", 0, 3, "x"}, {"f", 2, 4, "y"}},
		"not sorted":       {{"f", 3, 4, "x"}, {"f", 0, 1, "y"}},
		"beyond the end":   {{"f", 4, 6, "x"}},
		"end before start": {{"f", 3, 2, "x"}},
		"negative":         {{"f", -1, 2, "x"}},
	} {
		if got, err := diffs.Apply([]byte("abcde"), edits); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
}

func TestApplyKeepsTheOrderOfInsertions(t *testing.T) {
	src := []byte("abc")
	got, err := diffs.Apply(src, []diffs.Edit{{"f", 1, 1, "1"}, {"f", 1, 1, "2"}, {"f", 1, 2, "3"}})
	if err != nil || string(got) != "a123c" || string(src) != "abc" {
		t.Errorf("got %q, %v; source is now %q", got, err, src)
	}
}

func TestMerge(t *testing.T) {
	type set = []diffs.Edit
	for _, test := range []struct {
		name string
		sets []set
		want string // of abcdef; "" is a conflict
	}{
		{"apart", []set{{{"f", 4, 5, "E"}}, {{"f", 0, 1, "A"}}}, "AbcdEf"},
		{"touching replacements", []set{{{"f", 0, 2, "X"}}, {{"f", 2, 4, "Y"}}}, "XYef"},
		{"the same edit twice", []set{{{"f", 1, 2, "B"}}, {{"f", 1, 2, "B"}, {"f", 3, 4, "D"}}}, "aBcDef"},
		{"the same insertion twice", []set{{{"f", 2, 2, "+"}}, {{"f", 2, 2, "+"}}}, "ab+cdef"},
		{"one set inserts twice", []set{{{"f", 2, 2, "+"}, {"f", 2, 2, "-"}}}, "ab+-cdef"},
		{"insertion before a replacement", []set{{{"f", 2, 3, "C"}}, {{"f", 2, 2, "+"}}}, "ab+Cdef"},
		{"insertion after a replacement", []set{{{"f", 1, 2, "B"}}, {{"f", 2, 2, "+"}}}, "aB+cdef"},
		{"different text at one offset", []set{{{"f", 2, 2, "+"}}, {{"f", 2, 2, "-"}}}, ""},
		{"different text for one place", []set{{{"f", 2, 3, "X"}}, {{"f", 2, 3, "Y"}}}, ""},
		{"overlap", []set{{{"f", 0, 3, "X"}}, {{"f", 2, 4, "Y"}}}, ""},
		{"one holds the other", []set{{{"f", 0, 6, "X"}}, {{"f", 2, 4, "Y"}}}, ""},
		{"insertion within a replacement", []set{{{"f", 0, 3, "X"}}, {{"f", 2, 2, "+"}}}, ""},
		{"overlap with the set before the last", []set{{{"f", 0, 6, "X"}}, nil, {{"f", 4, 5, "Y"}}}, ""},
		{"overlap in one set", []set{{{"f", 0, 3, "X"}, {"f", 2, 4, "Y"}}}, ""},
	} {
		merged, err := diffs.Merge(test.sets...)
		if err != nil {
			if test.want != "" {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		got, err := diffs.Apply([]byte("abcdef"), merged)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %q, %v; want %q", test.name, got, err, test.want)
		}
	}
}

func TestMergeKeepsFilesApart(t *testing.T) {
	got, err := diffs.Merge([]diffs.Edit{{"b", 0, 3, "x"}}, []diffs.Edit{{"a", 1, 2, "y"}})
	want := []diffs.Edit{{"a", 1, 2, "y"}, {"b", 0, 3, "x"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

// Merging does not depend on the order of the sets.
func TestMergeCommutes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	conflicts := 0
	for range 5000 {
		a, b := randomEdits(rng), randomEdits(rng)
		ab, errAB := diffs.Merge(a, b)
		ba, errBA := diffs.Merge(b, a)
		if (errAB == nil) != (errBA == nil) || !slices.Equal(ab, ba) {
			t.Fatalf("%v and %v: %v, %v in one order; %v, %v in the other", a, b, ab, errAB, ba, errBA)
		}
		if errAB != nil {
			conflicts++
		}
	}
	if conflicts == 0 || conflicts == 5000 {
		t.Errorf("%d conflicts in 5000: the edits test nothing", conflicts)
	}
}

func randomEdits(rng *rand.Rand) []diffs.Edit {
	var edits []diffs.Edit
	for at := rng.IntN(8); at < 20; at += 1 + rng.IntN(8) {
		end := at + rng.IntN(3)
		edits = append(edits, diffs.Edit{"f", at, end, strings.Repeat("x", rng.IntN(2))})
		at = end
	}
	return edits
}
