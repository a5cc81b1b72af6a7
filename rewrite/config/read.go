package config

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules"
)

// Read reads a configuration; shown is its name for the user. The mistakes are
// all that can be seen without knowing which rules there are. The error is for
// a file that cannot be read.
func Read(file, shown string) (*Config, []rules.Mistake, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("configuration: %w", err)
	}
	c := &Config{Dir: filepath.Dir(file), Source: &rules.Source{File: shown, Text: text}}
	if bytes.Equal(bytes.TrimSpace(text), []byte("{}")) {
		return c, nil, nil // a configuration may say nothing
	}
	mistakes := rules.Decode(c.Source, c)
	return c, append(mistakes, c.checkValues()...), nil
}

func (c *Config) mistake(pointer, format string, args ...any) rules.Mistake {
	return (&rules.Rule{Source: c.Source}).Mistake(pointer, format, args...)
}

// checkValues looks at what stands in the file alone.
func (c *Config) checkValues() (all []rules.Mistake) {
	for key, dirs := range map[string][]string{"rules": c.Rules, "models": c.Models} {
		for i, dir := range dirs {
			if info, err := os.Stat(c.Path(dir)); dir != "" && (err != nil || !info.IsDir()) {
				all = append(all, c.mistake(fmt.Sprintf("/%s/%d", key, i), "%s is no directory", dir))
			}
		}
	}
	if c.Prefer != "" && !slices.Contains(Kinds, c.Prefer) {
		all = append(all, c.mistake("/prefer", "%q is none of %s", c.Prefer, strings.Join(Kinds, ", ")))
	}
	all = append(all, c.checkSettings("", c.Settings)...)
	for i, o := range c.Paths {
		at := fmt.Sprintf("/paths/%d", i)
		for j, pattern := range o.Match {
			if err := badPattern(pattern); err != nil {
				all = append(all, c.mistake(fmt.Sprintf("%s/match/%d", at, j), "%q: %v", pattern, err))
			}
		}
		all = append(all, c.checkSettings(at, o.Settings)...)
	}
	return all
}

// Kinds are those of plan.Kinds.
var Kinds = []string{"guard", "syncmap", "atomic", "sharded"}

func (c *Config) checkSettings(at string, s Settings) (all []rules.Mistake) {
	for _, rule := range slices.Sorted(maps.Keys(s.Fix)) {
		level := s.Fix[rule]
		if !slices.Contains([]Level{Safe, Unsafe, Manual, None, ""}, level) {
			all = append(all, c.mistake(at+"/fix/"+rule, "%q is none of safe, unsafe, manual, none", level))
		}
	}
	return all
}

// Resolve turns every name of a rule into its id; a mistake is a name that no
// rule of the library bears.
func (c *Config) Resolve(library []*rules.Rule) []rules.Mistake {
	r := resolver{config: c, ids: map[string]string{}}
	for _, rule := range library {
		for _, name := range append([]string{rule.ID}, rule.Aliases...) {
			r.ids[name] = rule.ID
		}
	}
	r.settings("", &c.Settings)
	for i := range c.Paths {
		r.settings(fmt.Sprintf("/paths/%d", i), &c.Paths[i].Settings)
	}
	return r.mistakes
}

type resolver struct {
	config   *Config
	ids      map[string]string // name → id
	mistakes []rules.Mistake
}

func (r *resolver) settings(at string, s *Settings) {
	r.list(at+"/enable", s.Enable)
	r.list(at+"/disable", s.Disable)
	s.Severity = resolved(r, at+"/severity", s.Severity)
	s.Fix = resolved(r, at+"/fix", s.Fix)
}

func (r *resolver) list(at string, names []string) {
	for i, name := range names {
		if name != "" {
			names[i] = r.name(fmt.Sprintf("%s/%d", at, i), name)
		}
	}
}

func resolved[V any](r *resolver, at string, byName map[string]V) map[string]V {
	out := make(map[string]V, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		out[r.name(at+"/"+name, name)] = byName[name]
	}
	return out
}

func (r *resolver) name(at, name string) string {
	if id := r.ids[name]; id != "" {
		return id
	}
	known := slices.Sorted(maps.Values(r.ids))
	r.mistakes = append(r.mistakes, r.config.mistake(at, "there is no rule %q%s", name, strings.TrimSuffix(rules.Suggest(name, known), ".")))
	return name
}
