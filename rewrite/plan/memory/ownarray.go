package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules"
)

// OwnArray lets an append make an array of its own:
//
//	append(common, x)    →    append(common[:len(common):len(common)], x)
//
// The result has the same elements. It is unsafe where one of them is written afterwards, maybe
// by a function that gets the result: so far that wrote the common array.
func OwnArray(s *edit.Site) error {
	call, ok := s.Bound("$call").(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return errors.New("internal: the rule binds no call")
	}
	if s.Hides()["len"] {
		return errors.New("len is something else here")
	}
	if write := writesResult(s, call); write != nil {
		s.Downgrade(rules.Unsafe, fmt.Sprintf("line %d may write an element of the result, and would no longer write %s", around.Line(s, write), edit.ExprText(call.Args[0])))
	}
	length := func() dst.Expr { return edit.Call(edit.Ident("len"), s.Copy(call.Args[0])) }
	whole := &dst.SliceExpr{X: s.Copy(call.Args[0]), High: length(), Max: length(), Slice3: true}
	s.ReplaceExpr(s.Expr(call.Args[0]), whole)
	return nil
}

// writesResult returns what may write an element of what an append gives: an assignment to one
// in the function, or a function of the package that gets it and writes what it gets.
func writesResult(s *edit.Site, call *ast.CallExpr) (write ast.Node) {
	w := elementWrites{s: s, slice: s.Pkg.Info.TypeOf(call)}
	path := s.PathTo(call)
	switch holder := path[len(path)-1].(type) {
	case *ast.CallExpr:
		if decl := s.Match.Pkg.Body(holder); decl != nil && w.byParameter(decl) {
			return holder
		}
		return nil
	case *ast.AssignStmt:
		for i, rhs := range holder.Rhs {
			if ast.Unparen(rhs) == ast.Expr(call) && i < len(holder.Lhs) {
				w.names = append(w.names, w.variable(holder.Lhs[i]))
			}
		}
	case *ast.ValueSpec:
		for _, id := range holder.Names {
			w.names = append(w.names, w.variable(id))
		}
	}
	ast.Inspect(s.Match.Decl, func(n ast.Node) bool {
		if n != nil && write == nil && (w.at(n) || w.handsOn(n)) {
			write = n
		}
		return write == nil
	})
	return write
}

// elementWrites are writes of the elements of some variables, or of slices that these hold.
type elementWrites struct {
	s     *edit.Site
	slice types.Type
	names []*types.Var
}

// variable returns the variable or field that an expression is, or is a part of.
func (w elementWrites) variable(e ast.Expr) *types.Var {
	switch x := ast.Unparen(e).(type) {
	case *ast.IndexExpr:
		return w.variable(x.X)
	case *ast.SelectorExpr:
		return w.variable(x.Sel)
	case *ast.Ident:
		v, _ := w.s.Pkg.Info.ObjectOf(x).(*types.Var)
		return v
	}
	return nil
}

// at reports whether a node writes an element, or takes its address.
func (w elementWrites) at(n ast.Node) bool {
	if address, ok := n.(*ast.UnaryExpr); ok {
		return address.Op == token.AND && w.element(address.X)
	}
	return slices.ContainsFunc(around.AssignedBy(n), w.element)
}

// element reports whether an expression is an element, or a part of one.
func (w elementWrites) element(e ast.Expr) bool {
	switch x := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		return w.element(x.X)
	case *ast.IndexExpr:
		of := w.s.Pkg.Info.TypeOf(x.X)
		return of != nil && types.Identical(of.Underlying(), w.slice.Underlying()) && w.has(x.X) || w.element(x.X)
	}
	return false
}

func (w elementWrites) has(e ast.Expr) bool {
	v := w.variable(e)
	return v != nil && slices.Contains(w.names, v)
}

// handsOn reports whether a call gets one of the variables and may write its elements: copy and
// clear, what sorts, and the functions of the package that do.
func (w elementWrites) handsOn(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || !slices.ContainsFunc(call.Args, w.has) {
		return false
	}
	switch callee := w.s.Match.Pkg.Callee(call).(type) {
	case *types.Builtin:
		return callee.Name() == "copy" || callee.Name() == "clear"
	case *types.Func:
		if callee.Pkg() != nil && (callee.Pkg().Path() == "sort" || callee.Pkg().Path() == "slices") {
			return true
		}
	}
	decl := w.s.Match.Pkg.Body(call)
	return decl != nil && w.byParameter(decl)
}

// byParameter reports whether a function writes an element of one of its parameters.
func (w elementWrites) byParameter(decl *ast.FuncDecl) (writes bool) {
	inside := elementWrites{s: w.s, slice: w.slice}
	for _, field := range decl.Type.Params.List {
		for _, id := range field.Names {
			inside.names = append(inside.names, inside.variable(id))
		}
	}
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		writes = writes || n != nil && inside.at(n)
		return !writes
	})
	return writes
}
