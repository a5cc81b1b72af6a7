package match

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"github.com/lockfix/lockfix/rules"
)

// A word is a property that "is" asks for.
type word struct {
	doc   string
	holds test
}

// words are the properties of a node that is can ask for. A word about a
// variable holds of x and of x.f when it holds of what they denote.
var words = map[string]word{
	"addressable":   {"its address can be taken", isAddressable},
	"blank":         {"it is _", isBlank},
	"captured":      {"a local variable of a function around the one that uses it here", isCaptured},
	"composite":     {"a composite literal, or its address", isComposite},
	"const":         {"a constant expression", isConst},
	"declared-here": {"a name that the match itself declares", isDeclaredHere},
	"exported":      {"it denotes something exported", isExported},
	"field":         {"it denotes a field of a struct", isField},
	"func-literal":  {"a function literal", isFuncLiteral},
	"func-value":    {"a value of function type, not a declared function", isFuncValue},
	"global":        {"it denotes a variable at package level", isGlobal},
	"last":          {"a call that is the last statement of its block, but for a return", isLast},
	"literal":       {"a literal number, string or rune, signed or not", isLiteral},
	"local":         {"it denotes a variable that a function declares, its parameters included", isLocal},
	"method":        {"it denotes a method", isMethod},
	"nil":           {"the predeclared nil", isNil},
	"param":         {"it denotes a parameter, receiver or result of a function", isParam},
	"pure":          {"evaluating it has no effect, cannot block, makes no new object, and gives a value of what it reads", isPure},
	"receiver":      {"it denotes the receiver of a method", isReceiver},
	"result":        {"it denotes a named result of a function", isResult},
	"shadowed":      {"a name that hides another of a scope around it", isShadowed},
	"stable":        {"evaluating it again gives the same value, unless the function itself assigns to a variable in it", isStable},
	"straight":      {"a statement in which control goes from the start to the end: it neither leaves nor jumps", isStraight},
	"type":          {"a type", isTypeName},
	"unchanged":     {"no variable in it is set by the match, nor has its address taken there", isUnchanged},
	"used":          {"a variable that is mentioned outside the match", isUsed},
	"used-after":    {"a variable that is mentioned after the match, or anywhere in a loop around it that it outlives", isUsedAfter},
}

func (c *compiler) wordTest(pointer, name string) test {
	w, ok := words[name]
	if !ok {
		c.add(pointer, "there is no word %q%s", name, rules.Suggest(name, slices.Sorted(maps.Keys(words))))
		return nil
	}
	return w.holds
}

func isAddressable(q *query, n ast.Node, _ found) bool {
	x, ok := n.(ast.Expr)
	return ok && q.pkg.Info.Types[x].Addressable()
}

func isBlank(_ *query, n ast.Node, _ found) bool {
	id, ok := n.(*ast.Ident)
	return ok && id.Name == "_"
}

func isComposite(_ *query, n ast.Node, _ found) bool {
	if address, ok := unparen(n).(*ast.UnaryExpr); ok && address.Op == token.AND {
		n = address.X
	}
	_, ok := unparen(n).(*ast.CompositeLit)
	return ok
}

func isConst(q *query, n ast.Node, _ found) bool {
	x, ok := n.(ast.Expr)
	return ok && q.pkg.Info.Types[x].Value != nil
}

func isFuncLiteral(_ *query, n ast.Node, _ found) bool {
	_, ok := unparen(n).(*ast.FuncLit)
	return ok
}

func isFuncValue(q *query, n ast.Node, f found) bool {
	t := q.typeOf(n)
	if t == nil || isTypeName(q, n, f) {
		return false
	}
	_, declared := q.objectOf(n).(*types.Func)
	_, isFunc := t.Underlying().(*types.Signature)
	_, isCall := unparen(n).(*ast.CallExpr) // which objectOf takes for what it calls
	return isFunc && (!declared || isCall)
}

func isLiteral(_ *query, n ast.Node, _ found) bool {
	if sign, ok := unparen(n).(*ast.UnaryExpr); ok && (sign.Op == token.SUB || sign.Op == token.ADD) {
		n = sign.X
	}
	_, ok := unparen(n).(*ast.BasicLit)
	return ok
}

func isNil(q *query, n ast.Node, _ found) bool {
	x, ok := n.(ast.Expr)
	return ok && q.pkg.IsNil(x)
}

func isPure(q *query, n ast.Node, _ found) bool {
	x, ok := n.(ast.Expr)
	return ok && q.pkg.Pure(x) && !q.pkg.MakesNew(x)
}

func isStable(q *query, n ast.Node, _ found) bool {
	x, ok := n.(ast.Expr)
	return ok && q.pkg.Stable(x)
}

func isStraight(q *query, n ast.Node, _ found) bool {
	straight := true
	q.pkg.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt, *ast.BranchStmt:
			straight = false
		case *ast.CallExpr:
			straight = straight && !q.pkg.NoReturn(n)
		}
		return straight
	})
	return straight
}

func isTypeName(q *query, n ast.Node, _ found) bool {
	x, ok := n.(ast.Expr)
	return ok && q.pkg.IsType(x)
}

// unparen strips the parentheses of an expression.
func unparen(n ast.Node) ast.Node {
	if x, ok := n.(ast.Expr); ok {
		return ast.Unparen(x)
	}
	return n
}
