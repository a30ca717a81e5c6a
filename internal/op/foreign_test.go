package op

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// TestClientDocumentForeignPage: a page of another site gets no look at the servers of this machine by naming one of
// their addresses as its client.
func TestClientDocumentForeignPage(t *testing.T) {
	var asked atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"client_id":"what the page wants to know"}`)
	}))
	defer inner.Close()
	w := newWorld(t, nil)
	query := url.Values{"client_id": {inner.URL + "/secret?do=it"}, "response_type": {"code"}}
	for name, test := range map[string]struct {
		method, path string
		header       []string
		fetched      bool
	}{
		"a program":                {"POST", "/token", nil, true},
		"a page of this machine":   {"POST", "/token", []string{"Origin", "http://localhost:3000"}, true},
		"a page of ours":           {"POST", "/token", []string{"Origin", testIssuer}, true},
		"a page of another site":   {"POST", "/token", []string{"Origin", "https://evil.example"}, false},
		"its lookalike":            {"POST", "/token", []string{"Origin", "https://localhost.evil.example"}, false},
		"a page without an origin": {"POST", "/token", []string{"Origin", "null"}, false},
		"no origin at all":         {"POST", "/token", []string{"Origin", "//"}, false},
		"pushed":                   {"POST", "/par", []string{"Origin", "https://evil.example"}, false},
		"revoked":                  {"POST", "/revoke", []string{"Origin", "https://evil.example"}, false},
		"a person":                 {"GET", "/authorize", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "document"}, true},
		"a frame":                  {"GET", "/authorize", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "iframe"}, true},
		"an image":                 {"GET", "/authorize", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "image"}, false},
		"a script":                 {"GET", "/authorize", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "empty"}, false},
		"a script that reads":      {"GET", "/authorize", []string{"Origin", "https://evil.example", "Sec-Fetch-Dest", "document"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			before, path, form := asked.Load(), test.path, url.Values(nil)
			if test.method == "GET" {
				path += "?" + query.Encode()
			} else {
				form = changed(query, "grant_type", "authorization_code", "token", "x")
			}
			got := w.do(test.method, path, form, test.header...)
			if fetched := asked.Load() > before; fetched != test.fetched {
				t.Errorf("fetched: %t", fetched)
			}
			if told := strings.Contains(got.Body, "what the page wants"); told != test.fetched || got.Status < 400 {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
}

// TestFloodKeepsLittle: what is kept of a request with every token is small, whatever was sent with it.
func TestFloodKeepsLittle(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoApprove, c.Observe = true, nil })
	padding := strings.Repeat(" ", 30<<10)
	service := url.Values{"grant_type": {"client_credentials"}, "client_id": {"service"}, "client_secret": {w.Provider.client("service").Secret.Reveal()}}
	first := w.redeem()
	for name, request := range map[string]func() reply{
		"another parameter": func() reply { return w.token(changed(service, "audience", "https://a.example", "x", padding)) },
		"blanks around a scope": func() reply {
			return w.token(changed(service, "scope", padding+"api:read"))
		},
		"a scope again and again": func() reply {
			got := w.token(url.Values{
				"grant_type": {"refresh_token"}, "client_id": {"cli"}, "refresh_token": {first.JSON["refresh_token"].(string)},
				"scope": {strings.Repeat("openid offline_access ", 1000)},
			})
			first = got
			return got
		},
		"blanks around a class": func() reply {
			return w.do("GET", "/authorize?"+changed(login, "acr_values", padding+acrs[0], "x", padding).Encode(), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			const many = 200
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for range many {
				if got := request(); got.Status >= 400 {
					t.Fatalf("%d %s", got.Status, got.Body)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if kept := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / many; kept > 8<<10 {
				t.Errorf("%d bytes are kept of each", kept)
			}
		})
	}
	for name, got := range map[string]reply{
		"audience": w.token(changed(service, "audience", "https://"+strings.Repeat("a", maxTarget))),
		"resource": w.token(changed(service, "resource", "https://"+strings.Repeat("a", maxTarget))),
	} {
		if got.Status != http.StatusBadRequest || got.JSON["error"] != "invalid_target" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	if got := w.authorize("nonce", strings.Repeat("n", maxNonce+1)); got.Get("error") != "invalid_request" {
		t.Errorf("nonce: %v", got)
	}
}
