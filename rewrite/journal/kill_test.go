package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lockfix/lockfix/rewrite/journal"
	"github.com/lockfix/lockfix/rewrite/write"
)

// The process under test: it writes, or takes back, and is killed meanwhile.
func TestMain(m *testing.M) {
	if dir := os.Getenv("JOURNAL_TEST_DIR"); dir != "" {
		act(dir, os.Getenv("JOURNAL_TEST_ACT"))
		return
	}
	os.Exit(m.Run())
}

func act(dir, verb string) {
	fmt.Println("ready")
	j := journal.At(filepath.Join(dir, ".journal"))
	var err error
	switch verb {
	case "write":
		err = j.Write(context.Background(), all(dir))
	case "undo":
		_, err = j.Undo(context.Background())
	case "finish":
		_, err = j.Finish(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const files = 24

func all(dir string) (all []write.File) {
	for i := range files {
		all = append(all, write.File{
			Path:   filepath.Join(dir, fmt.Sprintf("%02d.go", i)),
			Before: text("old", i), After: text("new", i),
		})
	}
	return all
}

// text is long enough that a write of it can be cut in two.
func text(word string, i int) []byte {
	return []byte(strings.Repeat(fmt.Sprintf("// %s %d\n", word, i), 2000))
}

// A process that writes is killed at any moment, and so is the one that takes
// the write back, or finishes it: every file is whole at all times, and in the
// end they are as they were, or as they were to be. LOCKFIX_KILLS says how often.
func TestAKillAtAnyMoment(t *testing.T) {
	kills := 12
	if n, err := strconv.Atoi(os.Getenv("LOCKFIX_KILLS")); err == nil {
		kills = n
	}
	took := time.Duration(0)
	cut := 0
	for range kills {
		dir := t.TempDir()
		for _, f := range all(dir) {
			if err := os.WriteFile(f.Path, f.Before, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if took == 0 {
			took = duration(t, dir)
		}
		if killed(t, dir, "write", took) {
			cut++
		}
		mixed(t, dir)
		settle(t, dir, took)
	}
	t.Logf("%d of %d writes of %v were cut short", cut, kills, took)
	if cut == 0 {
		t.Error("no write was cut short: the test shows nothing")
	}
}

// duration is how long a write takes that nobody disturbs; it is taken back.
func duration(t *testing.T, dir string) time.Duration {
	t.Helper()
	start := time.Now()
	if killed(t, dir, "write", time.Hour) {
		t.Fatal("a write failed")
	}
	took := time.Since(start)
	expect(t, dir, "new")
	if killed(t, dir, "undo", time.Hour) {
		t.Fatal("taking back failed")
	}
	expect(t, dir, "old")
	return took
}

// settle takes back or finishes what was cut short, with one more kill on the
// way.
func settle(t *testing.T, dir string, took time.Duration) {
	t.Helper()
	j := journal.At(filepath.Join(dir, ".journal"))
	if rand.IntN(2) == 0 {
		if _, err := j.Finish(t.Context()); err == nil {
			expect(t, dir, "new")
			leftovers(t, dir)
		}
	}
	killed(t, dir, "undo", took)
	mixed(t, dir)
	if _, err := j.Undo(t.Context()); err != nil && err != journal.ErrNothing {
		t.Fatal(err)
	}
	expect(t, dir, "old")
	if err := j.Write(t.Context(), all(dir)); err != nil {
		t.Fatal("after a kill nothing can be written any more: ", err)
	}
	expect(t, dir, "new")
	leftovers(t, dir)
}

// killed starts the process and kills it at a random moment of the next took
// after it has begun; it reports whether that was before its end.
func killed(t *testing.T, dir, verb string, took time.Duration) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JOURNAL_TEST_DIR="+dir, "JOURNAL_TEST_ACT="+verb)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewScanner(out).Scan()
	timer := time.AfterFunc(rand.N(took), func() { cmd.Process.Kill() })
	defer timer.Stop()
	return cmd.Wait() != nil
}

// mixed makes sure that each file is old or new, whole.
func mixed(t *testing.T, dir string) {
	t.Helper()
	for i, f := range all(dir) {
		if got, err := os.ReadFile(f.Path); err != nil || string(got) != string(f.Before) && string(got) != string(f.After) {
			t.Fatalf("file %d is torn: %d bytes, %v", i, len(got), err)
		}
	}
}

func expect(t *testing.T, dir, word string) {
	t.Helper()
	for i, f := range all(dir) {
		if got, err := os.ReadFile(f.Path); err != nil || string(got) != string(text(word, i)) {
			t.Fatalf("file %d is not %s: %v", i, word, err)
		}
	}
}

func leftovers(t *testing.T, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Contains(name.Name(), ".lockfix-") {
			t.Errorf("%s is left", name.Name())
		}
	}
}
