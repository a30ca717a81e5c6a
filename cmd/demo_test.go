package cmd

import (
	"os/exec"
	"strings"
	"testing"
)

// words splits the command line of a test as a shell does.
func words(line string) []string {
	out, err := shellWords(line)
	if err != nil {
		panic(err)
	}
	return out
}

// TestDemoCommandsCanBePasted gives a shell what the demo prints of each step.
func TestDemoCommandsCanBePasted(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	for _, s := range steps() {
		args := words(s.args)
		out, err := exec.CommandContext(t.Context(), shell, "-c", `printf '%s\n' `+quoteAll(args)).Output()
		if want := strings.Join(args, "\n") + "\n"; err != nil || string(out) != want {
			t.Errorf("%s: a shell makes of it %q (%v), want %q", s.name, out, err, want)
		}
	}
}
