package diffs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
)

// The cost of a diff of a long file in which a few lines differ.
func BenchmarkUnified(b *testing.B) {
	var before, after strings.Builder
	for i := range 10_000 {
		line := fmt.Sprintf("\tline(%d)\n", i)
		before.WriteString(line)
		if i%1000 == 500 {
			line = "\tother()\n" + line
		}
		after.WriteString(line)
	}
	change := diffs.Change{Path: "a.go", Before: []byte(before.String()), After: []byte(after.String())}
	for b.Loop() {
		if diffs.Unified([]diffs.Change{change}) == "" {
			b.Fatal("there is no diff")
		}
	}
}
