package order

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"go/token"
	"slices"
)

// An encodedFile is one that a sketch has positions in.
type encodedFile struct {
	name  string
	size  int
	lines []int // the offsets at which they begin
}

// Encode returns a sketch as bytes that Decode reads, and a hash that is the same
// for sketches that differ in nothing but places, and functions that do nothing.
func (s *Sketch) Encode(fset *token.FileSet) (data []byte, hash [sha256.Size]byte) {
	places := &filing{fset: fset, numbers: map[*token.File]int{}}
	body := newWriter(whole)
	body.place = func(pos *token.Pos) { places.write(body, *pos) }
	s.transfer(body)
	head := newWriter(whole)
	list(head, &places.files, (*archive).file)
	return slices.Concat(head.data, body.data), s.hash()
}

// A filing writes positions: the number of the file, and how far it is there from the
// position before.
type filing struct {
	fset    *token.FileSet
	numbers map[*token.File]int
	files   []encodedFile
	last    int
}

func (f *filing) write(to *archive, pos token.Pos) {
	file := f.fset.File(pos)
	n := f.numbers[file]
	if file != nil && n == 0 {
		f.files = append(f.files, encodedFile{file.Name(), file.Size(), file.Lines()})
		n = len(f.files)
		f.numbers[file] = n
	}
	if number(to, &n); n == 0 {
		return
	}
	offset := int(pos) - file.Base()
	step := offset - f.last
	number(to, &step)
	f.last = offset
}

func (a *archive) file(f *encodedFile) {
	text(a, &f.name)
	number(a, &f.size)
	last := 0
	list(a, &f.lines, func(a *archive, line *int) {
		step := *line - last
		number(a, &step)
		last += step
		if a.reading {
			*line = last
		}
	})
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
	head := &archive{reading: true, data: data}
	var files []encodedFile
	list(head, &files, (*archive).file)
	body := &archive{reading: true, data: head.data, err: head.err}
	body.place = places(body, files, fset)
	s := new(Sketch)
	if s.transfer(body); body.err != nil {
		return nil, fmt.Errorf("lock order: %w", body.err)
	}
	return s, nil
}

// places reads positions as a filing writes them.
func places(from *archive, files []encodedFile, fset *token.FileSet) func(*token.Pos) {
	bases := make([]int, len(files))
	for i, f := range files {
		if f.size < 0 {
			from.fail(fmt.Errorf("%s has less than no bytes", f.name))
			break
		}
		file := fset.AddFile(f.name, -1, f.size)
		if !file.SetLines(f.lines) {
			from.fail(fmt.Errorf("the lines of %s are not in order", f.name))
		}
		bases[i] = file.Base()
	}
	last := 0
	return func(pos *token.Pos) {
		var n, step int
		if number(from, &n); n == 0 {
			return
		}
		number(from, &step)
		last += step
		if n < 0 || n > len(bases) || last < 0 || last > files[n-1].size {
			from.fail(errors.New("a position is in no file"))
			return
		}
		*pos = token.Pos(bases[n-1] + last)
	}
}
