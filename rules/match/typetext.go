package match

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"strconv"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
	"github.com/lockfix/lockfix/rules/pattern"
)

// An isType decides whether a type is the one that a rule wrote down.
type isType func(types.Type) bool

// pathText is an import path with a slash and the dot before the name in it.
var pathText = lazyregexp.New(`(?:[A-Za-z0-9_][\w.~-]*/)+[\w.~-]*\w\.`)

// parseType reads a type as Go spells it, with whole import paths where they
// have slashes ("*golang.org/x/sync/errgroup.Group") and _ for any type
// ("map[string]_"). A generic type without arguments is any instance of it.
func (c *compiler) parseType(pointer, text string) isType {
	r := typeReader{}
	source := pathText.ReplaceAllStringFunc(text, func(path string) string {
		r.paths = append(r.paths, strings.TrimSuffix(path, "."))
		return fmt.Sprintf("path__%d.", len(r.paths)-1)
	})
	x, err := parser.ParseExpr(source)
	if err != nil {
		c.add(pointer, "%q is no type: write it as Go does, with the import path of a package", text)
		return nil
	}
	is := r.read(x)
	for _, problem := range r.problems {
		c.add(pointer, "%s", problem)
	}
	return is
}

// A typeReader turns the syntax of a type into a test for it.
type typeReader struct {
	paths    []string // of the qualifiers path__0, path__1 …
	problems []string
}

func (r *typeReader) read(x ast.Expr) isType {
	switch x := x.(type) {
	case *ast.Ident:
		return r.predeclared(x.Name)
	case *ast.ParenExpr:
		return r.read(x.X)
	case *ast.SelectorExpr:
		return r.named(x, nil)
	case *ast.IndexExpr:
		return r.named(x.X, []ast.Expr{x.Index})
	case *ast.IndexListExpr:
		return r.named(x.X, x.Indices)
	case *ast.StarExpr:
		elem := r.read(x.X)
		return has(func(t *types.Pointer) bool { return elem(t.Elem()) })
	case *ast.ArrayType:
		return r.sequence(x)
	case *ast.MapType:
		key, value := r.read(x.Key), r.read(x.Value)
		return has(func(t *types.Map) bool { return key(t.Key()) && value(t.Elem()) })
	case *ast.ChanType:
		dir, elem := channelDir(x.Dir), r.read(x.Value)
		return has(func(t *types.Chan) bool { return t.Dir() == dir && elem(t.Elem()) })
	case *ast.FuncType:
		params, results := r.tuple(x.Params), r.tuple(x.Results)
		return has(func(t *types.Signature) bool {
			return t.Variadic() == isVariadic(x) && params(t.Params()) && results(t.Results())
		})
	case *ast.Ellipsis:
		elem := r.read(x.Elt)
		return has(func(t *types.Slice) bool { return elem(t.Elem()) })
	case *ast.InterfaceType:
		if x.Methods.NumFields() == 0 {
			return has(func(t *types.Interface) bool { return t.Empty() })
		}
	case *ast.StructType:
		if x.Fields.NumFields() == 0 {
			return has(func(t *types.Struct) bool { return t.NumFields() == 0 })
		}
	}
	return r.problem("%s is no type that can be written here: name it", types.ExprString(x))
}

func (r *typeReader) problem(format string, args ...any) isType {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
	return func(types.Type) bool { return false }
}

// has lifts a test for one form of type to all types; aliases are looked through.
func has[T types.Type](is func(T) bool) isType {
	return func(t types.Type) bool {
		form, ok := types.Unalias(t).(T)
		return ok && is(form)
	}
}

func (r *typeReader) predeclared(name string) isType {
	if name == "_" {
		return func(types.Type) bool { return true }
	}
	object, ok := types.Universe.Lookup(name).(*types.TypeName)
	if !ok {
		return r.problem("there is no predeclared type %s: write the package before it", name)
	}
	return func(t types.Type) bool { return types.Identical(t, object.Type()) }
}

func (r *typeReader) named(x ast.Expr, args []ast.Expr) isType {
	selector, ok := x.(*ast.SelectorExpr)
	if !ok {
		return r.problem("%s is no type that can be written here", types.ExprString(x))
	}
	qualifier, ok := selector.X.(*ast.Ident)
	if !ok {
		return r.problem("%s is no package", types.ExprString(selector.X))
	}
	pkg := r.path(qualifier.Name)
	arguments := r.list(args)
	return has(func(t *types.Named) bool {
		object := t.Obj()
		if object.Name() != selector.Sel.Name || object.Pkg() == nil || !pattern.Names(pkg, object.Pkg()) {
			return false
		}
		return len(args) == 0 || arguments(t.TypeArgs().Len(), t.TypeArgs().At)
	})
}

// path returns the import path that stands for a qualifier.
func (r *typeReader) path(qualifier string) string {
	if number, ok := strings.CutPrefix(qualifier, "path__"); ok {
		if i, err := strconv.Atoi(number); err == nil && i < len(r.paths) {
			return r.paths[i]
		}
	}
	return qualifier
}

func (r *typeReader) sequence(x *ast.ArrayType) isType {
	elem := r.read(x.Elt)
	if x.Len == nil {
		return has(func(t *types.Slice) bool { return elem(t.Elem()) })
	}
	length := types.ExprString(x.Len)
	return has(func(t *types.Array) bool {
		return (length == "_" || length == strconv.FormatInt(t.Len(), 10)) && elem(t.Elem())
	})
}

func channelDir(dir ast.ChanDir) types.ChanDir {
	switch dir {
	case ast.SEND:
		return types.SendOnly
	case ast.RECV:
		return types.RecvOnly
	default:
		return types.SendRecv
	}
}

func isVariadic(x *ast.FuncType) bool {
	if x.Params.NumFields() == 0 {
		return false
	}
	_, ok := x.Params.List[len(x.Params.List)-1].Type.(*ast.Ellipsis)
	return ok
}

// list reads several types, to be compared with the n types that at returns.
func (r *typeReader) list(all []ast.Expr) func(n int, at func(int) types.Type) bool {
	var tests []isType
	for _, x := range all {
		tests = append(tests, r.read(x))
	}
	return func(n int, at func(int) types.Type) bool {
		if n != len(tests) {
			return false
		}
		for i, is := range tests {
			if !is(at(i)) {
				return false
			}
		}
		return true
	}
}

func (r *typeReader) tuple(fields *ast.FieldList) func(*types.Tuple) bool {
	var all []ast.Expr
	if fields != nil {
		for _, field := range fields.List {
			for range max(1, len(field.Names)) {
				all = append(all, field.Type)
			}
		}
	}
	tests := r.list(all)
	return func(t *types.Tuple) bool {
		return tests(t.Len(), func(i int) types.Type { return t.At(i).Type() })
	}
}
