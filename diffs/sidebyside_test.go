package diffs_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
)

// Law: the rows hold every changed line of both sides, in order, under its number.
func TestSideBySide(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		before, after := shortText(random), shortText(random)
		a, b := diffs.SplitLines([]byte(before)), diffs.SplitLines([]byte(after))
		oldShown, newShown := map[int]bool{}, map[int]bool{}
		for _, stretch := range diffs.SideBySide(diffs.Change{Before: []byte(before), After: []byte(after)}) {
			for _, row := range stretch {
				check(t, row.Before, row.Old, a)
				check(t, row.After, row.New, b)
				oldShown[row.Before], newShown[row.After] = true, true
				if !row.Changed && row.Old != row.New {
					t.Fatalf("%+v", row)
				}
			}
		}
		for _, h := range diffs.Lines(a, b) {
			for x := h.AStart; x < h.AEnd; x++ {
				if !oldShown[x+1] {
					t.Fatalf("line %d is not shown:\n%s\n%s", x+1, before, after)
				}
			}
			for y := h.BStart; y < h.BEnd; y++ {
				if !newShown[y+1] {
					t.Fatalf("new line %d is not shown:\n%s\n%s", y+1, before, after)
				}
			}
		}
	}
}

func check(t *testing.T, n int, text string, lines []string) {
	t.Helper()
	if n == 0 && text == "" {
		return
	}
	if n < 1 || n > len(lines) || strings.TrimRight(lines[n-1], "\r\n") != text {
		t.Fatalf("line %d is not %q", n, text)
	}
}

func shortText(random *rand.Rand) string {
	var out strings.Builder
	for range random.IntN(25) {
		out.WriteByte("abc"[random.IntN(3)])
		out.WriteString([]string{"\n", "\r\n"}[random.IntN(2)])
	}
	return out.String()
}
