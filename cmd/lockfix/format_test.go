package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deferRule finds and repairs what the programs below do wrong, so that these
// tests do not hang on the rules of the library.
const deferRule = `{
	"id": "barelock", "title": "A lock is taken where it should be given back",
	"message": "$mu is locked where it should be given back", "rationale": "It blocks for ever.",
	"severity": "error", "confidence": "high", "category": "deadlock", "references": ["CWE-833"],
	"since": "0.1", "stability": "stable", "aliases": ["oldname"],
	"match": {"pattern": "defer $mu.Lock()"}, "where": [{"hole": "$mu", "type": "sync.Mutex"}],
	"fixes": [{"title": "unlock", "applicability": "safe", "strategy": "deferlock", "rationale": "It never returned."}]
}`

// CRLF, runes beyond the basic plane, backticks, no final newline.
const deferGo = "package m\r\n\r\nimport \"sync\"\r\n\r\nvar mu sync.Mutex\r\n\r\nfunc f() {\r\n" +
	"\tmu.Lock()\r\n\t_ = \"𝕩 `\"; defer mu.Lock()\r\n\t_ = `raw`\r\n}"

// inModule runs lockfix in a module with these files and returns what it prints.
func inModule(t *testing.T, files map[string]string) (dir string, run func(want int, args ...string) string) {
	dir = t.TempDir()
	files["go.mod"], files["rules/barelock.json"] = "module example.com/m\n\ngo 1.26\n", deferRule
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	env := append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary.md"))
	return dir, func(want int, args ...string) string {
		t.Helper()
		var stdout strings.Builder
		cli := CLI{Stdout: &stdout, Stderr: io.Discard, Dir: dir, Env: env}
		args = append(args, "--rules", "rules", "--enable", "barelock", "./...")
		if code := cli.Run(args); code != want {
			t.Fatalf("lockfix %v: exit code %d, want %d", args, code, want)
		}
		return stdout.String()
	}
}

// The edits that check promises in a format are those that fix makes.
func TestFixWritesWhatTheFormatsPromise(t *testing.T) {
	dir, run := inModule(t, map[string]string{"a.go": deferGo})
	suggestion := run(exitFindings, "check", "--format", "rdjsonl")
	sarif := run(exitFindings, "check", "--format", "sarif")
	run(exitOK, "fix")
	fixed, err := os.ReadFile(filepath.Join(dir, "a.go"))
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Split(deferGo, "\r\n")[8]
	if want := strings.Replace(deferGo, line, rdText(t, suggestion), 1); string(fixed) != want {
		t.Errorf("fix wrote %q, the suggestion gives %q", fixed, want)
	}
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Rules []struct{ DeprecatedIds []string }
				}
			}
			Results []struct {
				Locations []struct {
					PhysicalLocation struct {
						Region struct{ StartLine, StartColumn, EndColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(sarif), &log); err != nil {
		t.Fatal(err)
	}
	if region := log.Runs[0].Results[0].Locations[0].PhysicalLocation.Region; region.StartLine != 9 || region.StartColumn != 14 || region.EndColumn != 29 {
		t.Errorf("the region is %+v, not UTF-16 code units", region)
	}
	if ids := log.Runs[0].Tool.Driver.Rules[0].DeprecatedIds; len(ids) != 1 || ids[0] != "oldname" {
		t.Errorf("the rule's old names are %v", ids)
	}
}

// rdText is the text of the one suggestion.
func rdText(t *testing.T, diagnostic string) string {
	t.Helper()
	var d struct {
		Suggestions []struct {
			Range struct{ Start, End struct{ Line int } }
			Text  string
		}
	}
	if err := json.Unmarshal([]byte(diagnostic), &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Suggestions) != 1 || d.Suggestions[0].Range.Start.Line != 9 || d.Suggestions[0].Range.End.Line != 9 {
		t.Fatalf("suggestions %+v, want one for line 9", d.Suggestions)
	}
	return d.Suggestions[0].Text
}

// What was fixed is not a finding any more for those who annotate the code.
func TestFormatsAfterFix(t *testing.T) {
	_, run := inModule(t, map[string]string{"a.go": deferGo})
	if text := run(exitOK, "fix", "--format", "sarif"); strings.Contains(text, "where it should be") {
		t.Errorf("tells what was fixed:\n%s", text)
	}
}

func TestJobSummaryIsAppended(t *testing.T) {
	dir, run := inModule(t, map[string]string{"a.go": deferGo, "summary.md": "before\n"})
	if text := run(exitFindings, "check", "--format", "github-actions"); !strings.HasPrefix(text, "::error file=a.go,line=9,endLine=9,col=14,endColumn=29,title=barelock::") {
		t.Errorf("standard output %q", text)
	}
	run(exitFindings, "check", "--format", "sarif") // is none of GitHub's
	summary, err := os.ReadFile(filepath.Join(dir, "summary.md"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(summary); !strings.HasPrefix(text, "before\n### lockfix") || strings.Count(text, "| a.go:9 |") != 1 {
		t.Errorf("the summary is %q", text)
	}
}

// Positions are those of the file on disk, whatever its directives and its
// first bytes are.
func TestPlacesOnDisk(t *testing.T) {
	_, run := inModule(t, map[string]string{
		"line/a.go": "//line other.y:100\npackage a\n\nimport \"sync\"\n\nfunc f(mu *sync.Mutex) {}\n\nvar mu sync.Mutex\n\nfunc g() {\n\tmu.Lock()\n\tdefer mu.Lock()\n}\n",
		"mark/b.go": "\ufeffpackage b; import \"sync\"; var mu sync.Mutex; func f() { mu.Lock(); defer mu.Lock() }\n",
	})
	text := run(exitFindings, "check")
	for _, want := range []string{"line/a.go:12:2: ", "mark/b.go:1:71: "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
