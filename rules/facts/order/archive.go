package order

import (
	"encoding/binary"
	"errors"
	"go/token"
	"maps"
	"slices"
)

// An archive carries values to bytes, and back. A type names its parts once, in its
// transfer, for all that is done with them: so what is read is what was written.
//
// Every text and every shared ref is there once; what comes again is a number.
type archive struct {
	reading bool
	data    []byte // what was written, or is still to be read
	err     error

	texts []string
	known map[string]int // texts, when writing
	spell func(text string, to []byte) []byte

	refs   []*Ref
	shared map[*Ref]int // refs, when writing

	place func(*token.Pos) // carries a position
}

var errShort = errors.New("the bytes end too early")

// newWriter is an archive to be written to; spell appends a text that comes for the first
// time.
func newWriter(spell func(string, []byte) []byte) *archive {
	return &archive{known: map[string]int{}, shared: map[*Ref]int{}, spell: spell}
}

func (a *archive) position(pos *token.Pos) { a.place(pos) }

// number carries a number.
func number[T ~int | ~int64](a *archive, n *T) {
	if !a.reading {
		a.data = binary.AppendVarint(a.data, int64(*n))
		return
	}
	value, size := binary.Varint(a.data)
	if size <= 0 {
		a.fail(errShort)
		return
	}
	a.data, *n = a.data[size:], T(value)
}

func (a *archive) fail(err error) {
	if a.err == nil {
		a.err, a.data = err, nil
	}
}

// flags carries truths, at most 60.
func (a *archive) flags(all ...*bool) {
	var bits int64
	for i, flag := range all {
		if *flag {
			bits |= 1 << i
		}
	}
	if number(a, &bits); !a.reading {
		return // others may be reading what is written
	}
	for i, flag := range all {
		*flag = bits&(1<<i) != 0
	}
}

// text carries a text: its number, and itself where that is a new one.
func text[T ~string](a *archive, t *T) {
	if a.reading {
		*t = T(a.read())
		return
	}
	n, known := a.known[string(*t)]
	if !known {
		n = len(a.known)
		a.known[string(*t)] = n
	}
	number(a, &n)
	if !known {
		a.data = a.spell(string(*t), a.data)
	}
}

func (a *archive) read() string {
	var n, size int
	number(a, &n)
	if 0 <= n && n < len(a.texts) {
		return a.texts[n]
	}
	if number(a, &size); size < 0 || size > len(a.data) || n != len(a.texts) {
		a.fail(errShort)
		return ""
	}
	a.texts = append(a.texts, string(a.data[:size]))
	a.data = a.data[size:]
	return a.texts[n]
}

// whole writes a text as it is.
func whole(text string, to []byte) []byte {
	return append(binary.AppendVarint(to, int64(len(text))), text...)
}

// list carries a list; an empty one is read as nil.
func list[T any](a *archive, all *[]T, each func(*archive, *T)) {
	n := len(*all)
	if number(a, &n); a.reading {
		if n < 0 || n > len(a.data) { // each takes a byte or more
			a.fail(errShort)
			return
		}
		*all = slices.Grow([]T(nil), n)[:n:n]
	}
	for i := range *all {
		each(a, &(*all)[i])
	}
}

// object is list's each for pointers to what has nothing in common.
func object[T any](each func(*archive, *T)) func(*archive, **T) {
	return func(a *archive, to **T) {
		if a.reading {
			*to = new(T)
		}
		each(a, *to)
	}
}

// table carries a map, in the order of its keys; an empty one is read as nil.
func table[V any](a *archive, all *map[string]V, each func(*archive, *V)) {
	keys := slices.Sorted(maps.Keys(*all))
	list(a, &keys, text)
	if a.reading && len(keys) > 0 {
		*all = make(map[string]V, len(keys))
	}
	for _, key := range keys {
		value := (*all)[key]
		each(a, &value)
		if a.reading {
			(*all)[key] = value
		}
	}
}

// ref carries a ref that others may share: 0 for none, or its number, from 1 on, and
// itself where that is a new one.
func (a *archive) ref(r **Ref) {
	if a.reading {
		*r = a.readRef()
		return
	}
	n, known := a.shared[*r]
	switch {
	case *r == nil:
		n, known = 0, true
	case !known:
		n = len(a.shared) + 1
		a.shared[*r] = n
	}
	number(a, &n)
	if !known {
		(*r).transfer(a)
	}
}

func (a *archive) readRef() *Ref {
	var n int
	number(a, &n)
	switch {
	case n == 0:
		return nil
	case 0 < n && n <= len(a.refs):
		return a.refs[n-1]
	case n != len(a.refs)+1:
		a.fail(errShort)
		return nil
	}
	r := new(Ref)
	a.refs = append(a.refs, r)
	r.transfer(a)
	return r
}
