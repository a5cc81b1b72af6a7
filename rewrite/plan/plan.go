// Package plan turns a match into edits: it decorates the file, lets a strategy
// or a template change a private copy of the tree, prints it twice and merges
// three ways, so that nothing but the change changes.
//
// # Theory
//
// Matching is done on go/ast and go/types; editing is done on the decorated
// tree of dave/dst, in which comments and blank lines hang on nodes instead of
// on offsets. Without an import resolver the two trees are twins, node by node:
// a question is asked of the ast node, the edit is made on its twin.
//
// A tree that is printed forgets how its author laid the file out. So the
// unchanged tree is printed too (base), and only the lines in which the changed
// print differs from base are carried over to the author's own text. Nothing is
// believed: the merged text must have the tokens and comments of the changed
// print, every comment of the source, and gofmt's form where the source had it.
//
// # Words
//
// A site is the place of a rewrite. A strategy edits a site or refuses, by a
// sentence that the user reads. A twin is the decorated node of a syntax node.
// The same-line part of a node's End is the comment that follows it on its line;
// the hanging part is what stands on the lines below.
//
// What it cannot see: whether a rewrite means the same as what it replaces.
// That is the strategy's argument, and the verifier's to check.
package plan

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// A Plan is one fix of one match: an atomic set of edits, or the reason why
// there is none.
type Plan struct {
	Match         *match.Match
	Fix           *rules.Fix   // the alternative taken; nil where all refused
	Edits         []diffs.Edit // whole lines of the raw files, sorted
	Applicability rules.Applicability
	Because       []string // why the applicability is lower than the rule declares
	Refused       []Refusal
}

// A Refusal is the sentence of one alternative that was not taken.
type Refusal struct {
	Fix     *rules.Fix
	Because string
	// Aside says that the fix is for places of another form: where others have more
	// to say of this place, it need not be told.
	Aside bool
}

// An aside is a refusal of a fix that is for places of another form.
type aside string

func (a aside) Error() string { return string(a) }

// Make plans the first alternative that does not refuse. For many matches of
// one file a [Planner] is faster.
func Make(pkg *load.Package, m *match.Match, alternatives []match.Alternative) *Plan {
	return new(Planner).Make(pkg, m, alternatives)
}

// A Planner makes plans and keeps the file that it decorated last, since that
// takes longer than all else: ask it file by file. It is not safe for
// concurrent use. The zero value works.
type Planner struct {
	file *load.File
	doc  *document
	err  error

	otherPkg *load.Package
	others   map[*ast.File]*document // more files of one package
}

// Make is [Make].
func (pl *Planner) Make(pkg *load.Package, m *match.Match, alternatives []match.Alternative) *Plan {
	p := &Plan{Match: m}
	if len(alternatives) == 0 {
		return p
	}
	doc, err := pl.open(pkg, m)
	for _, alt := range alternatives {
		if err == nil && p.try(pl, doc, alt) {
			return p
		}
		if err != nil {
			p.refuse(alt.Fix, err)
		}
	}
	return p
}

// try makes the attempt of one alternative and reports whether it is taken.
func (p *Plan) try(pl *Planner, doc *document, alt match.Alternative) bool {
	s := doc.site(p.Match, alt)
	s.open = func(f *ast.File) (*document, error) { return pl.openOther(doc.pkg, p.Match, f) }
	edits, err := attempt(s, strategyOf(alt.Fix))
	if err != nil {
		p.refuse(alt.Fix, err)
		return false
	}
	s.mindTests()
	p.Fix, p.Edits = alt.Fix, edits
	p.Applicability, p.Because = s.level, s.because
	return true
}

func (p *Plan) refuse(fix *rules.Fix, err error) {
	_, other := errors.AsType[aside](err)
	p.Refused = append(p.Refused, Refusal{Fix: fix, Because: err.Error(), Aside: other})
}

// attempt runs a strategy on the site's private tree and turns the result into
// edits. A panic is a bug of lockfix: it refuses this attempt and leaves the
// others and the run alone.
func attempt(s *Site, run Strategy) (edits []diffs.Edit, err error) {
	defer func() {
		if r := recover(); r != nil {
			edits, err = nil, cmp.Or(s.err, fmt.Errorf("internal: %v", r))
		}
	}()
	if err := run(s); err != nil {
		return nil, err
	}
	if s.err != nil {
		return nil, s.err
	}
	for _, file := range s.files() {
		more, err := file.edits()
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	if len(edits) == 0 {
		return nil, errors.New("the fix would change nothing")
	}
	return edits, nil
}

// edits turns what was done to the tree of one file into edits of it.
func (s *Site) edits() ([]diffs.Edit, error) {
	s.removeUnusedImports()
	text, err := s.doc.print(s.File, s.dropped)
	if err != nil {
		return nil, err
	}
	return diffs.LineEdits(s.doc.file.Path, s.doc.file.Raw, s.doc.file.Restore(text)), nil
}

// strategyOf returns what a fix does: a strategy of the table, or its template.
func strategyOf(fix *rules.Fix) Strategy {
	if fix.Template != "" {
		return fillTemplate
	}
	if info, ok := strategies[fix.Strategy]; ok {
		return info.run
	}
	return func(*Site) error { return fmt.Errorf("internal: there is no strategy %q", fix.Strategy) }
}
