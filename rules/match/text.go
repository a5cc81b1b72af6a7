package match

import (
	"bytes"
	"go/ast"
	"go/constant"
	"go/printer"
	"regexp"
	"strings"
	"unicode/utf8"
)

// textTest compares source text as gofmt would write it, without comments.
func (c *compiler) textTest(pointer, text string) test {
	re, err := regexp.Compile(text)
	if err != nil {
		c.add(pointer, "bad regular expression: %v", err)
		return nil
	}
	return func(q *query, n ast.Node, _ found) bool { return re.MatchString(q.text(n)) }
}

// valueTest compares the value of a constant: a string without its quotes,
// a number in decimal.
func (c *compiler) valueTest(pointer, text string) test {
	re, err := regexp.Compile(text)
	if err != nil {
		c.add(pointer, "bad regular expression: %v", err)
		return nil
	}
	return func(q *query, n ast.Node, _ found) bool {
		x, ok := n.(ast.Expr)
		if !ok {
			return false
		}
		value := q.pkg.Info.Types[x].Value
		if value == nil {
			return false
		}
		if value.Kind() == constant.String {
			return re.MatchString(constant.StringVal(value))
		}
		return re.MatchString(value.ExactString())
	}
}

// text returns the source text of a node, in gofmt's form.
func (q *query) text(n ast.Node) string {
	var b bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	var printed any = n
	switch n := n.(type) {
	case *ast.Field:
		printed = n.Type // the printer knows no field alone
	case *ast.FieldList:
		return ""
	}
	if err := config.Fprint(&b, q.pkg.Fset, printed); err != nil {
		return ""
	}
	return b.String()
}

// shown is how much of a hole's text a message shows.
const shown = 48

// short returns the text of nodes for a message: on one line, and not too long.
func (q *query) short(nodes []ast.Node) string {
	var texts []string
	for _, n := range nodes {
		texts = append(texts, strings.Join(strings.Fields(q.text(n)), " "))
	}
	separator := ", "
	if len(nodes) > 0 {
		if _, statement := nodes[0].(ast.Stmt); statement {
			separator = "; "
		}
	}
	text := strings.Join(texts, separator)
	if utf8.RuneCountInString(text) <= shown {
		return text
	}
	return string([]rune(text)[:shown-1]) + "…"
}
