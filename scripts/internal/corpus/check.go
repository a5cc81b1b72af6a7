package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rules"
	"github.com/lockfix/lockfix/scripts/internal/cost"
)

// A result is what lockfix says of one target, beside what people say.
type result struct {
	target
	report   report.Report
	lines    int
	took     cost.Cost
	findings []finding
	gone     []row
}

// A finding is one of the report with its verdict.
type finding struct {
	report.Finding
	row   row
	isNew bool
}

// check runs `lockfix check` in the target.
func (t target) check(bin string) (result, error) {
	out, took, err := t.lockfix(bin, "check", "--format", "json", "--enable", everyRule(), t.pattern)
	if err != nil {
		return result{}, err
	}
	r := result{target: t, took: took}
	if r.lines, err = t.lines(); err != nil {
		return r, fmt.Errorf("%s: %w", t.name, err)
	}
	if err := json.Unmarshal(out, &r.report); err != nil {
		return r, fmt.Errorf("%s: lockfix check printed no report: %w\n%s", t.name, err, out)
	}
	return r, nil
}

// everyRule names the whole library, preview rules too: they are judged here
// before they become stable.
func everyRule() string {
	var ids []string
	for _, r := range rules.Library() {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, ",")
}

// badUsage is the exit code of a run that gave no answer; 1, 3 and 4 are answers.
const badUsage = 2

// lockfix runs the binary in the target.
func (t target) lockfix(bin string, args ...string) ([]byte, cost.Cost, error) {
	cmd := exec.Command(bin, args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	took, err := cost.Of(cmd)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() != badUsage {
		err = nil
	}
	if err != nil {
		return nil, took, fmt.Errorf("%s: lockfix %v: %w\n%s", t.name, args, err, &stderr)
	}
	return stdout.Bytes(), took, nil
}

// judge gives each finding its verdict, and collects the verdicts whose finding
// is gone.
func (r *result) judge(rows map[key]row) {
	seen := map[key]bool{}
	for _, f := range r.report.Findings {
		now := row{r.name, f.Rule, f.ID, unjudged, "", fmt.Sprintf("%s:%d %s", f.File, f.Range.Start.Line, f.Symbol)}
		then, known := rows[now.key()]
		if known {
			now.verdict, now.why = then.verdict, then.why
		}
		seen[now.key()] = true
		r.findings = append(r.findings, finding{f, now, !known})
	}
	module := row{module: r.name}.key().module
	for k, old := range rows {
		if k.module == module && !seen[k] {
			r.gone = append(r.gone, old)
		}
	}
}
