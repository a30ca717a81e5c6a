package text_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/oauthctl/oauthctl/internal/text"
)

// hostile are the strings that a provider may send to take over a terminal or to turn the reading order round.
func hostile() []string {
	return []string{
		"", "plain", "\x1b[2J\x1b]52;c;ZXZpbA==\a", "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\a", "a\r\nb\tc\x00", "\u009b31m",
		"\u202egnp.exe", "\u2066x\u2069", "a\u2028b\u2029", "\u200b\ufeff\u00ad", "\U000e0001\U000e0041", "\xff\xc0\xaf\xed\xa0\x80", "\ufffd", "\uffff\ufdd0\U0001fffe",
		strings.Repeat("é", text.MaxShown), strings.Repeat("\x1b", text.MaxShown+1),
	}
}

// FuzzEscape: what is printed holds nothing that moves a cursor or the reading order, is text, is bounded, and is not
// changed by escaping again; what was harmless is kept as it was.
func FuzzEscape(f *testing.F) {
	for _, seed := range hostile() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line, short := text.Line(s), text.Escape(s)
		for _, shown := range []string{line, short, text.URL(s), text.URL("https://a:b@" + s)} {
			if !utf8.ValidString(shown) || strings.ContainsFunc(shown, dangerous) {
				t.Fatalf("%q shows %q", s, shown)
			}
		}
		if text.Line(line) != line {
			t.Fatalf("%q, escaped again, is %q", line, text.Line(line))
		}
		if utf8.ValidString(s) && !strings.ContainsFunc(s, dangerous) && line != s {
			t.Fatalf("%q was harmless, and became %q", s, line)
		}
		if len(short) > 10*text.MaxShown+64 || len(s) <= text.MaxShown && short != line {
			t.Fatalf("%d bytes became %d", len(s), len(short))
		}
		text.Caret(s, line, 2)
	})
}

// FuzzEscapeJSON: the value is the same, to the spelling of its numbers, and its strings are harmless.
func FuzzEscapeJSON(f *testing.F) {
	for _, seed := range hostile() {
		quoted, _ := json.Marshal(seed)
		f.Add(quoted)
		f.Add([]byte("{\n\t\"" + strings.Map(func(r rune) rune {
			if r < ' ' || r == '"' || r == '\\' {
				return -1
			}
			return r
		}, seed) + "\": [1e2, 9007199254740993]}"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !utf8.Valid(raw) || !json.Valid(raw) {
			return
		}
		out := text.EscapeJSON(raw)
		if strings.ContainsFunc(string(out), func(r rune) bool { return dangerous(r) && !strings.ContainsRune("\n\r\t", r) }) {
			t.Fatalf("%q shows %q", raw, out)
		}
		if !reflect.DeepEqual(decoded(t, raw), decoded(t, out)) {
			t.Fatalf("%q became another value: %q", raw, out)
		}
	})
}

func decoded(t *testing.T, raw []byte) (value any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return value
}

// dangerous is what Unicode calls a control or a format character, and its two separators of lines.
func dangerous(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point)
}
