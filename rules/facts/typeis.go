package facts

import (
	"go/types"
	"strings"
)

// TypeIs reports whether a type is one of some named ones, or a pointer to it, as
// [types.TypeString] spells them without a qualifier: "context.Context",
// "*net/http.Request", "error". It makes no text of the type, and looks through
// aliases.
func TypeIs(t types.Type, names ...string) bool {
	for _, name := range names {
		if typeIs(t, name) {
			return true
		}
	}
	return false
}

func typeIs(t types.Type, name string) bool {
	for ; strings.HasPrefix(name, "*"); name = name[1:] {
		p, ok := types.Unalias(t).(*types.Pointer)
		if !ok {
			return false
		}
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return false
	}
	obj := named.Obj()
	if obj.Pkg() == nil {
		return obj.Name() == name
	}
	path := len(name) - len(obj.Name()) - 1
	return path >= 0 && name[path] == '.' && name[path+1:] == obj.Name() && name[:path] == obj.Pkg().Path()
}
