package memory

import (
	"errors"
	"go/ast"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rules/facts"
	"github.com/lockfix/lockfix/rules/facts/sharing"
)

// A racing is the race that a strategy about captured variables repairs.
type racing struct {
	sharing.Race
	s      *edit.Site
	pkg    *facts.Package
	shared *sharing.Facts
	v      *types.Var
	name   string
	all    []*sharing.Access // of the place
}

// racingOf returns the race that a match reports.
func racingOf(s *edit.Site) (*racing, error) {
	pkg := s.Match.Pkg
	shared := sharing.Of(pkg)
	at, ok := s.Match.At.(ast.Expr)
	if !ok {
		return nil, errors.New("internal: the match names no variable")
	}
	race, ok := shared.RaceAt(at)
	if !ok {
		return nil, errors.New("internal: the match names no race")
	}
	return &racing{
		Race: race, s: s, pkg: pkg, shared: shared, v: race.At.Var,
		name: edit.ExprText(race.At.Expr), all: shared.Accesses(race),
	}, nil
}

// goroutine returns the literal whose access races: the one that writes, or else
// the other.
func (r *racing) goroutine() *ast.FuncLit {
	if lit := r.At.Goroutine(); lit != nil {
		return lit
	}
	return r.With.Goroutine()
}

// split returns the accesses inside a literal and those outside of it.
func (r *racing) split(lit *ast.FuncLit) (inside, outside []*sharing.Access) {
	for _, a := range r.all {
		if edit.StandsIn(a.Expr, lit) {
			inside = append(inside, a)
		} else {
			outside = append(outside, a)
		}
	}
	return inside, outside
}

// line returns the line of a node, for a sentence.
func (r *racing) line(n ast.Node) int { return r.pkg.Fset.Position(n.Pos()).Line }
