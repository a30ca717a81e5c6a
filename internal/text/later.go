package text

import (
	"strings"
	"time"
)

// Later is the hint to try again, with the time that a server names in Retry-After, if it names one (RFC 9110 §10.2.3).
func Later(after string) string {
	after = strings.TrimSpace(after)
	if _, err := time.Parse(time.RFC1123, after); err == nil {
		return "try again after " + Escape(after)
	}
	if len(after) == 0 || len(after) > 9 || strings.Trim(after, "0123456789") != "" {
		return "try again later"
	}
	return "try again in " + after + " s"
}
