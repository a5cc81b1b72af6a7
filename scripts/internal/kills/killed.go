package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// killed starts lockfix and kills it: at any moment of its run, or, where begun
// is given, within a time after begun has become true. It reports whether the
// kill came before the end; if not, within is made as short as the run was: the
// next one finds its cache filled.
func (y *yard) killed(begun func() bool, within *time.Duration, args ...string) bool {
	cmd := exec.Command(y.lockfix, args...)
	cmd.Dir, cmd.Env = y.dir, y.env
	start := time.Now()
	if cmd.Start() != nil {
		return false
	}
	wait := time.Duration(y.random.Int64N(int64(*within) + 1))
	ended, killed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(killed)
		for begun != nil && !begun() && pause(ended, 50*time.Microsecond) {
		}
		pause(ended, wait)
		cmd.Process.Kill()
	}()
	state, err := cmd.Process.Wait()
	close(ended)
	<-killed
	if err == nil && !state.Exited() {
		return true
	}
	*within = min(*within, time.Since(start))
	return false
}

// pause waits, and reports false if the process came to its end meanwhile.
func pause(ended <-chan struct{}, d time.Duration) bool {
	select {
	case <-ended:
		return false
	case <-time.After(d):
		return true
	}
}

// writing returns what reports whether the write has begun: the journal holds
// something that it did not hold before.
func (y *yard) writing() func() bool {
	dir := filepath.Join(y.dir, ".git", "lockfix", "journal")
	before := count(dir)
	return func() bool { return count(dir) != before }
}

func count(dir string) int {
	names, _ := os.ReadDir(dir)
	return len(names)
}

// renaming returns what reports whether the first file has its new text.
func (y *yard) renaming() func() bool {
	first := y.old.differs(y.fixed)[0]
	path, size := filepath.Join(y.dir, first), int64(len(y.old[first]))
	return func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() != size
	}
}

// timed runs lockfix to its end, and returns how long that took, and how long
// after begun.
func (y *yard) timed(begun func() bool, args ...string) (whole, since time.Duration, err error) {
	start := time.Now()
	ended, first := make(chan struct{}), make(chan time.Time, 1)
	go func() {
		for !begun() && pause(ended, 200*time.Microsecond) {
		}
		first <- time.Now()
	}()
	_, err = y.run(args...)
	end := time.Now()
	close(ended)
	return end.Sub(start), end.Sub(<-first), err
}
