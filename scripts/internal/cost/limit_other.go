//go:build !unix

package cost

import "os/exec"

func together(*exec.Cmd) {}

func stop(cmd *exec.Cmd) error { return cmd.Process.Kill() }
