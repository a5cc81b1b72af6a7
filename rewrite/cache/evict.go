package cache

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Limit is how many bytes a cache may keep when it is trimmed.
const Limit = 512 << 20

// temporary is how the name of an entry begins that is being written.
const temporary = "tmp-"

// abandoned is the age after which a temporary file belongs to no live process.
const abandoned = 24 * time.Hour

// An Info says what a cache holds.
type Info struct {
	Dir     string
	Entries int
	Bytes   int64
}

// An entry is one file of the cache.
type entry struct {
	path string
	size int64
	used time.Time
}

// Info counts the entries. A cache that was never written to is empty.
func (c *Cache) Info() (Info, error) {
	if c == nil {
		return Info{}, nil
	}
	entries, err := c.entries()
	info := Info{Dir: c.dir, Entries: len(entries)}
	for _, e := range entries {
		info.Bytes += e.size
	}
	return info, err
}

// Clean removes every entry, and nothing else that may lie in the folder.
func (c *Cache) Clean() error { return c.Trim(0) }

// trimAfter is how long a cache may grow before it is looked through again.
const trimAfter = time.Hour

// trimmed is the file whose time says when a cache was last looked through.
const trimmed = "trimmed"

// TrimNowAndThen is Trim, but for the most part does nothing: to look through
// thousands of entries takes longer than a run in which little has changed.
func (c *Cache) TrimNowAndThen(limit int64) error {
	if c == nil || c.readOnly || c.dir == "" {
		return nil
	}
	mark := filepath.Join(c.dir, trimmed)
	if info, err := os.Stat(mark); err == nil && time.Since(info.ModTime()) < trimAfter {
		return nil
	}
	if err := os.WriteFile(mark, nil, 0o666); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return c.Trim(limit)
}

// Trim removes the entries that were not used for longest, until at most limit
// bytes are left.
func (c *Cache) Trim(limit int64) error {
	if c == nil || c.readOnly || c.dir == "" {
		return nil
	}
	entries, err := c.entries()
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.path, b.path))
	})
	var kept int64
	for _, e := range entries {
		kept += e.size
		if kept <= limit && limit > 0 {
			continue
		}
		if err := os.Remove(e.path); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("cache: %w", err)
		}
	}
	return nil
}

// entries lists the cache, and removes temporary files that nobody will finish.
func (c *Cache) entries() (all []entry, err error) {
	err = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // another process is trimming
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		switch {
		case isEntry(c.dir, path):
			all = append(all, entry{path, info.Size(), info.ModTime()})
		case strings.HasPrefix(d.Name(), temporary) && time.Since(info.ModTime()) > abandoned && !c.readOnly:
			os.Remove(path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return all, nil
}

// isEntry tells the cache's own files from what a user put there.
func isEntry(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return false
	}
	folder, name, ok := strings.Cut(filepath.ToSlash(rel), "/")
	return ok && len(folder) == 2 && len(name) == 62 && strings.Trim(folder+name, "0123456789abcdef") == ""
}
