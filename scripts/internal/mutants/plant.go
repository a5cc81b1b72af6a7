package main

import (
	"context"
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/facts"
)

// A mutant is one change of a text that makes a hazard.
type mutant struct {
	file       string // absolute
	pkg        string // directory
	fn         string // the function's name, with the receiver, as in a report
	start, end int    // of what is replaced, in bytes
	text       string // what stands there instead
}

// plant returns the places of each function that can be broken, in source order.
func plant(ctx context.Context, dir string, patterns []string, how kind) (perFunction [][]mutant, err error) {
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	program, err := load.Load(ctx, load.Config{Dir: dir, Patterns: patterns})
	if err != nil {
		return nil, err
	}
	for _, pkg := range program.Packages {
		if pkg.IllTyped || pkg.Superseded {
			continue
		}
		for _, file := range pkg.Files {
			if file.Fixed != (load.Fixed{}) || file.Test {
				continue
			}
			perFunction = append(perFunction, plantIn(pkg, file, how)...)
		}
	}
	return perFunction, nil
}

func plantIn(pkg *load.Package, file *load.File, how kind) (perFunction [][]mutant) {
	question := pkg.Facts()
	for _, decl := range file.Syntax.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		g := gardener{file: file, pkg: pkg, facts: question, fn: fn}
		how.plant(&g)
		if len(g.mutants) > 0 {
			perFunction = append(perFunction, g.mutants)
		}
	}
	if how.sparse {
		return [][]mutant{slices.Concat(perFunction...)}
	}
	return perFunction
}

// A gardener collects the mutants of one function.
type gardener struct {
	pkg     *load.Package
	file    *load.File
	facts   *facts.Package
	fn      *ast.FuncDecl
	mutants []mutant
}

// lose breaks one acquisition that is right in every way in which it can be lost.
func (g *gardener) lose(a facts.Acquisition) {
	if a.Unknown != "" || len(a.Lost) > 0 || a.Op != facts.Acquire {
		return
	}
	ast.Inspect(g.fn, func(n ast.Node) bool {
		list := statements(n)
		for i, s := range list {
			switch s := s.(type) {
			case *ast.ExprStmt:
				if call, ok := s.X.(*ast.CallExpr); ok && len(a.Releases) > 1 && slices.Contains(a.Releases, call) {
					g.add(s, s, "")
				}
			case *ast.DeferStmt:
				if len(a.Releases) == 1 && a.Releases[0] == s.Call && i > 0 && i+2 < len(list) && returns(list[i+1]) {
					g.late(s, list[i+1])
				}
			}
		}
		return true
	})
}

// late moves a defer below the statement that follows it.
func (g *gardener) late(s *ast.DeferStmt, next ast.Stmt) {
	g.add(s, next, g.text(s.End(), next.End())+"\n"+g.text(s.Pos(), s.End()))
}

func (g *gardener) add(first, last ast.Node, text string) {
	g.mutants = append(g.mutants, mutant{
		file: g.file.Path, pkg: g.pkg.Dir, fn: symbol(g.fn),
		start: g.offset(first.Pos()), end: g.offset(last.End()), text: text,
	})
}

// statements are those of a list in the syntax.
func statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// returns reports whether s can leave the function, and is more than a return.
func returns(s ast.Stmt) (found bool) {
	if _, only := s.(*ast.ReturnStmt); only {
		return false
	}
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			found = true
		}
		return true
	})
	return found
}
