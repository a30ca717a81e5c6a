package cmd

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/oauthctl/oauthctl/internal/op"
)

// site is a server that is no provider of ours.
func site(t *testing.T, serve http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(serve)
	t.Cleanup(s.Close)
	return s.URL
}

// secureSite is one that speaks TLS, and the file that makes its certificate trusted.
func secureSite(t *testing.T, serve http.HandlerFunc) (address, ca string) {
	t.Helper()
	s := httptest.NewUnstartedServer(serve)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return s.URL, saved(t, "ca.pem", string(block))
}

// socket serves bytes: each connection by a function, which the end of the test interrupts.
func socket(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { _ = c.Close() })
			go func() {
				serve(c)
				stop()
				_ = c.Close()
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// describeAt writes the metadata of an issuer whose endpoints nobody calls.
func describeAt(w http.ResponseWriter, issuer string, over map[string]any) {
	document := map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/a", "token_endpoint": issuer + "/t", "jwks_uri": issuer + "/k",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}
	maps.Copy(document, over)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document)
}

// here is the address of a server, as a request names it.
func here(r *http.Request) string { return "http://" + r.Host }

// discovers asks a server for metadata, with the issuer at a path of it.
func discovers(path string, serve http.HandlerFunc, flags ...string) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		return discover(t, site(t, serve)+path, flags...)
	})
}

func discover(t *testing.T, issuer string, flags ...string) run {
	t.Helper()
	return play(t, "", append([]string{"discover", issuer, "-o", "json", "--timeout", "30s"}, flags...)...)
}

// visitor is a browser at the address that a login opened; the provider approves without pages.
type visitor struct {
	t       *testing.T
	address *url.URL
	network http.RoundTripper
}

// callback asks the provider, and returns the address that it sends the browser to.
func (v visitor) callback() string { return v.asked(v.address.String()) }

func (v visitor) asked(address string) string {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	if err != nil {
		v.t.Error(err)
		return ""
	}
	_ = res.Body.Close()
	return res.Header.Get("Location")
}

// redirectURI is where the login waits.
func (v visitor) redirectURI() string { return v.address.Query().Get("redirect_uri") }

// goes requests an address, and returns the status and the page.
func (v visitor) goes(method, address string, change func(*http.Request)) (int, string) {
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, nil)
	if err != nil {
		v.t.Error(err)
		return 0, ""
	}
	if change != nil {
		change(r)
	}
	res, err := v.network.RoundTrip(r)
	if err != nil {
		v.t.Error(err)
		return 0, ""
	}
	defer func() { _ = res.Body.Close() }()
	page, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(page)
}

// login plays one whose browser a function stands for.
func login(t *testing.T, visit func(visitor), flags ...string) (run, *watcher) {
	t.Helper()
	server, seen := provider(t, func(c *op.Config) { c.AutoApprove = true })
	var visits sync.WaitGroup
	p := player{secret: webSecret, browser: func(ctx context.Context, address string) {
		visits.Add(1)
		atTheDoor(ctx, func(network http.RoundTripper) {
			defer visits.Done()
			if u, err := url.Parse(address); err != nil {
				t.Error(err)
			} else {
				visit(visitor{t, u, network})
			}
		})
	}}
	got := p.play(t, append([]string{
		"token", "auth-code", "--issuer", server.Issuer(), "--client-id", "web", "-s", "openid", "--wait", "3m", "-o", "json",
	}, flags...)...)
	visits.Wait()
	return got, seen
}

// visits is a login by a browser, after which so many codes must have been redeemed.
func visits(redeemed int, visit func(visitor), flags ...string) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		got, seen := login(t, visit, flags...)
		if n := seen.at("token"); n != redeemed {
			t.Errorf("%d token requests, want %d", n, redeemed)
		}
		return got
	})
}

// turnsAway is a request that the waiting login must refuse with a status, and after it the login that succeeds.
func turnsAway(status int, method, path string, change func(*http.Request)) proof {
	return holds(func(t *testing.T) {
		t.Helper()
		got, seen := login(t, func(v visitor) {
			callback := v.callback()
			target := callback
			if path != "" {
				target = strings.TrimSuffix(v.redirectURI(), "/callback") + path
			}
			if answered, page := v.goes(method, target, change); answered != status {
				t.Errorf("%s %s: %d, want %d\n%.500s", method, path, answered, status, page)
			}
			v.goes(http.MethodGet, callback, nil)
		})
		if got.code != 0 || seen.at("token") != 1 {
			t.Errorf("exit %d after %d token requests\n%s", got.code, seen.at("token"), got.stderr)
		}
	})
}

const goodToken = `{"access_token":"opaque","token_type":"Bearer","expires_in":60}`

// saying answers with a body as JSON.
func saying(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, body)
	}
}

// marked has a byte order mark before its metadata.
func marked(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "\ufeff")
	describeAt(w, here(r), nil)
}

// bombed sends 64 KiB that inflate to 64 MiB.
func bombed(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	squeezed := gzip.NewWriter(w)
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		if _, err := squeezed.Write(blanks); err != nil {
			return // the client has seen enough
		}
	}
	_ = squeezed.Close()
}

// oldServer speaks HTTP/1.0, and its answer ends with the connection.
func oldServer(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	w := httptest.NewRecorder()
	describeAt(w, here(r), nil)
	_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"+w.Body.String())
}

// switching answers that it goes on in another protocol, and stays.
func switching(c net.Conn) {
	if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n{}")
		_, _ = io.Copy(io.Discard, c)
	}
}

// discoversAt is discovers for a server of bytes.
func discoversAt(serve func(net.Conn)) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		return discover(t, socket(t, serve))
	})
}

// answered asks a token endpoint that answers so.
func answered(serve http.HandlerFunc) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		var asked atomic.Int32
		address := site(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			serve(w, r)
		})
		got := play(t, "", "token", "client-credentials", "--endpoint", "token="+address+"/token", "--client-id", "web", "-o", "json")
		if n := asked.Load(); n != 1 {
			t.Errorf("%d requests", n)
		}
		return got
	})
}

// userinfoSaying asks for the claims of alice, and gets a body.
func userinfoSaying(body string) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		return play(t, "opaque", "userinfo", "--endpoint", "userinfo="+site(t, saying(body)), "--expect-sub", "alice", "--token-file", "-", "-o", "json")
	})
}

// with adds to the good callback.
func with(more string) func(visitor) {
	return func(v visitor) { v.goes(http.MethodGet, v.callback()+more, nil) }
}

// after makes a callback of another state, with a parameter of its own, before the good one.
func after(name, value string) func(visitor) {
	return func(v visitor) {
		foreign := url.Values{"state": {"another"}, "code": {"stolen"}}
		foreign.Set(name, value)
		v.goes(http.MethodGet, v.redirectURI()+"?"+foreign.Encode(), nil)
		v.goes(http.MethodGet, v.callback(), nil)
	}
}

func afterMany(v visitor) {
	for range 50 {
		v.goes(http.MethodGet, v.redirectURI()+"?code=x&state=guessed", nil)
	}
	v.goes(http.MethodGet, v.callback(), nil)
}

func stateInSmallLetters(r *http.Request) {
	q := r.URL.Query()
	q.Set("state", strings.ToLower(q.Get("state")))
	r.URL.RawQuery = q.Encode()
}

// host and sends change the request that is made to a login.
func host(name string) func(*http.Request) {
	return func(r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		r.Host = name + ":" + port
	}
}

func sends(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for pair := range slices.Chunk(pairs, 2) {
			r.Header.Set(pair[0], pair[1])
		}
	}
}
