package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// watched is how long `lockfix watch` takes from the save of the leaf file to its
// answer, the wait for further saves included.
func (m *measurement) watched() (time.Duration, error) {
	cmd := exec.Command(m.lockfix, "watch", "./...")
	cmd.Dir, cmd.Env = m.dir, m.env
	out, err := cmd.StderrPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	answers := bufio.NewScanner(out)
	if !answers.Scan() { // that of the beginning
		return 0, fmt.Errorf("lockfix watch does not answer: %v", answers.Err())
	}
	var all []time.Duration
	for range m.runs {
		took, err := m.save(answers)
		if err != nil {
			return 0, err
		}
		all = append(all, took)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// save changes the leaf file and waits for the answer.
func (m *measurement) save(answers *bufio.Scanner) (time.Duration, error) {
	path := filepath.Join(m.dir, filepath.FromSlash(m.leaf))
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	m.changes++
	time.Sleep(200 * time.Millisecond) // a person's pause
	start := time.Now()
	if err := os.WriteFile(path, fmt.Appendf(text, "\n// change %d\n", m.changes), 0o666); err != nil {
		return 0, err
	}
	if !answers.Scan() {
		return 0, fmt.Errorf("lockfix watch does not answer: %v", answers.Err())
	}
	return time.Since(start), nil
}
