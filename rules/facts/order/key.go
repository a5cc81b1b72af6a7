package order

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
)

// A Key says which element of a collection a lock belongs to: accounts[id],
// s.shardOf(name).
type Key struct {
	Of     string // the collection, or the method that chooses, as the source has it; "" if it is no element
	Text   string // the key, likewise
	Root   Root   // the variable that the key is
	Source Root   // what it is computed from: a parameter, or a variable that is given nothing
	Wraps  bool   // it is computed by %, so that the first comes after the last
	Owner  string // the named type of the variable at which the path to the lock begins
}

// A Ring is two fields of a struct that is made with two neighbours of a collection,
// of which the last has the first for a neighbour: {left: forks[i], right: forks[(i+1)%n]}.
type Ring struct{ Type, A, B string }

// keyOf returns the key of the element whose lock a call takes.
func (w *walker) keyOf(call *ast.CallExpr) Key {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return Key{}
	}
	return w.keyIn(sel.X, 0)
}

// ring notes that a struct is made with neighbours.
func (b *bodyWalk) ring(lit *ast.CompositeLit) {
	name := typeName(b.pkg.TypeOf(lit))
	keys := make(map[string]Key)
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok && name != "" {
			if id, ok := kv.Key.(*ast.Ident); ok {
				keys[id.Name] = b.keyIn(kv.Value, 0)
			}
		}
	}
	for _, first := range slices.Sorted(maps.Keys(keys)) {
		for _, second := range slices.Sorted(maps.Keys(keys)) {
			a, b2 := keys[first], keys[second]
			if first < second && a.neighbour(b2) {
				b.sketch.Rings = append(b.sketch.Rings, Ring{name, first, second})
			}
		}
	}
}

// neighbour reports whether two keys choose an element and the next one, all around.
func (k Key) neighbour(other Key) bool {
	return k.Of != "" && k.Of == other.Of && k.Source.Kind != Nowhere && k.Source == other.Source && k.Wraps != other.Wraps
}

// typeName names a type, or what it points to, the same in all packages; "" for one
// without a name.
func typeName(t types.Type) string {
	if t == nil {
		return ""
	}
	named, ok := types.Unalias(deref(t)).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

// keyIn returns the key of the element that an expression is, or lies in.
func (w *walker) keyIn(e ast.Expr, depth int) Key {
	for depth <= maxDerived {
		switch x := operandOf(e).(type) {
		case *ast.SelectorExpr:
			if s := w.pkg.Info.Selections[x]; s == nil || s.Kind() != types.FieldVal {
				return Key{}
			}
			e = x.X
		case *ast.IndexExpr:
			return w.key(x.X, x.Index)
		case *ast.CallExpr:
			return w.chosen(x)
		case *ast.Ident:
			v, ok := w.pkg.ObjectOf(x).(*types.Var)
			d, known := w.definitions()[v]
			if !ok || !known || d.many {
				return Key{}
			}
			e, depth = d.value, depth+1
		default:
			return Key{}
		}
	}
	return Key{}
}

// chosen is the key of what a method returns for its only argument.
func (w *walker) chosen(call *ast.CallExpr) Key {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || len(call.Args) != 1 {
		return Key{}
	}
	if s := w.pkg.Info.Selections[sel]; s == nil || s.Kind() != types.MethodVal {
		return Key{}
	}
	return w.key(sel, call.Args[0])
}

func (w *walker) key(of, key ast.Expr) Key {
	k := Key{Of: types.ExprString(of), Text: types.ExprString(key)}
	if id, ok := ast.Unparen(key).(*ast.Ident); ok {
		if v, ok := w.pkg.Use(id).(*types.Var); ok {
			k.Root = w.rootOf(v)
		}
	}
	s := sourceSearch{walker: w}
	s.search(key, 0)
	if len(s.found) == 1 {
		k.Source = s.found[0]
	}
	k.Wraps = s.wraps
	return k
}

// A sourceSearch looks for the variables that a key is computed from.
type sourceSearch struct {
	*walker
	found []Root
	wraps bool
}

func (s *sourceSearch) search(e ast.Expr, depth int) {
	s.walker.collector.pkg.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false // a field, a method, another package's: no parameter
		case *ast.CallExpr:
			for _, arg := range n.Args {
				s.search(arg, depth)
			}
			return false
		case *ast.BinaryExpr:
			if n.Op == token.REM { // what it is divided by is no source
				s.wraps = true
				s.search(n.X, depth)
				return false
			}
		case *ast.Ident:
			s.variable(n, depth)
		}
		return true
	})
}

func (s *sourceSearch) variable(id *ast.Ident, depth int) {
	v, ok := s.pkg.Use(id).(*types.Var)
	if !ok || v.IsField() {
		return
	}
	if d, known := s.definitions()[v]; known && !d.many && depth < maxDerived && !isLiteral(d.value) {
		s.search(d.value, depth+1)
		return
	}
	root := s.rootOf(v)
	for _, known := range s.found {
		if known == root {
			return
		}
	}
	s.found = append(s.found, root)
}

// isLiteral matches the first value of a loop's counter.
func isLiteral(e ast.Expr) bool {
	_, ok := ast.Unparen(e).(*ast.BasicLit)
	return ok
}
