package sharing

import (
	"go/ast"
	"slices"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// saysEarly reports whether the documentation of a function says that it is called while things are
// set up: who calls it later is the one to blame.
//
//	// Fix puts a task right. It is called at initialization.
//	// SetClient registers a callback. This call should be made prior to sending any updates.
func (fn *function) saysEarly() bool {
	decl, ok := fn.node.(*ast.FuncDecl)
	if !ok || decl.Doc == nil {
		return false
	}
	doc := decl.Doc.Text()
	return earlyDoc.MatchString(doc) || setterName.MatchString(fn.name()) && beforeUseDoc.MatchString(doc)
}

// refusesLate reports whether a function of others has words ready for who calls it too late.
//
//	if s.url != "" {
//		panic("Require must be called before Start")
//	}
func (f *Facts) refusesLate(fn *function) bool {
	return fn.obj != nil && fn.public && slices.ContainsFunc(f.literalsIn(fn), func(text string) bool {
		return names(text, fn.name()) && calledBefore.MatchString(text)
	})
}

// calledBefore are the words.
var calledBefore = lazyregexp.New(`(?i)\b(should|must|has\s+to|only|can)\s+(only\s+)?be\s+(called|set|used)\b[^.]{0,20}\bbefore\b`)

var earlyDoc = lazyregexp.New(`(?i)\b(is|it.s|are|be|only|gets)\s+(only\s+)?(called|invoked)\s+(only\s+|once\s+)?(at|during|on|upon)\s+(the\s+)?(\w+\s+)?(initiali[sz]ation|start-?up|boot)\b`)

// beforeUseDoc is what is said of setters: of other functions it tells of an order in which they
// are called again and again.
var beforeUseDoc = lazyregexp.New(`(?is)\b(should|must|needs?\s+to|ha(s|ve)\s+to|only)\s+(only\s+|always\s+)?be\s+(called|made|invoked|used|set|done)\b[^.]{0,40}\b(before|prior\s+to)\b|\b(just|right|immediately|directly)\s+after\s+(the\s+)?(initiali[sz]|construct|creat)`)
