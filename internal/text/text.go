// Package text makes strings of others safe and useful to print: escaping, shortening, showing where two differ.
package text

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxShown is how many bytes of a provider's free text are shown to a person.
const MaxShown = 1024

// hostile says whether printing r could change the terminal or the reading order: C0, DEL, C1, bidirectional
// controls, line and paragraph separators, other invisible format characters, and what is no character at all.
func hostile(r rune) bool {
	if r <= unicode.MaxLatin1 {
		return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xad // control characters, and the soft hyphen
	}
	return unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
}

// Escape returns s on one line with every hostile character as \n, \t, \x1b or \u202e, and cut at MaxShown bytes.
func Escape(s string) string {
	if len(s) > MaxShown {
		cut := MaxShown
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		return Line(s[:cut]) + fmt.Sprintf("… (%d bytes in all)", len(s))
	}
	return Line(s)
}

// Line returns s on one line with hostile characters escaped as by Escape, at its full length.
func Line(s string) string {
	if harmless(s, "") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case hostile(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hostile(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case hostile(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// harmless says whether nothing in s needs escaping, or is no UTF-8. Most of what is shown is ASCII, which is looked at
// byte by byte.
func harmless(s, allowed string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if i++; (c < ' ' || c == 0x7f) && strings.IndexByte(allowed, c) < 0 {
				return false
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || hostile(r) {
			return false
		}
		i += size
	}
	return true
}

// URL returns an address as it may be shown: escaped, and without a password in it. One that cannot be read may have its
// password to blame.
func URL(address string) string {
	u, err := url.Parse(address)
	if at := strings.LastIndexByte(address, '@'); err != nil && at >= 0 {
		scheme, _, found := strings.Cut(address[:at], "://")
		if !found {
			return Line("…" + address[at:])
		}
		return Line(scheme + "://…" + address[at:])
	}
	if err == nil && u.User != nil {
		return Line(u.Redacted())
	}
	return Line(address)
}

// Spelled returns an address with its host as it was written, where net/url has escapes for letters beyond ASCII. It is to
// be escaped where it is shown.
func Spelled(u *url.URL) string {
	if isASCII(u.Host) || strings.Contains(u.Host, "%") {
		return u.String()
	}
	return strings.Replace(u.String(), (&url.URL{Host: u.Host}).String(), "//"+u.Host, 1)
}

// EscapeJSON returns the same JSON value, member order and number spelling, with every hostile character inside its
// strings as \u escapes. White space between tokens is kept. The input must be valid JSON in UTF-8.
func EscapeJSON(raw []byte) []byte {
	s := string(raw)
	if harmless(s, "\n\r\t") {
		return raw
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || !hostile(r):
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return []byte(b.String())
}

// Caret returns a line with a caret under the first code point in which got, escaped and printed at the given
// column, differs from want; empty where they are equal.
func Caret(want, got string, column int) string {
	if want == got {
		return ""
	}
	w, g := []rune(Line(want)), []rune(Line(got))
	i := 0
	for i < len(w) && i < len(g) && w[i] == g[i] {
		i++
	}
	return strings.Repeat(" ", column+i) + "^"
}

// Suggest returns the candidate nearest to the misspelt word: at most two edits and less than half of the word away, else
// the one that is the word and more, such as redirect-uri for redirect. Empty where none is, or several are.
func Suggest(word string, candidates []string) string {
	best, bestDistance := "", min(2, (len(word)-1)/2)+1
	word = strings.ToLower(word)
	size := utf8.RuneCountInString(word)
	for _, c := range candidates {
		if apart := utf8.RuneCountInString(c) - size; apart >= bestDistance || -apart >= bestDistance {
			continue // so many edits are needed at the least, and a word may be 64 KiB
		}
		if d := distance(word, strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	if best == "" && size > 1 {
		return longer(word, candidates)
	}
	return best
}

// longer returns the candidate of which the word is a whole part, or several. Where more than one is, it is the one with
// which all others begin.
func longer(word string, candidates []string) string {
	parts := strings.NewReplacer("_", "-", ".", "-", " ", "-")
	part := "-" + parts.Replace(word) + "-"
	var found []string
	for _, c := range candidates {
		if strings.Contains("-"+parts.Replace(strings.ToLower(c))+"-", part) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return ""
	}
	shortest := slices.MinFunc(found, func(a, b string) int { return len(a) - len(b) })
	if slices.ContainsFunc(found, func(c string) bool { return !strings.HasPrefix(c, shortest) }) {
		return ""
	}
	return shortest
}

// distance is the edit distance with neighbours transposed (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int
	previous := make([]int, len(y)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(x); i++ {
		current := make([]int, len(y)+1)
		current[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous = previous, current
	}
	return previous[len(y)]
}
