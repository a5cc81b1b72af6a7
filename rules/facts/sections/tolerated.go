package sections

import (
	"go/ast"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// tolerates is what a comment says that knows of the second entry.
var tolerates = lazyregexp.New(`(?i)benign|harmless|rac(e|y|ing)\b|duplicate|doesn.t matter|does not matter|not matter|overwrit|last (one )?wins|don.t care|(effect|result)s? (is|are) the same|same (effect|result)`)

// tolerated reports whether a comment of a function, or in it, says so.
func (f *Facts) tolerated(decl *ast.FuncDecl) bool {
	if decl.Doc != nil && tolerates.MatchString(decl.Doc.Text()) {
		return true
	}
	for _, file := range f.pkg.Files {
		if decl.Pos() < file.FileStart || file.FileEnd <= decl.Pos() {
			continue
		}
		for _, group := range file.Comments {
			if contains(decl, group) && tolerates.MatchString(group.Text()) {
				return true
			}
		}
	}
	return false
}
