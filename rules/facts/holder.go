package facts

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/models"
)

// An object that a container of another holds, its holder, often gets a function that
// captures the holder: what is done with all objects of the container, under the holder's
// lock, comes back to it.
//
//	func (p *pool) open() *conn { c := &conn{}; c.onClose = func() { p.mu.Lock(); … }; p.conns[c] = true; … }
//	p.mu.Lock(); for c := range p.conns { c.Close() } // runs onClose

// ofHolder names a lock, held where an object is taken out of a container of the lock's
// owner, as the function names it that made the deposit and put the object there.
func (d deposit) ofHolder(u *unit, lock, owner Lock) (Lock, bool) {
	v, ok := owner.Root.(*types.Var)
	if !ok || owner.Path != "" || d.owner.Path != "" || lock.Root == owner.Root {
		return Lock{}, false
	}
	info := u.vars[v]
	if info == nil || info.param || info.defs != 1 || info.addressed {
		return Lock{}, false
	}
	source := info.init
	if source == nil {
		source = u.definedBy(v)
	}
	if index, isIndex := ast.Unparen(orBlank(source)).(*ast.IndexExpr); isIndex {
		source = index.X
	}
	container, named := u.placeOf(source)
	if !named || container.Root != lock.Root || container.Path == "" {
		return Lock{}, false
	}
	there, ok := d.unit.puts(d.owner.Root, container.Path)
	if !ok || !sameStruct(there.Type(), lock.Root.Type()) {
		return Lock{}, false
	}
	return Lock{Root: there, Path: lock.Path}, true
}

// puts returns the variable into a container of which, at a path, the function puts an
// object: as a key or element, or by an append.
func (u *unit) puts(object types.Object, path string) (into types.Object, ok bool) {
	is := func(e ast.Expr) bool {
		id, isIdent := ast.Unparen(orBlank(e)).(*ast.Ident)
		return isIdent && u.pkg.ObjectOf(id) == object
	}
	u.pkg.Inspect(u.root, func(n ast.Node) bool {
		st, isAssign := n.(*ast.AssignStmt)
		for i := 0; isAssign && !ok && i < len(st.Lhs); i++ {
			value, target := valueAt(st.Rhs, len(st.Lhs), i), st.Lhs[i]
			has := slices.ContainsFunc(u.pkg.unfold(value), is)
			if index, isIndex := ast.Unparen(target).(*ast.IndexExpr); isIndex {
				has, target = has || is(index.Index), index.X
			} else if call, isCall := ast.Unparen(orBlank(value)).(*ast.CallExpr); !isCall || len(call.Args) < 2 {
				continue
			}
			if at, named := u.placeOf(target); has && named && at.Path == path {
				into, ok = at.Root, true
			}
		}
		return !ok
	})
	return into, ok
}

// ranInPlace returns the literals of a function that a call runs before it returns, once at
// most, or as often as it likes.
func (p *Package) ranInPlace(root ast.Node) map[ast.Node]bool {
	here := make(map[ast.Node]bool)
	p.Inspect(root, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !slices.ContainsFunc(call.Args, isLiteral) {
			return true
		}
		if m := p.Model(call); m != nil {
			for _, run := range m.Runs {
				if run.Arg < len(call.Args) && (run.How == models.Now || run.How == models.Once) {
					here[ast.Unparen(call.Args[run.Arg])] = true
				}
			}
		}
		return true
	})
	return here
}

func isLiteral(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.FuncLit)
	return ok
}
