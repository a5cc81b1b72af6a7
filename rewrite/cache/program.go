package cache

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"sync"
)

// Program is the hash of the running program: any other build may find something
// else. It does not depend on where the program lies, so that machines can share
// a cache. It fails where the program cannot be read.
func (c *Cache) Program() (Key, bool) {
	path, err := os.Executable()
	if err != nil {
		return Key{}, false
	}
	info, err := os.Stat(path)
	if err != nil {
		return Key{}, false
	}
	h := NewHash("program")
	h.String(fmt.Sprint(path, info.Size(), info.ModTime().UnixNano()))
	if known, ok := c.Get(h.Key()); ok && len(known) == sha256.Size {
		return Key(known), true
	}
	sum, ok := executable()
	if ok {
		c.Put(h.Key(), sum[:]) // if not, it is hashed again
	}
	return sum, ok
}

// executable hashes the program once in the life of the process.
var executable = sync.OnceValues(func() (sum Key, ok bool) {
	path, err := os.Executable()
	if err != nil {
		return sum, false
	}
	file, err := os.Open(path)
	if err != nil {
		return sum, false
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return sum, false
	}
	h.Sum(sum[:0])
	return sum, true
})
