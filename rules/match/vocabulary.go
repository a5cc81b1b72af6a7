package match

import (
	"maps"
	"slices"
)

// A Term is a word that a rule can use beyond Go's own.
type Term struct {
	Kind  string // event | is | predicate
	Name  string
	Doc   string
	Parts []Part // of an event, or the parameters of a predicate
}

// A Part of an event, or a parameter of a predicate.
type Part struct {
	Name, Doc string
	Binds     bool // the event or predicate says what it is
}

// Vocabulary returns all terms, sorted by kind and name.
func Vocabulary() (all []Term) {
	for _, name := range slices.Sorted(maps.Keys(events)) {
		term := Term{Kind: "event", Name: name, Doc: events[name].doc}
		for _, part := range events[name].parts {
			term.Parts = append(term.Parts, Part{part.name, part.doc, true})
		}
		all = append(all, term)
	}
	for _, name := range slices.Sorted(maps.Keys(words)) {
		all = append(all, Term{Kind: "is", Name: name, Doc: words[name].doc})
	}
	for _, name := range slices.Sorted(maps.Keys(predicates)) {
		term := Term{Kind: "predicate", Name: name, Doc: predicates[name].doc}
		for _, param := range predicates[name].params {
			term.Parts = append(term.Parts, Part{param.name, param.doc, param.binds})
		}
		all = append(all, term)
	}
	return all
}
