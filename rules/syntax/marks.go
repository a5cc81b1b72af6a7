package syntax

import "go/token"

// Marks are places in some files that somebody has marked. Most are asked for in the order
// of the text, of many more than are marked: a bit a byte says it where a map would lead to
// another corner of memory each time.
type Marks struct {
	names *Names     // knows the files
	bits  [][]uint64 // of each file; nil: none is marked
}

// NewMarks returns the marks of files that have names. They are not safe for concurrent use.
func NewMarks(names *Names) *Marks {
	return &Marks{names: names, bits: make([][]uint64, len(names.laid))}
}

// Add marks a place; one that is in none of the files stays without.
func (m *Marks) Add(pos token.Pos) {
	i := m.names.fileOf(pos)
	if i < 0 {
		return
	}
	tree := m.names.files.files[i].tree
	if m.bits[i] == nil {
		m.bits[i] = make([]uint64, int(tree.FileEnd-tree.FileStart)>>6+1)
	}
	offset := int(pos - tree.FileStart)
	m.bits[i][offset>>6] |= 1 << (offset & 63)
}

// Has reports whether a place is marked.
func (m *Marks) Has(pos token.Pos) bool {
	i := m.names.fileOf(pos)
	if i < 0 || m.bits[i] == nil {
		return false
	}
	offset := int(pos - m.names.files.files[i].tree.FileStart)
	return m.bits[i][offset>>6]>>(offset&63)&1 != 0
}
