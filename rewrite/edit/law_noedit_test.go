package edit

import (
	"bytes"
	"maps"
	"slices"
	"testing"
)

// TestLawNoEdit: a file that is decorated, copied and printed is the file, byte
// for byte, in every style.
func TestLawNoEdit(t *testing.T) {
	for _, style := range slices.Sorted(maps.Keys(styles)) {
		t.Run(style, func(t *testing.T) {
			count := 0
			for _, path := range corpus(t, 20) {
				raw := []byte(styles[style](string(read(t, path))))
				doc := decorateFile(t, path, raw)
				if doc == nil {
					continue
				}
				count++
				text, err := doc.print(doc.untyped().File, nil)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				if !bytes.Equal(doc.file.Restore(text), raw) {
					t.Errorf("%s: changed without an edit", path)
				}
			}
			t.Logf("%d files", count)
		})
	}
}

// TestLawPrintIsStable: what was printed prints as itself.
func TestLawPrintIsStable(t *testing.T) {
	for _, path := range corpus(t, 20) {
		doc := decorateFile(t, path, []byte(messy(string(read(t, path)))))
		if doc == nil {
			continue
		}
		again := decorateFile(t, path, doc.base)
		if again == nil || !bytes.Equal(again.base, doc.base) {
			t.Errorf("%s: its print prints otherwise", path)
		}
	}
}
