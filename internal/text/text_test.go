package text_test

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/text"
)

// TestEscape: nothing that a stranger writes changes the terminal, the line or the order of reading.
func TestEscape(t *testing.T) {
	for given, want := range map[string]string{
		"plain é 漢 🙂":                        "plain é 漢 🙂",
		"a\nb\rc\td":                         `a\nb\rc\td`,
		"\x1b[2J\x00\x7f":                    `\x1b[2J\x00\x7f`,
		"\u0080\u009b\u009f":                 `\x80\x9b\x9f`,
		"\u00a0\u00ad":                       "\u00a0" + `\xad`,
		"\u202e\u2066\u200b":                 `\u202e\u2066\u200b`,
		"\u2028\u2029\ufeff":                 `\u2028\u2029\ufeff`,
		"\U000e0041":                         `\U000e0041`,
		"\xff\xc3":                           `\xff\xc3`,
		"\ufffd":                             "\ufffd",
		"\x1b é 🙂":                           `\x1b é 🙂`,
		strings.Repeat("a", text.MaxShown):   strings.Repeat("a", text.MaxShown),
		strings.Repeat("a", text.MaxShown+1): strings.Repeat("a", text.MaxShown) + "… (1025 bytes in all)",
		strings.Repeat("a", text.MaxShown-1) + "é":          strings.Repeat("a", text.MaxShown-1) + "… (1025 bytes in all)",
		strings.Repeat("a", text.MaxShown-2) + "é" + "\x1b": strings.Repeat("a", text.MaxShown-2) + "é… (1025 bytes in all)",
	} {
		if got := text.Escape(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

// TestEscapeJSON: the value stays the same one, and so does its form.
func TestEscapeJSON(t *testing.T) {
	for given, want := range map[string]string{
		"{\n\t\"a\": \"é\"\r\n}":              "{\n\t\"a\": \"é\"\r\n}",
		"[\"\u009b\u007f\",\n\r\t\"\u202e\"]": "[\"" + `\u009b\u007f` + "\",\n\r\t\"" + `\u202e` + "\"]",
		"\"\U000e0041\uffff\"":                `"\udb40\udc41\uffff"`,
	} {
		if got := string(text.EscapeJSON([]byte(given))); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

func TestURL(t *testing.T) {
	for given, want := range map[string]string{
		"https://web:hush@id.test/a": "https://web:xxxxx@id.test/a",
		"https://id.test/\u202e":     `https://id.test/\u202e`,
		"://\x1b":                    `://\x1b`,
		"http://me:hu/sh@proxy:1":    "http://…@proxy:1",
	} {
		if got := text.URL(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}
