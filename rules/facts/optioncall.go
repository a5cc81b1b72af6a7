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
			inspectOwn(decl.Body, func(n ast.Node) bool {
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

// eachOption finds the calls of options, with a lock held, that one of them takes.
func (p *Package) eachOption(all map[*ast.CallExpr]StoredBack) {
	b := &backFinder{pkg: p}
	p.eachLockUnit(func(u *unit) {
		eachOwnCall(u.root, func(home ast.Node, call *ast.CallExpr) {
			if found, ok := b.optionMeets(u, home, call); ok {
				all[call] = found
			}
		})
	})
}

// optionMeets looks for a lock of an argument that is held when an option is called
// with it, and that one of the options takes.
func (b *backFinder) optionMeets(u *unit, home ast.Node, call *ast.CallExpr) (StoredBack, bool) {
	t := b.pkg.optionType(call.Fun)
	if t == nil || len(call.Args) == 0 || len(b.pkg.optionsOf(t)) == 0 {
		return StoredBack{}, false
	}
	for _, h := range b.heldAt(u, home, call) {
		for i, arg := range call.Args {
			at, ok := u.place(arg)
			if !ok || at.Root != h.Lock.Root || !strings.HasPrefix(h.Lock.Path, at.Path) {
				continue
			}
			for _, o := range b.pkg.optionsOf(t) {
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
