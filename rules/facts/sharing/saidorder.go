package sharing

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// saidToFollow reports whether it is said of the function of a read, in its documentation, in
// that of the type, or in an error that it gives, that it is not to be called before those that
// write: who does so is the one to blame.
//
//	// Wait waits for the answer. It needs a call of Ask first.
func (f *Facts) saidToFollow(a *Access) bool {
	fn := a.fn.outermost()
	if a.Write || fn.obj == nil {
		return false
	}
	var said []string
	written := false
	for _, b := range f.accesses[a.Var] {
		if _, counts := f.counts(b); !counts || !b.Write || f.early(b) {
			continue
		}
		if said == nil {
			said = f.ordersOf(fn, a)
		}
		first := b.fn.outermost().name()
		if b.fn.outermost() == fn || !slices.ContainsFunc(said, func(s string) bool { return names(s, first) }) {
			return false
		}
		written = true
	}
	return written
}

// ordersOf returns the sentences that speak of an order of calls, and concern a function.
func (f *Facts) ordersOf(fn *function, a *Access) (said []string) {
	texts := f.literalsIn(fn)
	if decl, ok := fn.node.(*ast.FuncDecl); ok {
		texts = append(texts, decl.Doc.Text())
	}
	texts = append(texts, f.typeDoc(a.Var))
	for _, text := range texts {
		text = sentenceEnd.ReplaceAllString(strings.Join(strings.Fields(text), " "), "\n")
		for s := range strings.SplitSeq(text, "\n") {
			if saysOrder.MatchString(s) {
				said = append(said, s)
			}
		}
	}
	return said
}

// literalsIn returns the strings in a function.
func (f *Facts) literalsIn(fn *function) (texts []string) {
	f.pkg.Inspect(fn.body(), func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}

// names reports whether a sentence has a word.
func names(sentence, word string) bool {
	return slices.Contains(strings.FieldsFunc(sentence, notInName), word)
}

var (
	sentenceEnd = lazyregexp.New(`[.;]( |$)| - `)
	saysOrder   = lazyregexp.New(`(?i)\b(must|needs?|needed|ha(s|ve) to|requires?|required)\b.*\b(before|first|after|until)\b|\bcall \S+ (once )?first\b|\b(before|without) (calling|a call of)\b|\bcalled before\b`)
)
