//go:build unix

package git

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps the signals of the terminal from a process.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
