// Package cache keeps what was computed once, on disk, by the hash of what it
// was computed from.
//
// An entry is a file named by its key, a SHA-256 of what its value depends on.
// Where that is the state of many files, the value holds their [Inputs] itself,
// and whoever gets it asks whether they are as they were. An entry is written to a
// temporary file and renamed, and begins with a checksum of the rest: a process
// that was killed, two that write at once, or a disk that lies leave an entry
// that is whole or none at all. A damaged entry is a miss.
//
// A cache is never needed: where its folder cannot be written, every Get is a
// miss and every Put does nothing.
package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// A Key names an entry by the hash of all that its value depends on.
type Key [sha256.Size]byte

func (k Key) String() string { return hex.EncodeToString(k[:]) }

// A Cache is a folder of entries. A nil *Cache keeps nothing.
type Cache struct {
	dir      string // "": none
	readOnly bool
	memory   *memory // of this process; nil: none
}

// Environment is the variable that names the cache folder, from the root; "off" for none.
const Environment = "LOCKFIX_CACHE"

// Dir is the folder that LOCKFIX_CACHE names, or lockfix/cache in the user's
// cache folder; "" for "off", or where the system names no such folder. Its error
// is of a folder that is named from the current one: each run would have another.
func Dir() (string, error) {
	switch dir := os.Getenv(Environment); {
	case dir == "off":
		return "", nil
	case filepath.IsAbs(dir):
		return dir, nil
	case dir != "":
		return "", fmt.Errorf("%s=%s is no path from the root: each folder in which lockfix runs would get a cache; name it from the root, or say off", Environment, dir)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", nil
	}
	return filepath.Join(user, "lockfix", "cache"), nil
}

// Open opens the cache in dir, which is made when something is first put there;
// "" gives a cache that keeps nothing.
func Open(dir string) *Cache {
	if dir == "" {
		return nil
	}
	return &Cache{dir: dir}
}

// OpenReadOnly opens a cache that is shared and only read, as by the machines
// of a CI service.
func OpenReadOnly(dir string) *Cache {
	c := Open(dir)
	if c != nil {
		c.readOnly = true
	}
	return c
}

// path spreads the entries over 256 folders, as git does with its objects.
func (c *Cache) path(k Key) string {
	name := k.String()
	return filepath.Join(c.dir, name[:2], name[2:])
}

// touchAfter is how old the time of an entry may be before a use renews it; so
// that most uses write nothing.
const touchAfter = time.Hour

// Get returns the value of a key. An entry that is there and does not pass its
// checksum is removed.
func (c *Cache) Get(k Key) (value []byte, ok bool) {
	if c == nil {
		return nil, false
	}
	if value, ok := c.memory.get(k); ok {
		return value, true
	}
	if c.dir == "" {
		return nil, false
	}
	path := c.path(k)
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	value, ok = checked(raw)
	switch {
	case !ok && !c.readOnly:
		os.Remove(path)
	case ok:
		c.memory.put(k, value)
		c.touch(path)
	}
	return value, ok
}

// touch tells the next eviction that the entry was of use.
func (c *Cache) touch(path string) {
	info, err := os.Stat(path)
	if err != nil || c.readOnly || time.Since(info.ModTime()) < touchAfter {
		return
	}
	now := time.Now()
	os.Chtimes(path, now, now) // if not, it is evicted earlier than it deserves
}

// Put keeps a value. The error is for those who want to tell it; the cache is
// as whole as it was.
func (c *Cache) Put(k Key, value []byte) error {
	if c == nil {
		return nil
	}
	c.memory.put(k, value)
	temp, err := c.write(k, value)
	if err != nil {
		return err
	}
	return c.place(temp, k)
}

// sealed is the value behind its checksum.
func sealed(value []byte) []byte {
	sum := sha256.Sum256(value)
	return append(sum[:], value...)
}

func checked(raw []byte) (value []byte, ok bool) {
	if len(raw) < sha256.Size {
		return nil, false
	}
	value = raw[sha256.Size:]
	sum := sha256.Sum256(value)
	return value, bytes.Equal(sum[:], raw[:sha256.Size])
}
