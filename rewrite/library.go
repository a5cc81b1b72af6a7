package rewrite

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/lockfix/lockfix/rewrite/plan"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// Mistakes is the error of a rule library: everything that is wrong with it.
type Mistakes []rules.Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.Error()
	}
	return strings.Join(lines, "\n")
}

// Library returns the rules of lockfix and those of dirs, sorted by id. The
// error is a Mistakes where rules are wrong: those of reading and, of the rules
// that could be read, those of meaning. Nobody may change the rules: a command asks
// for them more than once, and those of lockfix alone are read once.
func Library(dirs []string) ([]*rules.Rule, error) {
	if len(dirs) > 0 {
		return readLibrary(dirs)
	}
	lib, err := shipped()
	return slices.Clone(lib), err
}

var shipped = sync.OnceValues(func() ([]*rules.Rule, error) { return readLibrary(nil) })

func readLibrary(dirs []string) ([]*rules.Rule, error) {
	lib := rules.Library()
	var mistakes Mistakes
	for _, dir := range dirs {
		more, wrong, err := readDir(dir)
		if err != nil {
			return nil, err
		}
		lib, mistakes = append(lib, more...), append(mistakes, wrong...)
	}
	if len(dirs) > 0 { // a test holds what lockfix ships with free of mistakes
		mistakes = append(mistakes, meaning(lib)...)
	}
	if len(mistakes) > 0 {
		slices.SortStableFunc(mistakes, byPlace)
		return nil, mistakes
	}
	lib = append(lib, Unused)
	slices.SortFunc(lib, func(a, b *rules.Rule) int { return strings.Compare(a.ID, b.ID) })
	return lib, nil
}

func byPlace(a, b rules.Mistake) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// meaning finds what is wrong with rules that can be read.
func meaning(lib []*rules.Rule) (mistakes []rules.Mistake) {
	mistakes = append(clashes(lib), plan.Check(lib)...)
	_, senseless := match.Compile(lib)
	return append(mistakes, senseless...)
}

// readDir reads the rules of one directory; the places of mistakes bear its name.
func readDir(dir string) ([]*rules.Rule, []rules.Mistake, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, nil, fmt.Errorf("rules: %s is not a directory: --rules takes a directory of *.json rules", dir)
	}
	found, mistakes := rules.Read(os.DirFS(dir).(fs.FS))
	for _, rule := range found {
		rule.Source.File = dir + "/" + rule.Source.File
	}
	for i := range mistakes {
		mistakes[i].File = dir + "/" + mistakes[i].File
	}
	if len(found) == 0 && len(mistakes) == 0 {
		return nil, nil, fmt.Errorf("rules: %s holds no *.json rule", dir)
	}
	return found, mistakes, nil
}

// clashes finds ids that two rules share.
func clashes(lib []*rules.Rule) (mistakes []rules.Mistake) {
	byID := map[string]*rules.Rule{}
	for _, rule := range lib {
		if other := byID[rule.ID]; other != nil {
			mistakes = append(mistakes, rule.Mistake("/id", "%q is the id of a rule in %s already: rename one", rule.ID, other.Source.File))
			continue
		}
		byID[rule.ID] = rule
	}
	return mistakes
}

// choose applies --enable and --disable, and what the configuration enables
// somewhere. Names may be aliases.
func choose(lib []*rules.Rule, opts Options) ([]*rules.Rule, error) {
	enable, disable := opts.Enable, opts.Disable
	if err := known(lib, append(slices.Clone(enable), disable...)); err != nil {
		return nil, err
	}
	var chosen []*rules.Rule
	for _, rule := range lib {
		on := named(rule, enable) || len(enable) == 0 && (byDefault(rule) || opts.Config.Enabled(rule.ID)) || opts.asks(rule)
		if rule == Unused {
			continue // it is no matter of matching
		}
		if on && !named(rule, disable) {
			chosen = append(chosen, rule)
		}
	}
	return chosen, nil
}

// byDefault reports whether a rule runs without being asked for: what is not
// yet proved on real code, and what is mostly a guess, is opt-in.
func byDefault(rule *rules.Rule) bool {
	return rule.Stability == "stable" && rule.Confidence != "low"
}

// asks reports whether an option asks for a rule without naming it.
func (o *Options) asks(rule *rules.Rule) bool { return o.Pad && plan.Pads(rule) }

func named(rule *rules.Rule, ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool {
		return id == rule.ID || slices.Contains(rule.Aliases, id)
	})
}

// known is an error for a name that no rule bears.
func known(lib []*rules.Rule, ids []string) error {
	for _, id := range ids {
		if !slices.ContainsFunc(lib, func(rule *rules.Rule) bool { return named(rule, []string{id}) }) {
			return fmt.Errorf("rules: there is no rule %q: `lockfix rules list` shows them all", id)
		}
	}
	return nil
}
