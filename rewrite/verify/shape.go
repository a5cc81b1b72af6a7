package verify

import (
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/lockfix/lockfix/rewrite/load"
)

// A FileIn is a file in one state of its package.
type FileIn struct {
	*load.File
	Pkg *load.Package
}

// SameShape reports whether go vet says of all other files of the package what it
// said before an edit of one: nothing that they can see is declared otherwise, and
// control takes the same ways through the functions of the file. Two analyzers look
// into functions of other files, for whether they ever return and for calls that
// must not be made on a goroutine.
func SameShape(before, after FileIn) bool {
	return SameDeclarations(before, after) && slices.Equal(shapeOf(before), shapeOf(after))
}

// SameDeclarations reports whether nothing that others can see is declared otherwise.
func SameDeclarations(before, after FileIn) bool {
	return load.SameDeclarations(before.File, after.File)
}

// shapeOf lists the statements that lead control, where they begin and end, and the
// calls but those that are plain.
func shapeOf(file FileIn) (shape []string) {
	var ends []string // of the nodes around, "" for those that are not listed
	ast.Inspect(file.Syntax, func(n ast.Node) bool {
		if n == nil {
			if last := ends[len(ends)-1]; last != "" {
				shape = append(shape, last)
			}
			ends = ends[:len(ends)-1]
			return true
		}
		word := file.shapeWord(n)
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
func (f FileIn) shapeWord(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f.plain(n) {
			return ""
		}
		return namesIn(n.Fun)
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

// plain reports whether a call comes back, or nothing would, and runs nothing: a
// conversion, what is built in, what sync and sync/atomic have without func arguments.
func (f FileIn) plain(call *ast.CallExpr) bool {
	if f.Pkg.Info.Types[call.Fun].IsType() {
		return true
	}
	switch fn := typeutil.Callee(f.Pkg.Info, call).(type) {
	case *types.Builtin:
		return fn.Name() != "panic"
	case *types.Func:
		if fn.Pkg() == nil || fn.Pkg().Path() != "sync" && fn.Pkg().Path() != "sync/atomic" {
			return false
		}
		for v := range fn.Signature().Params().Variables() {
			if _, runs := v.Type().Underlying().(*types.Signature); runs {
				return false
			}
		}
		return true
	}
	return false
}
