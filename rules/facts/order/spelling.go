package order

import (
	"go/types"
	"unique"
)

// A spelling keeps the names of functions and methods that one package calls. The
// sketches of a program, which stay until it is put together, share the text of each:
// a few thousand names in place of a hundred thousand calls'.
type spelling struct {
	names, keys map[*types.Func]string
	types       map[types.Type]string
}

func newSpelling() spelling {
	return spelling{names: map[*types.Func]string{}, keys: map[*types.Func]string{}, types: map[types.Type]string{}}
}

// name is the ID of a function.
func (s spelling) name(fn *types.Func) string {
	return kept(s.names, fn, (*types.Func).FullName)
}

// method is a method's name and signature.
func (s spelling) method(m *types.Func) string {
	return kept(s.keys, m, methodKey)
}

// typ is the name of a type.
func (s spelling) typ(t types.Type) string {
	return kept(s.types, t, func(t types.Type) string { return types.TypeString(t, nil) })
}

func kept[K comparable](known map[K]string, of K, spell func(K) string) string {
	text, ok := known[of]
	if !ok {
		text = unique.Make(spell(of)).Value()
		known[of] = text
	}
	return text
}
