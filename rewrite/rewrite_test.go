package rewrite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
)

// calls is a program in which rules about calls have something to do.
const calls = `
-- go.mod --
module calls
go 1.26
-- calls.go --
package calls

func old(n int) int    { return n }
func young(n int) int  { return n }
func text(s string) string { return s }

func one() int { return old(1) }

func two() int { return old(2) + old(3) }

//lockfix:ignore renamed it is meant
func three() int { return old(4) }
`

// renames is a rule that replaces calls of one function.
func renames(id, from, template string, level rules.Applicability) string {
	return fmt.Sprintf(`-- rules/%s.json --
{"id": %[1]q, "title": "t", "message": "%[2]s is called", "rationale": "r", "severity": "error", "confidence": "high",
 "category": "misuse", "since": "0.1.0", "stability": "stable", "match": {"pattern": "%[2]s($x)"},
 "fixes": [{"title": "f", "applicability": %[4]q, "template": %[3]q}]}
`, id, from, template, level)
}

// run runs the rules of an archive over its module.
func run(t *testing.T, archive string, opts rewrite.Options) *rewrite.Result {
	t.Helper()
	res, err := try(t, context.Background(), archive, opts)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Report.Counts.Balanced() {
		t.Errorf("the counts do not add up: %+v", res.Report.Counts)
	}
	return res
}

func try(t *testing.T, ctx context.Context, archive string, opts rewrite.Options) (*rewrite.Result, error) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	opts.Load = load.Config{Dir: dir, Patterns: []string{"./..."}}
	opts.RuleDirs = []string{filepath.Join(dir, "rules")}
	return rewrite.Run(ctx, opts)
}

// statuses lists what became of the findings of a rule, in the order of the text.
func statuses(r report.Report, rule string) string {
	var all []string
	for _, f := range r.Findings {
		if f.Rule == rule {
			all = append(all, string(f.Fix.Status))
		}
	}
	return strings.Join(all, " ")
}

func after(res *rewrite.Result) string {
	if len(res.Changes) == 0 {
		return ""
	}
	return string(res.Changes[0].After)
}

func TestFixesOfOneDeclarationComeInRounds(t *testing.T) {
	res := run(t, calls+renames("renamed", "old", "young($x)", rules.Safe), rewrite.Options{})
	if got, want := statuses(res.Report, "renamed"), "fixable fixable fixable skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := statuses(res.Written(), "renamed"), "fixed fixed fixed skipped"; got != want {
		t.Errorf("written: got %q, want %q", got, want)
	}
	if !strings.Contains(after(res), "young(2) + young(3)") || !strings.Contains(after(res), "old(4)") {
		t.Errorf("got\n%s", after(res))
	}
}

func TestWhatDoesNotTypeCheckIsRolledBackAlone(t *testing.T) {
	res := run(t, calls+
		renames("broken", "young", "text($x)", rules.Safe)+
		renames("renamed", "old", "text($x)", rules.Safe), rewrite.Options{})
	if got, want := statuses(res.Report, "renamed"), "rolled-back rolled-back rolled-back skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if because := res.Report.Findings[0].Fix.Because; !strings.Contains(because, "does not type-check") || !strings.Contains(because, "calls.go:7") {
		t.Errorf("the reason is %q", because)
	}
	if len(res.Changes) > 0 {
		t.Errorf("something changed:\n%s", after(res))
	}
}

func TestOneGuiltyPlanDoesNotStopTheOthers(t *testing.T) {
	res := run(t, calls+"-- more.go --\npackage calls\n\nfunc four() string { return text(\"x\") }\n"+
		renames("renamed", "old", "young($x)", rules.Safe)+
		renames("wrong", "text", "young($x)", rules.Safe), rewrite.Options{})
	if got, want := statuses(res.Report, "renamed"), "fixable fixable fixable skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := statuses(res.Report, "wrong"), "rolled-back"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFixThatBringsAnotherFindingIsRolledBack(t *testing.T) {
	res := run(t, calls+
		renames("renamed", "old", "young($x)", rules.Safe)+
		renames("back", "young", "old($x)", rules.Safe), rewrite.Options{})
	if got, want := statuses(res.Report, "renamed"), "rolled-back rolled-back rolled-back skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnsafeIsOfferedAndNotApplied(t *testing.T) {
	archive := calls + renames("renamed", "old", "young($x)", rules.Unsafe)
	res := run(t, archive, rewrite.Options{})
	if got, want := statuses(res.Written(), "renamed"), "fixable fixable fixable skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(res.Changes) > 0 {
		t.Errorf("an unsafe fix was applied:\n%s", after(res))
	}
	res = run(t, archive, rewrite.Options{Level: rules.Unsafe})
	if got, want := statuses(res.Written(), "renamed"), "fixed fixed fixed skipped"; got != want {
		t.Errorf("--unsafe: got %q, want %q", got, want)
	}
}

func TestAnOfferThatDoesNotTypeCheckIsNoOffer(t *testing.T) {
	res := run(t, calls+renames("renamed", "old", "text($x)", rules.Unsafe), rewrite.Options{})
	if got, want := statuses(res.Report, "renamed"), "rolled-back rolled-back rolled-back skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFingerprintsSurviveMovedLines(t *testing.T) {
	rule := renames("renamed", "old", "young($x)", rules.Safe)
	before := run(t, calls+rule, rewrite.Options{}).Report
	moved := strings.Replace(calls, "func one()", "// one is first.\n\n// And documented.\nfunc one()", 1)
	now := run(t, moved+rule, rewrite.Options{}).Report
	for i, f := range before.Findings {
		if now.Findings[i].ID != f.ID {
			t.Errorf("%s: the fingerprint changed", f.Symbol)
		}
		if i > 0 && before.Findings[i-1].ID == f.ID {
			t.Errorf("%s: two findings share a fingerprint", f.Symbol)
		}
	}
}

func TestACancelledRunEndsWithItsError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	whileItMatches := func(int, int, string) { cancel() }
	_, err := try(t, ctx, calls+renames("renamed", "old", "young($x)", rules.Safe), rewrite.Options{Progress: whileItMatches})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestOnlyFixesWhatIsNamed(t *testing.T) {
	archive := calls + renames("renamed", "old", "young($x)", rules.Safe)
	id := run(t, archive, rewrite.Options{}).Report.Findings[0].ID
	res := run(t, archive, rewrite.Options{Only: []string{id}})
	if got, want := statuses(res.Written(), "renamed"), "fixed fixable fixable skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
