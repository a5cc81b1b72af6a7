package declared

import (
	"encoding/binary"
	"go/token"
	"go/types"
	"strings"
)

// output is a list of numbers; what is longer is in tables, and its number there.
type output struct{ bytes []byte }

func (o *output) int(n int) { o.bytes = binary.AppendUvarint(o.bytes, uint64(n)) }

func (o *output) bool(b bool) {
	if b {
		o.int(1)
	} else {
		o.int(0)
	}
}

func (o *output) raw(text string) {
	o.int(len(text))
	o.bytes = append(o.bytes, text...)
}

// list writes strings as one.
func (o *output) list(all []string) {
	o.int(len(all))
	for _, text := range all {
		o.int(len(text))
	}
	o.raw(strings.Join(all, ""))
}

// A table numbers things in the order in which they come.
type table[T comparable] struct {
	at  map[T]int
	all []T
}

func (t *table[T]) number(of T) int {
	n, ok := t.at[of]
	if !ok {
		if t.at == nil {
			t.at = map[T]int{}
		}
		n = len(t.all)
		t.at[of] = n
		t.all = append(t.all, of)
	}
	return n
}

// tables are what the numbers of an encoder mean.
type tables struct {
	names    table[string]
	packages table[*types.Package]
	files    table[*token.File]
}

// write puts the tables before what refers to them.
func (t *tables) write(o *output, id func(*types.Package) string) {
	var ids []int
	for _, pkg := range t.packages.all[1:] { // the first is the package itself
		ids = append(ids, t.names.number(id(pkg)))
	}
	o.list(t.names.all)
	o.int(len(ids))
	for _, name := range ids {
		o.int(name)
	}
	o.int(len(t.files.all))
	for _, f := range t.files.all {
		o.raw(f.Name())
		o.int(f.Size())
		lines := f.Lines()
		o.int(len(lines))
		last := 0
		for _, at := range lines {
			o.int(at - last)
			last = at
		}
	}
}
