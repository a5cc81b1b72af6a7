package facts

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/models"
)

// A call of something outside calls methods of what it is given without naming
// them: fmt.Println calls String, json.Marshal calls MarshalJSON, sort.Sort calls
// Less. The models know of which.

// An ImplicitCall is a method, with a body or a summary, that a call runs.
type ImplicitCall struct {
	Method *types.Func
	Object ast.Expr // of which it is a method
}

// ImplicitCalls returns the methods that the model of a call says it runs, or that of
// the function that its callee passes the arguments on to.
func (p *Package) ImplicitCalls(call *ast.CallExpr) (all []ImplicitCall) {
	if !p.takesObject(call) {
		return nil
	}
	for _, runs := range p.runMethods(call) {
		for i := runs.Arg; !call.Ellipsis.IsValid() && i < len(call.Args) && (i == runs.Arg || runs.Rest); i++ {
			if !runs.Formatted || p.formats(call.Args[runs.Arg-1], i-runs.Arg) {
				all = append(all, p.methodsOf(call.Args[i], runs)...)
			}
		}
	}
	return all
}

// takesObject reports whether an argument of a call has a type with methods of the
// program: only then the model is looked up.
func (p *Package) takesObject(call *ast.CallExpr) bool {
	for _, arg := range call.Args {
		if named := p.objectType(arg); named != nil {
			return true
		}
	}
	return false
}

// objectType returns the type of a value, or of what it points to, that a package of
// the program declares with methods; nil for others, and for interfaces.
func (p *Package) objectType(e ast.Expr) *types.Named {
	named, ok := types.Unalias(deref(p.typeOf(e))).(*types.Named)
	if !ok || types.IsInterface(named) || named.Obj().Pkg() == nil || named.NumMethods() == 0 && !isStruct(named) {
		return nil
	}
	if pkg := named.Obj().Pkg(); pkg != p.Types && p.Imports[pkg.Path()] == nil {
		return nil
	}
	return named
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

// methodsOf returns those of an object that are run: the first that it has, or each.
func (p *Package) methodsOf(object ast.Expr, runs models.Methods) (all []ImplicitCall) {
	if p.objectType(object) == nil {
		return nil
	}
	for _, name := range runs.Names {
		found, _, _ := types.LookupFieldOrMethod(p.typeOf(object), false, p.Types, name)
		m, ok := found.(*types.Func)
		if !ok || isAbstract(m) {
			continue
		}
		all = append(all, ImplicitCall{m.Origin(), object})
		if !runs.Every {
			break
		}
	}
	return all
}

// formats reports whether a constant format prints its i-th operand by the methods
// of that. Of formats that are computed, or that count otherwise, nothing is said.
func (p *Package) formats(format ast.Expr, i int) bool {
	value := p.Info.Types[format].Value
	if value == nil || value.Kind() != constant.String {
		return false
	}
	text := constant.StringVal(value)
	if strings.ContainsAny(text, "*[") {
		return false
	}
	verbs := verbsOf(text)
	return i < len(verbs) && strings.IndexByte("vsqxXw", verbs[i]) >= 0
}

// verbsOf returns the verbs of a format, without %%. "%#v" counts as none: it asks
// for another method.
func verbsOf(text string) (verbs []byte) {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		sharp := false
		for i++; i < len(text) && strings.IndexByte("+-# 0123456789.", text[i]) >= 0; i++ {
			sharp = sharp || text[i] == '#'
		}
		switch {
		case i >= len(text) || text[i] == '%':
		case sharp && text[i] == 'v':
			verbs = append(verbs, '#')
		default:
			verbs = append(verbs, text[i])
		}
	}
	return verbs
}

// methodPlace is the place that a method of an object knows as its receiver.
func (u *unit) methodPlace(object ast.Expr, method *types.Func) (place, bool) {
	t := u.pkg.typeOf(object)
	found, index, _ := types.LookupFieldOrMethod(t, false, u.pkg.Types, method.Name())
	base, ok := u.place(object)
	if !ok || found == nil {
		return place{}, false
	}
	return base.fieldsAt(t, index[:len(index)-1])
}
