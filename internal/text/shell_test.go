package text

import (
	"os/exec"
	"testing"
)

// TestShell asks a shell.
func TestShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	for _, value := range []string{
		"plain", "two words", "it's", `"$HOME" $(id) ` + "`id` \\ ;|&", "a\nb", "'", "", "~", "~root/x", "a&b", "*", "[a-z]", "{a,b}", "#", "a;b", "!", "<x>",
		"https://id.test/t?a=1&b=2", "https://id.test/~u/a%20b",
	} {
		for name, quoted := range map[string]string{"Quoted": Quoted(value), "Argument": Argument(value)} {
			out, err := exec.CommandContext(t.Context(), shell, "-c", "printf %s "+quoted).Output()
			if err != nil || string(out) != value {
				t.Errorf("%s: %q comes out as %q (%v)", name, value, out, err)
			}
		}
	}
	for _, plain := range []string{"plain", "https://id.test/~u/a%20b", "-o", "a=b,c:d@e+f_g"} {
		if got := Argument(plain); got != plain {
			t.Errorf("%q was quoted: %s", plain, got)
		}
	}
}
