package order

import (
	"go/token"
	"reflect"
	"strings"
	"testing"
)

// fill gives every part of a value another value than nothing, so that none is forgotten
// by its transfer.
func fill(v reflect.Value, fset *token.FileSet, next *int) {
	*next++
	if v.Type() == reflect.TypeFor[token.Pos]() {
		v.SetInt(int64(fset.AddFile("f.go", -1, 100).Pos(*next % 100)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.Repeat("é", *next%3+1) + string(rune('a'+*next%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*next))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), fset, next)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), fset, next)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), fset, next)
		fill(v.Index(1), fset, next)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key, fset, next)
			fill(value, fset, next)
			v.SetMapIndex(key, value)
		}
	default:
		panic("a sketch has a " + v.Kind().String())
	}
}

func filled(fset *token.FileSet) *Sketch {
	s := new(Sketch)
	fill(reflect.ValueOf(s).Elem(), fset, new(int))
	for _, fn := range s.Funcs {
		for _, call := range fn.Calls {
			call.Args[0], call.Kept = call.Args[1], nil
		}
	}
	return s
}

// placesOf takes the positions out of a sketch.
func placesOf(s *Sketch, fset *token.FileSet) (all []token.Position) {
	a := newWriter(whole)
	a.place = func(pos *token.Pos) { all = append(all, fset.Position(*pos)); *pos = token.NoPos }
	s.transfer(a)
	return all
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	fset, other := token.NewFileSet(), token.NewFileSet()
	other.AddFile("another.go", -1, 1000)
	want := filled(fset)
	data, hash := want.Encode(fset)
	got, err := Decode(data, other)
	if err != nil {
		t.Fatal(err)
	}
	if again := got.hash(); again != hash {
		t.Error("the hash of what was read is another")
	}
	if call := got.Funcs[0].Calls[0]; call.Args[0] != call.Args[1] || call.Kept != nil {
		t.Error("the refs are not shared as they were")
	}
	if a, b := placesOf(want, fset), placesOf(got, other); !reflect.DeepEqual(a, b) {
		t.Errorf("positions: got %v, want %v", b, a)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBytesThatEndEarlyAreAnError(t *testing.T) {
	fset := token.NewFileSet()
	data, _ := filled(fset).Encode(fset)
	for n := range data {
		if _, err := Decode(data[:n], token.NewFileSet()); err == nil {
			t.Fatalf("%d of %d bytes are read without an error", n, len(data))
		}
	}
}

func TestOtherBytesAreNoPanic(t *testing.T) {
	fset := token.NewFileSet()
	data, _ := filled(fset).Encode(fset)
	for i := range data {
		for _, other := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			wrong := append([]byte(nil), data...)
			wrong[i] = other
			Decode(wrong, token.NewFileSet())
		}
	}
}
