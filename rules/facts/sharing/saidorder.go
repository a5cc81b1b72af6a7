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
	var said []saidOrder
	written := false
	for _, b := range f.accesses[a.Var] {
		if _, counts := f.counts(b); !counts || !b.Write || f.early(b) {
			continue
		}
		if said == nil {
			said = f.ordersOf(fn, a)
		}
		first := b.fn.outermost().name()
		if b.fn.outermost() == fn || !slices.ContainsFunc(said, func(o saidOrder) bool { return o.concerns(fn.name(), first) }) {
			return false
		}
		written = true
	}
	return written
}

// A saidOrder is a sentence that speaks of an order of calls.
type saidOrder struct {
	text   string
	ofType bool // it stands at the type, and may speak of other functions
}

// concerns reports whether a sentence puts a function behind another one: one at the type names both,
// or says of all what is to come before.
//
//	// Load must be called before Get.
//	// It must not be used before Dial has returned.
func (o saidOrder) concerns(fn, first string) bool {
	if !names(o.text, first) {
		return false
	}
	if !o.ofType || names(o.text, fn) || firstWord.MatchString(o.text) {
		return true
	}
	rest := beforeWord.FindStringSubmatch(o.text)
	return rest != nil && names(rest[1], first)
}

// ordersOf returns the sentences that speak of an order of calls, and may concern a function.
func (f *Facts) ordersOf(fn *function, a *Access) (said []saidOrder) {
	texts := f.literalsIn(fn)
	if decl, ok := fn.node.(*ast.FuncDecl); ok {
		texts = append(texts, decl.Doc.Text())
	}
	texts = append(texts, f.typeDoc(a.Var))
	for i, text := range texts {
		text = sentenceEnd.ReplaceAllString(strings.Join(strings.Fields(text), " "), "\n")
		for s := range strings.SplitSeq(text, "\n") {
			if saysOrder.MatchString(s) {
				said = append(said, saidOrder{s, i == len(texts)-1})
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
	firstWord   = lazyregexp.New(`(?i)\bfirst\b`)
	beforeWord  = lazyregexp.New(`(?i)\b(?:before|until|without)\b(.*)`)
	saysOrder   = lazyregexp.New(`(?i)\b(must|needs?|needed|ha(s|ve) to|requires?|required)\b.*\b(before|first|after|until)\b|\bcall \S+ (once )?first\b|\b(before|without) (calling|a call of)\b|\bcalled before\b`)
)
