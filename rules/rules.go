// Package rules is the rule library: what a concurrency hazard is, said as data.
//
// A rule is one JSON file. It names the hazard, matches Go syntax by a pattern
// or an engine event, narrows the match by typed constraints and by predicates
// that the concurrency facts answer, and lists the fixes in the order in which
// they are tried. Reading a rule needs no Go code but this package; what a
// pattern or a predicate means is the business of rules/pattern and
// rules/match, and what a strategy does is that of rewrite/plan.
//
// Words: a hole is a metavariable ($x one expression, $*xs a list, $_ anything);
// a constraint narrows a match; a fix is a way to repair, with its applicability.
package rules

// A Rule is exactly its JSON: unknown keys are mistakes.
type Rule struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Message    string            `json:"message"` // interpolates $x
	Rationale  string            `json:"rationale"`
	Severity   Severity          `json:"severity"`
	Confidence Confidence        `json:"confidence"`
	Category   Category          `json:"category"`
	References []string          `json:"references,omitempty"`
	Since      string            `json:"since"`
	Stability  Stability         `json:"stability"`
	Deprecated string            `json:"deprecated,omitempty"`
	Aliases    []string          `json:"aliases,omitempty"`
	Go         string            `json:"go,omitempty"`    // language versions of the file: ">=1.21", "<1.22", ">=1.19 <1.25"
	Scope      Scope             `json:"scope,omitempty"` // zero: every package, tests included
	Options    map[string]Option `json:"options,omitempty"`
	Match      Match             `json:"match"`
	Where      []Constraint      `json:"where,omitempty"`
	Report     Report            `json:"report,omitzero"`
	Fixes      []Fix             `json:"fixes,omitempty"`

	Source *Source `json:"-"` // the file it came from, for the place of a mistake
}

type (
	Severity      string // error | warning | info
	Confidence    string // high | medium | low
	Category      string // race | deadlock | leak | publication | misuse
	Stability     string // preview | stable | deprecated
	Applicability string // safe | unsafe | manual
	Path          string // syntax | some | all
)

const (
	Safe   Applicability = "safe"
	Unsafe Applicability = "unsafe"
	Manual Applicability = "manual"
)

// A Scope says where a rule looks.
type Scope struct {
	Of      string   `json:"of,omitempty"`      // package (default) | program
	Tests   string   `json:"tests,omitempty"`   // include (default) | exclude | only
	Imports []string `json:"imports,omitempty"` // the package must import one of these, directly
}

// An Option is a typed setting of a rule with its default.
type Option struct {
	Type    string `json:"type"` // bool | int | number | string | strings
	Default any    `json:"default"`
	Doc     string `json:"doc"`
}

// A Match says which syntax or event is meant. Exactly one of Pattern, Event,
// All and Any is set; the other keys narrow it.
type Match struct {
	Pattern string  `json:"pattern,omitempty"`
	Event   string  `json:"event,omitempty"`
	All     []Match `json:"all,omitempty"` // of one node; the first anchors
	Any     []Match `json:"any,omitempty"` // the first that matches

	Bind string            `json:"bind,omitempty"` // hole for the matched node, "$call"
	With map[string]string `json:"with,omitempty"` // event: its parts → holes, {"lock": "$mu"}

	Where    []Constraint `json:"where,omitempty"`
	Not      *Match       `json:"not,omitempty"`
	Inside   *Match       `json:"inside,omitempty"`
	Has      *Match       `json:"has,omitempty"`
	Follows  *Match       `json:"follows,omitempty"`
	Precedes *Match       `json:"precedes,omitempty"`
	Path     Path         `json:"path,omitempty"` // of the Match named by inside, has, follows, precedes
}

// A Constraint narrows a match. Exactly one subject is set: Hole (with any
// number of typed tests, all of which must hold), Same, Predicate, All, Any or Not.
type Constraint struct {
	Hole       string   `json:"hole,omitempty"`
	Type       string   `json:"type,omitempty"`       // sync.Mutex, *sync.Mutex, map[string]int, error
	Underlying string   `json:"underlying,omitempty"` // map | slice | chan | func | interface | struct | pointer | basic, or a type
	Object     string   `json:"object,omitempty"`     // sync.(*Mutex).Lock, time.After, fmt.Sprintf
	Is         []string `json:"is,omitempty"`         // pure, const, nil, field, global, local, captured, exported, method, used-after …
	Text       string   `json:"text,omitempty"`       // regular expression over the source text
	Value      string   `json:"value,omitempty"`      // regular expression over the constant's value

	Same []string `json:"same,omitempty"` // these holes denote the same variable or lock

	Predicate string            `json:"predicate,omitempty"`
	With      map[string]string `json:"with,omitempty"` // parameters of the predicate → holes or words; may bind new holes

	All []Constraint `json:"all,omitempty"`
	Any []Constraint `json:"any,omitempty"`
	Not *Constraint  `json:"not,omitempty"`
}

// A Report says where a finding stands; the zero value is the match itself.
type Report struct {
	At      string    `json:"at,omitempty"` // hole
	Related []Related `json:"related,omitempty"`
}

// A Related place is shown beside the finding.
type Related struct {
	At      string `json:"at"`
	Message string `json:"message"`
}

// A Fix is one alternative; the first whose When holds and whose strategy does
// not refuse is taken. Exactly one of Template and Strategy is set.
type Fix struct {
	Title         string         `json:"title"`
	Applicability Applicability  `json:"applicability"`
	When          []Constraint   `json:"when,omitempty"`
	Downgrade     []Downgrade    `json:"downgrade,omitempty"`
	Template      string         `json:"template,omitempty"` // Go with holes
	Replace       string         `json:"replace,omitempty"`  // hole that the template replaces; default: the match
	Strategy      string         `json:"strategy,omitempty"`
	Params        map[string]any `json:"params,omitempty"`
	Rationale     string         `json:"rationale,omitempty"` // the argument that it is as safe as it claims
}

// A Downgrade lowers a fix where its conditions hold.
type Downgrade struct {
	When    []Constraint  `json:"when"`
	To      Applicability `json:"to"`
	Because string        `json:"because"`
}
