// Package plan turns a match into edits: it asks the fixes of its rule in their
// order, and the first strategy or template that does not refuse makes the plan.
//
// # Theory
//
// A rewrite is an argument that nothing else changes. What every one has in common,
// that comments and layout survive, is [edit]'s to prove. What is peculiar to one,
// that the program means the same, is the argument of its strategy, which stands at
// its head; the families of strategies lie below, and know nothing of each other but
// what package around tells them of the code around a place.
//
// # Words
//
// A strategy edits a site or refuses, by a sentence that the user reads. It may lower
// the applicability of what it does, and says why.
//
// What it cannot see: whether the argument of a strategy holds. The verifier checks
// what can be checked.
package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lockfix/lockfix/diffs"
	"github.com/lockfix/lockfix/rewrite/edit"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/plan/around"
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

// Make plans the first alternative that does not refuse. For many matches of
// one file a [Planner] is faster.
func Make(pkg *load.Package, m *match.Match, alternatives []match.Alternative) *Plan {
	return new(Planner).Make(pkg, m, alternatives)
}

// A Planner makes plans, fastest file by file: see [edit.Files]. It is not safe for
// concurrent use. The zero value works.
type Planner struct{ files edit.Files }

// Make is [Make].
func (pl *Planner) Make(pkg *load.Package, m *match.Match, alternatives []match.Alternative) *Plan {
	p := &Plan{Match: m}
	if len(alternatives) == 0 {
		return p
	}
	doc, err := pl.files.Open(pkg, m)
	for _, alt := range alternatives {
		if err == nil && p.try(doc, alt) {
			return p
		}
		if err != nil {
			p.refuse(alt.Fix, err)
		}
	}
	return p
}

// try makes the attempt of one alternative and reports whether it is taken.
func (p *Plan) try(doc *edit.Document, alt match.Alternative) bool {
	s := doc.Site(p.Match, alt)
	edits, err := edit.Attempt(s, strategyOf(alt.Fix))
	if err != nil {
		p.refuse(alt.Fix, err)
		return false
	}
	mindTests(s)
	mindResets(s)
	mindRoom(s)
	p.Fix, p.Edits = alt.Fix, edits
	p.Applicability, p.Because = s.Applicability()
	return true
}

func (p *Plan) refuse(fix *rules.Fix, err error) {
	_, other := errors.AsType[around.Aside](err)
	p.Refused = append(p.Refused, Refusal{Fix: fix, Because: strings.ReplaceAll(err.Error(), "\n", "; "), Aside: other})
}

// strategyOf returns what a fix does: a strategy of the table, or its template.
func strategyOf(fix *rules.Fix) Strategy {
	if fix.Template != "" {
		return edit.FillTemplate
	}
	if info, ok := strategies[fix.Strategy]; ok {
		return info.run
	}
	return func(*edit.Site) error { return fmt.Errorf("internal: there is no strategy %q", fix.Strategy) }
}
