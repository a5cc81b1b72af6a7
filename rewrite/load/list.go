package load

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// listMode asks for metadata only. Types, compiled files or export data would
// make the go command compile every dependency.
const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports |
	packages.NeedDeps | packages.NeedEmbedFiles | packages.NeedModule | packages.NeedForTest

// list asks the go command for the packages of every platform, side by side.
func (l *loader) list(ctx context.Context) ([]*graph, error) {
	if err := l.checkFiles(); err != nil {
		return nil, err
	}
	patterns, err := l.expandWorkspace(ctx)
	if err != nil {
		return nil, err
	}
	graphs := make([]*graph, len(l.platforms))
	errs := make([]error, len(l.platforms))
	var wg sync.WaitGroup
	for i, platform := range l.platforms {
		wg.Go(func() { graphs[i], errs[i] = l.listPlatform(ctx, platform, patterns) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err // the others mostly say the same
		}
	}
	if err := l.checkMatches(graphs, patterns); err != nil {
		return nil, err
	}
	return graphs, nil
}

func (l *loader) listPlatform(ctx context.Context, platform Platform, patterns []string) (*graph, error) {
	sizes := types.SizesFor("gc", platform.GOARCH)
	_, err := os.Stat(filepath.Join(l.goenv.GOROOT, "src", "internal", "goos", "zgoos_"+platform.GOOS+".go"))
	if sizes == nil || err != nil {
		return nil, fmt.Errorf("unknown platform %s/%s: `go tool dist list` names them all", platform.GOOS, platform.GOARCH)
	}
	roots, err := l.listPackages(ctx, platform, patterns)
	if err != nil {
		return nil, err
	}
	return l.newGraph(platform, sizes, roots), nil
}

func (l *loader) listPackages(ctx context.Context, platform Platform, patterns []string) ([]*packages.Package, error) {
	cfg := &packages.Config{
		Mode:    listMode,
		Context: ctx,
		Dir:     l.dir,
		Env:     l.unhurried(l.environFor(platform)),
		Tests:   l.tests,
	}
	if len(l.tags) > 0 {
		cfg.BuildFlags = []string{"-tags=" + strings.Join(l.tags, ",")}
	}
	if len(l.overlay) > 0 {
		flag, remove, err := l.overlay.flag()
		if err != nil {
			return nil, fmt.Errorf("overlay: %w", err)
		}
		defer remove()
		cfg.BuildFlags = append(cfg.BuildFlags, flag)
	}
	roots, err := packages.Load(cfg, patterns...)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, errNoGo
	case err != nil:
		return nil, stopped(err.Error())
	}
	return roots, nil
}

// isTestMain reports whether p is the program that `go test` generates. Its
// file is not called .go where it lies in the build cache.
func isTestMain(p *packages.Package) bool {
	if p.Name != "main" || !strings.HasSuffix(p.ID, ".test") {
		return false
	}
	for _, file := range p.GoFiles {
		if filepath.Ext(file) == ".go" && filepath.Base(file) != "_testmain.go" {
			return false
		}
	}
	return true
}
