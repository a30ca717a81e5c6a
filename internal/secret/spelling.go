package secret

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/oauthctl/oauthctl/internal/text"
)

// jsonStyle is how a JSON writer spells what it need not escape.
type jsonStyle struct {
	marked string // characters that it writes by number
	format string // of a number
	ascii  bool   // all beyond ASCII is written by number too
	slash  bool   // a slash stands behind a backslash
}

// jsonStyles are those of the writers that servers have, the plainest first.
func jsonStyles() []jsonStyle {
	const lower, upper = `\u%04x`, `\u%04X`
	return []jsonStyle{
		{"", lower, false, false},
		{"", lower, true, false}, // Python, Ruby
		{"", lower, true, true},  // PHP
		{"", lower, false, true},
		{"<>&\u2028\u2029", lower, false, false}, // Go
		{"<>&'=", lower, false, false},           // Gson
		{"\"&'+<>`", upper, true, false},         // .NET
	}
}

// spell writes a string as it stands between the quotes of a JSON string.
func (j jsonStyle) spell(s string) string {
	var b strings.Builder
	for _, r := range s {
		short := strings.IndexRune("\b\t\n\f\r", r)
		switch {
		case strings.ContainsRune(j.marked, r), r < ' ' && short < 0, j.ascii && r >= utf8.RuneSelf:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, j.format, unit)
			}
		case short >= 0:
			b.WriteString(`\` + "btnfr"[short:short+1])
		case r == '"' || r == '\\' || r == '/' && j.slash:
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// maxSpelt is the length above which a value is searched for as it is, and in Base64.
const maxSpelt = 16 << 10

// spellings are the ways in which a protocol message or a page may repeat a value, and how each of them looks once it was
// made fit to be printed.
func spellings(value string) []string {
	out := []string{value, base64.RawStdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value))}
	if len(value) > maxSpelt || !strings.ContainsFunc(value, reserved) { // as of every JWT
		return out
	}
	query, path := url.QueryEscape(value), url.PathEscape(value)
	component := strings.ReplaceAll(query, "+", "%20")
	out = append(out, query, path, component, lowerPercent(query), lowerPercent(path), lowerPercent(component), html.EscapeString(value))
	for _, style := range jsonStyles() {
		out = append(out, style.spell(value))
	}
	plain, escaped := jsonStyles()[0], func(s string) string { return string(text.EscapeJSON([]byte(s))) }
	out = append(out, escaped(plain.spell(value)))
	for _, s := range out[:len(out):len(out)] {
		line := text.Line(s)
		out = append(out, line, plain.spell(line), escaped(plain.spell(s)))
	}
	return out
}

// reserved says whether anybody spells r in another way than as itself (RFC 3986 §2.3).
func reserved(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
}

// lowerPercent writes the hexadecimal digits of percent-encoding as some libraries do.
func lowerPercent(encoded string) string {
	b := []byte(encoded)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(encoded[i+1:i+3]))
		}
	}
	return string(b)
}
