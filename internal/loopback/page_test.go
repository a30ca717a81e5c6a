package loopback

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
)

func TestPageHeaders(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	answer := browse(get(t, at(s, "/callback?code=x")))
	next(t, s).Finish(finished())
	got := <-answer
	inline := func(tag string) string {
		_, rest, _ := strings.Cut(got.body, "<"+tag+">")
		content, _, ok := strings.Cut(rest, "</"+tag+">")
		if !ok || content == "" {
			t.Fatalf("no %s", tag)
		}
		sum := sha256.Sum256([]byte(content))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src " + inline("style") + "; script-src " + inline("script") +
			"; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
		"Cache-Control":                "no-store",
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Access-Control-Allow-Origin":  "",
		"Set-Cookie":                   "",
	} {
		equal(t, name, want, got.header.Get(name))
	}
}

func TestPage(t *testing.T) {
	pages := map[string]Page{
		"success": finished(), "foreign": Foreign(), "used": usedPage(), "ended": endedPage(), "empty": emptyPage(ModeFormPost), "posted": postedPage(ModeQuery),
		"failure": {Title: "The provider refused", Message: "You said no.", Detail: "access_denied", Hint: "Start again."},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			body := render(page)
			if len(body) > 6<<10 {
				t.Errorf("%d bytes", len(body))
			}
			for _, want := range []string{`<html lang="en">`, "<meta charset=\"utf-8\">", "name=\"viewport\"", "<title>" + escape(page.Title) + " · oauthctl</title>", "<h1>"} {
				if !strings.Contains(body, want) {
					t.Errorf("no %s", want)
				}
			}
			role, class := `role="alert"`, `class="failure"`
			if page.OK == Succeeded {
				role, class = `role="status"`, `class="success"`
			}
			if !strings.Contains(body, role) || !strings.Contains(body, class) {
				t.Errorf("not %s %s", role, class)
			}
			if found := regexp.MustCompile(`(?i)(src=|https?:|url\(|@import|\son\w+=|style=|javascript:)`).FindString(body); found != "" {
				t.Errorf("something is fetched or run: %s", found)
			}
		})
	}
}

func TestPageEscapes(t *testing.T) {
	const evil = "<script>alert(1)</script>\"'&\x1b[31m\u202e\x00"
	body := render(Page{Title: evil, Message: evil, Detail: evil, Hint: evil})
	escaped := `&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;\x1b[31m\u202e\x00`
	equal(t, "escaped", 5, strings.Count(body, escaped)) // the title stands in two places
	equal(t, "scripts", 1, strings.Count(body, "<script>"))
	if strings.ContainsAny(body, "\x1b\u202e\x00") {
		t.Error("control characters")
	}
	long := render(Page{Title: strings.Repeat("<", 64<<10), Message: strings.Repeat("&", 64<<10)})
	if len(long) > 24<<10 {
		t.Errorf("%d bytes", len(long))
	}
}

func TestPageLeavesOutWhatIsEmpty(t *testing.T) {
	body := render(Page{OK: Succeeded})
	equal(t, "title", 1, strings.Count(body, "<h1>Signed in</h1>"))
	equal(t, "paragraphs", 0, strings.Count(body, "<p>")+strings.Count(body, "<p "))
}
