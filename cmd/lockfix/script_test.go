package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lockfix": main, "cacheprog": cacheProg})
}

// The scripts of fixtures/cli are sessions at a shell: what a user types, what
// comes back, and with which exit code.
func TestScripts(t *testing.T) {
	build := goEnv(t, "GOCACHE", "GOMODCACHE")
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "fixtures", "cli"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, build...)
			if hooks, err := filepath.Abs(filepath.Join("..", "..", ".pre-commit-hooks.yaml")); err == nil {
				env.Vars = append(env.Vars, "HOOKS="+hooks)
			}
			if self, err := exec.LookPath("lockfix"); err == nil {
				env.Vars = append(env.Vars, "LOCKFIX="+self)
			}
			env.Vars = append(env.Vars, "GOPROXY=off", "GOTOOLCHAIN=local", "GOFLAGS=", "GOWORK=",
				"XDG_CACHE_HOME="+filepath.Join(env.WorkDir, ".cache"), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Getuid() == 0, nil
			}
			return false, errors.New("unknown condition")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "crlf": crlf, "sameas": sameAs,
		},
	})
}

// exits CODE COMMAND ARG... runs a command and expects its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// crlf FILE ends the lines of a file in CRLF; ! crlf FILE makes sure that all
// of them still do.
func crlf(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		if neg {
			if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
				ts.Fatalf("%s has lines that end in LF", name)
			}
			continue
		}
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(strings.ReplaceAll(text, "\n", "\r\n")), 0o666))
	}
}

// sameas FILE FILE compares bytes, and shows both where they differ.
func sameAs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sameas FILE FILE")
	}
	if a, b := ts.ReadFile(args[0]), ts.ReadFile(args[1]); (a == b) == neg {
		ts.Fatalf("got\n%q\nand\n%q", a, b)
	}
}

// goEnv returns variables of the go command as KEY=VALUE.
func goEnv(t *testing.T, names ...string) (env []string) {
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for i, value := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		env = append(env, names[i]+"="+strings.TrimSpace(value))
	}
	return env
}
