package op

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadPage(t *testing.T) {
	const source = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Not &lt;b&gt; said</title><style>a > b {}</style></head><body>\n" +
		"<svg viewBox=\"0 0 48 48\"><path d=\"m1 2\"/></svg><h1>Say &lt;b&gt;</h1>\n<form method=\"post\" hidden>" +
		"<input name=\"a\" value=\"&#34;&amp;x&#39;\" required></form><script>if (1 < 2) {}</script>\n<p>two\n words</p></body></html>\n"
	got, err := readPage(source)
	want := &htmlPage{
		elements: []element{
			{"html", map[string]string{"lang": "en"}},
			{"head", map[string]string{}},
			{"body", map[string]string{}},
			{"svg", map[string]string{"viewBox": "0 0 48 48"}},
			{"path", map[string]string{"d": "m1 2"}},
			{"h1", map[string]string{}},
			{"form", map[string]string{"method": "post", "hidden": ""}},
			{"input", map[string]string{"name": "a", "value": `"&x'`, "required": ""}},
			{"p", map[string]string{}},
		},
		text: "Say <b> two words",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(htmlPage{}, element{})); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestReadPageOfOthers shows that what is not written as our pages are is refused, and not guessed at.
func TestReadPageOfOthers(t *testing.T) {
	for _, source := range []string{
		"<", "<>", "< p>", "<P>", "<p", "<p a", "<p a=b>", "<p a='b'>", `<p a="b>`, `<p a="b"c="d">`, `<p a="b" a="c">`, "</p", "<!-- ",
		"<p a = \"b\">", "<script>", "<style></styl>", "<p ==>",
	} {
		if page, err := readPage(source); err == nil || !strings.HasPrefix(err.Error(), "reading a page: ") {
			t.Errorf("%s: %v, %v", source, page, err)
		}
	}
}
