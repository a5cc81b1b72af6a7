package channels

import (
	"go/ast"
	"go/types"
	"slices"
)

// sendingTrace is the trace of a local channel without room that is also handed to others, if
// these can do nothing with it but send. What they send makes it no easier for a goroutine of
// the function to find a receiver.
//
//	go func() {
//		err := forEach(jobs, func(j int) error { … ch <- do(j) … })
//		ch <- err
//	}()
func (f *Facts) sendingTrace(v *types.Var) *Trace {
	made, ok := f.channelMade(v)
	if !ok || made == nil || len(made.Args) > 1 {
		return nil
	}
	fn, _ := functionAt(f.mentions(v)[0].stack)
	if fn == nil {
		return nil
	}
	t := &Trace{Var: v, Fn: fn, Make: made, Home: &Thread{Fn: fn}}
	w := &tracer{f: f, t: t, threads: map[threadKey]*Thread{}, elsewhere: true}
	w.follow(v, fn, spot{thread: t.Home, fn: fn}, 0)
	if t.Unknown != nil || len(t.Elsewhere) == 0 || len(In(t.Home, t.Of(Close))) > 0 {
		return nil
	}
	return t
}

// onlySends reports whether a call gets a channel as one that can only be sent to.
func (f *Facts) onlySends(x ast.Expr, call *ast.CallExpr) bool {
	i := slices.IndexFunc(call.Args, func(a ast.Expr) bool { return ast.Unparen(a) == ast.Unparen(x) })
	sig, ok := f.pkg.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok || i < 0 || i >= sig.Params().Len() || sig.Variadic() && i >= sig.Params().Len()-1 {
		return false
	}
	ch, ok := sig.Params().At(i).Type().Underlying().(*types.Chan)
	return ok && ch.Dir() == types.SendOnly
}
