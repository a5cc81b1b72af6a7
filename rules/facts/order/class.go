package order

import (
	"go/token"
	"go/types"
	"path"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// A Class names a lock whatever instance it belongs to: the import path of its
// package, a colon, and "Type.field" or "variable". The class of a local
// variable, or of a local type's field, has its place there too.
type Class string

// separator stands between the package and the name in it: no import path has one.
const separator = ":"

// String is the class as a reader says it: the package by its last element.
func (c Class) String() string {
	dir, name, _ := strings.Cut(string(c), separator)
	if c.Local() {
		return c.Short()
	}
	if isVersion(path.Base(dir)) {
		dir = path.Dir(dir) // example.com/store/v2
	}
	return path.Base(dir) + "." + name
}

// Long is the class with its whole import path.
func (c Class) Long() string { return strings.Replace(string(c), separator, ".", 1) }

// Package is the import path of the class.
func (c Class) Package() string {
	dir, _, _ := strings.Cut(string(c), separator)
	return dir
}

// Short is the class without its package.
func (c Class) Short() string {
	_, name, _ := strings.Cut(string(c), separator)
	if c.Local() {
		_, name, _ = strings.Cut(name, " ")
	}
	return name
}

// isVersion reports whether a path element is v2, v3 …
func isVersion(element string) bool {
	digits, ok := strings.CutPrefix(element, "v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// local is the class of something that is declared in a function.
func (c *collector) local(pos token.Pos, name string) Class {
	return Class(c.pkg.Types.Path() + separator + c.place(pos) + " " + name)
}

// Local reports whether the lock is a local variable, or of a local type.
func (c Class) Local() bool { return strings.Contains(string(c), " ") }

// classOf returns the class of a named place; "" if there is none. A path ends
// at a lock, and a step of it is a field or an index.
func (c *collector) classOf(at facts.Lock) classWalk {
	root, ok := at.Root.(*types.Var)
	if !ok {
		return classWalk{}
	}
	w := classWalk{c: c, typ: root.Type(), name: c.rootClass(root)}
	for i, step := range steps(at.Path) {
		if i > 0 && refersToLock(w.typ) {
			w.slot, w.far = w.owns, true
		}
		if !w.step(step) {
			return classWalk{}
		}
	}
	w.holds = !refersToLock(w.typ)
	return w
}

// rootClass is the class of a variable that is a lock itself, or holds one
// without a named type around it.
func (c *collector) rootClass(v *types.Var) Class {
	switch {
	case v.Pkg() == nil:
		return ""
	case v.Parent() == v.Pkg().Scope():
		return Class(v.Pkg().Path() + separator + v.Name())
	case refersToLock(v.Type()):
		return "" // a local pointer, or a parameter: a caller may know
	}
	return c.local(v.Pos(), v.Name())
}

// refersToLock reports whether a local variable of the type leads to a lock
// that it does not hold.
func refersToLock(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Slice, *types.Map:
		return true
	}
	return false
}

// A classWalk follows a path of fields and says what it leads to.
type classWalk struct {
	typ  types.Type
	name Class
	// wrapper says that the last named type is nothing but a lock, so that the
	// field that holds it says more; outer that this field is not known here.
	wrapper, outer bool
	holds          bool   // the place is the thing itself, and not a pointer to it
	slot           string // the fields since the last pointer on the way
	far            bool   // there is a pointer on the way, that of the root aside
	owns           string // the field, with its type, if it is a pointer of its own
	kin            bool   // a field leads to another object of the type that has it
	c              *collector
}

func (w *classWalk) step(s string) bool {
	if strings.HasPrefix(s, "[") {
		return w.element()
	}
	w.enter()
	st, ok := deref(w.typ).Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range st.Fields() {
		if f.Name() == s[1:] {
			if !w.wrapper || w.name == "" {
				w.name += Class("." + f.Name())
			}
			w.owns = w.ownField(f)
			w.kin = w.kin || types.Identical(deref(w.typ), deref(f.Type()))
			w.typ = f.Type()
			w.slot += "." + f.Name()
			return true
		}
	}
	return false
}

// ownField names a field, with the type that has it, that is a pointer to what was
// made for it; "" for others.
func (w *classWalk) ownField(f *types.Var) string {
	named, ok := types.Unalias(deref(w.typ)).(*types.Named)
	if !ok || !refersToLock(f.Type()) || !w.c.pkg.OwnPointer(f) {
		return ""
	}
	return string(w.c.typeClass(named.Origin().Obj())) + "." + f.Name()
}

// enter begins a new name where the path comes to a named type.
func (w *classWalk) enter() {
	named, ok := types.Unalias(deref(w.typ)).(*types.Named)
	if !ok {
		return
	}
	st, _ := named.Underlying().(*types.Struct)
	wraps := st != nil && wrapsLock(st)
	if w.wrapper = wraps && w.name != ""; w.wrapper || named.Obj().Pkg() == nil {
		return
	}
	w.outer = wraps
	w.name = w.c.typeClass(named.Origin().Obj())
}

// typeClass is the beginning of the classes of a type's fields.
func (c *collector) typeClass(obj *types.TypeName) Class {
	if obj.Parent() == obj.Pkg().Scope() {
		return Class(obj.Pkg().Path() + separator + obj.Name())
	}
	return c.local(obj.Pos(), obj.Name())
}

func (w *classWalk) element() bool {
	switch t := deref(w.typ).Underlying().(type) {
	case *types.Slice:
		w.typ = t.Elem()
	case *types.Array:
		w.typ = t.Elem()
	case *types.Map:
		w.typ = t.Elem()
	default:
		return false
	}
	w.slot, w.far, w.owns = "", true, ""
	if w.name != "" && !strings.HasSuffix(string(w.name), "[]") {
		w.name += "[]"
	}
	return true
}

// steps splits a path: ".a[i].b" is .a, [i], .b.
func steps(path string) (all []string) {
	for path != "" {
		end := strings.IndexAny(path[1:], ".[") + 1
		if path[0] == '[' {
			end = closing(path)
		}
		if end <= 0 {
			end = len(path)
		}
		all = append(all, path[:end])
		path = path[end:]
	}
	return all
}

// closing returns the index behind the bracket that closes the first one; a
// constant string index may hold any character.
func closing(path string) int {
	quoted := false
	for i := 1; i < len(path); i++ {
		switch {
		case quoted && path[i] == '\\':
			i++
		case path[i] == '"':
			quoted = !quoted
		case path[i] == ']' && !quoted:
			return i + 1
		}
	}
	return len(path)
}

// wrapsLock reports whether a struct is nothing but locks of package sync.
func wrapsLock(st *types.Struct) bool {
	for f := range st.Fields() {
		if !isSync(f.Type()) {
			return false
		}
	}
	return st.NumFields() > 0
}

func isSync(t types.Type) bool {
	named, ok := types.Unalias(deref(t)).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "sync"
}

func deref(t types.Type) types.Type {
	if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
