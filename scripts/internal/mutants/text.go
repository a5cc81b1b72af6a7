package main

import (
	"go/ast"
	"go/token"
	"os"
	"slices"
)

func (g *gardener) offset(pos token.Pos) int { return int(pos - g.file.Syntax.FileStart) }

func (g *gardener) text(from, to token.Pos) string {
	return string(g.file.Text[g.offset(from):g.offset(to)])
}

// symbol names a function as a report does: "(*T).Close".
func symbol(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	t := fn.Recv.List[0].Type
	star, pointer := t.(*ast.StarExpr)
	if pointer {
		t = star.X
	}
	for {
		switch x := t.(type) {
		case *ast.IndexExpr:
			t = x.X
			continue
		case *ast.IndexListExpr:
			t = x.X
			continue
		case *ast.Ident:
			if pointer {
				return "(*" + x.Name + ")." + fn.Name.Name
			}
			return x.Name + "." + fn.Name.Name
		}
		return fn.Name.Name
	}
}

// A garden is the files that mutants stand in, as they were.
type garden map[string]string

// write breaks the files, all mutants at once, and returns what stood there.
func write(mutants []mutant) (garden, error) {
	perFile := map[string][]mutant{}
	for _, m := range mutants {
		perFile[m.file] = append(perFile[m.file], m)
	}
	before := garden{}
	for file, ms := range perFile {
		text, err := os.ReadFile(file)
		if err != nil {
			return before, err
		}
		before[file] = string(text)
		if err := os.WriteFile(file, []byte(broken(string(text), ms)), 0o666); err != nil {
			return before, err
		}
	}
	return before, nil
}

// broken applies the mutants from the end of the text to its beginning.
func broken(text string, mutants []mutant) string {
	slices.SortFunc(mutants, func(a, b mutant) int { return b.start - a.start })
	for _, m := range mutants {
		text = text[:m.start] + m.text + text[m.end:]
	}
	return text
}

// restore writes the files as they were.
func (g garden) restore() error {
	for file, text := range g {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
