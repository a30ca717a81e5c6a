package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

type holder struct {
	Exported Secret `json:"exported"`
	hidden   Secret
	list     []Secret
	named    map[string]Secret
}

// TestNothingPrintsIt holds every way of printing a secret, also one that stands in an unexported field.
func TestNothingPrintsIt(t *testing.T) {
	const value = "s3cr3t-value"
	s := New(value)
	h := holder{s, s, []Secret{s}, map[string]Secret{"k": s}}
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", h)
	text, _ := s.MarshalText()
	for name, printed := range map[string]string{
		"%v": fmt.Sprintf("%v", s), "%+v": fmt.Sprintf("%+v", s), "%#v": fmt.Sprintf("%#v", s), "%s": fmt.Sprintf("%s", s),
		"%q": fmt.Sprintf("%q", s), "%x": fmt.Sprintf("%x", s), "struct %v": fmt.Sprintf("%v", h), "struct %+v": fmt.Sprintf("%+v", h),
		"struct %#v": fmt.Sprintf("%#v", h), "pointer": fmt.Sprintf("%+v", &h), "error": errors.Join(fmt.Errorf("x: %v", s)).Error(),
		"json": string(encoded), "log": log.String(), "text": string(text), "String": s.String(),
	} {
		if strings.Contains(printed, value) || strings.Contains(printed, fmt.Sprintf("%x", value)) {
			t.Errorf("%s prints it: %s", name, printed)
		}
	}
	if got := fmt.Sprintf("%v %x", s, s); got != redacted+" "+redacted {
		t.Error(got)
	}
	if s.Reveal() != value || s.IsZero() || !New("").IsZero() || New("").Reveal() != "" {
		t.Error("the value is not kept")
	}
}

func TestFromInput(t *testing.T) {
	for _, test := range [][2]string{
		{"a", "a"}, {"a\n", "a"}, {"a\r\n", "a"}, {"a\n\n", "a\n"}, {" a \n", " a "}, {"\n", ""}, {"", ""},
	} {
		in, want := test[0], test[1]
		if got := FromInput(in).Reveal(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestRing(t *testing.T) {
	r := NewRing()
	const value = `p+s "w<rd/é`
	r.Add(New(value), New("short-and-long"), New("short"), New("abc"))
	for _, text := range []string{
		value, "client_secret=p%2Bs+%22w%3Crd%2F%C3%A9&x", `{"a":"p+s \"w\u003crd/é"}`, "/p+s%20%22w%3Crd%2F%C3%A9",
		"p%2bs%20%22w%3crd%2f%c3%a9", "cCtzICJ3PHJkL8Op", "p+s &#34;w&lt;rd/é",
	} {
		if got := r.Redact(text); !strings.Contains(got, r.Tag(value)) {
			t.Errorf("%q: %q", text, got)
		}
	}
	const odd = "k/1+Ä\u00ad\U0001f469\u200d='\t\x01`"
	r.Add(New(odd))
	for name, text := range map[string]string{
		"Python": `["k/1+\u00c4\u00ad\ud83d\udc69\u200d='\t\u0001` + "`\"]", "PHP": `["k\/1+\u00c4\u00ad\ud83d\udc69\u200d='\t\u0001` + "`\"]",
		"PHP, unescaped": `["k\/1+Ä` + "\u00ad\U0001f469\u200d='\\t\\u0001`\"]", "Go": "[\"k/1+Ä\u00ad\U0001f469\u200d='\\t\\u0001`\"]",
		"Gson": "[\"k/1+Ä\u00ad\U0001f469\u200d\\u003d\\u0027\\t\\u0001`\"]", ".NET": `["k/1\u002B\u00C4\u00AD\uD83D\uDC69\u200D=\u0027\t\u0001\u0060"]`,
		"printed": `k/1+Ä\xad👩\u200d='\t\x01` + "`", "printed in JSON": `"k/1+Ä\\xad👩\\u200d='\\t\\x01` + "`\"",
		"an answer in JSON": `"k/1+Ä\u00ad👩\u200d='\t\u0001` + "`\"", "PHP, in JSON": `"k\\/1+Ä\\xad👩\\u200d='\\t\\u0001` + "`\"",
	} {
		if got := r.Redact(text); !strings.Contains(got, r.Tag(odd)) || strings.Contains(got, "k") {
			t.Errorf("%s: %q: %q", name, text, got)
		}
	}
	if got, want := r.Redact("short-and-long short abc"), r.Tag("short-and-long")+" "+r.Tag("short")+" abc"; got != want {
		t.Errorf("%q, want %q: the longest first, and nothing under four characters", got, want)
	}
	for _, text := range []string{"got: short-and-l… (99 bytes)", "got: shor…", "a p%2Bs+%22w…", "short-an…"} {
		head, _, _ := strings.Cut(text, "…")
		if got := r.Redact(text); strings.Contains(got, head[len(head)-4:]) || !strings.Contains(got, "[redacted:") || !strings.Contains(got, "…") {
			t.Errorf("%q: %q, and a part of the secret stands before the cut", text, got)
		}
	}
	other := NewRing() // the shorter one first, letters of both cases, the bound itself, and a cut one that begins the text
	other.Add(New("pass"), New("password-Q+é"), New("1234"), New("once"), New("once"))
	for text, want := range map[string]string{
		"password-Q%2b%c3%a9": other.Tag("password-Q+é"), "pass": other.Tag("pass"), "1234": other.Tag("1234"), "123": "123",
		"1234…": other.Tag("1234") + "…", "passwor…": other.Tag("password-Q+é") + "…", "once": other.Tag("once"),
	} {
		if got := other.Redact(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"sho…", "a shorter word…", "…", "short-and", "x…short"} {
		if got, want := r.Redact(text), strings.ReplaceAll(text, "short", r.Tag("short")); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if again := r.Tag("x"); r.Tag("x") != again || again == r.Tag("y") || again == NewRing().Tag("x") {
		t.Error("tags are equal for equal secrets of one run, and for nothing else")
	}
}
