//go:build !linux

package bench

import "os"

// peak is known on Linux alone: elsewhere the unit differs or there is none.
func peak(*os.ProcessState) (int64, bool) { return 0, false }
