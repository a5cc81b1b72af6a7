package facts

import (
	"go/types"
	"strings"
)

// IsFunc reports whether a function has this name, as [types.Func.FullName] spells it. To
// spell a name costs more than to see that it ends otherwise.
func IsFunc(fn *types.Func, name string) bool {
	end, ok := strings.CutSuffix(name, fn.Name())
	return ok && strings.HasSuffix(end, ".") && fn.FullName() == name
}
