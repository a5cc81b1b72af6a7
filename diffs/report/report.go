// Package report holds the one record that every output format is a pure
// function of, and the formats, one a file.
//
// Words: a finding is one hazard at one place; its fix status says what became
// of it, and every finding has exactly one, so that the counts add up; a
// suppressed finding is one that the user has asked not to hear about.
package report

// A Report is what one run found and did.
type Report struct {
	Version  int       `json:"version"` // of this contract: 1
	Findings []Finding `json:"findings"`
	Counts   Counts    `json:"counts"`
	Errors   []Error   `json:"errors"`
	Tests    *Tests    `json:"tests,omitempty"` // nil: none were run

	Tool  string `json:"-"` // version of lockfix, empty if unknown
	Rules []Rule `json:"-"` // what formats tell of the rules; one that is missing is known by its id
}

// A Rule is what a reader is told of the hazard behind a finding.
type Rule struct {
	ID         string
	Title      string
	Rationale  string // Markdown
	Severity   string // of its findings, unless they say otherwise
	Confidence string
	Category   string
	References []string // "CWE-833", URLs, or words
	Aliases    []string // ids that it had before
}

// A Finding is one hazard at one place.
type Finding struct {
	ID         string    `json:"id"` // fingerprint: stable when lines move
	Rule       string    `json:"rule"`
	Severity   string    `json:"severity"`
	Confidence string    `json:"confidence"`
	Category   string    `json:"category"`
	Message    string    `json:"message"`
	File       string    `json:"file"` // relative to the working directory, slash-separated
	Range      Range     `json:"range"`
	Package    string    `json:"-"`      // import path
	Symbol     string    `json:"symbol"` // the declaration around it: "(*T).Put"
	Related    []Related `json:"related"`
	Suppressed bool      `json:"suppressed"`      // by the source or the baseline; its status is Skipped
	Known      bool      `json:"known,omitempty"` // suppressed, since it is in the baseline
	Fix        Fix       `json:"fix"`
}

// A Range is half-open. Lines and columns are 1-based; columns count bytes.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// A Position is a place in a file as it is on disk.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Related is a place that the finding rests on.
type Related struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// Status is what became of a finding's fix.
type Status string

// Every status; Counts has a field for each.
const (
	Fixable    Status = "fixable"     // there is a verified fix
	Fixed      Status = "fixed"       // it was written
	Refused    Status = "refused"     // every alternative refused
	RolledBack Status = "rolled-back" // the fix failed verification
	Conflict   Status = "conflict"    // another fix of the same place came first
	Skipped    Status = "skipped"     // the file is never edited, or the finding is suppressed
	None       Status = "none"        // the rule has no fix for it
	Unplanned  Status = "unplanned"   // no fixes were asked for
)

// A Fix is what lockfix offers, did or would not do.
type Fix struct {
	Status        Status `json:"status"`
	Applicability string `json:"applicability,omitempty"` // safe, unsafe or manual
	Title         string `json:"title,omitempty"`
	Strategy      string `json:"strategy,omitempty"`
	Because       string `json:"because,omitempty"` // why there is none, or why it is not safe
	Edits         []Edit `json:"edits"`             // one atomic set
}

// An Edit replaces the bytes [Start, End) of the file as it is on disk.
type Edit struct {
	File  string `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

// An Error is something that kept the result from being complete.
type Error struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Package string `json:"package,omitempty"`
	Message string `json:"message"`
}
