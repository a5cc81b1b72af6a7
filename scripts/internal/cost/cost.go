// Package cost measures what a command takes: wall time, processor time and
// memory, its child processes included.
package cost

import (
	"os/exec"
	"time"
)

// A Cost is what one run of a command took.
type Cost struct {
	Wall time.Duration
	CPU  time.Duration // user and system, of the process and its descendants
	Peak int64         // bytes resident, of the largest single process among them; 0 where the system does not tell
}

// Of runs the command. The error is that of cmd.Run.
func Of(cmd *exec.Cmd) (Cost, error) {
	start := time.Now()
	err := cmd.Run()
	c := Cost{Wall: time.Since(start)}
	if state := cmd.ProcessState; state != nil {
		c.CPU = state.UserTime() + state.SystemTime()
		c.Peak = peak(state)
	}
	return c, err
}
