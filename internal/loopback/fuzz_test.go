package loopback

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/text"
)

// FuzzAdmit sends whatever a browser, a page of somebody else or another process may send. Only a navigation or a form
// at the redirect URI of this very server becomes an answer, and it is handed on as it came; no page repeats any of it.
func FuzzAdmit(f *testing.F) {
	const query = "code=hush&state=S"
	for _, seed := range [][5]string{
		{"GET", "/callback?" + query, "127.0.0.1:4711", "", ""},
		{"GET", "/callback?" + query, "evil.example:4711", "", ""},
		{"GET", "/callback?" + query, "127.0.0.1:4711", "https://evil.example", ""},
		{"POST", "/callback", "127.0.0.1:4711", "https://id.example", query},
		{"POST", "/callback?" + query, "localhost:4711", "null", "x"},
		{"GET", "/favicon.ico", "[::1]:4711", "", ""},
		{"OPTIONS", "/callback", "127.0.0.1:4711", "", ""},
		{"GET", "/callback", "127.0.0.1:4711", "", ""},
		{"GET", "//callback?x=<script>alert(1)</script>", "127.0.0.1:4711", "", ""},
		{"GET", "/%63allback?a", "127.0.0.1.:4711", "", ""},
		{"GET", "/callback?error=%1b]0;x%07&error_description=%e2%80%ae", "127.0.0.1:04711", "", ""},
		{"PUT", "/callback", "user@127.0.0.1:4711", "", query},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], "application/x-www-form-urlencoded; charset=utf-8", seed[4])
	}
	redirect, err := url.Parse("http://127.0.0.1:4711/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, host, origin, media, body string) {
		address, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		for _, s := range []*Server{{}, {formPost: true}, {fragment: true}, {bare: true}, {webMessage: true, origin: "https://id.example"}} {
			s.redirect, s.port = redirect, 4711
			r := &http.Request{Method: method, URL: address, Host: host, Header: http.Header{"Content-Type": {media}}, Body: http.NoBody}
			if body != "" {
				r.Body = http.MaxBytesReader(nil, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body)).Body, 1<<20)
			}
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			w := httptest.NewRecorder()
			v := s.admit(w, r)
			if v == nil {
				assertTurnedAway(t, w, address.RawQuery, body)
				continue
			}
			here := strings.ToLower(host)
			if here != "127.0.0.1:4711" && here != "localhost:4711" && here != "[::1]:4711" || path(address.EscapedPath()) != "/callback" {
				t.Fatalf("%q at %q was admitted", target, host)
			}
			switch {
			case method == http.MethodGet && v.Encoded == address.RawQuery && v.Mode == ModeQuery && (origin == "" || origin == "null"):
			case method == http.MethodPost && s.formPost && v.Encoded == strings.TrimRight(body, "\r\n") && v.Encoded != "" && v.Mode == ModeFormPost:
			default:
				t.Fatalf("%s %q of %q with %q was admitted as %+v", method, target, origin, body, v.Encoded)
			}
		}
	})
}

// assertTurnedAway wants an answer with the headers of every answer, and nothing of the request in it.
func assertTurnedAway(t *testing.T, w *httptest.ResponseRecorder, sent ...string) {
	t.Helper()
	h := w.Header()
	if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") ||
		h.Get("Access-Control-Allow-Origin") != "" || h.Get("Location") != "" {
		t.Fatalf("%d %v", w.Code, h)
	}
	for _, s := range sent {
		if (len(s) > 20 || strings.Contains(s, "hush")) && strings.Contains(w.Body.String(), s) {
			t.Fatalf("%q stands in the page", s)
		}
	}
}

// FuzzPage: whatever a provider says, the page has the tags of any other page, and is text without controls.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "<script>alert(1)</script>", "</title><script>", `"><img src=x onerror=alert(1)>`, "&lt;b&gt;", "javascript:alert(1)", "\x1b]0;x\a\u202e", "\xff<!--", strings.Repeat("<", 2000),
	} {
		f.Add(seed, seed)
	}
	marks := func(page string) [4]int {
		return [4]int{strings.Count(page, "<"), strings.Count(page, ">"), strings.Count(page, `"`), strings.Count(page, "'")}
	}
	f.Fuzz(func(t *testing.T, title, detail string) {
		page := render(Page{Title: "t" + title, Message: "m" + detail, Detail: "d" + title, Hint: "h" + detail})
		if want := marks(render(Page{Title: "t", Message: "m", Detail: "d", Hint: "h"})); marks(page) != want {
			t.Fatalf("%q and %q make other marks", title, detail)
		}
		if line := strings.ReplaceAll(page, "\n", ""); text.Line(line) != line {
			t.Fatalf("%q and %q make a page with controls", title, detail)
		}
	})
}
