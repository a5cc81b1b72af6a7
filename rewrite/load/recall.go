package load

import (
	"context"
	"crypto/sha256"
	"fmt"
	"go/types"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load/declared"
)

// What a package declares is kept in the cache, once nothing is wrong with it, under
// the hash of what it is made of: that of its shape, and of the text of its files,
// which says where a declaration stands.

// recall fetches what n declares from the cache, and first what that is about. It
// reports whether it was there.
func (c *check) recall(g *graph, n *node) bool {
	if n.key == (cache.Key{}) {
		return false
	}
	value, ok := c.kept.Get(n.key)
	if !ok {
		return false
	}
	pkg, err := declared.Decode(value, n.path, c.fset, func(id string) *types.Package {
		to := g.nodes[id]
		switch {
		case id == unsafeID:
			return types.Unsafe
		case to == nil:
			return nil
		case !to.awake():
			c.ensure(g, to)
		}
		return to.types
	})
	if err != nil {
		return false // it is read from source
	}
	n.types, n.recalled = pkg, true
	return true
}

const unsafeID = "unsafe"

// keepDeclared puts into the cache what the packages of a program declare that was
// read from source. What fails costs the next run to read it again.
func (l *Listing) keepDeclared(ctx context.Context, graphs []*graph) {
	if l.loader.kept == nil {
		return
	}
	for _, g := range graphs {
		ids := map[*types.Package]string{types.Unsafe: unsafeID}
		var nodes []*node
		for _, n := range g.inOrder() {
			if n.types == nil {
				continue
			}
			ids[n.types] = n.id
			if n.key != (cache.Key{}) && !n.recalled && len(n.told)+len(n.errors)+len(n.problems) == 0 {
				nodes = append(nodes, n)
			}
		}
		id := func(pkg *types.Package) (string, bool) {
			id, ok := ids[pkg]
			return id, ok
		}
		each(ctx, l.loader.jobs, len(nodes), func(i int) {
			n := nodes[i]
			value, err := declared.Encode(n.types, declared.Source{Fset: l.loader.fset, ID: id, All: n.root || !l.loader.immutable(n.dir)})
			if err == nil {
				l.loader.kept.Put(n.key, value)
				n.recalled = true
			}
		})
	}
}

// keyOf is where in the cache the declarations of a node are; zero where that cannot
// be told.
func (s *shaper) keyOf(n *node, program cache.Key) (key cache.Key) {
	shape, ok := s.shapes[n.id]
	if !ok {
		return key
	}
	h := cache.NewHash("declared")
	h.Bytes(program[:])
	h.Bytes(shape[:])
	h.String(fmt.Sprint(n.root))
	if n.root || !s.loader.immutable(n.dir) {
		if !s.files(h, n.files, func(r cache.Reading) [sha256.Size]byte { return r.Content }) {
			return key
		}
	}
	return h.Key()
}
