package report

import (
	"slices"
	"strings"
)

// tagsShown is how many tags of a rule GitHub takes.
const tagsShown = 10

// sarifRules are the rules that have findings, in the order of their ids, and
// the weaknesses they stand for.
type sarifRules struct {
	all        []Rule
	index      map[string]int // by id, in all
	weaknesses []string       // numbers, each once
}

func sarifRulesOf(r Report) *sarifRules {
	known, out := indexRules(r), &sarifRules{index: make(map[string]int)}
	var ids []string
	for _, f := range r.Findings {
		if f.Fix.Status != Fixed {
			ids = append(ids, f.Rule)
		}
	}
	slices.Sort(ids)
	for i, id := range slices.Compact(ids) {
		rule := known.of(id)
		out.all = append(out.all, rule)
		out.index[id] = i
		out.weaknesses = append(out.weaknesses, rule.weaknesses()...)
	}
	slices.Sort(out.weaknesses)
	out.weaknesses = slices.Compact(out.weaknesses)
	return out
}

func (s *sarifRules) driver(version string) sarifComponent {
	driver := sarifComponent{Name: "lockfix", Version: version, URI: home, Rules: []sarifRule{}}
	for _, rule := range s.all {
		driver.Rules = append(driver.Rules, s.rule(rule))
	}
	if len(s.weaknesses) > 0 {
		driver.Taxonomies = []sarifTaxonomyRef{{Name: "CWE"}}
	}
	return driver
}

func (s *sarifRules) rule(r Rule) sarifRule {
	out := sarifRule{ID: r.ID, Name: r.ID, Aliases: r.Aliases, HelpURI: r.url()}
	if r.Title != "" {
		out.Short = &sarifMessage{Text: r.Title}
	}
	if r.Rationale != "" {
		out.Full = &sarifMessage{Text: r.Rationale}
		out.Help = &sarifMessage{Text: r.Rationale, Markdown: r.help()}
	}
	if r.Severity != "" {
		out.Default = &sarifConfiguration{sarifLevel(r.Severity)}
	}
	for _, number := range r.weaknesses() {
		out.Relationships = append(out.Relationships, sarifRelationship{cwe(number), []string{"superset"}})
	}
	out.Properties = &sarifRuleProperties{Precision: r.Confidence, Tags: r.tags()}
	return out
}

// help is the rationale and below it the references.
func (r Rule) help() string {
	if len(r.References) == 0 {
		return r.Rationale
	}
	return r.Rationale + "\n\n- " + strings.Join(r.References, "\n- ")
}

// tags are what GitHub filters by; it knows CWE by this spelling.
func (r Rule) tags() []string {
	tags := []string{"concurrency"}
	if r.Category != "" {
		tags = append(tags, r.Category)
	}
	for _, number := range r.weaknesses() {
		tags = append(tags, "external/cwe/cwe-"+number)
	}
	return tags[:min(len(tags), tagsShown)]
}

func (s *sarifRules) taxa(rule string) (all []sarifTaxonRef) {
	for _, number := range s.all[s.index[rule]].weaknesses() {
		all = append(all, cwe(number))
	}
	return all
}

// taxonomies is the part of the Common Weakness Enumeration that is referred to.
func (s *sarifRules) taxonomies() []sarifComponent {
	if len(s.weaknesses) == 0 {
		return nil
	}
	out := sarifComponent{
		Name: "CWE", Organization: "MITRE", URI: "https://cwe.mitre.org/",
		Short: &sarifMessage{Text: "Common Weakness Enumeration"},
	}
	for _, number := range s.weaknesses {
		out.Taxa = append(out.Taxa, sarifRule{ID: number, HelpURI: "https://cwe.mitre.org/data/definitions/" + number + ".html"})
	}
	return []sarifComponent{out}
}

func cwe(number string) sarifTaxonRef {
	return sarifTaxonRef{number, sarifTaxonomyRef{Name: "CWE"}}
}
