// Package oauth holds the messages of OAuth 2.0: it builds requests from values and judges responses. It does no I/O,
// reads no clock and prints nothing; what a person may be shown comes back as checks and problems.
package oauth

import (
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
)

// isVisible says whether every byte of s is a VSCHAR, %x20-7E (RFC 6749 appendix A).
func isVisible(s string) bool { return firstOutside(s, 0x20, 0x7e) < 0 }

// firstOutside returns the index of the first byte of s outside low..high, or -1.
func firstOutside(s string, low, high byte) int {
	for i := range len(s) {
		if s[i] < low || s[i] > high {
			return i
		}
	}
	return -1
}

// slug returns a provider's error name as the last part of a stable problem code; a name that could not be part of
// one, because it is free text or hostile, becomes "error".
func slug(name string) string {
	if name == "" || len(name) > 64 {
		return "error"
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return "error"
		}
	}
	return strings.ToLower(name)
}

// sentence joins a provider's error name and description, escaped, into what went wrong.
func sentence(name, description string) string {
	switch {
	case name == "" && description == "":
		return "the provider refused without saying why"
	case description == "":
		return "the provider refused: " + text.Escape(name)
	case name == "":
		return "the provider refused: " + text.Escape(description)
	}
	return fmt.Sprintf("the provider refused: %s: %s", text.Escape(name), text.Escape(description))
}

// count returns "1 byte", "2 bytes".
func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// ordinal returns the position, counted from one, of the index i.
func ordinal(i int) string { return fmt.Sprint(i + 1) }
