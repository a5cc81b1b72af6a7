// Package config reads .lockfix.json: what a project asks of lockfix.
//
// A setting stands for the whole tree, or for some paths of it; of the settings
// that speak of one rule in one file the last counts, and a flag of the command
// line counts more than any. The file is read as strictly as a rule: every
// mistake is told, with line and column, and nothing is done with a file that
// holds one.
//
// Words: paths are patterns of file names below the directory of the file, with
// *, ? and [a-z] within a name and ** for any number of directories; one that
// names a directory means all that is in it.
package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

// Name is that of the file.
const Name = ".lockfix.json"

// A Config is exactly its JSON: unknown keys are mistakes.
type Config struct {
	Schema   string            `json:"$schema,omitempty"`        // for editors
	Rules    []string          `json:"rules,omitempty"`          // directories of *.json rules
	Models   []string          `json:"models,omitempty"`         // directories of *.json models of functions elsewhere
	Tags     []string          `json:"tags,omitempty"`           // build tags
	Baseline string            `json:"baseline,omitempty"`       // findings that are known
	Prefer   string            `json:"prefer,omitempty"`         // the kind of fix, of plan.Kinds
	Pad      bool              `json:"pad,omitempty"`            // false sharing, too
	Reasons  bool              `json:"requireReasons,omitempty"` // a directive without one silences nothing
	Owners   map[string]string `json:"owners,omitempty"`         // path → owner, where there is no CODEOWNERS
	Settings `json:"-"`
	Paths    []Override `json:"paths,omitempty"` // the last that speaks of a rule counts

	Dir    string        `json:"-"` // of the file, absolute: paths are relative to it
	Source *rules.Source `json:"-"` // for the place of a mistake
}

// Settings say which rules run and what becomes of their findings.
type Settings struct {
	Enable   []string                  `json:"enable,omitempty" check:"id"`  // these too: rules in preview
	Disable  []string                  `json:"disable,omitempty" check:"id"` // not these
	Severity map[string]rules.Severity `json:"severity,omitempty"`           // by rule
	Fix      map[string]Level          `json:"fix,omitempty"`                // by rule: how far its fixes are trusted
}

// An Override is settings for some files.
type Override struct {
	Match    []string `json:"match"` // paths
	Settings `json:"-"`
}

// A Level is what becomes of the fixes of a rule: safe makes its unsafe ones
// safe, unsafe and manual lower those above, none leaves them out.
type Level string

// The levels.
const (
	Safe   Level = "safe"
	Unsafe Level = "unsafe"
	Manual Level = "manual"
	None   Level = "none"
)

// Find returns the path of the configuration of dir: the nearest file, upwards
// to the top of the repository; "" if there is none.
func Find(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, Name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
		_, err := os.Lstat(filepath.Join(dir, ".git"))
		if err == nil || dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

// Path is a path of the configuration as the process has to open it.
func (c *Config) Path(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// A Setting is what a configuration says of one rule in one file.
type Setting struct {
	Off      bool
	Severity rules.Severity // "": the rule's own
	Fix      Level          // "": what is computed
}

// At returns the setting of a rule for a file, by its absolute path. on says
// whether the rule runs where nothing is said of it.
func (c *Config) At(rule, file string, on bool) Setting {
	if c == nil {
		return Setting{Off: !on}
	}
	at := Setting{Off: !on}
	at.override(rule, c.Settings)
	if len(c.Paths) == 0 {
		return at
	}
	rel, err := filepath.Rel(c.Dir, file)
	if err != nil || strings.HasPrefix(rel, "..") {
		return at
	}
	for _, o := range c.Paths {
		if o.covers(filepath.ToSlash(rel)) {
			at.override(rule, o.Settings)
		}
	}
	return at
}

func (at *Setting) override(rule string, s Settings) {
	if slices.Contains(s.Enable, rule) {
		at.Off = false
	}
	if slices.Contains(s.Disable, rule) {
		at.Off = true
	}
	if severity := s.Severity[rule]; severity != "" {
		at.Severity = severity
	}
	if level := s.Fix[rule]; level != "" {
		at.Fix = level
	}
}

func (o Override) covers(file string) bool {
	return slices.ContainsFunc(o.Match, func(pattern string) bool { return Matches(pattern, file) })
}

// Enabled reports whether a rule is enabled by name, for the tree or for a part.
func (c *Config) Enabled(rule string) bool {
	if c == nil {
		return false
	}
	return slices.Contains(c.Enable, rule) ||
		slices.ContainsFunc(c.Paths, func(o Override) bool { return slices.Contains(o.Enable, rule) })
}
