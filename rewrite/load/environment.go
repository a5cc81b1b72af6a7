package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rewrite/cache"
)

// A loader is what all steps of one load, and of all programs made from it, share.
type loader struct {
	dir       string // absolute
	patterns  []string
	oneModule bool
	tests     bool
	tags      []string
	platforms []Platform // complete, sorted, each once
	environ   []string
	jobs      int
	overlay   overlay
	goenv     goEnv
	fset      *token.FileSet
	classify  *classifier
	kept      *cache.Cache // of what packages declare; nil: none
}

// goEnv is what the go command says about itself and the working directory.
type goEnv struct {
	GOROOT, GOCACHE, GOMODCACHE, GOMOD, GOWORK, GOVERSION, GOOS, GOARCH string

	OldTimers bool `json:"-"` // the program has those from before Go 1.23, as go.mod or go.work says
}

func newLoader(ctx context.Context, cfg Config) (*loader, error) {
	l, err := configured(cfg)
	if err != nil {
		return nil, err
	}
	if err := l.readGoEnv(ctx); err != nil {
		return nil, err
	}
	l.platforms = l.complete(cfg.Platforms)
	return l, nil
}

// configured is a loader that has not asked the go command for anything yet.
func configured(cfg Config) (*loader, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("%w: name a directory that exists and can be read", err)
	}
	l := &loader{
		dir:       dir,
		patterns:  cfg.Patterns,
		oneModule: cfg.OneModule,
		tests:     !cfg.NoTests,
		tags:      cfg.Tags,
		environ:   cfg.Env,
		jobs:      cfg.Jobs,
		overlay:   cfg.Overlay,
		fset:      token.NewFileSet(),
	}
	if l.environ == nil {
		l.environ = os.Environ()
	}
	if l.jobs <= 0 {
		l.jobs = runtime.GOMAXPROCS(0)
	}
	if len(l.patterns) == 0 {
		l.patterns = []string{"."}
	}
	return l, nil
}

func (l *loader) readGoEnv(ctx context.Context) error {
	out, err := l.goCommand(ctx, "env", "-json", "GOROOT", "GOCACHE", "GOMODCACHE", "GOMOD", "GOWORK", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return err
	}
	var env goEnv
	if err := json.Unmarshal(out, &env); err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	env.OldTimers = env.oldTimers()
	l.use(env)
	return nil
}

func (l *loader) use(env goEnv) {
	l.goenv = env
	l.classify = newClassifier(env)
}

// goCommand runs the go command in the working directory and returns what it prints.
func (l *loader) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = l.dir
	cmd.Env = append(slices.Clip(l.environ), "PWD="+l.dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	switch {
	case err == nil:
		return out, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, errNoGo
	}
	return nil, stopped(stderr.String())
}

// complete fills in what platforms leave to the environment; without any it
// returns the environment's.
func (l *loader) complete(platforms []Platform) []Platform {
	if len(platforms) == 0 {
		platforms = []Platform{{}}
	}
	var all []Platform
	for _, p := range platforms {
		if p.GOOS == "" {
			p.GOOS = l.goenv.GOOS
		}
		if p.GOARCH == "" {
			p.GOARCH = l.goenv.GOARCH
		}
		all = append(all, p)
	}
	slices.SortFunc(all, Platform.compare)
	return slices.Compact(all)
}

func (p Platform) compare(q Platform) int {
	if c := strings.Compare(p.GOOS, q.GOOS); c != 0 {
		return c
	}
	return strings.Compare(p.GOARCH, q.GOARCH)
}

// String is GOOS/GOARCH, without the part that is the environment's.
func (p Platform) String() string { return strings.Trim(p.GOOS+"/"+p.GOARCH, "/") }

// unhurried lets the go command collect less often, as pace lets lockfix itself: to list
// a thousand packages it needs 60 MB for 45, and a tenth less time. GOGC, if it is set, stays.
//
// Where the build cache is new, as on a machine of a CI service, the go command would first
// write an index of all modules into it, which takes as long as the listing itself.
func (l *loader) unhurried(environ []string) []string {
	if setting(environ, "GOGC") == "" {
		environ = append(environ, "GOGC=400")
	}
	if _, err := os.Stat(filepath.Join(l.goenv.GOCACHE, "00")); errors.Is(err, fs.ErrNotExist) {
		environ = append(environ, "GODEBUG="+strings.TrimPrefix(setting(environ, "GODEBUG")+",goindex=0", ","))
	}
	return environ
}

// setting returns a variable of an environment, "" if it is not set; the last one counts.
func setting(environ []string, name string) (value string) {
	for _, v := range environ {
		if rest, ok := strings.CutPrefix(v, name+"="); ok {
			value = rest
		}
	}
	return value
}

// environFor returns the go command's environment for a platform.
func (l *loader) environFor(p Platform) []string {
	return append(slices.Clip(l.environ), "PWD="+l.dir, "GOOS="+p.GOOS, "GOARCH="+p.GOARCH)
}
