package sharing

import (
	"go/ast"
	"go/types"
	"slices"
)

// Entries also get out of a section in a list: what a function appends under the lock,
// or another one that picks them for it, is what the map or slice holds.
//
//	c.mu.RLock()
//	some := pick(3, c.peers)
//	c.mu.RUnlock()
//	for _, p := range some {
//		send(p.addr)

// An entryPath is a function in which entries are followed back to their map or slice, and
// the way into it.
type entryPath struct {
	*Facts
	top   *function
	up    *entryPath    // of the function that calls it; nil at the end
	call  *ast.CallExpr // there
	entry types.Type
}

// longestEntryPath is through how many calls entries are followed.
const longestEntryPath = 3

// listed returns the access of the map or slice whose entries a list holds.
func (p *entryPath) listed(list ast.Expr) *Access {
	switch list := ast.Unparen(list).(type) {
	case *ast.SliceExpr:
		return p.listed(list.X)
	case *ast.CallExpr:
		return p.called(list)
	case *ast.Ident:
		if v, ok := p.pkg.ObjectOf(list).(*types.Var); ok && v.Kind() != types.PackageVar {
			return p.variable(v)
		}
	}
	a := p.at[ast.Unparen(list)]
	if a == nil || a.fn.outermost() != p.top || !p.holdsEntries(a.Var.Type(), p.entry) {
		return nil
	}
	return a
}

// variable returns the access for a local list, or one that the caller gives.
func (p *entryPath) variable(v *types.Var) (from *Access) {
	if !isSlice(v.Type()) && !isMap(v.Type()) || !p.holdsEntries(v.Type(), p.entry) {
		return nil
	}
	given := p.valuesOf(p.top)[v]
	if v.Kind() == types.ParamVar {
		arg := p.given(v)
		if given != nil || arg == nil {
			return nil
		}
		return p.up.listed(arg)
	}
	if given == nil || given.unknown || given.tracing {
		return nil
	}
	given.tracing = true
	defer func() { given.tracing = false }()
	for _, value := range given.values {
		if p.empty(value) {
			continue
		}
		a := p.filled(v, value)
		if a == nil || from != nil && a.Var != from.Var {
			return nil
		}
		from = a
	}
	return from
}

// given returns the argument of the caller for a parameter.
func (p *entryPath) given(v *types.Var) ast.Expr {
	if p.up == nil || p.top.obj == nil {
		return nil
	}
	sig := p.top.obj.Signature()
	for i := range sig.Params().Len() {
		if sig.Params().At(i).Origin() == v.Origin() && i < len(p.call.Args) && !sig.Variadic() {
			return p.call.Args[i]
		}
	}
	return nil
}

// empty reports whether a value is a list with nothing in it.
func (p *entryPath) empty(value ast.Expr) bool {
	if p.pkg.IsNil(value) {
		return true
	}
	switch value := ast.Unparen(value).(type) {
	case *ast.CompositeLit:
		return len(value.Elts) == 0
	case *ast.CallExpr:
		return p.builtin(value) == "make"
	}
	return false
}

func (p *entryPath) builtin(call *ast.CallExpr) string {
	if builtin, ok := p.pkg.Callee(call).(*types.Builtin); ok {
		return builtin.Name()
	}
	return ""
}

// filled returns the access for what a list is given: append(list, entry).
func (p *entryPath) filled(list *types.Var, value ast.Expr) (from *Access) {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok || p.builtin(call) != "append" {
		return p.listed(value)
	}
	if !p.isVariable(call.Args[0], list) && !p.empty(call.Args[0]) {
		return nil
	}
	for i, arg := range call.Args[1:] {
		var a *Access
		if call.Ellipsis.IsValid() && i == len(call.Args)-2 {
			a = p.listed(arg)
		} else {
			a = p.one(arg)
		}
		if a == nil || from != nil && a.Var != from.Var {
			return nil
		}
		from = a
	}
	return from
}

// one returns the access for an entry: a variable that holds one, or list[i].
func (p *entryPath) one(entry ast.Expr) *Access {
	switch entry := ast.Unparen(entry).(type) {
	case *ast.IndexExpr:
		return p.listed(entry.X)
	case *ast.Ident:
		v, ok := p.pkg.ObjectOf(entry).(*types.Var)
		if !ok || !sameEntry(v.Type(), p.entry) {
			return nil
		}
		return p.oneOf(v)
	}
	return nil
}

// oneOf returns the access for an entry that a local variable holds: one that was looked up, or where
// there was none, made and put there.
//
//	b, ok := q.buckets[key]
//	if !ok {
//		b = &bucket{}
//		q.buckets[key] = b
//	}
func (p *entryPath) oneOf(v *types.Var) (from *Access) {
	given := p.valuesOf(p.top)[v]
	if given == nil || given.unknown {
		return nil
	}
	made := false
	for _, value := range given.values {
		if p.valueOwner(p.top, value) == Own {
			made = true
			continue
		}
		if index, ok := ast.Unparen(value).(*ast.IndexExpr); ok {
			value = index.X
		}
		a := p.listed(value)
		if a == nil || from != nil && a.Var != from.Var {
			return nil
		}
		from = a
	}
	if into := p.putInto(p.top, v); made && (from == nil || into == nil || into.Var != from.Var) {
		return nil
	}
	return from
}

// called returns the access for the list, or the entry, that a function returns.
func (p *entryPath) called(call *ast.CallExpr) (from *Access) {
	callee := p.decls[originOf(p.pkg.Callee(call))]
	if callee == nil || callee.obj == nil || p.length() > longestEntryPath || p.comesTo(callee) {
		return nil
	}
	in := &entryPath{p.Facts, callee, p, call, p.entry}
	put := map[*types.Var]bool{}
	for _, result := range in.results() {
		a := in.result(result)
		if into := in.madeAndPut(result); a == nil && into != nil {
			put[into.Var] = true
			continue
		}
		if a == nil || from != nil && a.Var != from.Var {
			return nil
		}
		from = a
	}
	if len(put) > 1 || len(put) == 1 && (from == nil || !put[from.Var]) {
		return nil
	}
	return from
}

// madeAndPut returns the access by which a function puts the entry that it has made, and returns, into a map.
func (p *entryPath) madeAndPut(result ast.Expr) *Access {
	id, ok := ast.Unparen(result).(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := p.pkg.ObjectOf(id).(*types.Var)
	if !ok || v.Kind() != types.LocalVar {
		return nil
	}
	given := p.valuesOf(p.top)[v]
	if given == nil || given.unknown || slices.ContainsFunc(given.values, func(value ast.Expr) bool { return p.valueOwner(p.top, value) != Own }) {
		return nil
	}
	return p.putInto(p.top, v)
}

func (p *entryPath) length() int {
	if p.up == nil {
		return 0
	}
	return p.up.length() + 1
}

// comesTo reports whether a function is on the path.
func (p *entryPath) comesTo(fn *function) bool {
	return p != nil && (p.top == fn || p.up.comesTo(fn))
}

// results returns what the function returns first, without nil: where its result has a name, that.
func (p *entryPath) results() (all []ast.Expr) {
	named := namedResult(p.top)
	p.pkg.Inspect(p.top.body(), func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok {
			switch {
			case len(ret.Results) == 0 && named != nil:
				all = append(all, named)
			case len(ret.Results) > 0 && !p.empty(ret.Results[0]):
				all = append(all, ret.Results[0])
			}
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return all
}

// namedResult returns the name of the first result of a function, nil if it has none.
func namedResult(fn *function) ast.Expr {
	decl, ok := fn.node.(*ast.FuncDecl)
	if !ok || decl.Type.Results == nil || len(decl.Type.Results.List) == 0 || len(decl.Type.Results.List[0].Names) == 0 {
		return nil
	}
	return decl.Type.Results.List[0].Names[0]
}

// result returns the access for what the function returns: a list of entries, or one.
func (p *entryPath) result(e ast.Expr) *Access {
	if t := p.pkg.TypeOf(e); t != nil && sameEntry(t, p.entry) {
		return p.one(e)
	}
	return p.listed(e)
}
