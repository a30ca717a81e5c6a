package loopback

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// part returns what stands between two texts in the page.
func (s seen) part(t *testing.T, before, after string) string {
	t.Helper()
	_, rest, found := strings.Cut(s.body, before)
	part, _, ended := strings.Cut(rest, after)
	if !found || !ended {
		t.Fatalf("no %s…%s in %d %.300s", before, after, s.status, s.body)
	}
	return part
}

func (s seen) token(t *testing.T) string {
	t.Helper()
	return s.part(t, `name="token" value="`, `"`)
}

// visiting gets a page of ours.
func visiting(t *testing.T, url string) seen {
	t.Helper()
	got := do(get(t, url))
	if got.err != nil || got.status != http.StatusOK {
		t.Fatalf("%d, %v, %s", got.status, got.err, got.title())
	}
	return got
}

// post is what a page of ours sends; fields are pairs of names and values.
func post(t *testing.T, s *Server, fields ...string) *http.Request {
	t.Helper()
	form := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := request(t, t.Context(), http.MethodPost, at(s, "/callback"), form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", at(s, ""))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// refused sends what must not become a visit.
func refused(t *testing.T, s *Server, r *http.Request) seen {
	t.Helper()
	answer := browse(r)
	select {
	case got := <-answer:
		return got
	case v := <-s.visits:
		v.Ignore(Foreign())
		t.Fatalf("it was taken as an answer: %q", v.Encoded)
		return <-answer
	}
}

const endpoint = "https://id.example/authorize"

// messenger listens for a web message, and returns the address of its start page.
func messenger(t *testing.T, w Window) (*Server, string) {
	t.Helper()
	s := listen(t, "http://127.0.0.1:0/callback", ExpectWebMessage("https://id.example"))
	start, err := s.Present(endpoint+"?client_id=x&state=y", w)
	if err != nil {
		t.Fatal(err)
	}
	return s, start
}

func TestFragment(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback?own=1", ExpectFragment())
	for _, query := range []string{"", "?", "?own=1"} {
		page := visiting(t, at(s, "/callback"+query))
		const fragment = "code=a%2Fb&state=x&state=y;?+%"
		answer := browse(post(t, s, "token", page.token(t), "response", fragment))
		v := next(t, s)
		equal(t, "visit", []string{fragment, ModeFragment}, []string{v.Encoded, v.Mode})
		v.Ignore(Foreign())
		equal(t, "ignored", "This belongs to another sign-in", (<-answer).title())
	}
	answer := browse(get(t, at(s, "/callback?own=1&error=x")))
	v := next(t, s)
	equal(t, "an answer in the query is told", []string{"own=1&error=x", ModeQuery}, []string{v.Encoded, v.Mode})
	v.Finish(finished())
	equal(t, "outcome", "Signed in", (<-answer).title())
	equal(t, "counts", Counts{Ignored: 3}, s.Counts())
}

func TestWebMessage(t *testing.T) {
	s, start := messenger(t, Popup)
	page := visiting(t, start)
	answer := browse(post(t, s, "token", page.token(t), "response", "code=x&state=y"))
	v := next(t, s)
	equal(t, "visit", []string{"code=x&state=y", ModeWebMessage}, []string{v.Encoded, v.Mode})
	v.Finish(finished())
	got := <-answer
	equal(t, "outcome", []any{200, "Signed in", "same-origin"}, []any{got.status, got.title(), got.header.Get("Cross-Origin-Opener-Policy")})

	again := do(get(t, start))
	equal(t, "start page afterwards", []any{409, "Already used"}, []any{again.status, again.title()})
	equal(t, "counts", Counts{Late: 1}, s.Counts())
}

// Nothing but our own page is taken, and none of this ends the login.
func TestRelayTurnedAway(t *testing.T) {
	const posted, stale = "The answer came in another way", "This page is out of date"
	set := func(name, value string) func(*http.Request, string) {
		return func(r *http.Request, _ string) { r.Header.Set(name, value) }
	}
	body := func(text string) func(*http.Request, string) {
		return func(r *http.Request, token string) {
			other := request(t, t.Context(), http.MethodPost, r.URL.String(), strings.ReplaceAll(text, "TOKEN", token))
			r.Body, r.ContentLength = other.Body, other.ContentLength
		}
	}
	for name, test := range map[string]struct {
		change func(*http.Request, string)
		status int
		title  string
		counts Counts
	}{
		"foreign origin":        {set("Origin", "https://evil.example"), 403, posted, Counts{Relay: 1}},
		"the provider's origin": {set("Origin", "https://id.example"), 403, posted, Counts{Relay: 1}},
		"another port":          {set("Origin", "http://127.0.0.1:1"), 403, posted, Counts{Relay: 1}},
		"no port":               {set("Origin", "http://127.0.0.1"), 403, posted, Counts{Relay: 1}},
		"another name of ours":  {func(r *http.Request, _ string) { r.Header.Set("Origin", "http://localhost:"+r.URL.Port()) }, 403, posted, Counts{Relay: 1}},
		"another scheme":        {func(r *http.Request, _ string) { r.Header.Set("Origin", "https://"+r.URL.Host) }, 403, posted, Counts{Relay: 1}},
		"suffix":                {func(r *http.Request, _ string) { r.Header.Set("Origin", "http://"+r.URL.Host+".evil.example") }, 403, posted, Counts{Relay: 1}},
		"opaque origin":         {set("Origin", "null"), 403, posted, Counts{Relay: 1}},
		"no origin":             {func(r *http.Request, _ string) { r.Header.Del("Origin") }, 403, posted, Counts{Relay: 1}},
		"cross-site":            {set("Sec-Fetch-Site", "cross-site"), 403, posted, Counts{Relay: 1}},
		"same-site":             {set("Sec-Fetch-Site", "same-site"), 403, posted, Counts{Relay: 1}},
		"no site":               {set("Sec-Fetch-Site", "none"), 403, posted, Counts{Relay: 1}},
		"rebinding": {func(r *http.Request, _ string) {
			r.Host = "evil.example:" + r.URL.Port()
			r.Header.Set("Origin", "http://"+r.Host)
		}, 421, "not this host", Counts{Host: 1}},
		"another path":           {func(r *http.Request, _ string) { r.URL.Path = "/relay" }, 404, "nothing here", Counts{Path: 1}},
		"PUT":                    {func(r *http.Request, _ string) { r.Method = http.MethodPut }, 405, "not this way", Counts{Method: 1}},
		"JSON":                   {set("Content-Type", "application/json"), 415, "not a form", Counts{Malformed: 1}},
		"broken":                 {body("token=TOKEN&response=%zz"), 400, "not a readable form", Counts{Malformed: 1}},
		"endless":                {body("token=TOKEN&response=" + strings.Repeat("x", maxForm)), 413, "not a readable form", Counts{Malformed: 1}},
		"nothing in it":          {body(""), 403, stale, Counts{Relay: 1}},
		"no token":               {body("response=code"), 403, stale, Counts{Relay: 1}},
		"guessed token":          {body("token=AAAAAAAAAAAAAAAAAAAAAAAAAA&response=code"), 403, stale, Counts{Relay: 1}},
		"empty token":            {body("token=&response=code"), 403, stale, Counts{Relay: 1}},
		"word of a page unknown": {body("token=x&message=https://evil.example"), 403, stale, Counts{Relay: 1}},
		"empty answer":           {body("token=TOKEN&response="), 400, "No answer in this address", Counts{Empty: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
			token := visiting(t, at(s, "/callback")).token(t)
			r := post(t, s, "token", token, "response", "code=x")
			test.change(r, token)
			got := refused(t, s, r)
			equal(t, "answer", []any{test.status, test.title, error(nil)}, []any{got.status, got.title(), got.err})
			equal(t, "counts", test.counts, s.Counts())
			if test.status == http.StatusMethodNotAllowed {
				equal(t, "Allow", "GET, POST", got.header.Get("Allow"))
			}

			answer := browse(post(t, s, "token", token, "response", "code=x"))
			next(t, s).Finish(finished())
			equal(t, "the relay after it", "Signed in", (<-answer).title())
		})
	}
}

// A page that is not what a person looks at gives no token.
func TestPagesAreForPersons(t *testing.T) {
	fragment := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	_, start := messenger(t, Popup)
	for _, address := range []string{at(fragment, "/callback"), start} {
		for header, value := range map[string]string{
			"Sec-Fetch-Dest": "iframe", "Origin": "https://evil.example", "Sec-Purpose": "prefetch;prerender",
		} {
			r := get(t, address)
			r.Header.Set(header, value)
			got := do(r)
			if got.status != http.StatusForbidden || strings.Contains(got.body, "token") {
				t.Errorf("%s: %s: %d %s", header, value, got.status, got.body)
			}
		}
		r := get(t, address)
		r.Header.Set("Sec-Fetch-Dest", "document")
		equal(t, "a person", 200, do(r).status)
	}
}

// Without a browser that tells where a request comes from, the origin and the token remain.
func TestRelayOfOldBrowser(t *testing.T) {
	s := listen(t, "http://localhost:0/callback", ExpectFragment())
	r := post(t, s, "token", visiting(t, at(s, "/callback")).token(t), "response", "code=x")
	r.Header.Del("Sec-Fetch-Site")
	r.Host = fmt.Sprintf("LOCALHOST:%d", s.Port())
	r.Header.Set("Origin", fmt.Sprintf("http://localhost:%d", s.Port()))
	answer := browse(r)
	next(t, s).Finish(finished())
	equal(t, "outcome", "Signed in", (<-answer).title())
}

// A provider's form and a page's relay are told apart by where they come from.
func TestFormPostBesideFragment(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFormPost(), ExpectFragment())
	r := post(t, s, "code", "x", "token", "y")
	r.Header.Set("Origin", "https://id.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer := browse(r)
	v := next(t, s)
	equal(t, "visit", []string{"code=x&token=y", ModeFormPost}, []string{v.Encoded, v.Mode})
	v.Finish(finished())
	equal(t, "outcome", "Signed in", (<-answer).title())
}

// A token is good for one answer.
func TestRelayReplayed(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	token := visiting(t, at(s, "/callback")).token(t)
	answer := browse(post(t, s, "token", token, "response", "code=x"))
	v := next(t, s)
	other := refused(t, s, post(t, s, "token", token, "response", "code=y"))
	equal(t, "another answer", []any{403, "This page is out of date"}, []any{other.status, other.title()})
	v.Finish(finished())
	equal(t, "outcome", "Signed in", (<-answer).title())
	again := refused(t, s, post(t, s, "token", token, "response", "code=x"))
	equal(t, "the same", []any{409, "Already used"}, []any{again.status, again.title()})
	equal(t, "counts", Counts{Late: 1, Relay: 1}, s.Counts())
}

// Many at once: each page's own answer comes, the flow chooses, and one gets the outcome.
func TestParallelRelays(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	var foreign, ours []<-chan seen
	for i := range 8 {
		token := visiting(t, at(s, "/callback")).token(t)
		foreign = append(foreign, browse(post(t, s, "token", token, "response", fmt.Sprintf("state=other%d", i))))
	}
	got := make(map[string]bool)
	for range foreign {
		v := next(t, s)
		got[v.Encoded] = true
		v.Ignore(Foreign())
	}
	equal(t, "answers", 8, len(got))
	for _, answer := range foreign {
		equal(t, "foreign", "This belongs to another sign-in", (<-answer).title())
	}
	token := visiting(t, at(s, "/callback")).token(t)
	for range 8 {
		ours = append(ours, browse(post(t, s, "token", token, "response", "state=ours")))
	}
	next(t, s).Finish(finished())
	titles := make(map[string]int)
	for _, answer := range ours {
		titles[(<-answer).title()]++
	}
	equal(t, "ours", map[string]int{"Signed in": 1, "Already used": 7}, titles)
	equal(t, "counts", Counts{Ignored: 8, Late: 7}, s.Counts())
}

// Of different answers under one token, the first is the page's.
func TestOneTokenManyAnswers(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	token := visiting(t, at(s, "/callback")).token(t)
	var answers []<-chan seen
	for i := range 8 {
		answers = append(answers, browse(post(t, s, "token", token, "response", fmt.Sprintf("code=%d", i))))
	}
	next(t, s).Finish(finished())
	titles := make(map[string]int)
	for _, answer := range answers {
		titles[(<-answer).title()]++
	}
	equal(t, "titles", map[string]int{"Signed in": 1, "This page is out of date": 7}, titles)
	equal(t, "counts", Counts{Relay: 7}, s.Counts())
}

// The page that is reloaded has no answer any more, but its old token.
func TestReloadedRelayGetsTheOutcome(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	token := visiting(t, at(s, "/callback")).token(t)
	first := post(t, s, "token", token, "response", "code=x")
	ctx, leave := context.WithCancel(t.Context())
	answer := browse(first.WithContext(ctx))
	v := next(t, s)
	leave()
	<-answer
	<-v.left
	waiting := browse(post(t, s, "token", token, "response", ""))
	v.Finish(finished())
	equal(t, "reloaded", "Signed in", (<-waiting).title())
	once := refused(t, s, post(t, s, "token", token, "response", ""))
	equal(t, "once", "Already used", once.title())
}

func TestTokensAreBounded(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFragment())
	var tokens []string
	for range maxPages + 1 {
		tokens = append(tokens, visiting(t, at(s, "/callback")).token(t))
	}
	equal(t, "oldest", 403, do(post(t, s, "token", tokens[0])).status)
	equal(t, "the one after it", 200, do(post(t, s, "token", tokens[1])).status)
	equal(t, "newest", 200, do(post(t, s, "token", tokens[maxPages])).status)
}

// The start page tells of what it ignored, and hears whether the login goes on.
func TestMessagesIgnored(t *testing.T) {
	s, start := messenger(t, Popup)
	token := visiting(t, start).token(t)
	equal(t, "question", 200, do(post(t, s, "token", token)).status)
	for _, origin := range []string{"https://evil.example", "null", "https://id.example", "https://evil.example", "\x1b[31m"} {
		equal(t, origin, 200, do(post(t, s, "token", token, "message", origin)).status)
	}
	equal(t, "strangers", []string{"https://evil.example", "null", `\x1b[31m`}, s.Strangers())
	for i := range maxStrangers {
		do(post(t, s, "token", token, "message", fmt.Sprintf("https://%d.example/%s", i, strings.Repeat("x", maxOrigin))))
	}
	equal(t, "bounded", []int{maxStrangers, maxOrigin}, []int{len(s.Strangers()), len(s.Strangers()[maxStrangers-1])})
	equal(t, "counts", Counts{Message: 5 + maxStrangers}, s.Counts())

	answer := browse(get(t, at(s, "/callback?code=x")))
	next(t, s).Finish(finished())
	<-answer
	equal(t, "question afterwards", 410, do(post(t, s, "token", token)).status)
}

func TestPresent(t *testing.T) {
	for name, test := range map[string]struct{ redirect, prefix string }{
		"plain":     {"http://127.0.0.1:0/callback", "http://127.0.0.1:%d/callback?start="},
		"own query": {"http://localhost:0/a%%2Fb?own=1", "http://localhost:%d/a%%2Fb?own=1&start="},
		"IPv6":      {"http://[::1]:0", "http://[::1]:%d?start="},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Listen(t.Context(), strings.ReplaceAll(test.redirect, "%%", "%"), ExpectWebMessage("HTTPS://ID.example:443/anything"))
			if err != nil {
				t.Skip("no such stack here: ", err)
			}
			t.Cleanup(s.Close)
			first, err := s.Present(endpoint, Popup)
			if err != nil {
				t.Fatal(err)
			}
			second, err := s.Present(endpoint, Popup)
			if prefix := fmt.Sprintf(test.prefix, s.Port()); err != nil || !strings.HasPrefix(first, prefix) || len(second) < len(prefix)+26 || first == second {
				t.Errorf("%s, %s, %v, want %s", first, second, err, prefix)
			}
		})
	}
	for expected, request := range map[string]string{
		"https://id.example":      "https://login.id.example/authorize",
		"https://id.example:8443": endpoint,
		"http://id.example":       endpoint,
		"":                        endpoint,
		"null":                    "null",
		"javascript:alert(1)":     "javascript:alert(1)",
		"https://a;sandbox":       "https://a;sandbox/authorize",
		"https://":                "https:///authorize",
	} {
		s := listen(t, "http://127.0.0.1:0/callback", ExpectWebMessage(expected))
		_, err := s.Present(request, Popup)
		equal(t, expected, outcome{problem.Internal, "loopback.present"}, outcomeOf(t, err))
	}
	s := listen(t, "http://127.0.0.1:0/callback")
	_, err := s.Present(endpoint, Popup)
	equal(t, "not asked for", outcome{problem.Internal, "loopback.present"}, outcomeOf(t, err))
}

func TestOriginOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://ID.Example/a?b#c":    "https://id.example",
		"https://id.example:443/":     "https://id.example",
		"http://id.example:80":        "http://id.example",
		"http://id.example:443":       "http://id.example:443",
		"https://user@id.example:444": "https://id.example:444",
		"http://[::1]:9/x":            "http://[::1]:9",
		"https://bücher.example":      "https://xn--bcher-kva.example",
		"https://id.рф:8443/":         "https://id.xn--p1ai:8443",
		"https://%ff.example":         "",
		"https://a_b.example":         "https://a_b.example",
		"ftp://id.example":            "",
		"//id.example":                "",
		"https:id.example":            "",
		"https://a'b":                 "",
		"https://:443":                "",
	} {
		equal(t, address, want, Origin(address))
	}
}

// Only who was sent there sees the start page, with the request in it.
func TestStartPageIsHidden(t *testing.T) {
	s, start := messenger(t, Popup)
	old := start
	start, err := s.Present(endpoint+"?client_id=x&state=\"><script>alert(1)</script>&b=<c>", Popup)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "redirect URI alone", "No answer in this address", do(get(t, at(s, "/callback"))).title())
	for _, address := range []string{old, start + "x", start[:len(start)-1], at(s, "/callback?start=")} {
		answer := browse(get(t, address))
		v := next(t, s)
		equal(t, "guessed", ModeQuery, v.Mode)
		v.Ignore(Foreign())
		<-answer
	}
	page := visiting(t, start)
	equal(t, "request", endpoint+`?client_id=x&state="><script>alert(1)</script>&b=<c>`, html.UnescapeString(page.part(t, `<a href="`, `"`)))
	equal(t, "scripts", 1, strings.Count(page.body, "<script"))
}

// A provider that does not post its answer sends the frame that it was given to the callback: that is heard, and in no
// other mode.
func TestFramedAnswer(t *testing.T) {
	s, _ := messenger(t, Popup)
	for _, part := range []string{"image", "script", "empty", "frame"} {
		r := get(t, at(s, "/callback?error=x"))
		r.Header.Set("Sec-Fetch-Dest", part)
		equal(t, part, http.StatusForbidden, refused(t, s, r).status)
	}
	r := get(t, at(s, "/callback?error=x"))
	r.Header.Set("Sec-Fetch-Dest", "iframe")
	answer := browse(r)
	next(t, s).Finish(finished())
	equal(t, "status", 200, (<-answer).status)
}
