package grant_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// notes is an observer that keeps what it is told.
type notes struct {
	checks  verdict.Checks
	waiting grant.Waiting
}

func (n *notes) Step(string, ...any)          {}
func (n *notes) Checks(checks verdict.Checks) { n.checks = append(n.checks, checks...) }
func (n *notes) Waiting(w grant.Waiting)      { n.waiting = w }
func (n *notes) Ignored(string, int)          {}

// warnings are the rules and findings of the warnings.
func (n *notes) warnings() []string {
	var out []string
	for _, c := range n.checks.With(verdict.Warn) {
		out = append(out, c.Rule+": "+c.Got)
	}
	return out
}

// envAt makes an environment whose endpoints are one handler, with a client that has a secret.
func envAt(t *testing.T, handler http.HandlerFunc) (*grant.Env, *notes) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := wire.New(wire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	provider, err := metadata.NewProvider(nil, map[string]string{
		"introspection": server.URL + "/introspect", "revocation": server.URL + "/revoke", "end_session": server.URL + "/logout",
	}, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	provider.Issuer = "https://id.test"
	n := &notes{}
	return &grant.Env{
		Wire: client, Provider: provider, Client: oauth.Credentials{ID: "web", Secret: secret.New("sesame")},
		Now: noon, Ring: secret.NewRing(), Observer: n,
	}, n
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

func TestIntrospect(t *testing.T) {
	signer, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	es, err := jose.NewSigner(signer, jose.ES256, "k")
	if err != nil {
		t.Fatal(err)
	}
	sign := func(exp time.Duration) string {
		token, err := es.Sign("at+jwt", map[string]any{"iss": "https://id.test", "exp": noon().Add(exp).Unix()})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	tests := map[string]struct {
		token, answer string
		active        bool
		warnings      []string
	}{
		"active": {"opaque", `{"active":true,"iss":"https://id.test","exp":1772370000}`, true, nil},
		"active, with oddities": {"opaque", `{"active":true,"iss":"https://id.test/","exp":1772360000,"nbf":1772370000}`, true, []string{
			"introspection.exp: the answer says active, and that the token expired at 2026-03-01T10:13:20Z",
			"introspection.nbf: the answer says active, and that the token is not valid before 2026-03-01T13:00:00Z",
			"introspection.iss: the answer names another issuer, https://id.test/",
		}},
		"inactive, opaque": {"opaque", `{"active":false}`, false, []string{
			"introspection.inactive: the token is not active: expired, revoked, or not for this client to ask about; the provider does not say which",
		}},
		"inactive, expired": {sign(-time.Hour), `{"active":false}`, false, []string{
			"introspection.inactive: the token is not active: decoded here, it expired at 2026-03-01T11:00:00Z, 1h0m0s ago",
		}},
		"inactive, though the signature verifies": {sign(time.Hour), `{"active":false}`, false, []string{
			"introspection.inactive: the token's signature verifies, and it is not expired before 2026-03-01T13:00:00Z; introspection says all the same that it is not active: a revoked JWT still verifies by signature",
		}},
		"inactive, and signed by nobody": {unsigned(`{"exp":@3600}`), `{"active":false}`, false, []string{
			"introspection.inactive: the token is not active, though decoded here it is not expired before 2026-03-01T13:00:00Z: it was revoked, or is not for this client to ask about",
		}},
		"inactive, and another client's": {unsigned(`{"exp":@3600,"client_id":"job"}`), `{"active":false}`, false, []string{
			"introspection.inactive: the token is not active for this client, or not at all: decoded here, it is not expired before 2026-03-01T13:00:00Z and was issued to another client, job",
		}},
		"inactive, and this client's": {unsigned(`{"exp":@3600,"azp":"web"}`), `{"active":false}`, false, []string{
			"introspection.inactive: the token is not active, though decoded here it is not expired before 2026-03-01T13:00:00Z: it was revoked, or is not for this client to ask about",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var sent url.Values
			env, notes := envAt(t, func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				sent = r.PostForm
				answering(200, test.answer)(w, r)
			})
			env.Keys = jose.Fixed(&jose.KeySet{Keys: []*jose.Key{es.PublicJWK()}})
			result, err := env.Introspect(t.Context(), grant.Question{Token: secret.New(test.token), Hint: "access_token"})
			if err != nil {
				t.Fatal(err)
			}
			if result.Active != test.active || string(result.Raw) != test.answer {
				t.Errorf("active %t, %s", result.Active, result.Raw)
			}
			if diff := cmp.Diff(test.warnings, notes.warnings()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(url.Values{"token": {test.token}, "token_type_hint": {"access_token"}}, sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefusedAtTheEndpoint asks both endpoints that judge a token, and is refused.
func TestRefusedAtTheEndpoint(t *testing.T) {
	const wants = "endpoint wants the client to authenticate, and nothing was given for that"
	hint := "give a secret (--client-secret-file FILE), a key (--client-key FILE) or a certificate (--cert FILE)"
	tests := map[string]struct {
		client             oauth.Credentials
		status             int
		body               string
		kind               problem.Kind
		code, message, got string
		hint               string
	}{
		"401 without words": {
			oauth.Credentials{ID: "cli"}, 401, "", problem.Provider, "ENDPOINT.unauthorized", wants, "the ENDPOINT endpoint refused the client: 401 Unauthorized", hint,
		},
		"invalid_client": {
			oauth.Credentials{ID: "cli"}, 400, `{"error":"invalid_client"}`, problem.Provider, "oauth.invalid_client", wants, "the provider refused: invalid_client", hint,
		},
		"another refusal": {
			oauth.Credentials{ID: "cli"}, 400, `{"error":"invalid_request"}`, problem.Provider, "oauth.invalid_request", "the provider refused: invalid_request", "", "",
		},
		"a secret that is wrong": {
			oauth.Credentials{ID: "web", Secret: secret.New("sesame")}, 401, `{"error":"invalid_client"}`, problem.Provider, "oauth.invalid_client", "the provider refused: invalid_client", "", "",
		},
		"nobody asks": {
			oauth.Credentials{}, 200, "", problem.Usage, "usage.required", "no client was named, and the", "", "--client-id ID, with --client-secret-file FILE or whatever the client authenticates with",
		},
	}
	for name, test := range tests {
		for _, endpoint := range []string{"introspection", "revocation"} {
			t.Run(name+", "+endpoint, func(t *testing.T) {
				env, _ := envAt(t, answering(test.status, test.body))
				env.Client = test.client
				ask := func() error { return env.Revoke(t.Context(), secret.New("opaque"), "") }
				if endpoint == "introspection" {
					ask = func() error {
						_, err := env.Introspect(t.Context(), grant.Question{Token: secret.New("opaque")})
						return err
					}
				}
				p := problem.As(ask())
				if !strings.Contains(p.Message, test.message) || p.Kind != test.kind {
					t.Errorf("%v: %s", p.Kind, p.Message)
				}
				named := strings.NewReplacer("ENDPOINT", endpoint)
				if diff := cmp.Diff([]string{named.Replace(test.code), named.Replace(test.got), test.hint}, []string{p.Code, p.Got, p.Hint}); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestRevokeSaysWhatHolds(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		code   string // empty: revoked
	}{
		"200":                   {200, "", ""},
		"200 with an error":     {200, `{"error":"invalid_token"}`, "oauth.invalid_token"},
		"503":                   {503, "", "revocation.unavailable"},
		"an unsupported kind":   {400, `{"error":"unsupported_token_type"}`, "oauth.unsupported_token_type"},
		"a page of a gateway":   {502, "<html>", "revocation.json"}, // which says that it is JSON
		"202 that says nothing": {202, "{}", "revocation.status"},
	} {
		t.Run(name, func(t *testing.T) {
			env, _ := envAt(t, answering(test.status, test.body))
			err := env.Revoke(t.Context(), secret.New("opaque"), "")
			code := ""
			if err != nil {
				code = problem.As(err).Code
			}
			if code != test.code {
				t.Errorf("got %q (%v), want %q", code, err, test.code)
			}
		})
	}
}

func TestEndSession(t *testing.T) {
	idToken := unsigned(`{"iss":"https://id.test","sub":"a","exp":@-360}`)
	comesBack := func(change func(url.Values)) func(context.Context, string) {
		return func(_ context.Context, address string) {
			sent, _ := url.Parse(address)
			target := sent.Query().Get("post_logout_redirect_uri")
			answer := url.Values{"state": {sent.Query().Get("state")}}
			change(answer)
			go func() {
				if res, err := http.Get(target + "?" + answer.Encode()); err == nil {
					_ = res.Body.Close()
				}
			}()
		}
	}
	tests := map[string]struct {
		logout   grant.Logout
		open     func(context.Context, string)
		ending   grant.Ending
		warnings []string
		code     string
	}{
		"back": {
			grant.Logout{RedirectURI: "http://127.0.0.1:0/callback"}, comesBack(func(url.Values) {}), grant.Returned, nil, "",
		},
		"back with another state": {
			grant.Logout{RedirectURI: "http://127.0.0.1:0/callback"}, comesBack(func(v url.Values) { v.Set("state", "x") }), grant.Returned, []string{"logout.state: another state"}, "",
		},
		"back with nothing": {
			grant.Logout{RedirectURI: "http://127.0.0.1:0/callback"}, comesBack(func(v url.Values) { v.Del("state") }), grant.Returned, []string{"logout.state: no state"}, "",
		},
		"nobody comes": {
			grant.Logout{RedirectURI: "http://127.0.0.1:0/callback", Wait: time.Millisecond}, nil, grant.Unseen, nil, "",
		},
		"nowhere to come to": {grant.Logout{}, nil, grant.Unasked, nil, ""},
		"elsewhere":          {grant.Logout{RedirectURI: "com.myapp://bye"}, nil, grant.Unasked, nil, ""},
		"another issuer's ID token": {
			grant.Logout{IDToken: secret.New(unsigned(`{"iss":"https://evil.test"}`))}, nil, grant.Unseen, nil, "logout.issuer",
		},
		"no ID token": {grant.Logout{IDToken: secret.New("opaque")}, nil, grant.Unseen, nil, "usage.id_token"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env, notes := envAt(t, answering(200, ""))
			env.Person.Open = test.open
			if test.logout.IDToken.IsZero() {
				test.logout.IDToken = secret.New(idToken)
			}
			if test.logout.Wait == 0 {
				test.logout.Wait = time.Minute
			}
			ending, err := env.EndSession(t.Context(), test.logout)
			code := ""
			if err != nil {
				code = problem.As(err).Code
			}
			if ending != test.ending || code != test.code {
				t.Errorf("ending %d, error %v; want %d, %q", ending, err, test.ending, test.code)
			}
			if diff := cmp.Diff(test.warnings, notes.warnings()); diff != "" {
				t.Error(diff)
			}
			if asked := notes.waiting.URL != ""; asked != (test.code == "") {
				t.Errorf("the address is %q", notes.waiting.URL)
			}
			if test.code == "" && !strings.Contains(notes.waiting.URL, "id_token_hint="+idToken) {
				t.Errorf("no ID token in %s", notes.waiting.URL)
			}
		})
	}
}
