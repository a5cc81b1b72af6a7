package load

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"
)

// listMode asks for metadata only. Types, compiled files or export data would
// make the go command compile every dependency.
const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports |
	packages.NeedDeps | packages.NeedModule | packages.NeedForTest

// list asks the go command for the packages of every platform, side by side.
func (l *loader) list(ctx context.Context) ([]*graph, error) {
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
	if err := errors.Join(errs...); err != nil {
		return nil, errs[firstError(errs)]
	}
	if err := l.checkMatches(graphs, patterns); err != nil {
		return nil, err
	}
	return graphs, nil
}

// firstError returns the index of the first error, so that several platforms
// do not say the same thing several times.
func firstError(errs []error) int {
	for i, err := range errs {
		if err != nil {
			return i
		}
	}
	return -1
}

func (l *loader) listPlatform(ctx context.Context, platform Platform, patterns []string) (*graph, error) {
	sizes := types.SizesFor("gc", platform.GOARCH)
	if sizes == nil {
		return nil, fmt.Errorf("unknown GOARCH %q: `go tool dist list` names the platforms", platform.GOARCH)
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
		Env:     l.environFor(platform),
		Tests:   l.tests,
	}
	if len(l.tags) > 0 {
		cfg.BuildFlags = []string{"-tags=" + strings.Join(l.tags, ",")}
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
