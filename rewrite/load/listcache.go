package load

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// ListCached is List, but the go command is asked only if its answer could be
// another than the last time: if a directory that it looks into has other names,
// a Go file other build constraints or imports, or a go.mod, go.sum or go.work
// file, the environment or the go command itself is not what it was. An answer
// that complains is not kept: what is missing may come from outside.
func ListCached(ctx context.Context, cfg Config, c *cache.Cache) (*Listing, error) {
	l, err := listCached(ctx, cfg, c)
	if err == nil {
		l.loader.kept = c
	}
	return l, err
}

func listCached(ctx context.Context, cfg Config, c *cache.Cache) (*Listing, error) {
	key, ok := listingKey(cfg, c)
	if !ok {
		return List(ctx, cfg)
	}
	if l, err := recallListing(cfg, c, key); l != nil || err != nil {
		return l, err
	}
	began := time.Now()
	l, err := List(ctx, cfg)
	if err == nil {
		l.keep(c, key, began)
	}
	return l, err
}

// listingKey hashes what, beside the files, decides a listing.
func listingKey(cfg Config, c *cache.Cache) (key cache.Key, ok bool) {
	if c == nil || len(cfg.Overlay) > 0 {
		return key, false
	}
	program, ok := c.Program()
	if !ok {
		return key, false
	}
	environment, err := cfg.Environment()
	if err != nil {
		return key, false
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return key, false
	}
	text, err := json.Marshal([]any{dir, cfg.Patterns, cfg.OneModule, cfg.NoTests, cfg.Tags, cfg.Platforms})
	h := cache.NewHash("listing")
	h.Bytes(program[:])
	h.Strings(environment)
	h.Bytes(text)
	return h.Key(), err == nil
}

// keptListing is a listing in the cache.
type keptListing struct {
	Inputs    cache.Inputs
	Env       goEnv
	Platforms []Platform
	Embedded  []string // files that must be there, and the folders of modules that lie in a cache
	Graphs    [][]keptNode
}

// keptNode is listed, and what is not made anew of it.
type keptNode struct {
	ID, Path, Name, Dir               string
	Files, Ignored                    []string
	ModulePath, ModuleDir, ModuleGo   string
	Main, Root, Variant               bool
	Version, SupersededBy, Supersedes string
	Imports                           map[string]string
}

// headers is the reader to whom counts what the go command reads.
func headers(name string) func(text []byte) [sha256.Size]byte {
	switch {
	case !IsInput(name):
		return nil
	case filepath.Ext(name) == ".go":
		return headerOf
	}
	return func(text []byte) [sha256.Size]byte { return sha256.Sum256(text) }
}

// recallListing returns nil where nothing is kept, or not of today's files.
func recallListing(cfg Config, c *cache.Cache, key cache.Key) (*Listing, error) {
	value, ok := c.Get(key)
	if !ok {
		return nil, nil
	}
	var k keptListing
	if gob.NewDecoder(bytes.NewReader(value)).Decode(&k) != nil || !current(&k.Inputs, k.Embedded) {
		return nil, nil
	}
	l, err := configured(cfg)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	l.use(k.Env)
	l.platforms = k.Platforms
	graphs := make([]*graph, len(k.Graphs))
	for i, nodes := range k.Graphs {
		graphs[i] = restored(l.platforms[i], nodes)
	}
	out := newListing(l, graphs)
	out.inputs, out.embedded = &k.Inputs, k.Embedded
	return out, nil
}

// Unchanged reports whether the go command would say the same today, in the same
// environment.
func (l *Listing) Unchanged() bool { return l.inputs != nil && current(l.inputs, l.embedded) }

func current(inputs *cache.Inputs, embedded []string) bool {
	for _, path := range embedded {
		if _, err := os.Lstat(path); err != nil {
			return false
		}
	}
	return inputs.UnchangedBy(headers)
}

func restored(platform Platform, nodes []keptNode) *graph {
	g := &graph{platform: platform, sizes: types.SizesFor("gc", platform.GOARCH), nodes: make(map[string]*node, len(nodes))}
	for _, k := range nodes {
		g.nodes[k.ID] = &node{once: new(sync.Once), listed: &listed{
			id: k.ID, path: k.Path, name: k.Name, dir: k.Dir, files: k.Files, ignored: k.Ignored,
			module:  module{k.ModulePath, k.ModuleDir, k.ModuleGo, k.Main},
			version: k.Version, imports: k.Imports, root: k.Root, variant: k.Variant,
			supersededBy: k.SupersededBy, supersedes: k.Supersedes,
		}}
	}
	g.sort()
	return g
}

// keep remembers a listing without complaints. What fails here costs the next run
// a listing.
func (l *Listing) keep(c *cache.Cache, key cache.Key, began time.Time) {
	k := keptListing{Env: l.loader.goenv, Platforms: l.loader.platforms}
	for _, g := range l.graphs {
		var nodes []keptNode
		for _, n := range g.inOrder() {
			if len(n.errors) > 0 {
				return
			}
			nodes = append(nodes, kept(n))
			switch {
			case !l.loader.immutable(n.dir):
				k.Embedded = append(k.Embedded, n.embedded...)
			case n.module.dir != "":
				k.Embedded = append(k.Embedded, n.module.dir) // immutable, but not for ever: go clean -modcache
			}
		}
		k.Graphs = append(k.Graphs, nodes)
	}
	var ok bool
	if k.Inputs, ok = cache.SnapshotBy(l.Inputs(), headers, began); !ok {
		return
	}
	slices.Sort(k.Embedded)
	k.Embedded = slices.Compact(k.Embedded)
	l.inputs, l.embedded = &k.Inputs, k.Embedded
	var value bytes.Buffer
	if gob.NewEncoder(&value).Encode(k) == nil {
		c.Put(key, value.Bytes())
	}
}

func kept(n *node) keptNode {
	return keptNode{
		ID: n.id, Path: n.path, Name: n.name, Dir: n.dir, Files: n.files, Ignored: n.ignored,
		ModulePath: n.module.path, ModuleDir: n.module.dir, ModuleGo: n.module.goVersion, Main: n.module.main,
		Version: n.version, Imports: n.imports, Root: n.root, Variant: n.variant,
		SupersededBy: n.supersededBy, Supersedes: n.supersedes,
	}
}
