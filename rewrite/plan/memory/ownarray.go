package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"iter"

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

// writesResult returns what may write an element of what an append gives: in the function, in what
// this hands it to, or, where a field keeps it, anywhere in the package.
func writesResult(s *edit.Site, call *ast.CallExpr) ast.Node {
	return writesOf(s, call, s.Pkg.Info.TypeOf(call), s.Match.Decl, 3)
}

// writesOf is writesResult of what an expression in a declaration makes, and of what calls of the
// function give, if it returns that; depth is how many times.
func writesOf(s *edit.Site, seed ast.Expr, slice types.Type, decl ast.Decl, depth int) ast.Node {
	w := elementWrites{s: s, seed: seed, slice: slice, depth: 3}
	if write := w.in(decl); write != nil {
		return write
	}
	if w.kept() {
		for _, file := range s.Match.Pkg.Files {
			if write := w.below(file); write != nil {
				return write
			}
		}
	}
	fn, ok := decl.(*ast.FuncDecl)
	if !ok || depth == 0 || !w.returns(fn) {
		return nil
	}
	for call, caller := range callsOf(s, fn) {
		if write := writesOf(s, call, slice, caller, depth-1); write != nil {
			return write
		}
	}
	return nil
}

// callsOf are the calls of a function in the package, each with the declaration that it stands in.
func callsOf(s *edit.Site, fn *ast.FuncDecl) iter.Seq2[*ast.CallExpr, ast.Decl] {
	return func(yield func(*ast.CallExpr, ast.Decl) bool) {
		for _, file := range s.Match.Pkg.Files {
			for _, decl := range file.Decls {
				for n := range ast.Preorder(decl) {
					call, ok := n.(*ast.CallExpr)
					if ok && s.Match.Pkg.Body(call) == fn && !yield(call, decl) {
						return
					}
				}
			}
		}
	}
}
