package main

import (
	"path/filepath"

	"github.com/lockfix/lockfix/rewrite"
)

// in returns the options for the module in dir. What the user named, rules, a
// configuration or a baseline, is named from where the user is.
func (s selection) in(c *CLI, dir string) (opts rewrite.Options, err error) {
	inModule := *c
	inModule.Dir = dir
	inModule.rules = make([]string, len(c.rules))
	for i, rules := range c.rules {
		if inModule.rules[i], err = c.fromHere(rules); err != nil {
			return opts, err
		}
	}
	if inModule.conf, err = c.fromHere(c.conf); err != nil {
		return opts, err
	}
	if s.baseline, err = c.fromHere(s.baseline); err != nil {
		return opts, err
	}
	return s.options(&inModule, nil)
}

// fromHere is the absolute path of a file that a flag names; "" and none name none.
func (c *CLI) fromHere(name string) (string, error) {
	if name == "" || name == "none" {
		return name, nil
	}
	return filepath.Abs(c.path(name))
}
