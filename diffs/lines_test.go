package diffs_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockfix/lockfix/diffs"
)

func TestLines(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want []diffs.Hunk
	}{
		{"", "", nil},
		{"a b", "a b", nil},
		{"", "a", []diffs.Hunk{{0, 0, 0, 1}}},
		{"a", "", []diffs.Hunk{{0, 1, 0, 0}}},
		{"a b c", "a x c", []diffs.Hunk{{1, 2, 1, 2}}},
		{"a b c d e", "a x c e", []diffs.Hunk{{1, 2, 1, 2}, {3, 4, 3, 3}}},
		{"a { } z", "a { } { } z", []diffs.Hunk{{3, 3, 3, 5}}}, // an insertion slides down, as git's does
	} {
		if got := diffs.Lines(strings.Fields(test.a), strings.Fields(test.b)); !slices.Equal(got, test.want) {
			t.Errorf("%q to %q: got %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

func TestSplitLines(t *testing.T) {
	for text, want := range map[string][]string{
		"":         nil,
		"a":        {"a"},
		"a\n":      {"a\n"},
		"a\r\n\nb": {"a\r\n", "\n", "b"},
		"\xff\n\n": {"\xff\n", "\n"},
	} {
		if got := diffs.SplitLines([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// The number of changed lines is the smallest there is: that of the longest
// common subsequence by dynamic programming.
func TestLinesIsMinimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		a, b := randomLines(rng, 30, 5), randomLines(rng, 30, 5)
		changed := 0
		for _, h := range diffs.Lines(a, b) {
			changed += h.AEnd - h.AStart + h.BEnd - h.BStart
		}
		if want := len(a) + len(b) - 2*longestCommon(a, b); changed != want {
			t.Fatalf("%q to %q: %d lines change, want %d", a, b, changed, want)
		}
	}
}

// More distinct lines than there are characters of one byte, of two, and below
// the surrogates: where the numbering of lines could go wrong, and did in the
// line mode of go-diff before v1.4.0.
func TestManyDistinctLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{20, 200, 3000, 70_000} { // the last goes beyond the surrogates
		a := make([]string, n)
		for i := range a {
			a[i] = fmt.Sprintln("line", i)
		}
		b := slices.Clone(a)
		for range 10 {
			b[rng.IntN(n)] = fmt.Sprintln("new", rng.IntN(1_000_000))
		}
		before, after := strings.Join(a, ""), strings.Join(b, "")
		edits := diffs.LineEdits("f", []byte(before), []byte(after))
		got, err := diffs.Apply([]byte(before), edits)
		if err != nil || string(got) != after {
			t.Errorf("%d lines: applying the edits does not give the new text (%v)", n, err)
		}
		if len(edits) > 10 {
			t.Errorf("%d lines: %d edits for 10 changed lines", n, len(edits))
		}
	}
}

func TestDissimilarFilesAreReplacedWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	a := make([]string, 60_000)
	for i := range a {
		a[i] = fmt.Sprintln(i)
	}
	b := slices.Clone(a)
	rng.Shuffle(len(b)-2, func(i, j int) { b[i+1], b[j+1] = b[j+1], b[i+1] })
	start := time.Now()
	got := diffs.Lines(a, b)
	if want := (diffs.Hunk{1, len(a) - 1, 1, len(a) - 1}); len(got) != 1 || got[0] != want {
		t.Errorf("got %d hunks, want %v", len(got), want)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// Applying the edits between two texts to the first gives the second.
func FuzzLineEdits(f *testing.F) {
	f.Add("", "a")
	f.Add("a\nb\n", "a\r\nb")
	f.Add("\xff\x00\n\n", "\n\xff")
	f.Add("{\n}\n{\n}\n", "{\n}\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		edits := diffs.LineEdits("f", []byte(before), []byte(after))
		got, err := diffs.Apply([]byte(before), edits)
		if err != nil || string(got) != after {
			t.Errorf("got %q, %v", got, err)
		}
		if before == after && len(edits) > 0 {
			t.Errorf("edits between equal texts: %v", edits)
		}
		for _, e := range edits {
			if e.Start > 0 && before[e.Start-1] != '\n' || e.End < len(before) && e.End > 0 && before[e.End-1] != '\n' {
				t.Errorf("%v is not in whole lines", e)
			}
		}
	})
}

func randomLines(rng *rand.Rand, n, alphabet int) []string {
	lines := make([]string, rng.IntN(n))
	for i := range lines {
		lines[i] = string(rune('a' + rng.IntN(alphabet)))
	}
	return lines
}

func longestCommon(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			up := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return row[len(b)]
}
