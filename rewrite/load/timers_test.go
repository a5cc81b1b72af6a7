package load

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheProgramChoosesItsTimers(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		mod, work string
		old       bool
	}{
		{mod: "go 1.24"},
		{mod: "go 1.24\ngodebug asynctimerchan=1", old: true},
		{mod: "go 1.24\ngodebug asynctimerchan=0"},
		{mod: "go 1.24\ngodebug default=go1.22", old: true},
		{mod: "go 1.24\ngodebug default=go1.23"},
		{mod: "go 1.24\ngodebug (\n\tdefault=go1.21\n\tasynctimerchan=0\n)"},
		{mod: "go 1.24\ngodebug asynctimerchan=1", work: "go 1.24"},
		{mod: "go 1.24", work: "go 1.24\ngodebug asynctimerchan=1", old: true},
		{mod: "no go.mod"},
	} {
		env := goEnv{GOMOD: filepath.Join(dir, "go.mod")}
		if err := os.WriteFile(env.GOMOD, []byte("module m\n"+c.mod+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		if c.work != "" {
			env.GOWORK = filepath.Join(dir, "go.work")
			if err := os.WriteFile(env.GOWORK, []byte(c.work+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if got := env.oldTimers(); got != c.old {
			t.Errorf("%q beside %q has old timers: %v", c.mod, c.work, got)
		}
	}
}
