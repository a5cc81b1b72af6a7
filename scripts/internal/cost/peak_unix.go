//go:build unix

package cost

import (
	"os"
	"runtime"
	"syscall"
)

// peak reads ru_maxrss, which is in kilobytes but for Darwin.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) << 10
}
