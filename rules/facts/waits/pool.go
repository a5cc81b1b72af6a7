package waits

import "go/types"

// isPool reports whether a type of another package is a pool of goroutines, by its methods:
// one gives a function to a goroutine of its own, Go or Submit, and one comes back when all
// of them have ended, Wait, StopWait or StopAndWait.
func (f *Facts) isPool(named *types.Named) bool {
	obj := named.Origin().Obj()
	if obj.Pkg() == f.pkg.Types || types.IsInterface(named) {
		return false
	}
	known, ok := f.pools[obj]
	if !ok {
		known = hasMethod(named, takesTask, "Go", "Submit") && hasMethod(named, isBareWait, "Wait", "StopWait", "StopAndWait")
		f.pools[obj] = known
	}
	return known
}

// hasMethod reports whether a pointer to a type has a method of one of some names and a
// signature that is asked for.
func hasMethod(named *types.Named, as func(*types.Signature) bool, names ...string) bool {
	for _, name := range names {
		found, _, _ := types.LookupFieldOrMethod(types.NewPointer(named), true, named.Obj().Pkg(), name)
		if fn, ok := found.(*types.Func); ok && as(fn.Signature()) {
			return true
		}
	}
	return false
}

// takesTask reports whether a function has one parameter, a function of none.
func takesTask(sig *types.Signature) bool {
	if sig.Params().Len() != 1 {
		return false
	}
	task, ok := sig.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && task.Params().Len() == 0
}

func isBareWait(sig *types.Signature) bool { return sig.Params().Len() == 0 }
