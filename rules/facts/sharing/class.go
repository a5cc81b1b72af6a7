package sharing

import (
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// classOf returns the field or variable that holds a lock, of whatever
// instance. Of a struct that is nothing but a lock it is the field that holds
// the struct. It is nil where the path cannot be followed.
func classOf(lock facts.Lock) types.Object {
	t := lock.Root.Type()
	class := lock.Root
	for i, name := range stepsOf(lock.Path) {
		if name == "[" {
			t = elementOf(t)
			continue
		}
		st, ok := structOf(t)
		if !ok {
			return nil
		}
		field := fieldNamed(st, name)
		if field == nil {
			return nil
		}
		if st.NumFields() > 1 || i == 0 {
			class = field.Origin()
		}
		t = field.Type()
	}
	return class
}

// stepsOf returns the field names of a lock's path; "[" stands for an index.
func stepsOf(path string) (steps []string) {
	for path != "" {
		switch path[0] {
		case '.':
			end := strings.IndexAny(path[1:], ".[")
			if end < 0 {
				end = len(path) - 1
			}
			steps = append(steps, path[1:end+1])
			path = path[end+1:]
		case '[':
			steps = append(steps, "[")
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return steps
			}
			path = path[end+1:]
		default:
			return steps
		}
	}
	return steps
}

func structOf(t types.Type) (*types.Struct, bool) {
	if t == nil {
		return nil, false
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	return st, ok
}

func elementOf(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem()
	}
	switch t := t.Underlying().(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Map:
		return t.Elem()
	}
	return nil
}

func fieldNamed(st *types.Struct, name string) *types.Var {
	for field := range st.Fields() {
		if field.Name() == name {
			return field
		}
	}
	return nil
}
