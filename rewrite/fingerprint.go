package rewrite

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"strings"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules/match"
)

// A key is what a finding is, apart from its place: it survives moved lines and
// edits elsewhere. Findings that share a key are told apart by their order.
type key struct{ rule, pkg, symbol, text string }

func keyOf(pkg *load.Package, m *match.Match) key {
	return key{m.Rule.ID, pkg.Path, m.Symbol(), normalText(m.Pkg.Fset, m.Nodes)}
}

// fingerprint is the ordinal-th finding of a key as sixteen hexadecimal digits.
func (k key) fingerprint(ordinal int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%d", k.rule, k.pkg, k.symbol, k.text, ordinal))
	return hex.EncodeToString(sum[:8])
}

// readable is how much of a finding's text a sentence shows.
const readable = 60

// named is what a sentence calls a finding by: its text, which may be a literal of many lines, and
// where it stands.
func (k key) named() string {
	text := []rune(k.text)
	if len(text) > readable {
		text = append(text[:readable-1:readable-1], '…')
	}
	return string(text) + " in " + k.symbol
}

// normalText prints nodes without comments and with single spaces, so that
// neither layout nor remarks change a fingerprint.
func normalText(fset *token.FileSet, nodes []ast.Node) string {
	var out bytes.Buffer
	for _, n := range nodes {
		if err := printer.Fprint(&out, fset, n); err != nil {
			fmt.Fprintf(&out, "%T", n)
		}
		out.WriteByte(' ')
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
