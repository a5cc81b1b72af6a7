package sharing

import (
	"go/types"
	"slices"
)

// ofLive reports whether a function that makes something reads a field of an object
// that it gets, and that is at work: a caller that prepares nothing has it from
// somebody else.
//
//	func NewStats(c *Channel) Stats { return Stats{InFlight: len(c.inFlight)} }
//
//	for _, c := range s.channels {
//		all = append(all, NewStats(c))
func (f *Facts) ofLive(a *Access) bool {
	if a.Write {
		return false
	}
	v := f.rootPointer(a)
	return v != nil && v.Kind() == types.ParamVar && f.live(a.fn, v)
}

// live reports whether a parameter of a function that makes something else is an object
// that is at work.
func (f *Facts) live(fn *function, v *types.Var) bool {
	if fn.obj == nil || fn.living || fn.obj.Signature().Recv() != nil || earlyName.MatchString(fn.name()) || !makerName.MatchString(fn.name()) || f.resultHas(fn.obj.Signature(), v.Type()) {
		return false
	}
	fn.living = true // in recursion
	defer func() { fn.living = false }()
	return slices.ContainsFunc(f.realSites(fn), func(s site) bool {
		if s.in == nil || s.in.test || s.runs != inPlace || f.prepares(s.in.outermost()) {
			return false
		}
		arg := f.argument(fn, v, s)
		return arg != nil && f.owner(s.in, arg, s.call) == Shared
	})
}

// resultHas reports whether a function returns a value of a type, or a struct that can
// keep one.
func (f *Facts) resultHas(sig *types.Signature, t types.Type) bool {
	for r := range sig.Results().Variables() {
		if types.Identical(r.Type(), t) {
			return true
		}
		of := r.Type()
		if p, ok := of.Underlying().(*types.Pointer); ok {
			of = p.Elem()
		}
		st, ok := of.Underlying().(*types.Struct)
		if !ok {
			continue
		}
		for field := range st.Fields() {
			if types.Identical(field.Type(), t) {
				return true
			}
		}
	}
	return false
}
