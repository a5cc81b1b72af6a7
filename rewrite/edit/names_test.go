package edit

import "testing"

func TestFresh(t *testing.T) {
	e := editTyped(t, `package p

import "sync"

var global sync.Mutex

type T struct{ field int }

func g(other int) {}

func f(t T) {
	local := t.field
	if local > 0 {
		inner := func(param int) {}
		inner(local)
	}
}
`)
	for _, test := range [][2]string{
		{"x", "x"},
		{"x", "x2"}, // given out
		{"x2", "x22"},
		{"global", "global2"},
		{"sync", "sync2"},
		{"len", "len2"},
		{"T", "T2"},
		{"local", "local2"},
		{"inner", "inner2"},
		{"param", "param2"},
		{"field", "field"}, // selected only
		{"other", "other"}, // of another function
	} {
		if got := e.Fresh(test[0], e.Match.Decl); got != test[1] {
			t.Errorf("a fresh %s is %s, want %s", test[0], got, test[1])
		}
	}
}
