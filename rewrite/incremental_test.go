package rewrite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
)

// stack is a module of packages that stand on each other and tell each other of
// their locks.
const stack = `
-- go.mod --
module stack
go 1.26
replace other => ./other
require other v0.0.0
-- other/go.mod --
module other
go 1.26
-- other/o.go --
package other

import "sync"

type Lock struct{ sync.Mutex }
-- base/base.go --
package base

import (
	"sync"

	"other"
)

type Store struct {
	mu, log sync.Mutex
	O       other.Lock
	N       int
}

func (s *Store) Take() { s.mu.Lock() }

func (s *Store) Give() { s.mu.Unlock() }

func (s *Store) Both() {
	s.mu.Lock()
	s.log.Lock()
	s.N++
	s.log.Unlock()
	s.mu.Unlock()
}
-- base/base_test.go --
package base

import "testing"

func TestBoth(t *testing.T) { new(Store).Both() }
-- base/out_test.go --
package base_test

import (
	"testing"

	"stack/mid"
)

func TestMid(t *testing.T) { mid.Use(nil) }
-- mid/mid.go --
package mid

import "stack/base"

func Use(s *base.Store) int {
	s.Take()
	if s.N > 3 {
		return 0
	}
	s.Give()
	return s.N
}
-- top/top.go --
package main

import "stack/mid"

func main() { mid.Use(nil) }
-- leaf/leaf.go --
package leaf

import "sync"

type T struct{ mu sync.Mutex }

func (t *T) Get(ok bool) int {
	t.mu.Lock()
	if ok {
		return 1
	}
	t.mu.Unlock()
	return 2
}
`

// An edit changes a module as a user would.
type edit struct {
	name string
	make func(dir string, n int) error
}

var edits = []edit{
	{"a line more in base", replacing("base/base.go", "type Store", "// one more line\n\ntype Store")},
	{"a helper keeps its lock", replacing("base/base.go", "{ s.mu.Unlock() }", "{}")},
	{"it gives it back again", replacing("base/base.go", "Give() {}", "Give() { s.mu.Unlock() }")},
	{"a body of base", replacing("base/base.go", "s.N++", "s.N += 2")},
	{"a declaration of base", replacing("base/base.go", "	N       int", "	N, M    int")},
	{"the other order", replacing("base/base.go", "func (s *Store) Both", "func (s *Store) Other() {\n\ts.log.Lock()\n\ts.mu.Lock()\n\ts.N++\n\ts.mu.Unlock()\n\ts.log.Unlock()\n}\n\nfunc (s *Store) Both")},
	{"mid is well", replacing("mid/mid.go", "		return 0", "		s.Give()\n		return 0")},
	{"mid is not", replacing("mid/mid.go", "		s.Give()\n		return 0", "		return 0")},
	{"leaf does not type-check", replacing("leaf/leaf.go", "return 2", "return \"\"")},
	{"leaf does again", replacing("leaf/leaf.go", "return \"\"", "return 2")},
	{"leaf ignores it", replacing("leaf/leaf.go", "	if ok {\n", "	if ok { //lockfix:ignore lostunlock for once\n")},
	{"a directive of no use", replacing("leaf/leaf.go", "type T", "//lockfix:ignore doublelock no\ntype T")},
	{"the replaced module", replacing("other/o.go", "struct{ sync.Mutex }", "struct{ sync.RWMutex }")},
	{"a file more", func(dir string, n int) error {
		return writeFile(dir, fmt.Sprintf("leaf/more%d.go", n), fmt.Sprintf("package leaf\n\nfunc (t *T) More%d() { t.mu.Lock(); t.mu.Lock() }\n", n))
	}},
	{"files less", func(dir string, n int) error {
		names, err := filepath.Glob(filepath.Join(dir, "leaf", "more*.go"))
		for _, name := range names {
			err = os.Remove(name)
		}
		return err
	}},
	{"a build constraint", func(dir string, n int) error {
		return writeFile(dir, "leaf/more0.go", "//go:build ignore\n\npackage leaf\n\nfunc (t *T) More0() { t.mu.Lock(); t.mu.Lock() }\n")
	}},
	{"a package more", func(dir string, n int) error {
		return writeFile(dir, fmt.Sprintf("new%d/new.go", n), "package new\n\nimport \"stack/base\"\n\nfunc F(s *base.Store) { s.Take(); s.Both() }\n")
	}},
	{"a link", func(dir string, n int) error {
		name := filepath.Join(dir, "leaf", "leaf.go")
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		os.Remove(name)
		if err := writeFile(dir, "linked.txt", string(text)); err != nil {
			return err
		}
		return os.Symlink(filepath.Join("..", "linked.txt"), name)
	}},
	{"another version of Go", replacing("go.mod", "go 1.26\n", "go 1.25\n")},
}

func replacing(file, old, new string) func(string, int) error {
	return func(dir string, n int) error {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		return writeFile(dir, file, strings.Replace(string(text), old, new, 1))
	}
}

func writeFile(dir, file, text string) error {
	path := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

// TestACacheChangesNothing makes edits in random order, and holds the result with
// a cache to that without one, byte for byte.
func TestACacheChangesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(stack)).Files {
		if err := writeFile(dir, f.Name, string(f.Data)); err != nil {
			t.Fatal(err)
		}
	}
	kept := cache.Open(t.TempDir())
	random := rand.New(rand.NewPCG(1, 2))
	steps := 40
	if testing.Short() {
		steps = 12
	}
	for n := range steps {
		e := edits[random.IntN(len(edits))]
		if n < len(edits) && !testing.Short() {
			e = edits[n] // each at least once
		}
		if err := e.make(dir, n); err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		want, got := result(t, dir, nil), result(t, dir, kept)
		if !bytes.Equal(want, got) {
			t.Fatalf("after step %d, %s, without a cache\n%s\nwith one\n%s", n, e.name, want, got)
		}
	}
}

// result is all that a run says.
func result(t *testing.T, dir string, c *cache.Cache) []byte {
	t.Helper()
	opts := rewrite.Options{Load: load.Config{Dir: dir, Patterns: []string{"./..."}}, Cache: c, Incremental: true, NoVet: true}
	res, err := rewrite.Run(t.Context(), opts)
	if err != nil {
		return []byte(err.Error())
	}
	text, err := json.MarshalIndent([]any{res.Report, res.Changes}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}
