package text

import "strings"

// Quoted returns s in single quotes, so that a POSIX shell takes it for one word.
func Quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Argument returns s as a POSIX shell takes it for one word: as it is, and Quoted where a shell may give a meaning of its
// own to something in it.
func Argument(s string) string {
	if s == "" || strings.HasPrefix(s, "~") || strings.ContainsFunc(s, special) {
		return Quoted(s)
	}
	return s
}

func special(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(":/._~@%+=,-", r)
}
