package waits

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// What a struct of the package starts often runs a function that it was given: the loop
// of a ticker, the worker of a queue. Who waits for its end waits for that function.
//
//	c.looper = every(time.Minute, c.expire) // go func() { defer l.wg.Done(); … f() … }()
//	c.mu.Lock(); c.looper.Stop()            // expire takes c.mu

// handed says whether the function that the partner's goroutine was given takes the lock.
func (f *Facts) handed(w, p *op, h facts.Holding) (need, bool) {
	prefix, ok := strings.CutSuffix(w.at.Path, p.at.Path)
	if !ok || prefix == "" || w.at.Root != h.Lock.Root || w.root == p.root {
		return need{}, false
	}
	at := strings.LastIndexByte(prefix, '.')
	rest, ok := strings.CutPrefix(h.Lock.Path, prefix[:at])
	field := fieldNamed(w.at.Root.Type(), prefix)
	if !ok || field == nil || !types.Identical(pointee(field.Type()), pointee(p.at.Root.Type())) {
		return need{}, false
	}
	var first need
	for _, set := range f.setsOf(field) {
		n, ok := f.handedBy(set, p, rest, h.Read)
		if !ok {
			return need{}, false
		}
		if first.call == nil {
			first = n
		}
	}
	return first, first.call != nil
}

// A setting is an assignment to a field, with what stands around it.
type setting struct {
	owner, value ast.Expr // owner is nil where a literal of the struct sets it
	root         ast.Node
}

// setsOf returns what sets a field of a struct.
func (f *Facts) setsOf(field *types.Var) []setting {
	if f.settings == nil {
		f.collectSettings()
	}
	return f.settings[field]
}

func (f *Facts) collectSettings() {
	f.settings = map[*types.Var][]setting{}
	set := func(v *types.Var, s setting) {
		if v.IsField() && !f.pkg.IsNil(s.value) {
			f.settings[v.Origin()] = append(f.settings[v.Origin()], s)
		}
	}
	note := func(name *ast.Ident, s setting) {
		if v, ok := f.pkg.Use(name).(*types.Var); ok {
			set(v, s)
		}
	}
	for _, file := range f.pkg.Files {
		f.pkg.PreorderStack(file, nil, func(n ast.Node, stack []ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					sel, ok := ast.Unparen(left).(*ast.SelectorExpr)
					if ok && len(n.Lhs) == len(n.Rhs) {
						note(sel.Sel, setting{sel.X, n.Rhs[i], f.outermost(stack)})
					} else if ok {
						note(sel.Sel, setting{nil, n.Rhs[0], nil})
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok {
					note(key, setting{nil, n.Value, f.outermost(stack)})
				}
			case *ast.CompositeLit:
				for v, value := range f.unnamedFields(n) {
					set(v, setting{nil, value, f.outermost(stack)})
				}
			}
			return true
		})
	}
}

// handedBy says whether one setting of the struct hands its maker a function that takes a
// lock of the struct's owner, and that the goroutine of the partner runs.
func (f *Facts) handedBy(set setting, p *op, lock string, read bool) (need, bool) {
	call, ok := ast.Unparen(set.value).(*ast.CallExpr)
	if !ok || set.owner == nil || set.root == nil {
		return need{}, false
	}
	maker := f.pkg.Body(call)
	names := f.namesIn(set.root)
	owner, named := names.Place(set.owner)
	if maker == nil || !named {
		return need{}, false
	}
	there := facts.Lock{Root: owner.Root, Path: owner.Path + lock}
	for i := range f.runParams(maker, p) {
		if i >= len(call.Args) {
			continue
		}
		if through, ok := f.argumentTakes(names, call.Args[i], there, read); ok {
			return need{call, through}, true
		}
	}
	return need{}, false
}

// argumentTakes reports whether a function that is handed over takes a lock: a literal, or
// what has a name.
func (f *Facts) argumentTakes(names facts.Names, arg ast.Expr, lock facts.Lock, read bool) (through string, ok bool) {
	lit, isLit := ast.Unparen(arg).(*ast.FuncLit)
	if !isLit {
		return f.taking(names, &ast.CallExpr{Fun: ast.Unparen(arg)}, lock, read)
	}
	f.pkg.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt:
			return false
		case *ast.CallExpr:
			if !ok {
				through, ok = f.taking(names, n, lock, read)
			}
		}
		return !ok
	})
	return through, ok
}

// runParams returns the parameters of a maker that the goroutine of a partner calls: as they
// are, or from the field in which the maker has put them.
func (f *Facts) runParams(maker *ast.FuncDecl, p *op) map[int]bool {
	run := map[int]bool{}
	fields := map[types.Object]bool{}
	f.pkg.Inspect(p.fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch fun := ast.Unparen(call.Fun).(type) {
		case *ast.Ident:
			if i, ok := f.operandOf(maker, f.pkg.Use(fun)); ok && i > 0 {
				run[i-1] = true
			}
		case *ast.SelectorExpr:
			if v, isVar := f.pkg.Use(fun.Sel).(*types.Var); isVar && v.IsField() {
				fields[v.Origin()] = true
			}
		}
		return true
	})
	f.pkg.Inspect(maker.Body, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			key, isKey := kv.Key.(*ast.Ident)
			value, isValue := ast.Unparen(kv.Value).(*ast.Ident)
			if isKey && isValue && fields[f.pkg.Use(key)] {
				if i, ok := f.operandOf(maker, f.pkg.Use(value)); ok && i > 0 {
					run[i-1] = true
				}
			}
		}
		return true
	})
	return run
}

// fieldNamed returns the field at the end of a path from a struct.
func fieldNamed(t types.Type, path string) (field *types.Var) {
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "."), ".") {
		st, ok := pointee(t).Underlying().(*types.Struct)
		if !ok {
			return nil
		}
		field = nil
		for v := range st.Fields() {
			if v.Name() == name {
				field = v.Origin()
			}
		}
		if field == nil {
			return nil
		}
		t = field.Type()
	}
	return field
}
