package diffs

import (
	"strings"
	"testing"
)

// What stays and goes is the old text, what stays and comes the new one.
func TestWords(t *testing.T) {
	before, after := "a\n\tdefer 𝕩.mu.Lock() // of f\nb", "a\n\tdefer 𝕩.mu.Unlock() // of f\n\treturn\nb"
	all := Words([]Change{{Path: "same.go"}, {Path: "a.go", Before: []byte(before), After: []byte(after)}})
	if len(all) != 1 || len(all[0].Changes) != 1 || all[0].Hunks[0] != "@@ -1,3 +1,4 @@" {
		t.Fatalf("got %+v", all)
	}
	var old, now, gone, come strings.Builder
	for _, w := range all[0].Changes[0] {
		if !w.Added {
			old.WriteString(w.Text)
		}
		if !w.Removed {
			now.WriteString(w.Text)
		}
		if w.Removed {
			gone.WriteString(w.Text + "|")
		}
		if w.Added {
			come.WriteString(w.Text + "|")
		}
	}
	if old.String() != before || now.String() != after || gone.String() != "Lock|" || come.String() != "Unlock|\n\treturn|" {
		t.Errorf("%q → %q: goes %q, comes %q", old.String(), now.String(), gone.String(), come.String())
	}
}
