package sharing

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/facts"
)

// Export returns what a package tells those that import it: what the functions that they
// can call do to locks, and to the memory that they get.
func Export(pkg *facts.Package) *facts.Export {
	return pkg.Export().With(Of(pkg).conducts())
}

// conducts returns those of the functions that other packages can call, sorted by name.
func (f *Facts) conducts() (all []facts.Conduct) {
	for _, fn := range f.order {
		if fn.obj == nil || !fn.public {
			continue
		}
		c := facts.Conduct{Func: fn.obj.FullName(), Waits: f.mayWait(fn) || f.waitsFar(fn.body()), Touches: f.touchesOf(fn), Starts: f.startsParameters(fn)}
		if c.Waits || len(c.Touches)+len(c.Starts) > 0 {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b facts.Conduct) int { return cmp.Compare(a.Func, b.Func) })
	return all
}

// touchesOf returns what a call of a function does to memory that its caller knows, of
// accesses of one kind the first. What atomics may put in order is left out.
func (f *Facts) touchesOf(fn *function) (touches []facts.Touch) {
	type kind struct {
		at                                 place
		read, write, content, bare, el, by bool
	}
	seen := map[kind]bool{}
	for _, p := range f.passagesIn(fn, &fn.open, true) {
		if p.waited || f.farWaitBefore(p.access.fn, p.access.Expr) || !p.sure || p.access.Address || p.access.Line || p.access.Apart || f.onlyRegisters(fn, p.by) || f.fillsNil(p.access) || f.learns(fn) || f.learns(p.access.fn) {
			continue
		}
		t, ok := f.touch(fn, p)
		k := kind{p.at, t.Read, t.Write, t.Content, len(t.Locks) == 0, t.Element, t.Go}
		if !ok || t.Deep > passageDepth || seen[k] {
			continue
		}
		seen[k] = true
		touches = append(touches, t)
	}
	return touches
}

// fillsNil reports whether a write fills a variable that it has found nil, and all others do
// so, too: mostly that has been done when others come.
func (f *Facts) fillsNil(a *Access) bool {
	return a.foreign == nil && a.Write && !a.Content && !slices.ContainsFunc(f.accesses[a.Var], func(b *Access) bool {
		return b.Write && !b.Content && !b.Element && !b.fn.initialises() && !b.fn.test && f.ownerOf(b) != Own && !f.whereNil(b)
	})
}

// whereNil reports whether a write stands in the body of an if that asks, among others,
// whether the same place is nil.
func (f *Facts) whereNil(a *Access) bool {
	found := false
	f.pkg.Inspect(a.fn.body(), func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		if !ok || !within(check.Body, a.Expr) {
			return !found
		}
		f.pkg.Inspect(check.Cond, func(n ast.Node) bool {
			cond, ok := n.(*ast.BinaryExpr)
			found = found || ok && cond.Op == token.EQL && f.pkg.IsNil(cond.Y) && types.ExprString(cond.X) == types.ExprString(a.Expr)
			return !found
		})
		return !found
	})
	return found
}

// learns reports whether a function reads or writes atomics, by which it may know who else
// is at work.
func (f *Facts) learns(fn *function) bool {
	did := f.atomicsOf(fn)
	return len(did.writes)+len(did.learns) > 0
}

// touch returns a passage of a function as others are told of it.
func (f *Facts) touch(fn *function, p passage) (t facts.Touch, ok bool) {
	a := p.access
	t = facts.Touch{Path: p.at.path, Read: a.Read, Write: a.Write, Content: a.Content, Element: a.Element, Object: a.Object, Go: p.by != nil, Deep: p.deep}
	if t.Arg, t.Global, ok = argumentNumber(fn, p.at.root); !ok {
		return t, false
	}
	if a.foreign != nil {
		t.Go = t.Go || a.foreign.touch.Go
		t.By, t.At, t.Deep = a.foreign.touch.By, a.foreign.touch.At, t.Deep+a.foreign.touch.Deep+1
	} else {
		t.By, t.At = a.fn.outermost().symbol(), f.pkg.PositionOf(a.Expr.Pos())
	}
	for class, write := range p.locks.with(f.stateAt(a.fn, a.Expr).locks) {
		t.Locks = append(t.Locks, facts.Locked{Class: f.className(class), Read: !write})
	}
	slices.SortFunc(t.Locks, func(a, b facts.Locked) int { return cmp.Compare(a.Class, b.Class) })
	return t, true
}

// argumentNumber says by what the callers of a function know a variable.
func argumentNumber(fn *function, root *types.Var) (arg int, global string, ok bool) {
	if root.Kind() == types.PackageVar {
		return facts.Global, root.Pkg().Path() + "." + root.Name(), true
	}
	if root.Kind() == types.LocalVar {
		return facts.Result, "", true // passages are of no others
	}
	sig := fn.obj.Signature()
	if sig.Recv() == root {
		return 0, "", true
	}
	for i := range sig.Params().Len() {
		if sig.Params().At(i) == root && !(sig.Variadic() && i == sig.Params().Len()-1) {
			return i + 1, "", true
		}
	}
	return 0, "", false
}

// symbol returns what a reader calls a declared function: (*Pool).Get.
func (fn *function) symbol() string {
	if fn.obj == nil {
		return "a function of a package variable"
	}
	recv := fn.obj.Signature().Recv()
	if recv == nil {
		return fn.obj.Name()
	}
	named := namedOf(recv.Type())
	if named == nil {
		return fn.obj.Name()
	}
	if _, pointer := types.Unalias(recv.Type()).(*types.Pointer); pointer {
		return "(*" + named.Name() + ")." + fn.obj.Name()
	}
	return named.Name() + "." + fn.obj.Name()
}
