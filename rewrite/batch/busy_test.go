package batch_test

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/lockfix/lockfix/rewrite/batch"
)

// One batch at a time works on a state; the next may when it is done.
func TestTwoBatchesAtATime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no lock there")
	}
	dir := filepath.Join(t.TempDir(), "lockfix", "batch")
	release, err := batch.Hold(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := batch.Hold(dir); !errors.Is(err, batch.ErrBusy) {
		t.Errorf("got %v while another one is at work", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = batch.Hold(dir)
	if err != nil {
		t.Fatalf("got %v when the other one is done", err)
	}
	release()
}
