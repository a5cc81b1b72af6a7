package rewrite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
-- left/left.go --
package left

import "stack/base"

func Left(s *base.Store) { s.Both() }
-- left/left_test.go --
package left

import (
	"testing"

	"stack/right"
)

func TestRight(t *testing.T) { right.Right(nil) }
-- right/right.go --
package right

import "stack/base"

func Right(s *base.Store) { s.Take() }
-- right/right_test.go --
package right

import (
	"testing"

	"stack/left"
)

func TestLeft(t *testing.T) { left.Left(nil) }
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
	{"leaf does not parse", replacing("leaf/leaf.go", "if ok {", "if ok {{")},
	{"leaf parses again", replacing("leaf/leaf.go", "if ok {{", "if ok {")},
	{"base does not parse, and takes what follows along", replacing("base/base.go", "s.log.Unlock()", "if {")},
	{"base parses again", replacing("base/base.go", "if {", "s.log.Unlock()")},
	{"right does not parse", replacing("right/right.go", "{ s.Take() }", "{ s.Take( }")},
	{"right parses again", replacing("right/right.go", "{ s.Take( }", "{ s.Take() }")},
	{"a test of left does not parse", replacing("left/left_test.go", "right.Right(nil) }", "right.Right(nil) }}")},
	{"it parses again", replacing("left/left_test.go", "right.Right(nil) }}", "right.Right(nil) }")},
	{"what mid calls is gone", replacing("base/base.go", "Take()", "Taken()")},
	{"what mid calls is back", replacing("base/base.go", "Taken()", "Take()")},
	{"an import of nothing", replacing("leaf/leaf.go", "import \"sync\"", "import \"sync\"\n\nimport _ \"stack/nothing\"")},
	{"no import of nothing", replacing("leaf/leaf.go", "\n\nimport _ \"stack/nothing\"", "")},
	{"the replaced module does not type-check", replacing("other/o.go", "sync.", "sinc.")},
	{"the replaced module does again", replacing("other/o.go", "sinc.", "sync.")},
	{"line ends", func(dir string, n int) error {
		name := filepath.Join(dir, "leaf", "leaf.go")
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return writeFile(dir, "leaf/leaf.go", strings.ReplaceAll(string(text), "\n", "\r\n"))
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

// unpack writes the stack to a directory, without symbolic links in its name.
func unpack(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(stack)).Files {
		if err := writeFile(dir, f.Name, string(f.Data)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestACacheChangesNothing makes edits in random order, and holds the result with
// a cache to that without one, byte for byte: twice, since the second may be
// answered from what the first has kept. Some edits are on the disk, others only
// laid over it, as a hook does with what is staged; those on the disk a session
// sees, too, as watch does.
func TestACacheChangesNothing(t *testing.T) {
	seeds, steps := uint64(2), 12
	if testing.Short() {
		seeds, steps = 1, 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { t.Parallel(); changesNothing(t, seed, steps) })
	}
}

func changesNothing(t *testing.T, seed uint64, steps int) {
	disk, ahead := unpack(t), unpack(t)
	kept := cache.Open(t.TempDir())
	random := rand.New(rand.NewPCG(seed, 2))
	var made []string
	var session rewrite.Session
	for n := range steps {
		e := edits[random.IntN(len(edits))]
		if err := e.make(ahead, n); err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		made = append(made, e.name)
		if random.IntN(2) == 0 {
			made = append(made, "(written)")
			follow(t, disk, ahead)
		}
		opts := rewrite.Options{Load: load.Config{Dir: disk, Patterns: []string{"./..."}, Overlay: over(t, disk, ahead)}, NoVet: true}
		want := result(t, opts)
		if len(opts.Load.Overlay) == 0 {
			if err := session.Use(opts); err != nil {
				t.Fatal(err)
			}
			if got := told(t, func() (*rewrite.Result, error) { return session.Run(t.Context()) }); !bytes.Equal(want, got) {
				t.Fatalf("after %s, fresh\n%s\nin a session\n%s", strings.Join(made, ", "), want, got)
			}
		}
		opts.Cache = kept
		for _, time := range []string{"first", "second"} {
			if got := result(t, opts); !bytes.Equal(want, got) {
				t.Fatalf("after %s, without a cache\n%s\nwith one, the %s time\n%s", strings.Join(made, ", "), want, time, got)
			}
		}
	}
}

// follow makes the disk what is ahead of it.
func follow(t *testing.T, disk, ahead string) {
	t.Helper()
	for path, text := range over(t, disk, ahead) {
		rel, err := filepath.Rel(disk, path)
		if err == nil && text != nil {
			err = writeFile(disk, rel, string(text))
		}
		if text == nil {
			err = os.Remove(path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// over is how one directory differs from another, as an overlay.
func over(t *testing.T, disk, ahead string) map[string][]byte {
	t.Helper()
	before, after := filesOf(t, disk), filesOf(t, ahead)
	all := map[string][]byte{}
	for rel := range before {
		if _, ok := after[rel]; !ok {
			all[filepath.Join(disk, rel)] = nil
		}
	}
	for rel, text := range after {
		if was, ok := before[rel]; !ok || !bytes.Equal(was, text) {
			all[filepath.Join(disk, rel)] = text
		}
	}
	return all
}

func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil {
			all[rel], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// result is all that a run says.
func result(t *testing.T, opts rewrite.Options) []byte {
	t.Helper()
	return told(t, func() (*rewrite.Result, error) { return rewrite.Run(t.Context(), opts) })
}

func told(t *testing.T, run func() (*rewrite.Result, error)) []byte {
	t.Helper()
	res, err := run()
	if err != nil {
		return []byte(err.Error())
	}
	text, err := json.MarshalIndent([]any{res.Report, res.Changes}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestAnEditCostsWhatItTouches counts the packages that are looked at after an
// edit. Something is found in leaf and mid: they are looked at again, for their
// fixes, once one of them, what those below tell, or the order of locks has changed.
func TestAnEditCostsWhatItTouches(t *testing.T) {
	dir := unpack(t)
	var mu sync.Mutex
	var looked []string
	opts := rewrite.Options{
		Load: load.Config{Dir: dir, Patterns: []string{"./..."}}, Cache: cache.Open(t.TempDir()), NoVet: true,
		Progress: func(_, _ int, what string) {
			mu.Lock()
			defer mu.Unlock()
			looked = append(looked, what)
		},
	}
	for _, step := range []struct {
		name string
		make func(dir string, n int) error
		want string
	}{
		{"the first time", nil, "stack/base stack/base_test stack/leaf stack/left stack/mid stack/right stack/top"},
		{"nothing", nil, ""},
		{"a body of base", replacing("base/base.go", "s.N++", "s.N += 2"), "stack/base"},
		{"a body of left", replacing("left/left.go", "s.Both()", "s.Both(); println()"), "stack/left"},
		{"a body of right that tells of locks", replacing("right/right.go", "s.Take()", "s.Take(); s.Give()"), "stack/leaf stack/left stack/mid stack/right"},
		{"a new file of leaf", func(dir string, _ int) error { return writeFile(dir, "leaf/more.go", "package leaf\n") }, "stack/leaf stack/mid"},
	} {
		looked = nil
		if step.make != nil {
			if err := step.make(dir, 0); err != nil {
				t.Fatal(err)
			}
		}
		result(t, opts)
		slices.Sort(looked)
		if got := strings.Join(slices.Compact(looked), " "); got != step.want {
			t.Errorf("%s: looked at %q, want %q", step.name, got, step.want)
		}
	}
}
