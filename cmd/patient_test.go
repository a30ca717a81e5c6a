package cmd_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// patient is this program as a client to be tested: with all the time that a busy machine takes, but where a fault is
// that nothing comes. An answer that must be ignored has to be there before the wait is over, and so it waits again, for
// longer, where none was.
func patient() {
	timeout, waits := "2m", []string{"2m"}
	switch fault := os.Getenv("OAUTH_TEST_FAULT"); {
	case strings.HasSuffix(fault, "-slow"):
		timeout = "10s"
	case strings.HasPrefix(fault, "cb-state-"):
		waits = []string{"4s", "40s"}
	}
	code := 0
	for _, wait := range waits {
		var said bytes.Buffer
		child := exec.Command("oauthctl", append(slices.Clone(os.Args[1:]), "--timeout", timeout, "--wait", wait)...)
		child.Stderr = io.MultiWriter(os.Stderr, &said)
		if err := child.Run(); child.ProcessState == nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if code = child.ProcessState.ExitCode(); code != 6 || strings.Contains(said.String(), "ignored (1)") {
			break
		}
	}
	os.Exit(code)
}
