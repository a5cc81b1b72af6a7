package rewrite

import (
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rules"
)

// described is what the report tells of the rules that have findings, by id.
func (r *run) described() (all []report.Rule) {
	told := map[string]bool{}
	for _, e := range r.entries {
		if rule := e.first.Rule; !e.behind && !told[rule.ID] {
			told[rule.ID] = true
			all = append(all, describe(rule))
		}
	}
	if len(r.stale) > 0 {
		all = append(all, describe(Unused))
	}
	slices.SortFunc(all, func(a, b report.Rule) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func describe(rule *rules.Rule) report.Rule {
	return report.Rule{
		ID: rule.ID, Title: rule.Title, Rationale: rule.Rationale,
		Severity: string(rule.Severity), Confidence: string(rule.Confidence), Category: string(rule.Category),
		References: rule.References, Aliases: rule.Aliases,
	}
}
