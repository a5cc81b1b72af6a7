package load_test

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
)

// serve makes a proxy of one module in a folder.
func serve(t *testing.T, dir string) {
	t.Helper()
	at := filepath.Join(dir, "example.com", "dep", "@v")
	if err := os.MkdirAll(at, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": "v1.0.0\n", "v1.0.0.mod": "module example.com/dep\n", "v1.0.0.info": `{"Version":"v1.0.0"}`,
	} {
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(filepath.Join(at, "v1.0.0.zip"))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for name, text := range map[string]string{"go.mod": "module example.com/dep\n", "dep.go": "package dep\n\nfunc Do() {}\n"} {
		part, err := w.Create("example.com/dep@v1.0.0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file.Close()
}

// A module cache can be emptied (go clean -modcache), or be another than that of the
// machine that filled the cache of lockfix. The go command is asked again then, and
// fetches what is missing.
func TestModuleCacheIsGone(t *testing.T) {
	proxy, modcache := t.TempDir(), t.TempDir()
	serve(t, proxy)
	dir := write(t, `
-- go.mod --
module example.com/app

go 1.24

require example.com/dep v1.0.0
-- app.go --
package app

import "example.com/dep"

func Run() { dep.Do() }
`)
	cfg := load.Config{Dir: dir, Patterns: []string{"./..."}, Env: offline(
		"GOPROXY=file://"+filepath.ToSlash(proxy), "GOMODCACHE="+modcache, "GOSUMDB=off", "GOFLAGS=-mod=mod -modcacherw")}
	kept := cache.Open(t.TempDir())
	for _, step := range []string{"first", "kept", "gone"} {
		if step == "gone" {
			if err := os.RemoveAll(filepath.Join(modcache, "example.com")); err != nil {
				t.Fatal(err)
			}
		}
		l, err := load.ListCached(context.Background(), cfg, kept)
		if err != nil {
			t.Fatal(step, err)
		}
		all := make([]bool, len(l.Roots()))
		for i := range all {
			all[i] = true
		}
		prog, err := l.Load(context.Background(), all, nil)
		if err != nil || len(prog.Problems) > 0 {
			t.Errorf("%s: %v %v", step, err, prog.Problems)
		}
	}
}
