package sharing

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// confined reports whether the type that a field is of says in its documentation
// that goroutines must not share it: whoever does so is the one to blame.
func (f *Facts) confined(v *types.Var) bool { return f.typeSays(v, confinedDoc) }

// typeSays reports whether the documentation of the type that a field is of says something.
func (f *Facts) typeSays(v *types.Var, what *lazyregexp.Regexp) bool {
	return what.MatchString(f.typeDoc(v))
}

// typeDoc returns the documentation of the type that a field is of.
func (f *Facts) typeDoc(v *types.Var) string {
	if !v.IsField() {
		return ""
	}
	for _, file := range f.pkg.Files {
		if v.Pos() < file.FileStart || file.FileEnd <= v.Pos() {
			continue
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE && gen.Pos() <= v.Pos() && v.Pos() < gen.End() {
				return docAt(gen, v.Pos())
			}
		}
	}
	return ""
}

// docAt returns the documentation of the type declared at a position.
func docAt(gen *ast.GenDecl, at token.Pos) string {
	for _, spec := range gen.Specs {
		spec := spec.(*ast.TypeSpec)
		if spec.Pos() <= at && at < spec.End() {
			doc := spec.Doc
			if doc == nil && len(gen.Specs) == 1 {
				doc = gen.Doc
			}
			return doc.Text()
		}
	}
	return ""
}

var confinedDoc = lazyregexp.New(`(?i)\bnot (be )?(thread|goroutine|concurren\w*)[- ]?safe|\bnot safe (for|to).{0,40}\b(concurren|goroutines|threads)|\b(must|should) not be (used|accessed|called|shared) (concurrently|by (multiple|several|more than one)|between|among)`)
