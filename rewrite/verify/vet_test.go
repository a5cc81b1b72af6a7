package verify_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/verify"
)

const program = `package m

import (
	"context"
	"fmt"
	"sync"
)

type box struct{ mu sync.Mutex }

func copies(b *box) { c := *b; _ = c }

func forgets(ctx context.Context) context.Context {
	ctx, _ = context.WithCancel(ctx)
	return ctx
}

func returns(ctx context.Context, early bool) {
	ctx, cancel := context.WithCancel(ctx)
	if early {
		return
	}
	cancel()
}

func drops() { fmt.Sprint("x") }

func fine(b *box) { b.mu.Lock(); b.mu.Unlock() }
`

// What vet says is told without lines: it is the same when they move.
func TestVet(t *testing.T) {
	before, after := vet(t, program), vet(t, "// Package m.\n//\n// It moves.\n"+program)
	for _, want := range []struct{ analyzer, symbol string }{
		{"copylocks", "copies"}, {"lostcancel", "forgets"}, {"lostcancel", "returns"}, {"unusedresult", "drops"},
	} {
		found := false
		for c := range before {
			found = found || c.Analyzer == want.analyzer && c.Symbol == want.symbol
		}
		if !found {
			t.Errorf("%s in %s is not found: %v", want.analyzer, want.symbol, before)
		}
	}
	if len(before) != len(after) {
		t.Errorf("got %v, and moved %v", before, after)
	}
	for c, n := range before {
		if after[c] != n {
			t.Errorf("%v is told %d times, and %d once it is moved", c, n, after[c])
		}
		if c.Symbol == "fine" {
			t.Errorf("got %v", c)
		}
	}
}

func vet(t *testing.T, text string) map[verify.Complaint]int {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26\n", "m.go": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	prog, err := load.Load(t.Context(), load.Config{Dir: dir, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=")})
	if err != nil {
		t.Fatal(err)
	}
	return verify.Vet(prog.Packages[0], nil)
}
