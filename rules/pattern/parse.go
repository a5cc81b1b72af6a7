package pattern

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

// An Error says what is wrong with a pattern.
type Error struct {
	Offset  int // in bytes, from the start of the pattern
	Message string
	in      string
}

func (e *Error) Error() string {
	before := e.in[:min(max(0, e.Offset), len(e.in))]
	line := 1 + strings.Count(before, "\n")
	column := len(before) - strings.LastIndexByte(before, '\n')
	return fmt.Sprintf("bad pattern at %d:%d: %s", line, column, e.Message)
}

// Parse reads a pattern: an expression, else statements, else a declaration.
// Its error is an [*Error].
func Parse(source string) (*Pattern, error) {
	p, err := parse(source)
	if err != nil {
		err.in = source
		return nil, err
	}
	return p, nil
}

func parse(source string) (*Pattern, *Error) {
	text, places, err := cut(source)
	if err != nil {
		return nil, err
	}
	p := &Pattern{source: source, holes: map[*ast.Ident]Hole{}}
	base, err := p.read(text)
	if err != nil {
		return nil, err
	}
	p.place(places, base)
	for _, offset := range slices.Sorted(maps.Keys(places)) {
		return nil, &Error{Offset: offset, Message: "a hole cannot stand here"}
	}
	if !slices.ContainsFunc(p.nodes, func(n ast.Node) bool { return !p.isGap(n) }) {
		return nil, &Error{Message: "it describes nothing"}
	}
	p.anchor = p.findAnchor()
	return p, nil
}

// place turns the identifiers at the offsets of places, the first of which has
// the position base, into holes, and takes them out of places.
func (p *Pattern) place(places map[int]Hole, base int) {
	for _, n := range p.nodes {
		ast.Inspect(n, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			hole, ok := places[int(id.Pos())-base]
			if !ok {
				return true
			}
			delete(places, int(id.Pos())-base)
			p.holes[id] = hole
			if hole.Name != "$_" && !slices.Contains(p.list, hole) {
				p.list = append(p.list, hole)
			}
			return true
		})
	}
}

// What stands before and after a pattern that is no expression, to make a file of it.
const (
	fileHead = "package p;"
	funcHead = fileHead + "func _() {"
	funcTail = "\n}"
)

// read parses text, in which the holes are identifiers, and returns the
// position of its first byte.
func (p *Pattern) read(text string) (base int, bad *Error) {
	if x, err := parser.ParseExprFrom(token.NewFileSet(), "", text, parser.SkipObjectResolution); err == nil && !declares(text) {
		p.kind, p.nodes = Expr, []ast.Node{ast.Unparen(x)}
		return 1, nil
	}
	file, failed := parseFile(funcHead + text + funcTail)
	if failed == nil && len(file.Decls) == 1 && !declares(text) {
		p.kind, p.nodes = Stmts, nodes(file.Decls[0].(*ast.FuncDecl).Body.List)
		p.unwrap()
		return 1 + len(funcHead), nil
	}
	file, undeclared := parseFile(fileHead + text)
	if undeclared == nil && len(file.Decls) == 1 {
		p.kind, p.nodes = Decl, nodes(file.Decls)
		p.specify()
		return 1 + len(fileHead), nil
	}
	switch {
	case undeclared == nil:
		return 0, &Error{Message: "write one declaration"}
	case failed == nil || declares(text):
		return 0, parseError(undeclared, fileHead, text)
	default:
		return 0, parseError(failed, funcHead, text)
	}
}

func parseFile(text string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
}

// unwrap makes a pattern that is one declaration, which the statement parser
// took, a pattern for declarations everywhere.
func (p *Pattern) unwrap() {
	if len(p.nodes) != 1 {
		return
	}
	if statement, ok := p.nodes[0].(*ast.DeclStmt); ok {
		p.kind, p.nodes[0] = Decl, statement.Decl
		p.specify()
	}
}

// specify makes a declaration without parentheses a pattern for specifications,
// which other code may group.
func (p *Pattern) specify() {
	decl, ok := p.nodes[0].(*ast.GenDecl)
	if ok && !decl.Lparen.IsValid() && len(decl.Specs) == 1 {
		p.tok, p.nodes[0] = decl.Tok, decl.Specs[0]
	}
}

// declares reports whether text is a declaration that cannot stand in a
// function. The parser would take "func (r T) f(x)" for a call of a function type.
func declares(text string) bool {
	return declaration.MatchString(text)
}

var declaration = lazyregexp.New(`^\s*(import\b|func\s*(\([^()]*\)\s*)?\w+\s*[\[(])`)

// parseError says what is wrong with text, which was parsed with head before it.
func parseError(err error, head, text string) *Error {
	list, ok := errors.AsType[scanner.ErrorList](err)
	if !ok || len(list) == 0 {
		return &Error{Message: err.Error()}
	}
	offset := list[0].Pos.Offset - len(head)
	if offset >= len(text) {
		return &Error{Offset: len(text), Message: "it ends too early"}
	}
	return &Error{Offset: offset, Message: list[0].Msg}
}

// nodes converts a list of one kind of node.
func nodes[N ast.Node](list []N) []ast.Node {
	all := make([]ast.Node, len(list))
	for i, n := range list {
		all[i] = n
	}
	return all
}
