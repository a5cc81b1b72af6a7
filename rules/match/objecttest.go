package match

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
	"github.com/lockfix/lockfix/rules/pattern"
)

// objectTest asks which declared thing a node denotes: of a call, what it
// calls. A promoted method is the method of the embedded type.
func (c *compiler) objectTest(pointer, text string) test {
	readings := readObject(text)
	if readings == nil {
		c.add(pointer, "%q is no object: write fmt.Sprintf, sync.(*Mutex).Lock, time.Time.Add, net/http.Server.Handler or builtin.panic", text)
	}
	return func(q *query, n ast.Node, _ found) bool {
		object := q.objectOf(n)
		if object == nil {
			return false
		}
		for _, name := range readings {
			if name.denotes(object) {
				return true
			}
		}
		return false
	}
}

// An objectName is one way to read the text of an object constraint.
type objectName struct {
	pkg     string // "builtin" for predeclared things
	owner   string // type of a method or field
	pointer bool   // the method must have a pointer receiver
	name    string
}

var objectText = lazyregexp.New(`^((?:[\w.~-]+/)*[\w~-][\w.~-]*?)\.(?:\((\*?)(\w+)\)\.)?(\w+)$`)

// readObject returns the readings of text: in "a.b.c" b may be a type, or part
// of the name of a package, as in gopkg.in/yaml.v3.
func readObject(text string) []objectName {
	parts := objectText.FindStringSubmatch(text)
	if parts == nil {
		return nil
	}
	pkg, star, owner, name := parts[1], parts[2], parts[3], parts[4]
	readings := []objectName{{pkg: pkg, owner: owner, pointer: star != "", name: name}}
	dot := strings.LastIndexByte(pkg, '.')
	if owner == "" && dot > strings.LastIndexByte(pkg, '/') {
		readings = append(readings, objectName{pkg: pkg[:dot], owner: pkg[dot+1:], name: name})
	}
	return readings
}

func (o objectName) denotes(object types.Object) bool {
	if object.Name() != o.name {
		return false
	}
	if object.Pkg() == nil {
		return o.owner == "" && o.pkg == "builtin" || o.isUniverseMethod(object)
	}
	if !pattern.Names(o.pkg, object.Pkg()) {
		return false
	}
	switch object := object.(type) {
	case *types.Func:
		return o.isFunc(object)
	case *types.Var:
		if object.IsField() {
			return o.ownsField(object)
		}
	}
	return o.owner == "" && object.Parent() == object.Pkg().Scope()
}

// isUniverseMethod reports whether object is the method Error of the type error.
func (o objectName) isUniverseMethod(object types.Object) bool {
	_, method := object.(*types.Func)
	return method && o.pkg == "builtin" && o.owner == "error"
}

func (o objectName) isFunc(fn *types.Func) bool {
	recv := fn.Origin().Signature().Recv()
	if recv == nil {
		return o.owner == ""
	}
	t := types.Unalias(recv.Type())
	ptr, pointer := t.(*types.Pointer)
	if pointer {
		t = types.Unalias(ptr.Elem())
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Name() == o.owner && (pointer || !o.pointer)
}

// ownsField reports whether the owner type of o declares the field.
func (o objectName) ownsField(field *types.Var) bool {
	owner := field.Pkg().Scope().Lookup(o.owner)
	if owner == nil {
		return false
	}
	s, ok := owner.Type().Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range s.Fields() {
		if f == field.Origin() {
			return true
		}
	}
	return false
}

// objectOf returns what a node denotes, or nil.
func (q *query) objectOf(n ast.Node) types.Object {
	switch n := n.(type) {
	case *ast.CallExpr:
		return q.pkg.Callee(n)
	case *ast.ExprStmt:
		return q.objectOf(n.X)
	case *ast.ParenExpr:
		return q.objectOf(n.X)
	case *ast.IndexExpr:
		return generic(q.objectOf(n.X))
	case *ast.IndexListExpr:
		return generic(q.objectOf(n.X))
	case *ast.SelectorExpr:
		return q.pkg.ObjectOf(n.Sel)
	case *ast.Ident:
		return q.pkg.ObjectOf(n)
	default:
		return nil
	}
}

// generic returns what x[i] denotes: an instance of the generic function or
// type x. An element of a slice or map denotes nothing.
func generic(x types.Object) types.Object {
	switch x.(type) {
	case *types.Func, *types.TypeName:
		return x
	default:
		return nil
	}
}
