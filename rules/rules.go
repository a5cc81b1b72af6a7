// Package rules is the rule library: what a concurrency hazard is, said as data.
//
// A rule is one JSON file. It names the hazard, matches Go syntax by a pattern
// or an engine event, narrows the match by typed constraints and by predicates
// that the concurrency facts answer, and lists the fixes in the order in which
// they are tried. Reading a rule needs no Go code but this package; what a
// pattern or a predicate means is the business of rules/pattern and
// rules/match, and what a strategy does is that of rewrite/plan and the packages below it.
//
// The Go types below are the format. Their struct tags say the rest: a key
// without omitempty or omitzero is required; of the keys that share a one tag
// exactly one stands (at most one, if it ends in "?"); a key with a needs tag stands only beside that other
// key; check names what the text must be (see checks). An empty string, array or
// object and null are mistakes: a key that says nothing is left out. So a rule
// that is read, written and read again is the same rule. schema.json publishes
// the same to editors, and a test holds the two together.
//
// Words: a hole is a metavariable ($x one expression, $*xs a list, $_ anything);
// outside patterns a hole is named $x whatever it holds. A constraint narrows a
// match; a fix is a way to repair, with its applicability.
package rules

// A Rule is exactly its JSON: unknown keys are mistakes.
type Rule struct {
	Schema     string            `json:"$schema,omitempty"` // for editors
	ID         string            `json:"id" check:"id"`     // also the base name of its file
	Title      string            `json:"title"`
	Message    string            `json:"message" check:"message"` // interpolates $x
	Rationale  string            `json:"rationale"`               // Markdown
	Severity   Severity          `json:"severity"`
	Confidence Confidence        `json:"confidence"`
	Category   Category          `json:"category"`
	References []string          `json:"references,omitempty"`
	Since      string            `json:"since" check:"version"` // of lockfix
	Stability  Stability         `json:"stability"`
	Deprecated string            `json:"deprecated,omitempty"` // what to use instead
	Aliases    []string          `json:"aliases,omitempty" check:"id"`
	Go         string            `json:"go,omitempty" check:"go"` // language versions of the file: ">=1.21", "<1.22", ">=1.19 <1.25"
	Scope      Scope             `json:"scope,omitzero"`          // zero: every package, tests included
	Options    map[string]Option `json:"options,omitempty"`
	Match      Match             `json:"match"`
	Where      []Constraint      `json:"where,omitempty"`
	Report     Report            `json:"report,omitzero"`
	Fixes      []Fix             `json:"fixes,omitempty"`

	Source *Source `json:"-"` // the file it came from, for the place of a mistake
}

type (
	Severity      string // how bad it is: error | warning | info
	Confidence    string // how sure the finding is: high | medium | low
	Category      string // what goes wrong: race | deadlock | leak | publication | misuse
	Stability     string // preview | stable | deprecated; preview rules run only when enabled
	Applicability string // what a fix may change: safe | unsafe | manual
	Path          string // how a relation is decided: syntax | some | all
	Reach         string // what a rule must see: package | program
	Tests         string // which files a rule looks at: include | exclude | only
	OptionType    string // bool | int | number | string | strings
)

// The applicabilities, from the one that may always be written to the one that never is.
const (
	Safe   Applicability = "safe"   // single-goroutine behaviour and blocking unchanged
	Unsafe Applicability = "unsafe" // compiles and repairs, but may change blocking, order, layout or speed
	Manual Applicability = "manual" // a sketch: shown, never applied
)

// The ways to decide inside, has, follows and precedes.
const (
	Syntax Path = "syntax" // on the text; the default
	Some   Path = "some"   // on some control-flow path of the function
	All    Path = "all"    // on all of them
)

// A Scope says where a rule looks.
type Scope struct {
	Of      Reach    `json:"of,omitempty"`      // zero: package
	Tests   Tests    `json:"tests,omitempty"`   // zero: include
	Imports []string `json:"imports,omitempty"` // the package must import one of these, directly
}

// An Option is a typed setting of a rule with its default.
type Option struct {
	Type    OptionType `json:"type"`
	Default any        `json:"default"`
	Doc     string     `json:"doc"`
}

// A Match says which syntax or event is meant. One of Pattern, Event, All and
// Any is its subject; the other keys narrow it. Only where the node is given, in
// not and in the second part of all and later ones, the subject may be missing.
type Match struct {
	Pattern string  `json:"pattern,omitempty" one:"subject?" check:"pattern"`
	Event   string  `json:"event,omitempty" one:"subject?"`
	All     []Match `json:"all,omitempty" one:"subject?"` // of one node; the first anchors
	Any     []Match `json:"any,omitempty" one:"subject?"` // alternatives, in order

	Bind string            `json:"bind,omitempty" check:"hole"`               // hole for the matched node, "$call"
	With map[string]string `json:"with,omitempty" needs:"event" check:"hole"` // parts of the event → holes, {"lock": "$mu"}

	Where    []Constraint `json:"where,omitempty"`
	Not      *Match       `json:"not,omitempty"`      // the same node does not match this
	Inside   *Match       `json:"inside,omitempty"`   // a node around it, in the same function, does
	Has      *Match       `json:"has,omitempty"`      // a node within it, in the same function, does
	Follows  *Match       `json:"follows,omitempty"`  // something before it does
	Precedes *Match       `json:"precedes,omitempty"` // something after it does

	Path    Path   `json:"path,omitempty"`    // in the Match that inside, has, follows or precedes names: how that is decided
	Without *Match `json:"without,omitempty"` // in the Match that follows or precedes names: nothing on the way between the two matches this
}

// A Constraint narrows a match. Exactly one subject is set: Hole (with any
// number of typed tests, all of which must hold), Same, Predicate, All, Any or Not.
type Constraint struct {
	Hole       string   `json:"hole,omitempty" one:"subject" check:"hole"`
	Type       string   `json:"type,omitempty" needs:"hole"`                 // sync.Mutex, *sync.Mutex, map[string]int, error
	Underlying string   `json:"underlying,omitempty" needs:"hole"`           // map | slice | chan | func | interface | struct | pointer | basic, or a type
	Object     string   `json:"object,omitempty" needs:"hole"`               // sync.(*Mutex).Lock, time.After, fmt.Sprintf
	Is         []string `json:"is,omitempty" needs:"hole"`                   // pure, const, nil, field, global, local, captured, exported, method, used-after …
	Text       string   `json:"text,omitempty" needs:"hole" check:"regexp"`  // of the source text
	Value      string   `json:"value,omitempty" needs:"hole" check:"regexp"` // of the constant's value; of a string without its quotes

	Same []string `json:"same,omitempty" one:"subject" check:"hole"` // these holes denote the same variable or lock

	Predicate string            `json:"predicate,omitempty" one:"subject"`
	With      map[string]string `json:"with,omitempty" needs:"predicate"` // parameters of the predicate → holes or words; may bind new holes

	All []Constraint `json:"all,omitempty" one:"subject"`
	Any []Constraint `json:"any,omitempty" one:"subject"`
	Not *Constraint  `json:"not,omitempty" one:"subject"`
}

// A Report says where a finding stands; the zero value is the match itself.
type Report struct {
	At      string    `json:"at,omitempty" check:"hole"`
	Related []Related `json:"related,omitempty"`
}

// A Related place is shown beside the finding.
type Related struct {
	At      string `json:"at" check:"hole"`
	Message string `json:"message" check:"message"`
}

// A Fix is one alternative; the first whose When holds and whose strategy does
// not refuse is taken. Exactly one of Template and Strategy is set.
type Fix struct {
	Title         string         `json:"title"`
	Applicability Applicability  `json:"applicability"`
	When          []Constraint   `json:"when,omitempty"`
	Downgrade     []Downgrade    `json:"downgrade,omitempty"`
	Template      string         `json:"template,omitempty" one:"way" check:"pattern"`    // Go with holes
	Replace       string         `json:"replace,omitempty" needs:"template" check:"hole"` // hole that the template replaces; default: the match
	Strategy      string         `json:"strategy,omitempty" one:"way"`
	Params        map[string]any `json:"params,omitempty" needs:"strategy"`
	Rationale     string         `json:"rationale,omitempty"` // the argument that it is as safe as it claims
}

// A Downgrade lowers a fix where its conditions hold.
type Downgrade struct {
	When    []Constraint  `json:"when"`
	To      Applicability `json:"to"`
	Because string        `json:"because" check:"message"` // interpolates $x
}
