//go:build unix

package write

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives file the owner of like, where that is allowed: root that
// fixes a user's files leaves them the user's.
func keepOwner(file *os.File, like fs.FileInfo) {
	if stat, ok := like.Sys().(*syscall.Stat_t); ok {
		_ = file.Chown(int(stat.Uid), int(stat.Gid)) // not allowed to others, and theirs already
	}
}
