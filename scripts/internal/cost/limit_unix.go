//go:build unix

package cost

import (
	"os/exec"
	"syscall"
)

// together makes a command the head of a group of processes.
func together(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func stop(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
