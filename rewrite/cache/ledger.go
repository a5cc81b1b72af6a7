package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"os"
	"sync"
	"time"
)

// A Ledger remembers what was read from files, by their size and time, so that
// an unchanged file costs a stat. It is safe for concurrent use.
type Ledger struct {
	mu      sync.Mutex
	known   map[string]Reading
	since   time.Time
	changed bool
}

// A Reading is what a file held when it was last read.
type Reading struct {
	Size, Time int64
	// Recent says that the file was read so shortly after it was written that its
	// time may hide a later write: it is read again.
	Recent  bool
	Content [sha256.Size]byte
	// More is what the reader makes of a file beside its hash.
	More map[string][sha256.Size]byte
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{known: map[string]Reading{}, since: time.Now()} }

// OpenLedger returns the ledger that was kept under a key, an empty one if none was.
func (c *Cache) OpenLedger(k Key) *Ledger {
	l := NewLedger()
	if value, ok := c.Get(k); ok {
		var known map[string]Reading
		if gob.NewDecoder(bytes.NewReader(value)).Decode(&known) == nil {
			l.known = known
		}
	}
	return l
}

// Keep puts the ledger back under its key, if there is something new in it.
func (l *Ledger) Keep(c *Cache, k Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c == nil || !l.changed {
		return
	}
	var value bytes.Buffer
	if gob.NewEncoder(&value).Encode(l.known) == nil {
		c.Put(k, value.Bytes()) // if not, files are read again
		l.changed = false
	}
}

// Renew begins a new look at files: what was read since the last one is recent.
func (l *Ledger) Renew() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = time.Now()
}

// content is the hash of a file of which the ledger knows that it has not changed
// since it was read.
func (l *Ledger) content(path string, size, time int64) (hash [sha256.Size]byte, ok bool) {
	if l == nil {
		return hash, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.known[path]
	return r.Content, ok && r.Size == size && r.Time == time && !r.Recent
}

// Read returns what a file holds; digest makes More of its text. It fails if the
// file cannot be read.
func (l *Ledger) Read(path string, digest func(text []byte) map[string][sha256.Size]byte) (Reading, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Reading{}, err
	}
	l.mu.Lock()
	r, ok := l.known[path]
	l.mu.Unlock()
	same := ok && r.Size == info.Size() && r.Time == info.ModTime().UnixNano()
	if same && !r.Recent {
		return r, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Reading{}, err
	}
	now := Reading{
		Size: info.Size(), Time: info.ModTime().UnixNano(), Content: sha256.Sum256(text),
		Recent: l.since.Sub(info.ModTime()) < granularity,
	}
	if now.More = r.More; !ok || now.Content != r.Content {
		now.More = digest(text)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known[path], l.changed = now, true
	return now, nil
}
