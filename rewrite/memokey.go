package rewrite

import (
	"encoding/json"
	"path/filepath"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rules"
)

// keyOfRun is the key of all that decides a result, the files that are loaded
// apart: lockfix itself, the options, the rules, the environment. It fails where
// one of them cannot be told.
func keyOfRun(j *job) (cache.Key, bool) {
	h := cache.NewHash("run")
	environment, err := j.Load.Environment()
	if err != nil || !j.identity(h) {
		return cache.Key{}, false
	}
	h.Strings(environment)
	return h.Key(), true
}

// identity adds all that decides a result beside the files and the environment.
func (j *job) identity(h *cache.Hash) bool {
	program, ok := j.Cache.Program()
	h.Bytes(program[:])
	addRules(h, j.library)
	addRules(h, j.chosen)
	return ok && addOptions(h, j.Options)
}

func addOptions(h *cache.Hash, opts Options) bool {
	dir, err := filepath.Abs(opts.Load.Dir)
	if err != nil || opts.Models != nil {
		return false // models do not tell what they were read from
	}
	if cfg := opts.Config; cfg != nil {
		if cfg.Source == nil {
			return false
		}
		h.String(cfg.Dir)
		h.Bytes(cfg.Source.Text)
	}
	values := []any{
		dir, opts.Load.Patterns, opts.Load.OneModule, opts.Load.NoTests, opts.Load.Tags, opts.Load.Platforms,
		opts.RuleDirs, opts.Enable, opts.Disable, opts.Level, opts.Only, opts.OnlyRules, opts.Known, opts.NoVet, opts.Brief, opts.NoFixes, opts.Prefer, opts.Pad,
	}
	text, err := json.Marshal(values)
	h.Bytes(text)
	return err == nil
}

func addRules(h *cache.Hash, all []*rules.Rule) {
	var parts []string
	for _, rule := range all {
		parts = append(parts, rule.ID)
		if rule.Source != nil {
			parts = append(parts, rule.Source.File, string(rule.Source.Text))
		}
	}
	h.Strings(parts)
}
