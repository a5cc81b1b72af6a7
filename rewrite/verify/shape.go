package verify

import (
	"go/ast"
	"reflect"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/load"
)

// SameShape reports whether go vet says of all other files of the package what it
// said before an edit of one: nothing that they can see is declared otherwise, and
// control takes the same ways through the functions of the file. Two analyzers look
// into functions of other files, for whether they ever return and for calls that
// must not be made on a goroutine.
func SameShape(before, after *load.File) bool {
	return load.SameDeclarations(before, after) && slices.Equal(shapeOf(before.Syntax), shapeOf(after.Syntax))
}

// shapeOf lists the statements that lead control, where they begin and end, and the
// calls but those of a lock's methods: a call of them comes back, or nothing does.
func shapeOf(file *ast.File) (shape []string) {
	var ends []string // of the nodes around, "" for those that are not listed
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			if last := ends[len(ends)-1]; last != "" {
				shape = append(shape, last)
			}
			ends = ends[:len(ends)-1]
			return true
		}
		word := shapeWord(n)
		if word != "" {
			shape = append(shape, word)
		}
		if _, call := n.(*ast.CallExpr); call || word == "" {
			ends = append(ends, "")
		} else {
			ends = append(ends, "end")
		}
		return true
	})
	return shape
}

// shapeWord is what a node adds to a shape, "" for nothing.
func shapeWord(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CallExpr:
		if names := namesIn(n.Fun); !isLockMethod(names[strings.LastIndexByte(names, '.')+1:]) {
			return names
		}
		return ""
	case *ast.BranchStmt:
		if n.Label != nil {
			return n.Tok.String() + " " + n.Label.Name
		}
		return n.Tok.String()
	case *ast.LabeledStmt:
		return n.Label.Name + ":"
	case *ast.ForStmt:
		if n.Cond == nil {
			return "for ever"
		}
		return "for"
	case *ast.BlockStmt, *ast.IfStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.CaseClause, *ast.CommClause,
		*ast.ReturnStmt, *ast.GoStmt, *ast.FuncLit, *ast.FuncDecl:
		return reflect.TypeOf(n).Elem().Name()
	}
	return ""
}

// namesIn joins the names in what is called: "call.s.mu.Lock".
func namesIn(called ast.Expr) string {
	var b strings.Builder
	ast.Inspect(called, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			b.WriteByte('.')
			b.WriteString(id.Name)
		}
		_, literal := n.(*ast.FuncLit)
		return !literal
	})
	return "call" + b.String()
}

func isLockMethod(name string) bool {
	switch name {
	case "Lock", "Unlock", "RLock", "RUnlock":
		return true
	}
	return false
}
