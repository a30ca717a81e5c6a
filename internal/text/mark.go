package text

import "strings"

// Marked says what a text begins with that other programs than its writer take for a part of it: a byte order mark, as
// shells and editors of Windows write it, or UTF-16. It is empty where the text begins as it should.
func Marked(s string) string {
	switch {
	case strings.HasPrefix(s, "\ufeff"):
		return "a byte order mark at its beginning"
	case strings.HasPrefix(s, "\xff\xfe"), strings.HasPrefix(s, "\xfe\xff"):
		return "UTF-16 in place of UTF-8"
	}
	return ""
}

// UnmarkedHint is how to write a file that is not Marked.
const UnmarkedHint = "write the file anew as UTF-8 without a byte order mark (in PowerShell: Set-Content -Encoding ascii)"
