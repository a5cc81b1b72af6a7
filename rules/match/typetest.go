package match

import (
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

// typeTest asks for the type of an expression, a type or a field.
func (c *compiler) typeTest(pointer, text string) test {
	is := c.parseType(pointer, text)
	return func(q *query, n ast.Node, _ found) bool {
		t := q.typeOf(n)
		return t != nil && is(t)
	}
}

// kinds are the words of underlying.
var kinds = map[string]func(types.Type) bool{
	"array":     isKind[*types.Array],
	"basic":     isKind[*types.Basic],
	"chan":      isKind[*types.Chan],
	"func":      isKind[*types.Signature],
	"interface": isKind[*types.Interface],
	"map":       isKind[*types.Map],
	"pointer":   isKind[*types.Pointer],
	"slice":     isKind[*types.Slice],
	"struct":    isKind[*types.Struct],
}

func isKind[T types.Type](t types.Type) bool {
	_, ok := t.(T)
	return ok
}

// underlyingTest asks for the kind or the form of the underlying type.
func (c *compiler) underlyingTest(pointer, text string) test {
	is, ok := kinds[text]
	if !ok && isWord(text) && types.Universe.Lookup(text) == nil {
		c.add(pointer, "there is no kind %q%s", text, rules.Suggest(text, slices.Sorted(maps.Keys(kinds))))
		return nil
	}
	if !ok {
		is = c.parseType(pointer, text)
	}
	return func(q *query, n ast.Node, _ found) bool {
		t := q.typeOf(n)
		return t != nil && is(t.Underlying())
	}
}

func isWord(text string) bool {
	return !strings.ContainsAny(text, " .*[]{}()<-/")
}

// typeOf returns the type of what n says, or nil.
func (q *query) typeOf(n ast.Node) types.Type {
	switch n := n.(type) {
	case ast.Expr:
		return q.pkg.TypeOf(n)
	case *ast.Field:
		return q.pkg.TypeOf(n.Type)
	case *ast.ExprStmt:
		return q.pkg.TypeOf(n.X)
	default:
		return nil
	}
}
