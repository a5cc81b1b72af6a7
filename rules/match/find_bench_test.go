package match_test

import (
	"fmt"
	"testing"

	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/rules/match"
)

// some is a small library of the usual kind.
func some(t testing.TB) []*rules.Rule {
	return append(rules.Library(),
		ruleNamed(t, "s1", `"match": {"event": "lock", "with": {"lock": "$m"}, "precedes": {"event": "unlock", "with": {"lock": "$m"}, "path": "some"}}`),
		ruleNamed(t, "s2", `"match": {"event": "map-write", "with": {"map": "$m"}}, "where": [{"hole": "$m", "is": ["global"]}]`),
		ruleNamed(t, "s3", `"match": {"event": "go"}`),
		ruleNamed(t, "s4", `"match": {"pattern": "$x, $err := $f($*_); return $x, $err"}`),
		ruleNamed(t, "s5", `"match": {"event": "plain-store", "with": {"var": "$v"}}, "where": [{"hole": "$v", "is": ["captured"]}]`),
	)
}

// synthetic returns n more rules, each about a name of its own.
func synthetic(t testing.TB, n int) (all []*rules.Rule) {
	forms := []string{
		`"match": {"pattern": "$x.Method%[1]d($*_)"}`,
		`"match": {"pattern": "if $v, $ok := $m.Lookup%[1]d($k); !$ok { $*_; $m.Put%[1]d($k, $w) }"}`,
		`"match": {"event": "call", "bind": "$c", "where": [{"hole": "$c", "object": "example.com/p.(*T).Do%[1]d"}]}`,
		`"match": {"pattern": "$t := sync.New%[1]d($*_); $*_; $t.Close()"}`,
		`"match": {"pattern": "type $T struct { $*_; $f Type%[1]d; $*_ }"}`,
	}
	for i := range n {
		all = append(all, ruleNamed(t, fmt.Sprintf("x%d", i), fmt.Sprintf(forms[i%len(forms)], i)))
	}
	return all
}

// Adding a hundred rules to a library must cost less than a fifth.
func BenchmarkFind(b *testing.B) {
	pkg := standard(b, "go/types")
	for _, more := range []int{0, 100} {
		set, mistakes := match.Compile(append(some(b), synthetic(b, more)...))
		if len(mistakes) > 0 {
			b.Fatal(mistakes)
		}
		b.Run(fmt.Sprintf("rules=some+%d", more), func(b *testing.B) {
			for b.Loop() {
				if _, problems := set.Find(pkg); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
		})
	}
}

// The same as a test, by what can be counted on a busy machine: allocations.
func TestMoreRulesCostLittle(t *testing.T) {
	pkg := standard(t, "bufio")
	cost := func(more int) float64 {
		set, mistakes := match.Compile(append(some(t), synthetic(t, more)...))
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		set.Find(pkg) // facts are computed once
		return testing.AllocsPerRun(3, func() { set.Find(pkg) })
	}
	if few, many := cost(0), cost(100); many > 1.2*few {
		t.Errorf("%.0f allocations, with a hundred more rules %.0f", few, many)
	}
}
