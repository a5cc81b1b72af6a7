package match

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/syntax"
)

// Find returns the matches of every rule in the package, sorted by file,
// position and rule id, and the rules that failed. Of several ways in which a
// rule matches at one node and reports at one place the first is taken, in the
// order that the rule's lists and the text give. The package is the whole program.
func (s *Set) Find(pkg *facts.Package) ([]*Match, []Problem) { return s.FindIn(pkg, nil) }

// FindIn is Find for a package that is part of a program.
func (s *Set) FindIn(pkg *facts.Package, prog *Program) ([]*Match, []Problem) {
	return s.find(pkg, prog, nil)
}

// FindNear is Find in some of the declarations.
func (s *Set) FindNear(pkg *facts.Package, near func(ast.Decl) bool) ([]*Match, []Problem) {
	return s.find(pkg, nil, near)
}

// find searches the declarations that are near; nil: whole files.
func (s *Set) find(pkg *facts.Package, prog *Program, near func(ast.Decl) bool) ([]*Match, []Problem) {
	imports := importsOf(pkg)
	var matches []*Match
	var problems []Problem
	for _, file := range pkg.Files {
		if !file.Package.IsValid() {
			continue // no package clause: the parser gave up at once
		}
		search := &fileSearch{set: s, pkg: pkg, file: file, query: &query{pkg: pkg, file: file, program: prog, set: s}, near: near, seen: map[place]bool{}}
		search.run(imports)
		matches = append(matches, search.matches...)
		problems = append(problems, search.problems...)
	}
	sortMatches(pkg.Fset, matches)
	return matches, problems
}

func sortMatches(fset *token.FileSet, matches []*Match) {
	slices.SortStableFunc(matches, func(a, b *Match) int {
		x, y := fset.Position(a.At.Pos()), fset.Position(b.At.Pos())
		return cmp.Or(
			strings.Compare(x.Filename, y.Filename),
			cmp.Compare(x.Offset, y.Offset),
			strings.Compare(a.Rule.ID, b.Rule.ID),
			cmp.Compare(a.At.End(), b.At.End()),
		)
	})
}

// A fileSearch finds the matches of one file.
type fileSearch struct {
	set      *Set
	pkg      *facts.Package
	file     *ast.File
	query    *query
	near     func(ast.Decl) bool // nil: all are
	active   []bool              // by the number of the program
	yields   []yield
	seen     map[place]bool
	matches  []*Match
	problems []Problem
}

// A place is where a rule reports something.
type place struct {
	program  int
	first    token.Pos // of the match, which may be reported elsewhere
	pos, end token.Pos
}

func (s *fileSearch) run(imports []string) {
	where := placeOf(s.pkg, s.file, imports)
	s.active, s.yields = make([]bool, len(s.set.programs)), make([]yield, len(s.set.programs))
	for i, p := range s.set.programs {
		s.active[i] = p.scope.holds(where)
	}
	if !slices.Contains(s.active, true) {
		return
	}
	root := s.pkg.Syntax().At(s.file)
	s.deactivate(root)
	if !slices.Contains(s.active, true) {
		return
	}
	if s.near == nil {
		s.search(root)
		return
	}
	for decl := range root.Children() {
		if d, ok := decl.Node().(ast.Decl); ok && s.near(d) {
			s.search(decl)
		}
	}
}

// search tries all programs in one part of the file.
func (s *fileSearch) search(root syntax.Cursor) {
	for at := range root.Preorder(s.set.index.nodeTypes()...) {
		s.set.index.at(at.Node(), func(program int) {
			if s.active[program] {
				s.try(program, at)
			}
		})
	}
}

// deactivate takes out the programs that need a name which the file lacks.
func (s *fileSearch) deactivate(root syntax.Cursor) {
	seen := s.set.index.namesIn(root)
	for i, p := range s.set.programs {
		lacks := slices.ContainsFunc(p.names, func(name int) bool { return !seen[name] })
		s.active[i] = s.active[i] && !lacks
	}
}

// try matches one program at one place. A panic there is a bug of ours, in a
// predicate or in the matcher: it ends the program for this file only.
func (s *fileSearch) try(number int, at syntax.Cursor) {
	p := s.set.programs[number]
	q := s.query
	q.err, q.depth = nil, 0 // a panic leaves no frame
	defer func() {
		if r := recover(); r != nil {
			s.fail(number, at, fmt.Sprintf("internal: %v", r))
		}
	}()
	q.matches(p.match, at, found{}, s.yield(number))
	if q.err != nil {
		s.fail(number, at, q.err.Error())
	}
}

// yield returns what a program does with what its matcher finds; it is made once.
func (s *fileSearch) yield(number int) yield {
	if s.yields[number] == nil {
		add := func(f found) bool {
			s.add(number, s.query, f)
			return true
		}
		where := s.set.programs[number].where
		s.yields[number] = func(f found) bool { return s.query.constrain(where, f, add) }
	}
	return s.yields[number]
}

func (s *fileSearch) fail(number int, at syntax.Cursor, message string) {
	s.active[number] = false
	s.problems = append(s.problems, Problem{
		Rule: s.set.programs[number].rule, File: s.file, Pos: at.Node().Pos(), Message: message,
	})
}

func (s *fileSearch) add(number int, q *query, f found) {
	p := s.set.programs[number]
	at := f.first()
	if nodes := f.hole(p.rule.Report.At); len(nodes) > 0 {
		at = nodes[0]
	}
	here := place{number, f.first().Pos(), at.Pos(), at.End()}
	if s.seen[here] {
		return
	}
	s.seen[here] = true
	text := func(hole string) string { return q.short(f.hole(hole)) }
	m := &Match{
		Rule: p.rule, Pkg: s.pkg, File: s.file, Decl: declOf(f.at),
		Nodes: f.nodes, At: at, Message: p.message.Expand(text),
		Bound: f.bound.Map(), Evidence: f.evidence, Program: q.program,
	}
	for _, r := range p.related {
		for _, n := range f.hole(r.at) {
			m.Related = append(m.Related, Evidence{n.Pos(), n.End(), r.message.Expand(text)})
		}
	}
	s.matches = append(s.matches, m)
}

// declOf returns the top-level declaration around a place.
func declOf(at syntax.Cursor) ast.Decl {
	for !isTop(at) {
		at = at.Parent()
	}
	return at.Node().(ast.Decl)
}
