package bench

import (
	"os"
	"syscall"
)

// peak is the most resident memory that a process had, in KiB. Linux starts the count with what this test had when
// it forked, so that it can only be too high.
func peak(state *os.ProcessState) (int64, bool) {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, false
	}
	return int64(usage.Maxrss), true //nolint:unconvert // 32 bits wide on some machines
}
