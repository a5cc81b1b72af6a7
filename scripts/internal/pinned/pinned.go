// Package pinned prepares real modules at fixed versions, outside the tree, so
// that lockfix can be run in each of them as its main module.
//
// A module comes from the module proxy through the go command. Its folder in the
// module cache is copied, made writable, and freed of what ties it to its own
// repository: go.work and the replacements by neighbouring folders.
package pinned

import (
	"fmt"
	"os"
	"path/filepath"
)

// A Module is one module at one version.
type Module struct{ Path, Version string }

// Corpus are the modules that the rules are judged on, beside the standard
// library: libraries and servers whose bugs would be concurrency bugs.
var Corpus = []Module{
	{"google.golang.org/grpc", "v1.85.0"},
	{"go.etcd.io/etcd/server/v3", "v3.7.3"},
	{"github.com/nats-io/nats-server/v2", "v2.15.2"},
	{"github.com/cockroachdb/pebble/v2", "v2.1.7"},
	{"k8s.io/client-go", "v0.37.2"},
	{"github.com/prometheus/prometheus", "v0.305.0"},
	{"github.com/hashicorp/consul", "v1.21.0"},
}

// String is the module as the go command writes it, path@version.
func (m Module) String() string { return m.Path + "@" + m.Version }

// Root is the folder for prepared modules: $XDG_CACHE_HOME/lockfix/corpus, or
// the same below ~/.cache.
func Root() (string, error) {
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("pinned modules: %w", err)
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "lockfix", "corpus"), nil
}

// done marks a folder that was prepared to the end.
const done = ".lockfix-prepared"

// Prepare returns the folder of the module below root. What is already there is
// used as it is; to have it made anew, delete it.
func (m Module) Prepare(root string) (string, error) {
	dir := filepath.Join(root, filepath.FromSlash(m.String()))
	if _, err := os.Stat(filepath.Join(dir, done)); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("prepare %s: %w", m, err)
	}
	for _, step := range []func(string) error{m.download, m.detach, m.fetchDependencies} {
		if err := step(dir); err != nil {
			return "", fmt.Errorf("prepare %s: %w", m, err)
		}
	}
	return dir, os.WriteFile(filepath.Join(dir, done), nil, 0o666)
}

// Folder is that of a module: one of the corpus, prepared, or any folder with a go.mod.
func Folder(module string) (string, error) {
	for _, m := range Corpus {
		if m.Path == module {
			root, err := Root()
			if err != nil {
				return "", err
			}
			return m.Prepare(root)
		}
	}
	if _, err := os.Stat(filepath.Join(module, "go.mod")); err != nil {
		return "", fmt.Errorf("%s is no folder of a module, nor among %v", module, Corpus)
	}
	return filepath.Abs(module)
}
