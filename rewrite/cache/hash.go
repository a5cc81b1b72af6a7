package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// A Hash makes a Key of parts. Each part is hashed with its length, so that
// "ab", "c" and "a", "bc" are two keys.
type Hash struct{ h hash.Hash }

// NewHash begins a key of one kind; the kinds never meet.
func NewHash(kind string) *Hash {
	h := &Hash{sha256.New()}
	h.String(kind)
	return h
}

// Bytes adds a part.
func (h *Hash) Bytes(part []byte) {
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(part)))
	h.h.Write(size[:])
	h.h.Write(part)
}

// String adds a part.
func (h *Hash) String(part string) { h.Bytes([]byte(part)) }

// Strings adds a list as one part.
func (h *Hash) Strings(parts []string) {
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(parts)))
	h.Bytes(size[:])
	for _, part := range parts {
		h.String(part)
	}
}

// Key is that of the parts so far.
func (h *Hash) Key() (k Key) {
	h.h.Sum(k[:0])
	return k
}
