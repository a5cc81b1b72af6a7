package report

import (
	"regexp"
	"strings"
	"sync"
)

// ruleIndex finds what is known of a rule.
type ruleIndex map[string]Rule

func indexRules(r Report) ruleIndex {
	index := make(ruleIndex)
	for _, rule := range r.Rules {
		index[rule.ID] = rule
	}
	return index
}

// of returns a rule; one that is not known has nothing but its id.
func (index ruleIndex) of(id string) Rule {
	if rule, ok := index[id]; ok {
		return rule
	}
	return Rule{ID: id}
}

// url is where one can read on: the rule's first reference that is a URL.
func (r Rule) url() string {
	for _, ref := range r.References {
		if strings.HasPrefix(ref, "https://") || strings.HasPrefix(ref, "http://") {
			return ref
		}
	}
	return ""
}

var weakness = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^CWE-([0-9]+)\b`) })

// weaknesses are the numbers of the rule's entries in the Common Weakness
// Enumeration.
func (r Rule) weaknesses() (all []string) {
	for _, ref := range r.References {
		if m := weakness().FindStringSubmatch(ref); m != nil {
			all = append(all, m[1])
		}
	}
	return all
}
