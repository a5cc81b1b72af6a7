package order

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"go/token"
	"slices"
)

// encoded is a sketch for another process: each position is the number of its
// file and the offset there.
type encoded struct {
	Sketch Sketch
	Files  []encodedFile
}

type encodedFile struct {
	Name  string
	Size  int
	Lines []int // the offsets at which they begin
}

// offsetBits are those of a position that hold the offset in the file.
const offsetBits = 32

// Encode returns a sketch as bytes that Decode reads, and a hash that is the same
// for sketches that differ in nothing but places, and functions that do nothing.
func (s *Sketch) Encode(fset *token.FileSet) (data []byte, hash [sha256.Size]byte, err error) {
	e := encoded{Sketch: *s.clone()}
	numbers := map[*token.File]int{}
	e.Sketch.positions(func(pos *token.Pos) {
		file := fset.File(*pos)
		if file == nil {
			*pos = token.NoPos
			return
		}
		if _, ok := numbers[file]; !ok {
			e.Files = append(e.Files, encodedFile{file.Name(), file.Size(), file.Lines()})
			numbers[file] = len(e.Files)
		}
		*pos = token.Pos(numbers[file]<<offsetBits | (int(*pos) - file.Base()))
	})
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(e); err != nil {
		return nil, hash, fmt.Errorf("lock order of %s: %w", s.Package, err)
	}
	e.Sketch.positions(func(pos *token.Pos) { *pos = token.NoPos })
	e.Sketch.Funcs = doing(e.Sketch.Funcs)
	if hash, err = e.Sketch.hash(); err != nil {
		return nil, hash, fmt.Errorf("lock order of %s: %w", s.Package, err)
	}
	return out.Bytes(), hash, nil
}

// doing leaves out the functions that do nothing by which the order of a program
// could be another, with or without them. The types still tell of their methods.
func doing(all []*Func) []*Func {
	around := map[string]bool{}
	for _, fn := range all {
		around[fn.Around] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(fn *Func) bool {
		return len(fn.Takes)+len(fn.Calls)+len(fn.Drops)+len(fn.Ordered) == 0 && !around[fn.ID]
	})
}

// Decode returns the sketch that Encode wrote, with positions in fset, to which
// it adds the files.
func Decode(data []byte, fset *token.FileSet) (*Sketch, error) {
	var e encoded
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&e); err != nil {
		return nil, fmt.Errorf("lock order: %w", err)
	}
	bases := make([]int, len(e.Files))
	for i, f := range e.Files {
		file := fset.AddFile(f.Name, -1, f.Size)
		if !file.SetLines(f.Lines) {
			return nil, fmt.Errorf("lock order: the lines of %s are not in order", f.Name)
		}
		bases[i] = file.Base()
	}
	var wrong error
	e.Sketch.positions(func(pos *token.Pos) {
		number, offset := int(*pos>>offsetBits), int(*pos&(1<<offsetBits-1))
		switch {
		case number == 0:
		case number > len(bases):
			wrong = fmt.Errorf("lock order: a position is in no file")
		default:
			*pos = token.Pos(bases[number-1] + offset)
		}
	})
	make(pool).share(&e.Sketch)
	return &e.Sketch, wrong
}

// positions calls visit for every position of the sketch.
func (s *Sketch) positions(visit func(*token.Pos)) {
	holds := func(all []Hold) {
		for i := range all {
			for j := range all[i].By {
				visit(&all[i].By[j])
			}
		}
	}
	for _, fn := range s.Funcs {
		visit(&fn.Pos)
		for _, t := range fn.Takes {
			visit(&t.Pos)
			visit(&t.End)
			holds(t.Held)
		}
		for _, c := range fn.Calls {
			visit(&c.Pos)
			visit(&c.End)
			holds(c.Held)
		}
	}
	for i := range s.Declared {
		visit(&s.Declared[i].Pos)
	}
}

// clone copies what has positions.
func (s *Sketch) clone() *Sketch {
	holds := func(all []Hold) []Hold {
		all = slices.Clone(all)
		for i := range all {
			all[i].By = slices.Clone(all[i].By)
		}
		return all
	}
	out := *s
	out.Funcs = make([]*Func, len(s.Funcs))
	for i, fn := range s.Funcs {
		copied := *fn
		copied.Takes, copied.Calls = slices.Clone(fn.Takes), slices.Clone(fn.Calls)
		for j, t := range copied.Takes {
			take := *t
			take.Held = holds(t.Held)
			copied.Takes[j] = &take
		}
		for j, c := range copied.Calls {
			call := *c
			call.Held = holds(c.Held)
			copied.Calls[j] = &call
		}
		out.Funcs[i] = &copied
	}
	out.Declared = slices.Clone(s.Declared)
	return &out
}
