package sharing

import "go/types"

// isSequence reports whether a type is that of a function to range over: it hands what it
// has to a function that says whether it wants more.
//
//	func (s *Store) All() iter.Seq[string] { return func(yield func(string) bool) { … } }
func isSequence(t types.Type) bool {
	if t == nil {
		return false
	}
	sig, ok := t.Underlying().(*types.Signature)
	if !ok || sig.Params().Len() != 1 || sig.Results().Len() != 0 {
		return false
	}
	yield, ok := sig.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Params().Len() <= 2 && yield.Results().Len() == 1 && types.Identical(yield.Results().At(0).Type(), types.Typ[types.Bool])
}

// foreign reports whether nobody but other packages calls a function: who ranges over what
// it gives holds no lock of this one.
func (fn *function) foreign() bool {
	return fn != nil && fn.obj != nil && fn.public && !fn.valued && len(fn.sites) == 0
}
