package sharing

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// saysEarly reports whether the documentation of a function says that it is called while things are
// set up: who calls it later is the one to blame.
//
//	// Fix puts a task right. It is called at initialization.
func (fn *function) saysEarly() bool {
	decl, ok := fn.node.(*ast.FuncDecl)
	return ok && decl.Doc != nil && earlyDoc.MatchString(decl.Doc.Text())
}

var earlyDoc = lazyregexp.New(`(?i)\b(is|it.s|are|be|only|gets)\s+(only\s+)?(called|invoked)\s+(only\s+|once\s+)?(at|during|on|upon)\s+(the\s+)?(\w+\s+)?(initiali[sz]ation|start-?up|boot)\b`)
