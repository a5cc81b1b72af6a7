package sharing

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// An Owner says who can reach the object that an access is part of.
type Owner int

const (
	Shared Owner = iota // others may: it came from a caller, a field, a package variable
	Handed              // it was made here and stored somewhere, sent, or taken from a call of which nothing is known
	Own                 // it was made here and nobody else has it, or it is a copy
)

// ownerOf returns who can reach the object that an expression selects from:
// s in s.items, s.conf in s.conf.items; Shared for a package variable.
func (f *Facts) ownerOf(a *Access) Owner {
	sel, ok := a.Expr.(*ast.SelectorExpr)
	if !ok || f.pkg.Info.Selections[sel] == nil {
		return Shared
	}
	return f.owner(a.fn, sel.X, sel)
}

// owner returns who can reach what e leads to, where fn evaluates at.
func (f *Facts) owner(fn *function, e ast.Expr, at ast.Node) Owner {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		if _, pointer := f.typeOf(e).(*types.Pointer); pointer || f.pkg.Info.Selections[e] == nil {
			if f.pkg.Info.Selections[e] != nil && f.owner(fn, e.X, at) == Own {
				return Handed // made by somebody else, maybe
			}
			return Shared
		}
		return f.owner(fn, e.X, at)
	case *ast.StarExpr:
		return f.owner(fn, e.X, at)
	case *ast.UnaryExpr:
		return f.owner(fn, e.X, at)
	case *ast.IndexExpr:
		return min(f.owner(fn, e.X, at), Handed)
	case *ast.CompositeLit:
		return Own
	case *ast.CallExpr:
		return f.ownerOfResult(e)
	case *ast.Ident:
		v, ok := f.pkg.ObjectOf(e).(*types.Var)
		if !ok || v.Kind() == types.PackageVar {
			return Shared
		}
		return f.ownerOfVar(fn, v, at)
	}
	return Handed
}

func (f *Facts) typeOf(e ast.Expr) types.Type {
	if t := f.pkg.TypeOf(e); t != nil {
		return t.Underlying()
	}
	return types.Typ[types.Invalid]
}

// ownerOfVar returns who can reach what a local variable or parameter leads to.
func (f *Facts) ownerOfVar(fn *function, v *types.Var, at ast.Node) Owner {
	home := f.homeOf(fn, v)
	if home == nil {
		return Handed
	}
	if f.copiesInto(home, v) {
		return Own
	}
	made := f.made(home, v)
	if made != Own {
		return made
	}
	// Inside a literal that runs later the object has got away already.
	for in := fn; in != home; in = in.around {
		switch {
		case in.runs == started || in.sampled:
			return Shared
		case in.runs == later:
			return Handed
		}
		at = in.node
	}
	return f.escaped(home, v, at)
}

// homeOf returns the function that declares a local variable: fn, or one around it.
func (f *Facts) homeOf(fn *function, v *types.Var) *function {
	for ; fn != nil; fn = fn.around {
		if fn.node.Pos() <= v.Pos() && v.Pos() < fn.node.End() {
			return fn
		}
	}
	return nil
}

// made returns who could reach what a variable is given, when it is given.
func (f *Facts) made(home *function, v *types.Var) Owner {
	_, pointer := v.Type().Underlying().(*types.Pointer)
	switch v.Kind() {
	case types.ParamVar, types.RecvVar:
		if !pointer {
			if _, isStruct := v.Type().Underlying().(*types.Struct); isStruct {
				return Own // a copy
			}
			return Shared
		}
		if f.passedOwn(home, v) {
			return Own
		}
		if v.Kind() == types.ParamVar && home.public && !f.live(home, v) {
			return Handed // what other packages pass may be their own
		}
		return Shared
	}
	if _, isStruct := v.Type().Underlying().(*types.Struct); isStruct {
		return Own // a copy, or a new one
	}
	return f.ownerOfValues(home, v)
}

// ownerOfValues returns who could reach any of the values that a local is given.
func (f *Facts) ownerOfValues(home *function, v *types.Var) Owner {
	given := f.valuesOf(home)[v]
	if given == nil || given.unknown {
		return Handed
	}
	if given.asked {
		return Own // x = y; y = x: whoever reaches the others
	}
	given.asked = true
	defer func() { given.asked = false }()
	owner := Own
	for _, value := range given.values {
		if slices.Contains(given.lists, value) {
			owner = min(owner, f.elementOwner(home, value))
		} else {
			owner = min(owner, f.valueOwner(home, value))
		}
	}
	return owner
}

// valueOwner returns who can reach the value of an expression.
func (f *Facts) valueOwner(home *function, e ast.Expr) Owner {
	e = ast.Unparen(e)
	if tv := f.pkg.Info.Types[e]; tv.IsNil() {
		return Own
	}
	switch x := e.(type) {
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			if _, lit := ast.Unparen(x.X).(*ast.CompositeLit); lit {
				return Own
			}
			return f.owner(home, x.X, x)
		}
		return Handed // received
	case *ast.CompositeLit:
		return Own
	case *ast.TypeAssertExpr:
		return f.valueOwner(home, x.X)
	case *ast.CallExpr:
		return f.ownerOfResult(x)
	case *ast.Ident:
		v, ok := f.pkg.ObjectOf(x).(*types.Var)
		if ok && v.Kind() != types.PackageVar && !v.IsField() {
			return f.ownerOfVar(home, v, x)
		}
	}
	return Shared
}

// ownerOfResult returns who can reach what a call returns.
func (f *Facts) ownerOfResult(call *ast.CallExpr) Owner {
	if f.pkg.IsType(call.Fun) && len(call.Args) == 1 {
		return Handed
	}
	switch callee := f.pkg.Callee(call).(type) {
	case *types.Builtin:
		return Own // new, make
	case *types.Func:
		if f.sharesResult(f.decls[callee.Origin()]) {
			return Shared
		}
		if constructs(callee.Name()) {
			return Own
		}
		if decl := f.pkg.Declaration(callee); decl != nil && f.returnsFresh(f.funcs[decl]) {
			return Own
		}
	}
	return Handed
}

// constructs reports whether a function of that name makes what it returns.
func constructs(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"new", "make", "create", "build", "open", "clone", "copy", "deepcopy", "dial", "init", "setup", "start", "parse", "load", "must", "test"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// returnsFresh reports whether each result that a function returns first is one
// that it has made.
func (f *Facts) returnsFresh(fn *function) bool {
	if fn == nil {
		return false
	}
	if fn.making {
		return true // if its other results are
	}
	fn.making = true
	defer func() { fn.making = false }()
	fresh, some := true, false
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 0 {
				fresh = false
				return false
			}
			some = true
			first := ast.Unparen(n.Results[0])
			fresh = fresh && f.valueOwner(fn, first) == Own
		}
		return fresh
	})
	return fresh && some
}

// passedOwn reports whether all callers of a function pass their own object as
// a parameter.
func (f *Facts) passedOwn(fn *function, v *types.Var) bool {
	if own, ok := fn.owns[v]; ok {
		return own
	}
	if fn.owns == nil {
		fn.owns = map[*types.Var]bool{}
	}
	fn.owns[v] = true // in recursion: if all others do
	own := !fn.public && !fn.valued && f.allPassOwn(fn, v)
	fn.owns[v] = own
	return own
}

func (f *Facts) allPassOwn(fn *function, v *types.Var) bool {
	sites := f.realSites(fn)
	for _, s := range sites {
		arg := f.argument(fn, v, s)
		if arg == nil || s.runs == started || s.in == nil || f.valueOwner(s.in, arg) != Own || f.owner(s.in, arg, s.call) != Own {
			return false
		}
	}
	return len(sites) > 0
}

// argument returns what a call passes as a parameter.
func (f *Facts) argument(fn *function, v *types.Var, s site) ast.Expr {
	if fn.obj == nil {
		return nil
	}
	sig := fn.obj.Signature()
	if sig.Recv() == v {
		sel, ok := ast.Unparen(s.call.Fun).(*ast.SelectorExpr)
		if !ok || f.pkg.Callee(s.call) == nil || f.decls[originOf(f.pkg.Callee(s.call))] != fn && !f.soleTarget(s, fn) && !f.wiredTarget(s, fn) {
			return nil
		}
		return sel.X
	}
	for i := range sig.Params().Len() {
		if sig.Params().At(i) == v && i < len(s.call.Args) && !sig.Variadic() {
			return s.call.Args[i]
		}
	}
	return nil
}

func originOf(obj types.Object) *types.Func {
	if fn, ok := obj.(*types.Func); ok {
		return fn.Origin()
	}
	return nil
}

// before reports whether a function may come from one of its nodes to another,
// or that is not known.
func (f *Facts) before(fn *function, a, b ast.Node) bool {
	flow := f.pkg.Flow(fn.node)
	from, ok := flow.At(a)
	to, ok2 := flow.At(b)
	if !ok || !ok2 {
		return true
	}
	if from == to {
		return a.Pos() < b.Pos()
	}
	return flow.Reaches(facts.Point{Block: from.Block, Index: from.Index + 1}, to, nil)
}
