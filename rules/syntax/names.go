package syntax

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"math/bits"
	"slices"
)

// Names tells what the identifiers of some files stand for, as the maps of [types.Info]
// do. They are laid out by their places, so that who asks in the order of the text reads
// memory in order: in the maps of a large package each question leads to another corner.
type Names struct {
	files *Files
	info  *types.Info
	laid  []*names // of the files; nil: not asked yet
	last  int      // the file that was asked last
}

// NewNames returns the names of files that were checked. It is not safe for concurrent use.
func NewNames(files *Files, info *types.Info) *Names {
	return &Names{files: files, info: info, laid: make([]*names, len(files.files))}
}

// Use is what an identifier stands for, where it declares nothing: [types.Info.Uses].
func (x *Names) Use(id *ast.Ident) types.Object {
	n, at := x.find(id)
	switch {
	case n == nil:
		return x.info.Uses[id]
	case at < 0:
		return n.apart[id].use
	case n.declares(at):
		return nil
	}
	return n.all[at].obj
}

// Def is what an identifier declares: [types.Info.Defs].
func (x *Names) Def(id *ast.Ident) types.Object {
	n, at := x.find(id)
	switch {
	case n == nil:
		return x.info.Defs[id]
	case at < 0:
		return n.apart[id].def
	case n.declares(at):
		return n.all[at].obj
	}
	return nil
}

// Of is what an identifier declares or else stands for: [types.Info.ObjectOf].
func (x *Names) Of(id *ast.Ident) types.Object {
	n, at := x.find(id)
	switch {
	case n == nil:
		return x.info.ObjectOf(id)
	case at >= 0:
		return n.all[at].obj
	}
	if both := n.apart[id]; both.def != nil {
		return both.def
	}
	return n.apart[id].use
}

// find returns the names of the file that an identifier is in, and which of them it is:
// -1 where it is none, or stands apart. They are nil where it is in no file.
func (x *Names) find(id *ast.Ident) (*names, int) {
	if id == nil {
		return nil, 0
	}
	i := x.fileOf(id.NamePos)
	if i < 0 {
		return nil, 0
	}
	if x.laid[i] == nil {
		x.laid[i] = layOutNames(x.files.files[i], x.info)
	}
	return x.laid[i], x.laid[i].find(id)
}

// fileOf is the number of the file that a position lies in, -1 if it is in none.
func (x *Names) fileOf(pos token.Pos) int {
	all := x.files.files
	if x.last < len(all) && all[x.last].holds(pos) {
		return x.last
	}
	i, _ := slices.BinarySearchFunc(all, pos, func(f *file, pos token.Pos) int { return cmp.Compare(f.tree.FileEnd, pos) })
	if i == len(all) || !all[i].holds(pos) {
		return -1
	}
	x.last = i
	return i
}

func (f *file) holds(pos token.Pos) bool { return f.tree.FileStart <= pos && pos <= f.tree.FileEnd }

// names are those of one file, in the order of the text.
type names struct {
	start token.Pos
	here  []uint64 // a bit for each byte of the file: a name begins there
	rank  []int32  // how many names begin in front of each word of here
	defs  []uint64 // a bit for each name: it declares
	all   []name
	apart map[*ast.Ident]meaning // those that are two things, or share their place with another
}

// A name is an identifier and what it stands for.
type name struct {
	id  *ast.Ident
	obj types.Object
}

func (n *names) find(id *ast.Ident) int {
	offset := int(id.NamePos - n.start)
	word, bit := n.here[offset>>6], uint64(1)<<(offset&63)
	if word&bit == 0 {
		return -1
	}
	at := int(n.rank[offset>>6]) + bits.OnesCount64(word&(bit-1))
	if n.all[at].id != id {
		return -1
	}
	return at
}

func (n *names) declares(at int) bool { return n.defs[at>>6]&(1<<(at&63)) != 0 }

// layOutNames asks once for each identifier of a file.
func layOutNames(f *file, info *types.Info) *names {
	if f.nodes == nil {
		f.layOut()
	}
	var all []meaning
	for i := range f.nodes {
		id, ok := f.nodes[i].Node.(*ast.Ident)
		if !ok {
			continue
		}
		m := meaning{id: id, use: info.Uses[id]}
		if _, isType := m.use.(*types.TypeName); m.use == nil || isType {
			m.def = info.Defs[id]
		}
		if m.use != nil || m.def != nil {
			all = append(all, m)
		}
	}
	inText := func(a, b meaning) int { return cmp.Compare(a.id.NamePos, b.id.NamePos) }
	if !slices.IsSortedFunc(all, inText) {
		slices.SortStableFunc(all, inText)
	}
	return namesOf(f, all)
}

// A meaning is what an identifier stands for. An embedded field is two things: it declares
// a field, and uses the name of a type.
type meaning struct {
	id       *ast.Ident
	use, def types.Object
}

func namesOf(f *file, all []meaning) *names {
	words := int(f.tree.FileEnd-f.tree.FileStart)>>6 + 1
	n := &names{
		start: f.tree.FileStart, here: make([]uint64, words), rank: make([]int32, words),
		all: make([]name, 0, len(all)), defs: make([]uint64, len(all)>>6+1),
	}
	for _, m := range all {
		n.add(m)
	}
	sum := 0
	for i, word := range n.here {
		n.rank[i] = int32(sum)
		sum += bits.OnesCount64(word)
	}
	return n
}

// add puts the next identifier in the text behind the others.
func (n *names) add(m meaning) {
	offset := int(m.id.NamePos - n.start)
	word, bit := &n.here[offset>>6], uint64(1)<<(offset&63)
	if m.use != nil && m.def != nil || *word&bit != 0 {
		if n.apart == nil {
			n.apart = map[*ast.Ident]meaning{}
		}
		n.apart[m.id] = m
		return
	}
	*word |= bit
	obj := m.use
	if m.def != nil {
		n.defs[len(n.all)>>6] |= 1 << (len(n.all) & 63)
		obj = m.def
	}
	n.all = append(n.all, name{m.id, obj})
}
