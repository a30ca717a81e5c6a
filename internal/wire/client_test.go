package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// client makes a client, and ends its connections with the test.
func client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if transport, ok := c.transport.(*http.Transport); ok {
		t.Cleanup(transport.CloseIdleConnections)
	}
	return c
}

// serve starts a server that ends with the test.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// wantCode fails unless err is a *problem.Error with the code, and returns it.
func wantCode(t *testing.T, err error, code string) *problem.Error {
	t.Helper()
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a problem %s", err, code)
	}
	if p.Code != code {
		t.Fatalf("got %s (%s), want %s", p.Code, p.Message, code)
	}
	return p
}

// TestHost names a server in the header as browsers do: in small letters, and without the usual port.
func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"http://LOCALHOST:80/a": "localhost", "https://127.0.0.1:443": "127.0.0.1", "http://127.0.0.1:443": "127.0.0.1:443",
		"https://[::1]:443/a": "[::1]", "https://id.test:8443": "id.test:8443", "https://id.test:": "id.test",
	} {
		var got string
		c := client(t, Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Host
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Header: http.Header{}}, nil
		})})
		if _, err := c.Do(t.Context(), Request{URL: address}); err != nil || got != want {
			t.Errorf("%s: %q, want %q (%v)", address, got, want, err)
		}
	}
}

func TestDo(t *testing.T) {
	var got http.Request
	var body []byte
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		got = *r
		w.Header().Set("Content-Type", "Application/JSON; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
	})
	c := client(t, Options{UserAgent: "oauthctl/1", Header: http.Header{"X-Tenant": {"a"}, "Host": {"id.test"}}})
	res, err := c.Do(t.Context(), Request{URL: at + "/token?x=1", Form: url.Values{"code": {"a b"}, "a": {"1"}}})
	if err != nil {
		t.Fatal(err)
	}
	type seen struct{ Method, URI, Host, Body, Type, Accept, Agent, Tenant string }
	want := seen{"POST", "/token?x=1", "id.test", "a=1&code=a+b", "application/x-www-form-urlencoded", "application/json", "oauthctl/1", "a"}
	h := got.Header
	if diff := cmp.Diff(want, seen{got.Method, got.RequestURI, got.Host, string(body), h.Get("Content-Type"), h.Get("Accept"), h.Get("User-Agent"), h.Get("X-Tenant")}); diff != "" {
		t.Error("request:", diff)
	}
	type answer struct {
		Status          int
		Body, Type, URL string
	}
	if diff := cmp.Diff(answer{400, `{"error":"invalid_grant"}`, "application/json", at + "/token?x=1"}, answer{res.Status, string(res.Body), res.MediaType(), res.URL}); diff != "" {
		t.Error("response:", diff)
	}
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct{ url, code string }{
		{"https://id.test/token", ""},
		{"http://127.0.0.1:8080/", ""},
		{"http://127.9.9.9/", ""},
		{"http://[::1]:8080/", ""},
		{"http://LOCALHOST/", ""},
		{"http://[::ffff:127.0.0.1]/", ""},
		{"http://id.test/", "wire.http"},
		{"http://127.0.0.1.id.test/", "wire.http"},
		{"http://localhost.id.test/", "wire.http"},
		{"http://10.0.0.1/", "wire.http"},
		{"http://169.254.169.254/latest/meta-data/", "wire.http"},
		{"http://[fe80::1]/", "wire.http"},
		{"file:///etc/passwd", "wire.url"},
		{"data:application/json,{}", "wire.url"},
		{"gopher://id.test/", "wire.url"},
		{"/oauth/token", "wire.url"},
		{"//id.test/token", "wire.url"},
		{"https:///x", "wire.url"},
		{"https:id.test", "wire.url"},
		{"https://issuer.example@evil.example/token", "wire.url"},
		{"https://id.test/%zz", "wire.url"},
		{"", "wire.url"},
	} {
		t.Run(test.url, func(t *testing.T) {
			_, err := CheckURL(test.url, LoopbackOnly)
			if test.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if p := wantCode(t, err, test.code); p.Kind != problem.Verification {
				t.Error(p.Kind)
			}
			_, err = client(t, Options{Transport: never(t)}).Do(t.Context(), Request{URL: test.url})
			wantCode(t, err, test.code)
		})
	}
	if _, err := CheckURL("http://id.test/", AllowHTTP); err != nil {
		t.Error("allowed:", err)
	}
	p := wantCode(t, func() error { _, err := CheckURL("https://good.test:pw@evil.test/", LoopbackOnly); return err }(), "wire.url")
	if strings.Contains(p.Message, "pw") || !strings.Contains(p.Message, "evil.test") {
		t.Error("the real host belongs into the message, the password does not:", p.Message)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func never(t *testing.T) http.RoundTripper {
	t.Helper()
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("a request went to %s", r.URL)
		return nil, errors.New("never")
	})
}

func TestRedirects(t *testing.T) {
	const from = "https://id.test/a"
	for _, test := range []struct {
		name, method, location string
		status, follows        int // 0: refused
		got                    string
	}{
		{"same origin", "GET", "/b", 302, 1, ""},
		{"same origin, default port", "GET", "https://ID.test:443/b", 308, 1, ""},
		{"a HEAD", "HEAD", "/b", 302, 1, ""},
		{"no location", "GET", "", 302, 0, ""},
		{"not modified", "GET", "/b", 304, 0, ""},
		{"form", "POST", "/b", 307, 0, "a redirect to /b"},
		{"form, see other", "POST", "https://id.test/b?code=abc", 303, 0, "a redirect to https://id.test/b?…"},
		{"other host", "GET", "https://evil.test/b", 302, 0, "a redirect to https://evil.test/b"},
		{"other port", "GET", "https://id.test:8443/b", 302, 0, "a redirect to https://id.test:8443/b"},
		{"downgrade", "GET", "http://id.test/b", 301, 0, "a redirect to http://id.test/b"},
		{"to loopback", "GET", "http://127.0.0.1:1/b", 302, 0, "a redirect to http://127.0.0.1:1/b"},
		{"to the cloud's credentials", "GET", "http://169.254.169.254/latest/", 302, 0, "a redirect to http://169.254.169.254/latest/"},
		{"file", "GET", "file:///etc/passwd", 302, 0, "a redirect to file:///etc/passwd"},
		{"user", "GET", "https://id.test@evil.test/b", 302, 0, "a redirect to https://…@evil.test/b"},
		{"control characters", "GET", "https://evil.test/\u009b2J", 302, 0, `a redirect to https://evil.test/\x9b2J`},
	} {
		t.Run(test.name, func(t *testing.T) {
			hits := 0
			c := client(t, Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				hits++
				res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
				if r.URL.Path == "/a" {
					res.StatusCode = test.status
					if test.location != "" {
						res.Header.Set("Location", test.location)
					}
				}
				return res, nil
			})})
			res, err := c.Do(t.Context(), Request{Doing: "requesting", Method: test.method, URL: from})
			if hits != 1+test.follows {
				t.Errorf("%d requests were sent", hits)
			}
			if test.got == "" {
				if err != nil {
					t.Fatal(err)
				}
				if want := map[int]int{0: test.status, 1: 200}[test.follows]; res.Status != want {
					t.Errorf("status %d, want %d", res.Status, want)
				}
				return
			}
			p := wantCode(t, err, "wire.redirect")
			if p.Kind != problem.Verification || p.Got != test.got || p.Want != "an answer from "+from {
				t.Errorf("kind %v, want %q, got %q", p.Kind, p.Want, p.Got)
			}
			if test.name == "downgrade" && !strings.HasSuffix(p.Message, ": it leaves https") {
				t.Error(p.Message)
			}
			named := strings.Contains(p.Hint, "name it directly") && strings.Contains(p.Hint, "\nif a login page, a captive portal or a proxy is there")
			if named != strings.HasPrefix(p.Hint, "if http") {
				t.Errorf("hint %q", p.Hint)
			}
			if !strings.HasPrefix(p.Message, fmt.Sprintf("requesting: id.test answered %d ", test.status)) || p.Hint == "" {
				t.Errorf("message %q, hint %q", p.Message, p.Hint)
			}
		})
	}
	for _, test := range []struct {
		name, from, location string
		request              Request
		status               int // 0: refused
		message              string
	}{
		{name: "another scheme at the same port", from: "http://127.0.0.1:8443/a", location: "https://127.0.0.1:8443/b", message: "it leaves the origin http://127.0.0.1:8443"},
		{name: "the port of http", from: "http://127.0.0.1/a", location: "http://127.0.0.1:80/b", status: 200},
		{name: "not the port of http", from: "http://127.0.0.1/a", location: "http://127.0.0.1:443/b", message: "it leaves the origin http://127.0.0.1"},
		{name: "a proof", from: from, location: "/b", request: Request{Header: http.Header{"Dpop": {"x"}}}, message: "a DPoP proof is for one address alone"},
		{name: "a proof that stays", from: "https://id.test/b", request: Request{Header: http.Header{"Dpop": {"x"}}}, status: 200},
		{name: "kept", from: from, location: "https://evil.test/", request: Request{Redirects: KeepRedirects}, status: 302},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/a" {
					return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {test.location}}}, nil
				}
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}}, nil
			})})
			test.request.URL = test.from
			res, err := c.Do(t.Context(), test.request)
			if test.status == 0 {
				if p := wantCode(t, err, "wire.redirect"); !strings.HasSuffix(p.Message, ": "+test.message) {
					t.Error(p.Message)
				}
			} else if err != nil || res.Status != test.status {
				t.Errorf("%v, %v", res, err)
			}
		})
	}
	t.Run("endless", func(t *testing.T) {
		hits := 0
		c := client(t, Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			hits++
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"/a"}}}, nil
		})})
		_, err := c.Do(t.Context(), Request{URL: from})
		wantCode(t, err, "wire.redirect")
		if hits != maxRedirects+1 {
			t.Errorf("%d requests", hits)
		}
	})
}

func TestStream(t *testing.T) {
	const size = 4 * maxBody
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = w.Write(make([]byte, size))
	})
	c := client(t, Options{})
	res, err := c.Stream(t.Context(), Request{URL: at})
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil || n != size || res.Body.Close() != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	res, err = c.Stream(t.Context(), Request{URL: at + "/moved"})
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatal("a stream follows no redirect:", err)
	}
	_ = res.Body.Close()
}

// TestAnswered tells of every answer: whatever its status, of one that leads elsewhere, and of one that is handed on
// unread, with the host that the server was called by.
func TestAnswered(t *testing.T) {
	var told []string
	c := client(t, Options{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			res := &http.Response{StatusCode: http.StatusTeapot, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
			if to, moved := strings.CutPrefix(r.URL.Path, "/to"); moved {
				res.StatusCode, res.Header = http.StatusFound, http.Header{"Location": {to}}
			}
			return res, nil
		}),
		Answered: func(sent *http.Request, answer *http.Response, body []byte) {
			told = append(told, fmt.Sprintf("%s %s %d %q", sent.Host, sent.URL.Path, answer.StatusCode, body))
		},
	})
	for _, path := range []string{"/a", "/to/b"} {
		if _, err := c.Do(t.Context(), Request{URL: "https://id.test" + path}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Do(t.Context(), Request{URL: "https://id.test/to//evil.test"})
	wantCode(t, err, "wire.redirect")
	streamed := Request{URL: "https://127.0.0.1/c", Header: http.Header{"Host": {"API.test"}}}
	answer, err := c.Stream(t.Context(), streamed)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	want := []string{
		`id.test /a 418 "{}"`, `id.test /to/b 302 ""`, `id.test /b 418 "{}"`, `id.test /to//evil.test 302 ""`, `API.test /c 418 ""`,
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

// TestTarget is where a server sees a request, wherever it is sent: by the header of the request, else by that of all.
func TestTarget(t *testing.T) {
	at := Request{URL: "https://127.0.0.1:8443/a?b=c"}
	named := Request{URL: at.URL, Header: http.Header{"Host": {"api.test"}}}
	plain, all := client(t, Options{}), client(t, Options{Header: http.Header{"Host": {"id.test"}}})
	got := []string{plain.Target(at), plain.Target(named), all.Target(at), all.Target(named)}
	want := []string{at.URL, "https://api.test/a?b=c", "https://id.test/a?b=c", "https://api.test/a?b=c"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStreamTimesOutBeforeTheBodyOnly(t *testing.T) {
	release := make(chan struct{})
	at := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	_, err := client(t, Options{Timeout: 20 * time.Millisecond}).Stream(t.Context(), Request{URL: at})
	wantCode(t, err, "network.timeout")
}

func TestSkew(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)
	c := client(t, Options{Now: func() time.Time { return now }, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Date": {"Sun, 01 Mar 2026 12:10:00 GMT"}}}, nil
	})})
	res, err := c.Do(t.Context(), Request{URL: "https://id.test/"})
	if err != nil {
		t.Fatal(err)
	}
	if skew, ok := res.Skew(); !ok || skew != 10*time.Minute {
		t.Errorf("skew %v", skew)
	}
	res.Header.Set("Date", "yesterday")
	if _, ok := res.Skew(); ok {
		t.Error("an unreadable date gives a skew")
	}
}

func TestNotOAuth(t *testing.T) {
	for _, test := range []struct {
		name, contentType, body string
		status                  int
		message, got            string
	}{
		{
			"page", "text/html; charset=utf-8", "<!doctype html>\n\n<title>Sign in</title>" + strings.Repeat("x", 300), 200,
			"fetching: https://id.test/x?… answered 200 OK with an HTML page", "<!doctype html> <title>Sign in</title>" + strings.Repeat("x", 162) + "…",
		},
		{
			"hostile", "text/plain", "\x1b[2J\x1b]52;c;eHh4\a", 404,
			"fetching: https://id.test/x?… answered 404 Not Found with text/plain", `\x1b[2J\x1b]52;c;eHh4\x07`,
		},
		{"bare", "", "", 500, "fetching: https://id.test/x?… answered 500 Internal Server Error with an empty body", ""},
		{
			"page in disguise", "application/json", "  <HTML>", 502,
			"fetching: https://id.test/x?… answered 502 Bad Gateway with an HTML page", "<HTML>",
		},
		{"a value", "application/json", "null", 200, "fetching: https://id.test/x?… answered 200 OK with application/json", "null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &Response{Status: test.status, Header: http.Header{"Content-Type": {test.contentType}}, Body: []byte(test.body), URL: "https://id.test/x?code=1"}
			p := wantCode(t, r.NotOAuth("fetching"), "network.not_oauth")
			if diff := cmp.Diff([]string{test.message, test.got}, []string{p.Message, p.Got}); diff != "" {
				t.Error(diff)
			}
			if p.Kind != problem.Network {
				t.Error(p.Kind)
			}
		})
	}
}

// TestNotOAuthHeaders: what the header says of an answer that cannot be used is passed on.
func TestNotOAuthHeaders(t *testing.T) {
	for _, test := range []struct {
		name, header, value string
		status              int
		message, hint       string
	}{
		{"encoded", "Content-Encoding", "BR", 200, "with a body encoded as br, which was not asked for", "check the address"},
		{"not encoded", "Content-Encoding", "identity", 200, "with no content type", "check the address"},
		{"too many", "Retry-After", "30", 429, "429 Too Many Requests", "try again in 30 s"},
		{"busy", "Retry-After", "Fri, 20 Nov 2026 20:00:00 GMT", 503, "503 Service Unavailable", "broken: try again after Fri, 20 Nov 2026 20:00:00 GMT"},
		{"hostile", "Retry-After", "\x1b[2J", 503, "503 Service Unavailable", "broken: try again later"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &Response{Status: test.status, Header: http.Header{test.header: {test.value}}, Body: []byte("x"), URL: "https://id.test/"}
			p := wantCode(t, r.NotOAuth("fetching"), "network.not_oauth")
			if !strings.HasSuffix(p.Message, test.message) && !strings.Contains(p.Message, test.message+" ") {
				t.Errorf("message %q, want %q in it", p.Message, test.message)
			}
			if !strings.HasPrefix(p.Hint, test.hint) && !strings.HasSuffix(p.Hint, test.hint) {
				t.Errorf("hint %q, want %q", p.Hint, test.hint)
			}
		})
	}
}

func TestCallerEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if _, err := client(t, Options{}).Do(ctx, Request{URL: at}); err != context.Canceled { //nolint:errorlint // the bare error is wanted
		t.Errorf("got %v", err)
	}
}
