package memory

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/dave/dst"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/plan/around"
	"github.com/lockfix/lockfix/rules/facts/sections"
)

// KeepFirst looks again where an entry is stored, and keeps the one that somebody else has stored
// meanwhile:
//
//	c.mu.Lock()          c.mu.Lock()
//	                     if first, ok := c.m[k]; ok {
//	c.m[k] = e       →       e = first
//	                     } else {
//	                         c.m[k] = e
//	                     }
//	c.mu.Unlock()        c.mu.Unlock()
//
// What is set right behind the store moves with it. It refuses where the store is a function's, and where
// the new entry has been used before it is stored: one that is dropped then would have to be undone. Nor
// may the function do with the new entry what it does not do with one that it finds: start it, count it, or
// say that it is new.
func KeepFirst(s *edit.Site) error {
	entry, err := overtakeOf(s)
	if err != nil {
		return err
	}
	if entry.Value == nil {
		return errors.New("both must be one critical section, and it is not known what may move into it")
	}
	if !entry.Own {
		return errors.New("a function of its own stores the entry: it would have to look again, and say which one is there")
	}
	st := entry.Assign
	place := st.Lhs[0]
	if len(st.Lhs) != 1 {
		return fmt.Errorf("line %d stores more than the entry", around.Line(s, st))
	}
	if held := s.Match.Pkg.TypeOf(place); !types.Identical(held, entry.Value.Type()) {
		return fmt.Errorf("%s is a %s, and what it is stored in holds a %s", entry.Value.Name(), entry.Value.Type(), held)
	}
	last := storedWith(s, entry)
	for _, refuse := range []func(*edit.Site, sections.Overtake, ast.Stmt) error{unusedBefore, comesLater, forNewAlone} {
		if err := refuse(s, entry, last); err != nil {
			return err
		}
	}
	first, ok := s.Fresh("first", st), s.Fresh("found", st)
	look := &dst.AssignStmt{Lhs: []dst.Expr{dst.NewIdent(first), dst.NewIdent(ok)}, Tok: token.DEFINE, Rhs: []dst.Expr{s.Copy(place)}}
	var there dst.Expr = dst.NewIdent(ok)
	if testsNil(s, entry) {
		look.Lhs = look.Lhs[:1]
		there = &dst.BinaryExpr{X: dst.NewIdent(first), Op: token.NEQ, Y: dst.NewIdent("nil")}
	}
	keep := &dst.AssignStmt{Lhs: []dst.Expr{dst.NewIdent(entry.Value.Name())}, Tok: token.ASSIGN, Rhs: []dst.Expr{dst.NewIdent(first)}}
	s.Wrap(s.Stmt(st), s.Stmt(last), func(store *dst.BlockStmt) dst.Stmt {
		return &dst.IfStmt{Init: look, Cond: there, Body: edit.Block(keep), Else: store}
	})
	return nil
}

// overtakeOf returns the entry that a match is about.
func overtakeOf(s *edit.Site) (sections.Overtake, error) {
	for _, t := range sections.Of(s.Match.Pkg).Overtaken(s.Match.Decl) {
		if t.Store == s.Bound("$at") {
			return t, nil
		}
	}
	return sections.Overtake{}, errors.New("internal: the match names no entry")
}

// testsNil reports whether the function asks whether what it has found is nil.
func testsNil(s *edit.Site, entry sections.Overtake) (nils bool) {
	ast.Inspect(entry.Test.Cond, func(n ast.Node) bool {
		x, ok := n.(*ast.BinaryExpr)
		nils = nils || ok && s.Match.Pkg.IsNil(x.Y)
		return !nils
	})
	return nils
}

// unusedBefore refuses where the new entry is more than made before it is stored: where it is called, or
// passed on, and where it has a method that ends it.
func unusedBefore(s *edit.Site, entry sections.Overtake, _ ast.Stmt) error {
	for _, end := range []string{"Close", "Stop", "Shutdown", "close", "stop", "shutdown"} {
		if m, _, _ := types.LookupFieldOrMethod(entry.Value.Type(), true, s.Match.Pkg.Types, end); m != nil {
			return fmt.Errorf("the new %s that is dropped would need its %s", entry.Value.Name(), end)
		}
	}
	var err error
	s.Match.Pkg.PreorderStack(s.Match.Decl, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || err != nil || id.Pos() <= entry.Look.End() || id.Pos() >= entry.Assign.Pos() || s.Match.Pkg.Use(id) != types.Object(entry.Value) {
			return err == nil
		}
		switch parent := stack[len(stack)-1].(type) {
		case *ast.AssignStmt:
			for _, lhs := range parent.Lhs {
				if lhs == ast.Expr(id) {
					return true
				}
			}
		case *ast.BinaryExpr, *ast.ReturnStmt:
			return true
		case *ast.SelectorExpr:
			if set, ok := stack[len(stack)-2].(*ast.AssignStmt); ok && set.Lhs[0] == ast.Expr(parent) {
				return true
			}
		}
		err = fmt.Errorf("%s is used at line %d before it is stored: one that is dropped would have to be undone", entry.Value.Name(), around.Line(s, id))
		return false
	})
	return err
}

// comesLater refuses where the function does more with the entry behind the store than with one that it
// has found: that would be done twice to the first one.
func comesLater(s *edit.Site, entry sections.Overtake, last ast.Stmt) (err error) {
	body, end := around.BodyOf(s.Match.Decl), behindStore(s.Match.Decl, entry)
	s.Match.Pkg.PreorderStack(body, nil, func(n ast.Node, stack []ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || err != nil || id.Pos() <= last.End() || id.Pos() >= end || s.Match.Pkg.Use(id) != types.Object(entry.Value) {
			return err == nil
		}
		for _, up := range stack {
			if ret, ok := up.(*ast.ReturnStmt); ok && (len(ret.Results) == 1 && ret.Results[0] == ast.Expr(id) || returnsAlike(entry, ret)) {
				return true
			}
		}
		err = fmt.Errorf("%s is used at line %d in a way in which one that is found is not", id.Name, around.Line(s, id))
		return false
	})
	return err
}

// returnsAlike reports whether a return gives the same of the new entry as the test does of one that it
// has found.
func returnsAlike(entry sections.Overtake, ret *ast.ReturnStmt) bool {
	list := entry.Test.Body.List
	if len(list) == 0 {
		return false
	}
	found, ok := list[len(list)-1].(*ast.ReturnStmt)
	if !ok || len(found.Results) != len(ret.Results) {
		return false
	}
	for i, x := range ret.Results {
		if ofEntry(entry, x) != ofEntry(entry, found.Results[i]) {
			return false
		}
	}
	return true
}

// ofEntry returns how an expression is spelled, where the entry is one name, be it new or found.
func ofEntry(entry sections.Overtake, x ast.Expr) string {
	text := types.ExprString(x)
	if look, ok := entry.Look.(ast.Expr); ok {
		text = strings.ReplaceAll(text, types.ExprString(look), entry.Value.Name())
	}
	return text
}
