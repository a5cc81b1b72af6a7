package channels

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// saidOver reports whether the documentation of a method, or of another one of its type, says that
// it is called no more behind something: who calls it then is the one to blame.
//
//	// Done ends the report. No more calls to Sink may be made.
func (f *Facts) saidOver(fn ast.Node) bool {
	decl, ok := fn.(*ast.FuncDecl)
	if !ok || decl.Recv == nil {
		return false
	}
	of := f.declaredFor(decl)
	for _, file := range f.pkg.Files {
		for _, other := range file.Decls {
			other, ok := other.(*ast.FuncDecl)
			if ok && other.Recv != nil && other.Doc != nil && f.declaredFor(other) == of && saysNoMore(other.Doc.Text(), decl.Name.Name) {
				return true
			}
		}
	}
	return false
}

// declaredFor returns the name of the type that a method is declared for.
func (f *Facts) declaredFor(decl *ast.FuncDecl) types.Object {
	t := f.pkg.TypeOf(decl.Recv.List[0].Type)
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj()
	}
	return nil
}

// saysNoMore reports whether a text says that a function is not called any more.
func saysNoMore(text, name string) bool {
	return slices.ContainsFunc(noMoreCalls.FindAllStringSubmatch(text, -1), func(m []string) bool { return m[1] == name || m[2] == name })
}

var noMoreCalls = lazyregexp.New(`(?i)\bno\s+(?:more|further)\s+calls?\s+(?:to|of)\s+(\w+)|\b(\w+)(?:\(\))?\s+(?:must|may|should|can)\s?not\s+be\s+called\s+(?:again\s+|any\s?more\s+)?(?:after|once)\b`)
