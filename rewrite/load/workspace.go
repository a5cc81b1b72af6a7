package load

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
)

// ModuleEnv returns the environment in which the go command takes the module in
// dir: env (nil: os.Environ), and GOWORK=off where the go.work above does not list
// the module, which the go command would refuse with it. What cannot be told is
// left to the load.
func ModuleEnv(ctx context.Context, dir string, env []string) []string {
	l, err := configured(Config{Dir: dir, Env: env})
	if err != nil {
		return env
	}
	out, err := l.goCommand(ctx, "env", "-json", "GOMOD", "GOWORK")
	var goenv goEnv
	if err != nil || json.Unmarshal(out, &goenv) != nil || !goenv.unlisted() {
		return env
	}
	return append(slices.Clip(l.environ), "GOWORK=off")
}

// unlisted reports whether there is a go.work that does not list the module.
func (env goEnv) unlisted() bool {
	if env.GOWORK == "" || env.GOWORK == "off" {
		return false
	}
	text, err := os.ReadFile(env.GOWORK)
	if err != nil {
		return false
	}
	work, err := modfile.ParseWork(env.GOWORK, text, nil)
	if err != nil {
		return false
	}
	module, err := os.Stat(filepath.Dir(env.GOMOD))
	return err == nil && !slices.ContainsFunc(work.Use, func(use *modfile.Use) bool {
		path := filepath.FromSlash(use.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(env.GOWORK), path)
		}
		listed, err := os.Stat(path)
		return err == nil && os.SameFile(module, listed)
	})
}
