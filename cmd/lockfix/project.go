package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/baseline"
	"github.com/lockfix/lockfix/rewrite/config"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/models"
)

// badConfig is the error of a configuration: all that is wrong with it.
type badConfig []rules.Mistake

func (b badConfig) Error() string {
	lines := make([]string, len(b))
	for i, m := range b {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// projectFile is the path of the configuration, "" if there is none.
func (c *CLI) projectFile() string {
	switch c.conf {
	case "none":
		return ""
	case "":
		return config.Find(c.Dir)
	}
	return c.path(c.conf)
}

// project reads the configuration; nil if there is none.
func (c *CLI) project() (*config.Config, error) {
	file := c.projectFile()
	if file == "" {
		return nil, nil
	}
	cfg, mistakes, err := c.readProject(file)
	if err != nil {
		return nil, err
	}
	if len(mistakes) > 0 {
		return nil, badConfig(mistakes)
	}
	return cfg, nil
}

// readProject reads a configuration and holds it against the rules that it names.
func (c *CLI) readProject(file string) (*config.Config, []rules.Mistake, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return nil, nil, err
	}
	cfg, mistakes, err := config.Read(file, c.shown(file))
	if err != nil {
		return nil, nil, err
	}
	library, err := rewrite.Library(c.ruleDirs(cfg))
	if wrong, ok := errors.AsType[rewrite.Mistakes](err); ok {
		mistakes = append(mistakes, wrong...)
	}
	if err == nil { // otherwise nobody knows which names there are
		mistakes = append(mistakes, cfg.Resolve(library)...)
	}
	return cfg, config.Sorted(mistakes), nil
}

// settle adds to the options what stands in files: models, tags and the baseline.
func (c *CLI) settle(s *selection, cfg *config.Config, opts *rewrite.Options) error {
	if cfg != nil {
		opts.Load.Tags = append(opts.Load.Tags, cfg.Tags...)
		set, err := readModels(cfg)
		if err != nil {
			return err
		}
		opts.Models = set
	}
	if cfg != nil {
		opts.Prefer = cmp.Or(opts.Prefer, cfg.Prefer)
		opts.Pad = opts.Pad || cfg.Pad
	}
	file := c.baselineFile(s.baseline, cfg)
	if file == "" {
		return nil
	}
	known, err := baseline.Read(file)
	if err != nil {
		return err
	}
	s.known, opts.Known = known, known.IDs()
	return nil
}

// readModels returns nil where the configuration adds none to those of lockfix.
func readModels(cfg *config.Config) (*models.Set, error) {
	if len(cfg.Models) == 0 {
		return nil, nil
	}
	set := models.Shipped()
	for _, dir := range cfg.Models {
		more, mistakes := models.Read(os.DirFS(cfg.Path(dir)))
		if len(mistakes) > 0 {
			for i := range mistakes {
				mistakes[i].File = filepath.ToSlash(filepath.Join(dir, mistakes[i].File))
			}
			return nil, badConfig(mistakes)
		}
		set = set.With(more)
	}
	return &set, nil
}

// baselineFile is what a flag names, or the configuration; "" if there is none.
func (c *CLI) baselineFile(flag string, cfg *config.Config) string {
	switch {
	case flag == "none":
		return ""
	case flag != "":
		return c.path(flag)
	case cfg != nil && cfg.Baseline != "":
		return cfg.Path(cfg.Baseline)
	}
	return ""
}

// shrunk says what of the baseline is found no more.
func (c *CLI) shrunk(s *selection, result *rewrite.Result) {
	if s.known == nil || c.quiet {
		return
	}
	gone := s.known.Gone(result.Report, result.Looked, result.Ran)
	for _, k := range gone {
		c.say("%s: gone from the baseline's findings: %s [%s]", k.File, k.Message, k.Rule)
	}
	if len(gone) > 0 {
		c.say("`lockfix baseline write` takes what is gone out of the baseline")
	}
}
