package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rewrite/verify"
)

const shaped = `package m

import (
	"sync"
	"sync/atomic"
)

type box struct {
	mu sync.Mutex
	n  int64
}

func look(b *box, c bool) int64 {
	b.mu.Lock()
	if c {
		return b.n
	}
	b.mu.Unlock()
	use()
	return atomic.LoadInt64(&b.n)
}

func use() {}
`

// An edit of locks and atomics leaves the other files as they were to go vet; one of
// what is declared, called or of where control goes may not.
func TestSameShape(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		want           bool
	}{
		{"an unlock more", "if c {\n", "if c {\n\t\tb.mu.Unlock()\n", true},
		{"a defer", "\tb.mu.Lock()\n", "\tb.mu.Lock()\n\tdefer b.mu.Unlock()\n", true},
		{"an atomic less", "return atomic.LoadInt64(&b.n)", "return b.n", true},
		{"a conversion", "return b.n\n", "return int64(int(b.n))\n", true},
		{"a call", "\tuse()\n", "\tuse()\n\tuse()\n", false},
		{"a panic", "\tuse()\n", "\tuse()\n\tpanic(1)\n", false},
		{"a return behind", "\t\treturn b.n\n\t}\n", "\t}\n\treturn b.n\n", false},
		{"a loop without end", "if c {", "for {", false},
		{"a goroutine", "\tuse()\n", "\tgo use()\n", false},
		{"a field", "n  int64", "n  int64\n\tm  int", false},
	} {
		after := strings.Replace(shaped, test.old, test.new, 1)
		if after == shaped {
			t.Fatalf("%s: nothing is edited", test.name)
		}
		if got := verify.SameShape(loaded(t, shaped), loaded(t, after)); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
}

func loaded(t *testing.T, text string) verify.FileIn {
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
	return verify.FileIn{File: prog.Packages[0].Files[0], Pkg: prog.Packages[0]}
}
