package match

import (
	"go/ast"
	"reflect"
	"slices"

	"github.com/lockfix/lockfix/rules/pattern"
	"github.com/lockfix/lockfix/rules/syntax"
)

// An index says which programs to try at a node, by the node's type and then by
// its key, the name that says most about it. So a rule costs nothing where the
// name that it is about does not stand.
type index struct {
	byKind map[reflect.Type]*kindIndex
	kinds  []ast.Node     // the types in byKind
	names  map[string]int // the names that some program needs in a file → a number
	every  []int          // programs that can match anywhere
}

// A kindIndex holds the programs, by number, that can match at nodes of one type.
type kindIndex struct {
	byKey map[string][]int
	any   []int
}

func newIndex(programs []*program) *index {
	x := &index{byKind: map[reflect.Type]*kindIndex{}, names: map[string]int{}}
	for i, p := range programs {
		if len(p.match.starts) == 0 {
			x.every = append(x.every, i)
		}
		for _, s := range p.match.starts {
			x.add(i, s)
		}
		for _, name := range p.match.names {
			if _, ok := x.names[name]; !ok {
				x.names[name] = len(x.names)
			}
			p.names = append(p.names, x.names[name])
		}
	}
	return x
}

func (x *index) add(program int, s start) {
	kind := x.byKind[s.kind]
	if kind == nil {
		kind = &kindIndex{byKey: map[string][]int{}}
		x.byKind[s.kind] = kind
		x.kinds = append(x.kinds, reflect.Zero(s.kind).Interface().(ast.Node))
	}
	if s.key == "" {
		kind.any = addNew(kind.any, program)
		return
	}
	kind.byKey[s.key] = addNew(kind.byKey[s.key], program)
}

func addNew(list []int, program int) []int {
	if len(list) > 0 && list[len(list)-1] == program {
		return list
	}
	return append(list, program)
}

// nodeTypes returns the types of the nodes to visit; nil: all.
func (x *index) nodeTypes() []ast.Node {
	if len(x.every) > 0 {
		return nil
	}
	return x.kinds
}

// at calls try with every program that can match at a node. One that has
// several reasons to is tried once: what comes later is not looked up again.
func (x *index) at(n ast.Node, try func(program int)) {
	for _, i := range x.every {
		try(i)
	}
	kind := x.byKind[reflect.TypeOf(n)]
	if kind == nil {
		return
	}
	for _, i := range kind.any {
		try(i)
	}
	if len(kind.byKey) == 0 {
		return
	}
	for _, i := range kind.byKey[pattern.Key(n)] {
		if !slices.Contains(kind.any, i) {
			try(i)
		}
	}
}

// namesIn returns which of the names that programs need stand in a file.
func (x *index) namesIn(file syntax.Cursor) []bool {
	seen := make([]bool, len(x.names))
	for at := range file.Preorder((*ast.Ident)(nil)) {
		if i, ok := x.names[at.Node().(*ast.Ident).Name]; ok {
			seen[i] = true
		}
	}
	return seen
}
