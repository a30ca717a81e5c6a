package loopback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestVisit(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback?own=1")
	answer := browse(get(t, at(s, "/callback?own=1&code=a%2Fb&state=x")))
	v := next(t, s)
	equal(t, "visit", []string{"own=1&code=a%2Fb&state=x", ModeQuery}, []string{v.Encoded, v.Mode})
	v.Finish(finished())
	s.Close()
	got := <-answer
	equal(t, "answer", []any{200, "Signed in", error(nil)}, []any{got.status, got.title(), got.err})
	equal(t, "counts", Counts{}, s.Counts())
}

// Whatever else comes, the login goes on.
func TestTurnedAway(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for name, test := range map[string]struct {
		method, path, host, contentType, body string
		header                                http.Header
		formPost                              bool
		status                                int
		title                                 string
		counts                                Counts
	}{
		"icon":               {path: "/favicon.ico", status: 404, title: "nothing here", counts: Counts{Path: 1}},
		"root":               {path: "/?code=x", status: 404, title: "nothing here", counts: Counts{Path: 1}},
		"slash":              {path: "/callback/?code=x", status: 404, title: "nothing here", counts: Counts{Path: 1}},
		"dots":               {path: "/x/../callback?code=x", status: 404, title: "nothing here", counts: Counts{Path: 1}},
		"encoded":            {path: "/%63allback?code=x", status: 404, title: "nothing here", counts: Counts{Path: 1}},
		"HEAD":               {method: "HEAD", path: "/callback?code=x", status: 405, counts: Counts{Method: 1}},
		"OPTIONS":            {method: "OPTIONS", path: "/callback?code=x", status: 405, title: "not this way", counts: Counts{Method: 1}},
		"PUT":                {method: "PUT", path: "/callback?code=x", status: 405, title: "not this way", counts: Counts{Method: 1}},
		"rebinding":          {path: "/callback?code=x", host: "evil.example:{port}", status: 421, title: "not this host", counts: Counts{Host: 1}},
		"another port":       {path: "/callback?code=x", host: "127.0.0.1:1", status: 421, title: "not this host", counts: Counts{Host: 1}},
		"no port":            {path: "/callback?code=x", host: "localhost", status: 421, title: "not this host", counts: Counts{Host: 1}},
		"suffix":             {path: "/callback?code=x", host: "localhost.evil.example:{port}", status: 421, title: "not this host", counts: Counts{Host: 1}},
		"script":             {path: "/callback?code=x", header: http.Header{"Origin": {"https://evil.example"}}, status: 403, title: "not from a script", counts: Counts{Script: 1}},
		"prefetch":           {path: "/callback?code=x", header: http.Header{"Sec-Purpose": {"prefetch;prerender"}}, status: 403, title: "not from a script", counts: Counts{Script: 1}},
		"old Firefox":        {path: "/callback?code=x", header: http.Header{"X-Moz": {"prefetch"}}, status: 403, title: "not from a script", counts: Counts{Script: 1}},
		"older prefetch":     {path: "/callback?code=x", header: http.Header{"Purpose": {"prefetch"}}, status: 403, title: "not from a script", counts: Counts{Script: 1}},
		"script, no origin":  {path: "/callback?code=x", header: http.Header{"Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"empty"}}, status: 403, title: "not as a part of a page", counts: Counts{Script: 1}},
		"image":              {path: "/callback?code=x", header: http.Header{"Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}}, status: 403, title: "not as a part of a page", counts: Counts{Script: 1}},
		"frame":              {path: "/callback?code=x", header: http.Header{"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}}, status: 403, title: "not as a part of a page", counts: Counts{Script: 1}},
		"fragment":           {path: "/callback", status: 400, title: "No answer in this address", counts: Counts{Empty: 1}},
		"fragment with ?":    {path: "/callback?", status: 400, title: "No answer in this address", counts: Counts{Empty: 1}},
		"empty form":         {method: "POST", path: "/callback", contentType: form, formPost: true, status: 400, title: "No answer in this address", counts: Counts{Empty: 1}},
		"form, query wanted": {method: "POST", path: "/callback", contentType: form, body: "code=x", header: http.Header{"Origin": {"https://evil.example"}}, status: 405, title: "The answer came in another way", counts: Counts{Method: 1}},
		"not a form":         {method: "POST", path: "/callback", contentType: "application/json", body: "{}", formPost: true, status: 415, title: "not a form", counts: Counts{Malformed: 1}},
		"no content type":    {method: "POST", path: "/callback", body: "code=x", formPost: true, status: 415, title: "not a form", counts: Counts{Malformed: 1}},
		"endless form":       {method: "POST", path: "/callback", contentType: form, body: "code=" + strings.Repeat("x", maxForm), formPost: true, status: 413, title: "not a readable form", counts: Counts{Malformed: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var options []Option
			if test.formPost {
				options = append(options, ExpectFormPost())
			}
			s := listen(t, "http://127.0.0.1:0/callback", options...)
			method := test.method
			if method == "" {
				method = http.MethodGet
			}
			r := request(t, t.Context(), method, at(s, test.path), test.body)
			if test.host != "" {
				r.Host = strings.ReplaceAll(test.host, "{port}", fmt.Sprint(s.Port()))
			}
			if test.header != nil {
				r.Header = test.header
			}
			if test.contentType != "" {
				r.Header.Set("Content-Type", test.contentType)
			}
			got := do(r)
			equal(t, "answer", []any{test.status, test.title, error(nil)}, []any{got.status, got.title(), got.err})
			equal(t, "counts", test.counts, s.Counts())
			for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Private-Network"} {
				equal(t, name, "", got.header.Get(name))
			}

			answer := browse(get(t, at(s, "/callback?code=x")))
			next(t, s).Finish(finished())
			equal(t, "the callback after it", "Signed in", (<-answer).title())
		})
	}
}

func TestHostsThatAreOurs(t *testing.T) {
	s := listen(t, "http://localhost:0/callback")
	for _, host := range []string{"127.0.0.1", "LOCALHOST", "[::1]"} {
		r := get(t, at(s, "/callback?x"))
		r.Host = fmt.Sprintf("%s:%d", host, s.Port())
		answer := browse(r)
		next(t, s).Ignore(Foreign())
		equal(t, host, 400, (<-answer).status)
	}
	standard := &Server{port: 80}
	for host, want := range map[string]bool{"localhost": true, "localhost:80": true, "[::1]": true, "evil.example": false} {
		if got := standard.ours(host); got != want {
			t.Errorf("port 80, Host %s: %v", host, got)
		}
	}
}

func TestFormPost(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", ExpectFormPost())
	r := request(t, t.Context(), http.MethodPost, at(s, "/callback"), "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("code=x&state=y\r\n")), -1 // chunked
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("Origin", "https://as.example")
	answer := browse(r)
	v := next(t, s)
	equal(t, "visit", []string{"code=x&state=y", ModeFormPost}, []string{v.Encoded, v.Mode})
	v.Ignore(Foreign())
	equal(t, "ignored", "This belongs to another sign-in", (<-answer).title())

	answer = browse(get(t, at(s, "/callback?error=login_required")))
	v = next(t, s)
	equal(t, "mode is told", ModeQuery, v.Mode)
	v.Finish(Page{})
	failed := <-answer
	equal(t, "nothing succeeds by omission", []any{400, "Sign-in failed"}, []any{failed.status, failed.title()})
}

// Many at once, of which one is ours: it alone gets the outcome.
func TestForeignAndParallelCallbacks(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	var foreign []<-chan seen
	for i := range 8 {
		foreign = append(foreign, browse(get(t, at(s, fmt.Sprintf("/callback?state=other%d", i)))))
	}
	for range foreign {
		next(t, s).Ignore(Foreign())
	}
	for _, answer := range foreign {
		equal(t, "foreign", "This belongs to another sign-in", (<-answer).title())
	}
	var ours []<-chan seen
	for range 8 {
		ours = append(ours, browse(get(t, at(s, "/callback?state=ours"))))
	}
	next(t, s).Finish(finished())
	titles := make(map[string]int)
	for _, answer := range ours {
		titles[(<-answer).title()]++
	}
	equal(t, "ours", map[string]int{"Signed in": 1, "Already used": 7}, titles)
	equal(t, "counts", Counts{Ignored: 8, Late: 7}, s.Counts())

	again := do(get(t, at(s, "/callback?state=ours")))
	equal(t, "replayed", []any{409, "Already used"}, []any{again.status, again.title()})
}

// A person who reloads while the tokens are fetched sees the outcome in the end.
func TestReloadGetsTheOutcome(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	ctx, leave := context.WithCancel(t.Context())
	first := browse(request(t, ctx, http.MethodGet, at(s, "/callback?code=x"), ""))
	v := next(t, s)
	leave()
	<-first
	<-v.left
	v.Finish(finished())
	other := do(get(t, at(s, "/callback?code=y")))
	equal(t, "another callback", "Already used", other.title())
	again := do(get(t, at(s, "/callback?code=x")))
	equal(t, "the same", []any{200, "Signed in"}, []any{again.status, again.title()})
	once := do(get(t, at(s, "/callback?code=x")))
	equal(t, "once", "Already used", once.title())
}

// Of two that the flow has taken, the first to be finished wins.
func TestTwoTaken(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	a := browse(get(t, at(s, "/callback?code=x")))
	first := next(t, s)
	b := browse(get(t, at(s, "/callback?code=x")))
	second := next(t, s)
	second.Finish(finished())
	equal(t, "second", "Signed in", (<-b).title())
	equal(t, "first", "Already used", (<-a).title())
	first.Finish(finished())
}

func TestCloseTellsThoseWhoWait(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	answer := browse(get(t, at(s, "/callback?code=x")))
	v := next(t, s)
	s.Close()
	got := <-answer
	equal(t, "answer", []any{503, "The sign-in has ended", error(nil)}, []any{got.status, got.title(), got.err})
	v.Finish(finished()) // too late, and no harm
	s.Close()
	_, err := s.Next(t.Context())
	equal(t, "next", outcome{problem.Internal, "loopback.closed"}, outcomeOf(t, err))
}

// Chrome opens connections that it may never use.
func TestCloseDoesNotWaitForUnusedConnections(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	unused, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unused.Close() }()
	answer := browse(get(t, at(s, "/callback?code=x")))
	next(t, s).Finish(finished())
	s.Close()
	equal(t, "answer", "Signed in", (<-answer).title())
	if _, err := unused.Read(make([]byte, 1)); err == nil {
		t.Error("the unused connection is still open")
	}
}

// The connection ends with the answer, so that nothing keeps the browser or the process.
func TestAnswerEndsTheConnection(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: keep-alive\r\n\r\n", s.Port())
	next(t, s).Finish(finished())
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(answer), "</html>\n") || !strings.Contains(string(answer), "\r\nConnection: close\r\n") {
		t.Errorf("%v, %.400s", err, answer)
	}
}

func TestContextEndsWaiting(t *testing.T) {
	because := errors.New("the person gave up")
	ctx, cancel := context.WithCancelCause(t.Context())
	s, err := Listen(ctx, "http://127.0.0.1:0/callback")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer := browse(get(t, at(s, "/callback?code=x")))
	next(t, s)
	cancel(because)
	equal(t, "answer", "The sign-in has ended", (<-answer).title())
	if _, err := s.Next(t.Context()); !errors.Is(err, because) {
		t.Error(err)
	}
	own := listen(t, "http://127.0.0.1:0/callback")
	if _, err := own.Next(ctx); !errors.Is(err, because) {
		t.Error(err)
	}
}

func TestBrowserIsNotKeptForEver(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback", func(s *Server) { s.patience = time.Millisecond })
	got := do(get(t, at(s, "/callback?code=x")))
	equal(t, "answer", []any{504, "The sign-in has ended"}, []any{got.status, got.title()})
}

func TestWaitingIsBounded(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	var answers []<-chan seen
	for range maxVisits + 1 {
		answers = append(answers, browse(get(t, at(s, "/callback?code=x"))))
	}
	refused := make(chan seen)
	for _, answer := range answers {
		go func() { refused <- <-answer }()
	}
	first := <-refused // the one too many is the only one that is answered
	equal(t, "one too many", []any{503, "busy"}, []any{first.status, first.title()})
	s.Close()
	for range maxVisits {
		other := <-refused
		equal(t, "the others", []any{"The sign-in has ended", error(nil)}, []any{other.title(), other.err})
	}
}

func TestConcurrentUse(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() { do(get(t, at(s, fmt.Sprintf("/callback?n=%d", i)))) })
		group.Go(func() { _ = s.Counts() })
	}
	next(t, s).Ignore(Foreign())
	v := next(t, s)
	group.Go(func() { v.Finish(finished()) })
	group.Go(func() { v.Ignore(Foreign()) })
	group.Go(s.Close)
	group.Go(s.Close)
	group.Wait()
}

// TestBounds holds each bound to its number: the other tests go by the names.
func TestBounds(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	equal(t, "server", []any{30 * time.Second, 256 << 10, 2 * time.Minute}, []any{s.http.ReadHeaderTimeout, s.http.MaxHeaderBytes, s.patience})
	equal(t, "times", []time.Duration{30 * time.Second, 5 * time.Second, 5 * time.Second}, []time.Duration{headerTime, writeTime, closeTime})
	equal(t, "counts", []int{256 << 10, 32, 256, 16, 32, 8, 300}, []int{maxForm, maxVisits, maxCrowd, attempts, maxPages, maxStrangers, maxOrigin})
}

// TestAnswersKeepTheCode holds what keeps an answer out of caches, of other pages' frames and of their referrers.
func TestAnswersKeepTheCode(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	answer := browse(get(t, at(s, "/callback?code=x")))
	next(t, s).Finish(finished())
	page, text := <-answer, do(get(t, at(s, "/favicon.ico")))
	for name, want := range map[string][2]string{
		"Content-Type":               {"text/html; charset=utf-8", "text/plain; charset=utf-8"},
		"Referrer-Policy":            {"no-referrer", "no-referrer"},
		"Cross-Origin-Opener-Policy": {"same-origin", "same-origin"},
		"Cache-Control":              {"no-store", "no-store"},
		"X-Content-Type-Options":     {"nosniff", "nosniff"},
	} {
		equal(t, name, want, [2]string{page.header.Get(name), text.header.Get(name)})
	}
}

// TestOpaqueOrigin takes the redirect of a provider whose own page is sandboxed.
func TestOpaqueOrigin(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	r := get(t, at(s, "/callback?code=x"))
	r.Header.Set("Origin", "null")
	answer := browse(r)
	next(t, s).Finish(finished())
	equal(t, "outcome", "Signed in", (<-answer).title())
}
