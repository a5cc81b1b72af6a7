// Package source reads a Go file the way the decorated tree needs it and gives
// it back the way its author wrote it: byte-order mark, line ends, blank lines
// that hold spaces and a missing final newline are taken off before parsing and
// put back after printing.
package source

// A File is one file's bytes and their normal form.
type File struct {
	Path string // absolute
	Raw  []byte // as on disk (or in an overlay)
	Text []byte // normalised: no BOM, LF, white-space-only lines empty, final newline; same number of lines
}

// New normalises raw.
func New(path string, raw []byte) *File { panic("not built yet") }

// Restore returns text, an edited form of f.Text, in the style of f.Raw: lines
// that text shares with f.Text come back byte for byte.
func (f *File) Restore(text []byte) []byte { panic("not built yet") }
