package cache

import "sync"

// memoryLimit is how many bytes a process keeps of a cache in memory.
const memoryLimit = 256 << 20

// A memory is what a process has put in a cache, or got from it.
type memory struct {
	mu     sync.Mutex
	values map[Key][]byte
	size   int
}

// InMemory returns a cache over c, which may be nil: what is put there is in
// memory, too, for the life of the process.
func (c *Cache) InMemory() *Cache {
	over := &Cache{memory: &memory{values: map[Key][]byte{}}}
	if c != nil {
		over.dir, over.readOnly = c.dir, c.readOnly
	}
	return over
}

func (m *memory) get(k Key) (value []byte, ok bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	value, ok = m.values[k]
	return value, ok
}

// put keeps a value, and forgets all others once they are too many.
func (m *memory) put(k Key, value []byte) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.size += len(value); m.size > memoryLimit {
		clear(m.values)
		m.size = len(value)
	}
	m.values[k] = value
}
