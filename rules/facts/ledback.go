package facts

import (
	"go/ast"
	"go/types"
	"strings"
)

// ledBack names a lock by the shortest way: r.items[k].reg.mu is r.mu, and so is
// it.reg.mu where it is one of r.items.
func (u *unit) ledBack(l Lock) Lock {
	ways := u.pkg.waysBack()
	if len(ways) == 0 || !strings.Contains(l.Path, ".") || l.Root == nil {
		return l
	}
	l = u.ledBackFrom(l, ways)
	for again := true; again; {
		l, again = shorten(l, ways)
	}
	return l
}

// ledBackFrom is the same where the name begins with a variable that is an element.
func (u *unit) ledBackFrom(l Lock, ways map[holder]wayBack) Lock {
	v, ok := l.Root.(*types.Var)
	info := u.vars[v]
	if !ok || info == nil || info.param || info.defs != 1 || info.addressed {
		return l
	}
	source := u.definedBy(v)
	if source == nil && info.init != nil {
		source = info.init
	}
	if source == nil {
		return l
	}
	f, owner := u.elementsOf(source, 0)
	if f == nil {
		return l
	}
	at, ok := u.place(owner)
	if !ok || !u.steady(at) {
		return l
	}
	steps := stepsOf(l.Path)
	for back, path := range ways[holder{f, true}] {
		if len(steps) > 1 && steps[0] == "."+back.Name() && strings.HasSuffix(at.Path, path) {
			return Lock{Root: at.Root, Path: strings.TrimSuffix(at.Path, path) + strings.Join(steps[1:], "")}
		}
	}
	return l
}

// shorten takes the first way out and back out of a name.
func shorten(l Lock, ways map[holder]wayBack) (Lock, bool) {
	steps := stepsOf(l.Path)
	t := l.Root.Type()
	var last *types.Var
	elements := false
	start := 0
	for i, s := range steps {
		if strings.HasPrefix(s, "[") {
			elements = true
			continue
		}
		if last != nil {
			for back, path := range ways[holder{last, elements}] {
				head := strings.Join(steps[:start], "")
				if s == "."+back.Name() && i+1 < len(steps) && strings.HasSuffix(head, path) {
					return Lock{Root: l.Root, Path: strings.TrimSuffix(head, path) + strings.Join(steps[i+1:], "")}, true
				}
			}
		}
		f := fieldOf(elementType(t, elements), s[1:])
		if f == nil {
			return l, false
		}
		last, elements, start, t = f, false, i, f.Type()
	}
	return l, false
}

// elementType is the type of an element, if there is to be one.
func elementType(t types.Type, element bool) types.Type {
	if !element {
		return t
	}
	switch t := deref(t).Underlying().(type) {
	case *types.Map:
		return t.Elem()
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	}
	return t
}

// stepsOf splits a path: .a[k].b has three steps.
func stepsOf(path string) (steps []string) {
	for path != "" {
		end := len(path)
		if i := strings.IndexByte(path, ']'); path[0] == '[' && i >= 0 {
			end = i + 1
		} else if i := strings.IndexAny(path[1:], ".["); i >= 0 {
			end = i + 1
		}
		steps, path = append(steps, path[:end]), path[end:]
	}
	return steps
}

// elementsOf returns the field of which a range, or an index expression, takes elements, and
// what has it.
func (u *unit) elementsOf(e ast.Expr, depth int) (*types.Var, ast.Expr) {
	if depth > maxSources {
		return nil, nil
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return u.elementsOf(e.X, depth+1)
	case *ast.SliceExpr:
		return u.elementsOf(e.X, depth+1)
	case *ast.Ident:
		if source := u.sourceOf(e); source != nil {
			return u.elementsOf(source, depth+1)
		}
	case *ast.SelectorExpr:
		if f, ok := u.pkg.Use(e.Sel).(*types.Var); ok && f.IsField() {
			return f.Origin(), e.X
		}
	}
	return nil, nil
}
