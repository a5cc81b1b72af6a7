package match

import "github.com/lockfix/lockfix/rules/facts/rehearsal"

var rehearsedPredicate = predicate{
	doc: "some run of the closed program that the package is ends with a goroutine that waits at the node for ever, or panics there",
	params: []parameter{
		{name: "at", doc: "the send, the receive, the range over a channel, or the call"},
		{name: "how", words: []string{"stuck", "broken"}, doc: "stuck: it waits; broken: it panics"},
	},
	ask: func(a asked, yield func(answer) bool) bool {
		s := rehearsal.Of(a.pkg).At(a.node("at"))
		if s == nil || (s.Broken != "") != (a.word("how") == "broken") {
			return true
		}
		return yield(answer{evidence: rehearsedEvidence(s)})
	},
}

// rehearsedEvidence shows what happens at the node, and where the others are.
func rehearsedEvidence(s *rehearsal.Stuck) []Evidence {
	what := s.What
	if s.Broken != "" {
		what = s.Broken
	}
	all := []Evidence{{s.Pos, s.Pos + 1, "in a run of " + s.Root + ": " + what}}
	for _, o := range s.Others {
		all = append(all, Evidence{o.Pos, o.Pos + 1, o.What})
	}
	return all
}
