package op

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain wants every goroutine gone in the end, and lets a busy machine take its time for that.
func TestMain(m *testing.M) {
	code := m.Run()
	var left error
	for range 60 { // each look takes half a second
		if left = goleak.Find(); left == nil || code != 0 {
			break
		}
	}
	if code == 0 && left != nil {
		fmt.Fprintln(os.Stderr, left)
		code = 1
	}
	os.Exit(code)
}

const (
	testIssuer   = "http://op.test"
	testRedirect = "http://127.0.0.1:4711/callback"
	verifier     = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	challenge    = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// world is a provider with a clock of its own, reached without sockets, and a person at a browser.
type world struct {
	*Provider
	Robot
	t      *testing.T
	mu     sync.Mutex
	clock  time.Time
	events []Event
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := &world{t: t, clock: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	config := DefaultConfig()
	config.Issuer, config.Now = testIssuer, func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.clock }
	config.Observe = func(e Event) { w.mu.Lock(); defer w.mu.Unlock(); w.events = append(w.events, e) }
	if change != nil {
		change(&config)
	}
	provider, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Provider, w.Robot = provider, Robot{Transport: w, StopAt: "http://127.0.0.1:4711/"}
	return w
}

// RoundTrip carries a request to the provider.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Host = r.URL.Host
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	response := recorder.Result()
	response.Request = r
	return response, nil
}

func (w *world) advance(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.clock = w.clock.Add(d) }

// changed returns a copy of a form with members set, or removed where the value is "-".
func changed(form url.Values, changes ...string) url.Values {
	out := maps.Clone(form)
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			delete(out, changes[i])
		} else {
			out[changes[i]] = []string{changes[i+1]}
		}
	}
	return out
}

var login = url.Values{
	"client_id": {"cli"}, "response_type": {"code"}, "redirect_uri": {testRedirect},
	"scope": {"openid profile email offline_access"}, "state": {"st"}, "nonce": {"no"}, "max_age": {"3600"},
	"code_challenge": {challenge}, "code_challenge_method": {"S256"},
}

var redemption = url.Values{
	"grant_type": {"authorization_code"}, "client_id": {"cli"}, "redirect_uri": {testRedirect}, "code_verifier": {verifier},
}

// authorize signs alice in and returns what the client receives.
func (w *world) authorize(changes ...string) url.Values {
	w.t.Helper()
	outcome, err := w.SignIn(w.t.Context(), testIssuer+"/authorize?"+changed(login, changes...).Encode(), "alice", "wonderland")
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(outcome.URL)
	if outcome.Form != nil {
		return outcome.Form
	}
	if err != nil || outcome.Status != 0 {
		w.t.Fatalf("%+v %v", outcome, err)
	}
	if u.Fragment != "" {
		values, err := url.ParseQuery(u.EscapedFragment())
		if err != nil {
			w.t.Fatal(err)
		}
		return values
	}
	return u.Query()
}

type reply struct {
	Status int
	Header http.Header
	Body   string
	JSON   map[string]any
}

func (w *world) do(method, path string, form url.Values, header ...string) reply {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, testIssuer+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	response, _ := w.RoundTrip(r)
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	out := reply{Status: response.StatusCode, Header: response.Header, Body: string(body)}
	_ = json.Unmarshal(body, &out.JSON)
	return out
}

func (w *world) token(form url.Values, header ...string) reply {
	w.t.Helper()
	return w.do("POST", "/token", form, header...)
}

// redeem signs alice in and redeems the code.
func (w *world) redeem(changes ...string) reply {
	w.t.Helper()
	got := w.token(changed(redemption, "code", w.authorize(changes...).Get("code")))
	if got.Status != http.StatusOK {
		w.t.Fatalf("%d %s", got.Status, got.Body)
	}
	return got
}

func str(r reply, name string) string { s, _ := r.JSON[name].(string); return s }

func part(t *testing.T, compact string, n int) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(compact, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
}

func TestConfig(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   problem.Error
	}{
		{"issuer", func(c *Config) { c.Issuer = "http://x/?a" }, problem.Error{
			Code:    "serve.issuer",
			Message: `the issuer must be an absolute http or https URL without query or fragment, not "http://x/?a"`,
		}},
		{"misspelt fault", func(c *Config) { c.Faults = []string{"jose-nome"} }, problem.Error{
			Code:    "serve.fault",
			Message: `there is no fault "jose-nome"`, Hint: "did you mean jose-none?",
		}},
		{"fault of a group", func(c *Config) { c.Faults = []string{"rt-something-else"} }, problem.Error{
			Code:    "serve.fault",
			Message: `there is no fault "rt-something-else"`, Hint: "faults of that group: rt-idt-iss rt-idt-sub rt-idt-aud rt-idt-nonce rt-no-idt",
		}},
		{"twice", func(c *Config) { c.Clients = append(c.Clients, c.Clients[0]) }, problem.Error{
			Code:    "serve.client",
			Message: `client "web" is there twice, or has no ID`,
		}},
		{
			"secretless", func(c *Config) { c.Clients[0].AuthMethod, c.Clients[0].Secret = authBasic, secret.Secret{} },
			problem.Error{Code: "serve.client", Message: `client "web": a secret and the method "client_secret_basic" contradict each other`},
		},
		{
			"public credentials", func(c *Config) { c.Clients[1].GrantTypes = []string{grantCredentials} },
			problem.Error{Code: "serve.client", Message: `client "cli": a public client cannot use client credentials`},
		},
		{
			"redirect", func(c *Config) { c.Clients[1].RedirectURIs = []string{"/callback"} },
			problem.Error{Code: "serve.client", Message: `client "cli": redirect URI "/callback" is no absolute URI without fragment`},
		},
		{
			"star at the host", func(c *Config) { c.Clients[1].RedirectURIs = []string{"https://app.example.*"} },
			problem.Error{Code: "serve.client", Message: `client "cli": in "https://app.example.*" the * must come after a host and a path`},
		},
		{
			"algorithm", func(c *Config) { c.Clients[1].IDTokenAlg = "HS256" },
			problem.Error{Code: "serve.client", Message: `client "cli" cannot have tokens signed with "HS256"`},
		},
		{
			"user", func(c *Config) { c.Users[1].Subject = "" },
			problem.Error{Code: "serve.user", Message: `user "bob" is there twice, or has no name, subject or password`},
		},
		{
			"keys", func(c *Config) { c.Keys = "none" },
			problem.Error{Code: "serve.keys", Message: `there is no key "test-rsa", which signs RS256`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := DefaultConfig()
			config.Issuer = testIssuer
			test.change(&config)
			_, err := New(config)
			if err == nil {
				t.Fatal("no error")
			}
			test.want.Kind = problem.Usage
			if diff := cmp.Diff(test.want, *problem.As(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInfo(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Clients, c.Users = c.Clients[:3], c.Users[:1] })
	got, err := json.Marshal(w.Info())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"issuer":"http://op.test","clients":[` +
		`{"client_id":"web","client_secret":"web-secret-for-tests-only-0123456789","auth_method":"client_secret_basic","grant_types":["authorization_code","refresh_token"],` +
		`"redirect_uris":["http://127.0.0.1/callback","http://[::1]/callback","http://localhost/callback","https://app.example.test/callback","https://preview.example.test/apps/*"]},` +
		`{"client_id":"cli","auth_method":"none","grant_types":["authorization_code","refresh_token"],` +
		`"redirect_uris":["http://127.0.0.1/callback","http://[::1]/callback","http://localhost/callback","com.myapp://callback"]},` +
		`{"client_id":"service","client_secret":"service+secret 100%:for-tests-only-0123","auth_method":"client_secret_basic","grant_types":["client_credentials"],"redirect_uris":[]}],` +
		`"users":[{"username":"alice","password":"wonderland"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkNew(b *testing.B) {
	config := DefaultConfig()
	config.Issuer = testIssuer
	for b.Loop() {
		if _, err := New(config); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := Start(b.Context(), "127.0.0.1:0", DefaultConfig())
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
