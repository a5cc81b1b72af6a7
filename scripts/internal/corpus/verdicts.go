package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A row is one line of corpus.tsv: a finding and what a person who read the code
// says of it.
type row struct {
	module      string // path@version
	rule        string
	fingerprint string
	verdict     string // true, false, unclear or unjudged
	why         string
	place       string // file:line of the version that was judged
}

const (
	columns  = "module\trule\tfingerprint\tverdict\twhy\tplace"
	unjudged = "unjudged"
)

// key is what a verdict holds for: the version of the module may change, and
// with it the place.
type key struct{ module, rule, fingerprint string }

func (r row) key() key {
	path, _, _ := strings.Cut(r.module, "@")
	return key{path, r.rule, r.fingerprint}
}

func readVerdicts(file string) (map[key]row, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the verdicts: %w", err)
	}
	rows := map[key]row{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if i == 0 && line == columns {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 6 || !slices.Contains([]string{"true", "false", "unclear", unjudged}, f[3]) {
			return nil, fmt.Errorf("%s:%d: not a verdict of the form %q", file, i+1, columns)
		}
		r := row{f[0], f[1], f[2], f[3], f[4], f[5]}
		if _, twice := rows[r.key()]; twice {
			return nil, fmt.Errorf("%s:%d: %s is judged twice", file, i+1, r.fingerprint)
		}
		rows[r.key()] = r
	}
	return rows, nil
}

// merge is the verdicts after a run: those of the modules that were run are
// exactly what was found, the others stay.
func merge(rows map[key]row, results []result) []row {
	ran := map[string]bool{}
	var all []row
	for _, r := range results {
		path, _, _ := strings.Cut(r.name, "@")
		ran[path] = true
		for _, f := range r.findings {
			all = append(all, f.row)
		}
	}
	for k, r := range rows {
		if !ran[k.module] {
			all = append(all, r)
		}
	}
	return all
}

func writeVerdicts(file string, rows []row) error {
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.rule, b.rule), cmp.Compare(a.place, b.place), cmp.Compare(a.fingerprint, b.fingerprint))
	})
	var out strings.Builder
	fmt.Fprintln(&out, columns)
	for _, r := range rows {
		fmt.Fprintln(&out, strings.Join([]string{r.module, r.rule, r.fingerprint, r.verdict, r.why, r.place}, "\t"))
	}
	return os.WriteFile(file, []byte(out.String()), 0o666)
}
