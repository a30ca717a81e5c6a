package cmd

import (
	"bufio"
	"cmp"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What single cases of the table do: discovery.

// slowHeader sends an octet of the header at a time.
func slowHeader() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		issuer := socket(t, func(c net.Conn) {
			_, err := http.ReadRequest(bufio.NewReader(c)) // who answers before that does not speak HTTP
			if err == nil {
				_, err = io.WriteString(c, "HTTP/1.1 200 OK\r\nX: ")
			}
			for err == nil {
				time.Sleep(10 * time.Millisecond)
				_, err = io.WriteString(c, "x")
			}
		})
		return discover(t, issuer, "--timeout", "500ms")
	})
}

func hugeHeader(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Link", strings.Repeat("x", 1<<20))
	describeAt(w, here(r), nil)
}

// sentTo redirects; to nothing is to the same address.
func sentTo(location string) http.HandlerFunc { return redirectedTo(http.StatusFound, location) }

func redirectedTo(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", cmp.Or(location, r.URL.Path))
		w.WriteHeader(status)
	}
}

// emptyWith is a status and nothing else.
func emptyWith(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// describing is metadata with a member of its own.
func describing(name string, value any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { describeAt(w, here(r), map[string]any{name: value}) }
}

// cutShort promises more than it sends.
func cutShort(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "99")
	_, _ = io.WriteString(w, `{"access_token":"a"`)
}

func withCookie(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Set-Cookie", "a=b")
	saying(goodToken)(w, r)
}

// downgraded redirects from https to http, where the right document is.
func downgraded() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		var secure string
		plain := site(t, func(w http.ResponseWriter, _ *http.Request) { describeAt(w, secure, nil) })
		secure, ca := secureSite(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, plain+r.URL.Path, http.StatusFound)
		})
		return discover(t, secure, "--cacert", ca)
	})
}

func insertedOnly(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/.well-known/oauth-authorization-server/tenant" {
		http.NotFound(w, r)
		return
	}
	describeAt(w, here(r)+"/tenant", nil)
}

func escapedOnly(w http.ResponseWriter, r *http.Request) {
	if r.RequestURI != "/a%2Fb/.well-known/openid-configuration" {
		http.NotFound(w, r)
		return
	}
	describeAt(w, here(r)+"/a%2Fb", nil)
}

// policyInQuery has its metadata at an address with a query.
func policyInQuery() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		address := site(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "p=sign_in" {
				http.NotFound(w, r)
				return
			}
			describeAt(w, here(r), nil)
		})
		return play(t, "", "discover", "--metadata-url", address+"/v2.0/.well-known/openid-configuration?p=sign_in", "-o", "json")
	})
}

// lostOnce closes the first connection without a word.
func lostOnce() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		var asked atomic.Int32
		got := discover(t, site(t, func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 1 {
				panic(http.ErrAbortHandler)
			}
			describeAt(w, here(r), nil)
		}))
		if got.code != 0 || asked.Load() < 2 {
			t.Errorf("exit %d after %d requests\n%s", got.code, asked.Load(), got.stderr)
		}
	})
}
