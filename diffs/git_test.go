package diffs_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/diffs"
)

// Git accepts every diff, and applying it gives the very bytes of After,
// whatever the line ends, the encoding and the name.
func TestGitAppliesEveryDiff(t *testing.T) {
	dir := repository(t)
	rng := rand.New(rand.NewPCG(9, 10))
	for round := range 25 {
		changes := randomChanges(t, rng, dir)
		diff := diffs.Unified(changes)
		git(t, dir, diff, "apply", "--check", "-")
		git(t, dir, diff, "apply", "-")
		for _, c := range changes {
			got, err := os.ReadFile(filepath.Join(dir, c.Path))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, c.After) {
				t.Fatalf("round %d, %q: applied\n%s\ngot  %q\nwant %q", round, c.Path, diff, got, c.After)
			}
		}
	}
}

// For what people write by hand the text is git's own.
func TestUnifiedIsWhatGitPrints(t *testing.T) {
	dir := repository(t)
	rng := rand.New(rand.NewPCG(11, 12))
	source, err := os.ReadFile("lines.go")
	if err != nil {
		t.Fatal(err)
	}
	for range 60 {
		after := typicalEdit(rng, source)
		write(t, dir, "lines.go", source)
		git(t, dir, "", "add", "lines.go")
		write(t, dir, "lines.go", after)
		want := git(t, dir, "", "diff", "--minimal", "--no-indent-heuristic", "--no-color", "--", "lines.go")
		if _, rest, found := strings.Cut(want, "\nindex "); found { // blob ids and the mode
			_, rest, _ = strings.Cut(rest, "\n")
			want = "diff --git a/lines.go b/lines.go\n" + rest
		}
		got := diffs.Unified([]diffs.Change{{Path: "lines.go", Before: source, After: after}})
		if got != want {
			t.Fatalf("got\n%s\ngit prints\n%s", got, want)
		}
	}
}

// typicalEdit deletes, changes or inserts a few lines at a few places.
func typicalEdit(rng *rand.Rand, source []byte) []byte {
	lines := diffs.SplitLines(source)
	var out []string
	for i, line := range lines {
		switch rng.IntN(60) {
		case 0: // gone
		case 1:
			out = append(out, fmt.Sprintf("\tchanged(%d)\n", i))
		case 2:
			out = append(out, fmt.Sprintf("\tinserted(%d)\n", i), line)
		default:
			out = append(out, line)
		}
	}
	return []byte(strings.Join(out, ""))
}

var oddNames = []string{
	"a.go", "my pkg/a b.go", "ü/日本.go", `q"uote.go`, `back\slash.go`, "tab\there.go", "nl\nx.go",
	"\xff.go", "trailing ", " leading", "-dash.go", "a/b/c.go", "b/x.go", "x\x7f.go", "=>.go", "{x => y}.go",
}

func randomChanges(t *testing.T, rng *rand.Rand, dir string) []diffs.Change {
	var changes []diffs.Change
	for _, name := range oddNames {
		before := randomText(rng)
		after := mutate(rng, before)
		write(t, dir, name, before)
		changes = append(changes, diffs.Change{Path: name, Before: before, After: after})
	}
	return changes
}

func randomText(rng *rand.Rand) []byte {
	words := []string{"a", "b", "{", "}", "", "\t", "func f() {", "日本", "\xff\xfe", "\x00", "--- x", "+++ y", "@@ -1 +1 @@", `\ No newline at end of file`, "\v", "a\rb"}
	ends := []string{"\n", "\n", "\n", "\r\n"}
	var out bytes.Buffer
	for range rng.IntN(40) {
		out.WriteString(words[rng.IntN(len(words))] + ends[rng.IntN(len(ends))])
	}
	if rng.IntN(3) == 0 {
		out.WriteString("no newline here")
	}
	return out.Bytes()
}

func mutate(rng *rand.Rand, text []byte) []byte {
	var out []string
	for _, line := range diffs.SplitLines(text) {
		switch rng.IntN(8) {
		case 0:
		case 1:
			out = append(out, "new\r\n", line)
		case 2:
			out = append(out, strings.TrimRight(line, "\r\n")+"\n")
		default:
			out = append(out, line)
		}
	}
	joined := strings.Join(out, "")
	if rng.IntN(4) == 0 {
		joined = strings.TrimRight(joined, "\r\n")
	}
	return []byte(joined)
}

func write(t *testing.T, dir, name string, text []byte) {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
}

func repository(t *testing.T) string {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	git(t, dir, "", "init", "-q")
	return dir
}

// git runs git in dir, away from the user's configuration.
func git(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	cmd.Stdin = strings.NewReader(stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s%s", strings.Join(args, " "), err, stderr.String(), stdin)
	}
	return string(out)
}
