//go:build unix

package cmd

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByOther says that a file belongs to somebody who is neither this user nor root.
func ownedByOther(info fs.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && status.Uid != 0 && int(status.Uid) != os.Getuid()
}
