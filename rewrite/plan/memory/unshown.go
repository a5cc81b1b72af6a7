package memory

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rewrite/edit"
)

// unshown refuses a field of a struct that is printed, or looked into by reflection: with a
// lock beside it, or as an atomic, it looks otherwise, and is read past its guard.
//
//	log.Printf("state: %+v", s)
func (u *variable) unshown() (err error) {
	if u.owner == nil {
		return nil
	}
	owner := u.pkg.Def(u.owner.Name)
	for _, file := range u.pkg.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || err != nil {
				return err == nil
			}
			fn, ok := u.pkg.Callee(call).(*types.Func)
			if !ok || fn.Pkg() == nil || !looksInside(fn) {
				return true
			}
			for _, arg := range call.Args {
				if u.shows(arg, owner) {
					err = fmt.Errorf("%s at %s looks into the struct that holds %s", edit.ExprText(call.Fun), u.line(call), u.name)
				}
			}
			return true
		})
	}
	return err
}

// shows reports whether an argument is of the type that holds the variable, or leads to
// it, and does not say itself how it looks.
func (u *variable) shows(arg ast.Expr, owner types.Object) bool {
	t := types.Unalias(u.pkg.TypeOf(arg))
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || named.Origin().Obj() != owner {
		return false
	}
	for _, method := range []string{"String", "Error", "Format"} {
		if obj, _, _ := types.LookupFieldOrMethod(u.pkg.TypeOf(arg), true, u.pkg.Types, method); obj != nil {
			_, isFunc := obj.(*types.Func)
			return !isFunc
		}
	}
	return true
}

// looksInside reports whether a function prints whatever it is given, or looks into it.
// Encoders are none: they leave out what is not exported.
func looksInside(fn *types.Func) bool {
	switch fn.Pkg().Path() {
	case "fmt", "log", "log/slog", "testing", "text/template", "html/template":
		return true
	case "reflect":
		return !strings.HasPrefix(fn.Name(), "Type")
	}
	return false
}
