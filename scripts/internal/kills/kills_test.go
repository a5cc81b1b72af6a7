package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A few of the kills of scripts/kills, in a small module.
func TestKills(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	var out strings.Builder
	o := options{kills: 3, commands: []string{"fix", "batch", "hook"}, planted: 6, module: filepath.Join("..", "..", "..", "fixtures", "example"), seed: 1, out: &out}
	if err := o.run(); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	t.Log(out.String())
}
