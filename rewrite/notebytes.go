package rewrite

import (
	"encoding/binary"
	"slices"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// Every run reads the notes of all packages, so they are written as what they are:
// three keys, what is there, and the two texts, the length of the first before them.
const (
	silentNote = 1 << iota
	exportNote
	sketchNote
)

const keysOfNote = 3 * len(cache.Key{})

func (n *note) bytes() []byte {
	var flags byte
	for flag, is := range map[byte]bool{silentNote: n.Silent, exportNote: n.Export != nil, sketchNote: n.Sketch != nil} {
		if is {
			flags |= flag
		}
	}
	head := slices.Concat(n.Below[:], n.ExportHash[:], n.SketchHash[:], []byte{flags})
	head = binary.LittleEndian.AppendUint64(head, uint64(len(n.Export)))
	return slices.Concat(head, n.Export, n.Sketch)
}

// noteOf reads a note; nil where the bytes are none.
func noteOf(value []byte) *note {
	const head = keysOfNote + 1 + 8
	if len(value) < head {
		return nil
	}
	n := new(note)
	for i, key := range []*cache.Key{&n.Below, &n.ExportHash, &n.SketchHash} {
		copy(key[:], value[i*len(key):])
	}
	flags := value[keysOfNote]
	size := binary.LittleEndian.Uint64(value[keysOfNote+1:])
	texts := value[head:]
	if size > uint64(len(texts)) {
		return nil
	}
	n.Silent = flags&silentNote != 0
	if flags&exportNote != 0 {
		n.Export = texts[:size]
	}
	if flags&sketchNote != 0 {
		n.Sketch = texts[size:]
	}
	return n
}
