package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// An option is a function of a func type that the package declares, made by one of
// its functions: whoever calls a value of the type with an object may run it.
type option struct {
	unit *unit // of the function that makes it
	lit  *ast.FuncLit
}

type optionsKey struct{}

// optionsOf returns the options of a func type, in source order.
func (p *Package) optionsOf(t *types.Named) []option {
	all := p.Keep(optionsKey{}, func() any { return p.options() }).(map[*types.Named][]option)
	return all[t]
}

// options collects the literals that functions with one result return as options.
func (p *Package) options() map[*types.Named][]option {
	all := make(map[*types.Named][]option)
	for _, file := range p.Files {
		for _, d := range file.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Body == nil || decl.Type.Results == nil || len(decl.Type.Results.List) != 1 {
				continue
			}
			t := p.optionType(decl.Type.Results.List[0].Type)
			if t == nil {
				continue
			}
			p.inspectOwn(decl.Body, func(n ast.Node) bool {
				if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
					if lit, ok := ast.Unparen(ret.Results[0]).(*ast.FuncLit); ok {
						all[t] = append(all[t], option{p.named(decl), lit})
					}
				}
				return true
			})
		}
	}
	return all
}

// optionType returns the type of an expression, if it is a func type that this
// package declares.
func (p *Package) optionType(e ast.Expr) *types.Named {
	named, ok := types.Unalias(p.typeOf(e)).(*types.Named)
	if !ok || named.Obj().Pkg() != p.Types || !isFunc(named) {
		return nil
	}
	return named
}

// optionsAt returns the options that a call may run: those of its type, or, where that
// has no name, those that callers make for the parameter that is called.
func (p *Package) optionsAt(u *unit, call *ast.CallExpr) []option {
	if len(call.Args) == 0 {
		return nil
	}
	if t := p.optionType(call.Fun); t != nil {
		return p.optionsOf(t)
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || u.function() == nil || !isFunc(p.typeOf(id)) {
		return nil
	}
	if i := u.paramBehind(id); i >= 0 {
		return p.madeFor()[madeFor{u.function(), i}]
	}
	return nil
}

// paramBehind returns the index of the parameter that a name is, or an element of
// which it is; -1 if it is none, or is assigned.
func (u *unit) paramBehind(id *ast.Ident) int {
	params := u.function().Signature().Params()
	for _, e := range []ast.Expr{id, u.sourceOf(id)} {
		named, ok := ast.Unparen(orBlank(e)).(*ast.Ident)
		for i := range params.Len() {
			v := params.At(i)
			if info := u.vars[v]; ok && u.pkg.Use(named) == v && (info == nil || info.steady()) {
				return i
			}
		}
	}
	return -1
}

// A madeFor names a parameter of a function: of a list the last one.
type madeFor struct {
	fn    *types.Func
	param int
}

type madeForKey struct{}

// madeFor returns the literals that callers make, by a call in the argument's place,
// for the parameters of functions of the package.
func (p *Package) madeFor() map[madeFor][]option {
	return p.Keep(madeForKey{}, func() any {
		all := make(map[madeFor][]option)
		for _, file := range p.Files {
			p.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && !call.Ellipsis.IsValid() {
					p.noteMade(all, call)
				}
				return true
			})
		}
		return all
	}).(map[madeFor][]option)
}

func (p *Package) noteMade(all map[madeFor][]option, call *ast.CallExpr) {
	fn := p.callee(call)
	if fn == nil || p.declOf(fn) == nil {
		return
	}
	for i, arg := range call.Args {
		made, ok := ast.Unparen(arg).(*ast.CallExpr)
		if !ok {
			continue
		}
		if maker := p.callee(made); p.madeBy(maker, 0) != nil {
			key := madeFor{fn, min(i, fn.Signature().Params().Len()-1)}
			all[key] = append(all[key], option{p.named(p.declOf(maker)), p.madeBy(maker, 0)})
		}
	}
}

// Options returns the literals that a call may run which, in a declared function, calls
// what the function has got as a parameter: the options of its type, or those that callers
// make for it.
func (p *Package) Options(decl *ast.FuncDecl, call *ast.CallExpr) (lits []*ast.FuncLit) {
	p.graph()
	if p.lockFacts == nil {
		p.locks()
	}
	for _, o := range p.optionsAt(p.named(decl), call) {
		lits = append(lits, o.lit)
	}
	return lits
}

// eachOption finds the calls of options, with a lock held, that one of them takes.
func (p *Package) eachOption(all map[*ast.CallExpr]StoredBack) {
	b := &backFinder{pkg: p}
	p.eachLockUnit(func(u *unit) {
		p.eachOwnCall(u.root, func(home ast.Node, call *ast.CallExpr) {
			if found, ok := b.optionMeets(u, home, call); ok {
				all[call] = found
			}
		})
	})
}

// optionMeets looks for a lock of an argument that is held when an option is called
// with it, and that one of the options takes.
func (b *backFinder) optionMeets(u *unit, home ast.Node, call *ast.CallExpr) (StoredBack, bool) {
	options := b.pkg.optionsAt(u, call)
	if len(options) == 0 {
		return StoredBack{}, false
	}
	for _, h := range b.heldAt(u, home, call) {
		for i, arg := range call.Args {
			at, ok := u.place(arg)
			if !ok || at.Root != h.Lock.Root || !strings.HasPrefix(h.Lock.Path, at.Path) {
				continue
			}
			for _, o := range options {
				if taken := o.takes(i, strings.TrimPrefix(h.Lock.Path, at.Path), h.Read); taken != nil {
					return StoredBack{Call: call, Lock: h.Lock, Held: h.By[0], Stored: o.lit, Taken: taken}, true
				}
			}
		}
	}
	return StoredBack{}, false
}

// takes returns where an option takes a lock of its parameter i.
func (o option) takes(i int, path string, read bool) ast.Node {
	sig, ok := o.unit.pkg.typeOf(o.lit).(*types.Signature)
	if !ok || i >= sig.Params().Len() {
		return nil
	}
	return o.unit.takenIn(o.lit, Lock{Root: sig.Params().At(i), Path: path}, read)
}
