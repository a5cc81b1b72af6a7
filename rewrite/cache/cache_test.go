package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockfix/lockfix/rewrite/cache"
)

func key(parts ...string) cache.Key {
	h := cache.NewHash("test")
	h.Strings(parts)
	return h.Key()
}

func TestWhatWasPutIsThere(t *testing.T) {
	c := cache.Open(t.TempDir())
	if _, ok := c.Get(key("a")); ok {
		t.Fatal("an empty cache has an entry")
	}
	if err := c.Put(key("a"), []byte("value")); err != nil {
		t.Fatal(err)
	}
	if value, ok := c.Get(key("a")); !ok || string(value) != "value" {
		t.Fatalf("got %q, %v", value, ok)
	}
}

func TestKeysDoNotMeet(t *testing.T) {
	a, b := cache.NewHash("test"), cache.NewHash("test")
	a.String("ab")
	a.String("c")
	b.String("a")
	b.String("bc")
	if a.Key() == b.Key() {
		t.Error(`"ab", "c" and "a", "bc" have the same key`)
	}
	if key("x", "") == key("x") {
		t.Error("an empty part is lost")
	}
}

// Whatever byte is lost or changed, the entry is a miss, and the next Put heals it.
func TestADamagedEntryIsAMiss(t *testing.T) {
	dir := t.TempDir()
	c := cache.Open(dir)
	k := key("a")
	path := filepath.Join(dir, k.String()[:2], k.String()[2:])
	for _, damage := range []func([]byte) []byte{
		func(raw []byte) []byte { return raw[:len(raw)-1] },
		func(raw []byte) []byte { return nil },
		func(raw []byte) []byte { raw[0]++; return raw },
		func(raw []byte) []byte { raw[len(raw)-1]++; return raw },
		func(raw []byte) []byte { return append(raw, 0) },
	} {
		if err := c.Put(k, []byte("value")); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, damage(raw), 0o666); err != nil {
			t.Fatal(err)
		}
		if value, ok := c.Get(k); ok {
			t.Errorf("a damaged entry gave %q", value)
		}
	}
}

func TestManyWriteAtOnce(t *testing.T) {
	c := cache.Open(t.TempDir())
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := c.Put(key("same"), bytes.Repeat([]byte{'x'}, 10_000)); err != nil {
				t.Error(err)
			}
			if value, ok := c.Get(key("same")); !ok || len(value) != 10_000 {
				t.Errorf("writer %d reads %d bytes, %v", i, len(value), ok)
			}
		})
	}
	wg.Wait()
}

// Runs side by side put, read and evict: what is read is whole and right, or a miss,
// and in the end the cache is as small as it should be.
func TestRunsEvictSideBySide(t *testing.T) {
	dir := t.TempDir()
	const limit = 40_000
	var wg sync.WaitGroup
	for run := range 6 {
		wg.Go(func() {
			c := cache.Open(dir)
			for i := range 60 {
				name := fmt.Sprint((run*7 + i) % 30)
				want := bytes.Repeat([]byte(name+" "), 1000)
				if err := c.Put(key(name), want); err != nil {
					t.Error(err)
				}
				if value, ok := c.Get(key(name)); ok && !bytes.Equal(value, want) {
					t.Errorf("entry %s holds %d bytes of something else", name, len(value))
				}
				if i%10 == 9 {
					if err := c.Trim(limit); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	c := cache.Open(dir)
	if err := c.Trim(limit); err != nil {
		t.Fatal(err)
	}
	if info, err := c.Info(); err != nil || info.Bytes > limit || info.Entries == 0 {
		t.Errorf("got %+v, %v", info, err)
	}
}

func TestTheOldestGoFirst(t *testing.T) {
	dir := t.TempDir()
	c := cache.Open(dir)
	for i := range 10 {
		k := key(fmt.Sprint(i))
		if err := c.Put(k, make([]byte, 1000-32)); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-20) * time.Minute)
		if err := os.Chtimes(filepath.Join(dir, k.String()[:2], k.String()[2:]), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Trim(3500); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if _, ok := c.Get(key(fmt.Sprint(i))); ok != (i >= 7) {
			t.Errorf("entry %d is there: %v", i, ok)
		}
	}
}

func TestCleanLeavesWhatIsNotItsOwn(t *testing.T) {
	dir := t.TempDir()
	c := cache.Open(dir)
	mine := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := c.Put(key("a"), []byte("value")); err != nil {
		t.Fatal(err)
	}
	if err := c.Clean(); err != nil {
		t.Fatal(err)
	}
	if info, err := c.Info(); err != nil || info.Entries != 0 {
		t.Errorf("after Clean: %+v, %v", info, err)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
}

func TestAFolderThatCannotBeMadeIsNoTrouble(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	c := cache.Open(filepath.Join(file, "cache"))
	if err := c.Put(key("a"), nil); err == nil {
		t.Error("Put into a file's inside tells no error")
	}
	if _, ok := c.Get(key("a")); ok {
		t.Error("Get finds what could not be put")
	}
}

func TestAReadOnlyCacheIsNeverWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := cache.OpenReadOnly(dir)
	if err := c.Put(key("a"), []byte("value")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("the folder was made")
	}
}

// What one machine has put, others read from a folder that they cannot write to.
func TestAReadOnlyCacheIsShared(t *testing.T) {
	dir := t.TempDir()
	if err := cache.Open(dir).Put(key("a"), []byte("value")); err != nil {
		t.Fatal(err)
	}
	c := cache.OpenReadOnly(dir)
	if value, ok := c.Get(key("a")); !ok || string(value) != "value" {
		t.Errorf("got %q, %v", value, ok)
	}
	if err := errors.Join(c.Put(key("b"), []byte("other")), c.Trim(1), c.Clean()); err != nil {
		t.Error(err)
	}
	if info, err := cache.Open(dir).Info(); err != nil || info.Entries != 1 {
		t.Errorf("got %+v, %v", info, err)
	}
}

func TestAStagedValueIsKeptOrDropped(t *testing.T) {
	dir := t.TempDir()
	c := cache.Open(dir)
	for _, keep := range []bool{true, false} {
		k := key(fmt.Sprint(keep))
		s, err := c.Stage(k, []byte("value"))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := c.Get(k); ok {
			t.Error("a staged value is there already")
		}
		if s.Drop(); keep {
			s, _ = c.Stage(k, []byte("value"))
			if err := s.Keep(); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := c.Get(k); ok != keep {
			t.Errorf("keep %v: the value is there: %v", keep, ok)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "tmp-*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	over := cache.Open("").InMemory()
	s, err := over.Stage(key("memory"), []byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	s.Keep()
	if _, ok := over.Get(key("memory")); !ok {
		t.Error("what is in memory only is not kept")
	}
}

// A folder that is named from the current one would be another for each run.
func TestDirIsNamedFromTheRoot(t *testing.T) {
	absolute := t.TempDir()
	for _, test := range []struct{ value, want, err string }{
		{absolute, absolute, ""},
		{"off", "", ""},
		{"none", "", "LOCKFIX_CACHE=none is no path from the root"},
		{"./cache", "", "LOCKFIX_CACHE=./cache is no path from the root"},
	} {
		t.Setenv(cache.Environment, test.value)
		dir, err := cache.Dir()
		if dir != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("LOCKFIX_CACHE=%s: got %q, %v", test.value, dir, err)
		}
	}
}
