package grant_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// provingEnv makes an environment with a DPoP key and a client that signs its assertions; the token endpoint and an API
// are two origins.
func provingEnv(t *testing.T, token, api http.HandlerFunc) (env *grant.Env, n *notes, apiURL string) {
	t.Helper()
	env, n = envAt(t, token)
	as, rs := httptest.NewServer(token), httptest.NewServer(api)
	t.Cleanup(as.Close)
	t.Cleanup(rs.Close)
	var err error
	if env.Provider, err = metadata.NewProvider(nil, map[string]string{"token": as.URL + "/token", "par": as.URL + "/par"}, wire.LoopbackOnly); err != nil {
		t.Fatal(err)
	}
	env.Provider.Issuer = "https://id.test"
	key, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := key.SignerFor("", "k")
	if err != nil {
		t.Fatal(err)
	}
	nonces := new(oauth.Nonces)
	if env.DPoP, err = oauth.NewProver(signer, nonces); err != nil {
		t.Fatal(err)
	}
	if env.Wire, err = wire.New(wire.Options{Answered: grant.Learning(nonces, n)}); err != nil {
		t.Fatal(err)
	}
	env.Client = oauth.Credentials{ID: "web", Signer: signer}
	return env, n, rs.URL
}

// claim returns a claim of a JWT.
func claim(t *testing.T, compact, name string) string {
	t.Helper()
	token, err := jose.Parse(compact)
	if err != nil {
		t.Fatal(err)
	}
	value, err := token.Claims.String(name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// demand refuses with a nonce where the proof does not have it.
func demand(w http.ResponseWriter, status int, nonce string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("DPoP-Nonce", nonce)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"error":"use_dpop_nonce"}`)
}

// TestEverythingAnew makes the second request of new parts: proof and assertion, and the nonce of its own origin.
func TestEverythingAnew(t *testing.T) {
	var proofs, assertions, nonces []string
	see := func(r *http.Request) string {
		proof := r.Header.Get("DPoP")
		proofs = append(proofs, claim(t, proof, "jti"))
		nonces = append(nonces, claim(t, proof, "nonce"))
		return claim(t, proof, "nonce")
	}
	env, _, api := provingEnv(t, func(w http.ResponseWriter, r *http.Request) {
		assertions = append(assertions, claim(t, r.FormValue("client_assertion"), "jti"))
		if see(r) == "" {
			demand(w, http.StatusBadRequest, "as-1")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("DPoP-Nonce", "as-2")
		_, _ = io.WriteString(w, `{"access_token":"opaque","token_type":"dpop","expires_in":60}`)
	}, func(w http.ResponseWriter, r *http.Request) {
		if see(r) == "" {
			demand(w, http.StatusUnauthorized, "rs-1")
		}
		if got, want := r.Header.Get("Authorization")+claim(t, r.Header.Get("DPoP"), "ath"), "DPoP opaque"+oauth.TokenHash(secret.New("opaque")); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	form := func() url.Values { return url.Values{"grant_type": {"client_credentials"}} }
	result, err := env.Redeem(t.Context(), form(), grant.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.Resource(t.Context(), wire.Request{URL: api + "/orders?x=1"}, result.Response.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := env.Redeem(t.Context(), form(), grant.Expectation{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "as-1", "", "rs-1", "as-2"}, nonces); diff != "" {
		t.Error(diff)
	}
	for _, ids := range [][]string{proofs, assertions} {
		slices.Sort(ids)
		if len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("used twice: %v", ids)
		}
	}
	if len(assertions) != 3 {
		t.Errorf("%d assertions", len(assertions))
	}
}

// TestNonceOfAnyAnswer learns a nonce where no proof is sent, whatever the status, and needs no second request for the
// first proof. What cannot be a nonce is a warning, and leaves the one before it; one of another origin is not sent.
func TestNonceOfAnyAnswer(t *testing.T) {
	give := func(w http.ResponseWriter, r *http.Request) {
		if proof := r.Header.Get("DPoP"); proof != "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"opaque","token_type":"DPoP","proven":"`+claim(t, proof, "nonce")+`"}`)
			return
		}
		w.Header()["Dpop-Nonce"] = strings.Fields(r.URL.Query().Get("give"))
		w.WriteHeader(http.StatusNotFound)
	}
	get := func(env *grant.Env, address string) error {
		_, err := env.Wire.Do(t.Context(), wire.Request{URL: address})
		return err
	}
	for name, test := range map[string]struct {
		ask      func(env *grant.Env, token, api string) error
		want     string
		warnings []string
	}{
		"metadata": {func(env *grant.Env, token, _ string) error { return get(env, token+"?give=as-1") }, "as-1", nil},
		"with the client's authentication": {func(env *grant.Env, token, _ string) error {
			_, err := env.Authenticated(t.Context(), "introspection", token+"?give=as-1", url.Values{})
			return err
		}, "as-1", nil},
		"the last": {func(env *grant.Env, token, _ string) error {
			return errors.Join(get(env, token+"?give=as-1"), get(env, token+"?give=as-2"), get(env, token))
		}, "as-2", nil},
		"two at once": {func(env *grant.Env, token, _ string) error {
			return errors.Join(get(env, token+"?give=as-1"), get(env, token+"?give=as-2+as-3"))
		}, "as-1", []string{"dpop.nonce: the server's nonce for DPoP proofs cannot be used: 2 of them"}},
		"of an API": {func(env *grant.Env, _, api string) error { return get(env, api+"?give=rs-1") }, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			env, n, api := provingEnv(t, give, give)
			token, err := env.Provider.Endpoint("token")
			if err != nil {
				t.Fatal(err)
			}
			if err := test.ask(env, token, api); err != nil {
				t.Fatal(err)
			}
			result, err := env.Redeem(t.Context(), url.Values{"grant_type": {"client_credentials"}}, grant.Expectation{})
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := result.Response.Members.String("proven"); got != test.want {
				t.Errorf("the proof has the nonce %q, want %q", got, test.want)
			}
			got := slices.DeleteFunc(n.warnings(), func(w string) bool { return !strings.HasPrefix(w, "dpop.") })
			if diff := cmp.Diff(test.warnings, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOneRetry counts the requests to servers that are never content.
func TestOneRetry(t *testing.T) {
	requests := 0
	never := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			requests++
			demand(w, status, fmt.Sprintf("n-%d", requests))
		}
	}
	env, _, api := provingEnv(t, never(http.StatusBadRequest), never(http.StatusUnauthorized))
	call := wire.Request{Method: "POST", URL: api + "/orders"}
	body := func() (io.Reader, error) { return strings.NewReader("{}"), nil }
	for name, ask := range map[string]func() error{
		"token": func() error {
			_, err := env.Redeem(t.Context(), url.Values{"grant_type": {"client_credentials"}}, grant.Expectation{})
			return err
		},
		"par": func() error {
			address, _ := env.Provider.Endpoint("par")
			_, err := env.Authenticated(t.Context(), "par", address, url.Values{})
			return err
		},
		"resource": func() error { _, err := env.Resource(t.Context(), call, secret.New("opaque")); return err },
	} {
		requests = 0
		p := problem.As(ask())
		if requests != 2 || p.Kind != problem.Provider || p.Code != "oauth.use_dpop_nonce" || p.Answer == nil {
			t.Errorf("%s: %d requests, %+v", name, requests, p)
		}
	}
	requests = 0
	answer, err := env.Stream(t.Context(), call, secret.New("opaque"), body)
	if err != nil || requests != 2 || answer.StatusCode != http.StatusUnauthorized {
		t.Fatalf("%d requests, %v", requests, err)
	}
	_ = answer.Body.Close()
}

// TestContentAtOnce sends one request alone where no nonce is demanded, with and without a key.
func TestContentAtOnce(t *testing.T) {
	requests := 0
	env, _, api := provingEnv(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("DPoP-Nonce", fmt.Sprintf("n-%d", requests))
		w.WriteHeader(http.StatusForbidden)
	})
	for _, scheme := range []string{"DPoP", "Bearer"} {
		call := wire.Request{Method: "POST", URL: api + "/orders"}
		requests = 0
		answer, err := env.Stream(t.Context(), call, secret.New("opaque"), nil)
		if err != nil || requests != 1 || answer.StatusCode != http.StatusForbidden || env.Scheme() != scheme {
			t.Fatalf("%s: %d requests, %v", scheme, requests, err)
		}
		_ = answer.Body.Close()
		if _, err := env.Resource(t.Context(), call, secret.New("opaque")); err != nil || requests != 2 {
			t.Errorf("%s: %d requests, %v", scheme, requests, err)
		}
		env.DPoP = nil
	}
}

// TestFits refuses a token that says itself that it is bound to another key than the one at hand, or to none.
func TestFits(t *testing.T) {
	env, _, _ := provingEnv(t, nil, nil)
	p := newProvider(t)
	for name, test := range map[string]struct{ token, want string }{
		"opaque":              {"opaque", ""},
		"the key's":           {p.sign("at+jwt", `{"cnf":{"jkt":"`+env.DPoP.Thumbprint()+`"}}`), ""},
		"another key's":       {p.sign("at+jwt", `{"cnf":{"jkt":"`+grant.CertificateThumbprint([]byte("x"))+`"}}`), "the token is bound to another DPoP key than the one given"},
		"nobody's":            {p.sign("at+jwt", `{}`), "a DPoP key was given, and the token is bound to none"},
		"a certificate's":     {p.sign("at+jwt", `{"cnf":{"x5t#S256":"x"}}`), "a DPoP key was given, and the token is bound to none"},
		"cnf that is no cnf":  {p.sign("at+jwt", `{"cnf":"x"}`), ""},
		"no object, but text": {p.sign("at+jwt", `"text"`), ""},
	} {
		err := env.Fits(secret.New(test.token))
		if message := ""; err != nil {
			e := problem.As(err)
			message = e.Message
			if message != test.want || e.Kind != problem.Verification || e.Code != "access_token.cnf" {
				t.Errorf("%s: %+v", name, e)
			}
		} else if test.want != message {
			t.Errorf("%s fits, want: %s", name, test.want)
		}
	}
	env.DPoP = nil
	if err := env.Fits(secret.New(p.sign("at+jwt", `{}`))); err != nil {
		t.Error(err)
	}
}

// TestProofForTheNamedHost makes the proof for the address that the server sees, which is its name in the header Host.
func TestProofForTheNamedHost(t *testing.T) {
	var seen []string
	env, _, api := provingEnv(t, nil, func(w http.ResponseWriter, r *http.Request) {
		proof := r.Header.Get("DPoP")
		seen = append(seen, r.Host+" "+claim(t, proof, "htu")+" "+claim(t, proof, "nonce"))
		if claim(t, proof, "nonce") != "rs-1" {
			demand(w, http.StatusUnauthorized, "rs-1")
		}
	})
	call := wire.Request{Method: "GET", URL: api + "/orders?x=1", Header: http.Header{"Host": {"API.example.com"}}}
	answer, err := env.Stream(t.Context(), call, secret.New("opaque"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	want := []string{"API.example.com http://api.example.com/orders ", "API.example.com http://api.example.com/orders rs-1"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

// TestBodyAgain sends the whole body twice, where it can be had twice.
func TestBodyAgain(t *testing.T) {
	var bodies []string
	env, _, api := provingEnv(t, nil, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(data))
		if claim(t, r.Header.Get("DPoP"), "nonce") != "rs-1" {
			demand(w, http.StatusUnauthorized, "rs-1")
		}
	})
	call := wire.Request{Method: "POST", URL: api + "/orders"}
	opened := 0
	answer, err := env.Stream(t.Context(), call, secret.New("opaque"), func() (io.Reader, error) {
		opened++
		return strings.NewReader("whole"), nil
	})
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if diff := cmp.Diff([]string{"whole", "whole"}, bodies); diff != "" || opened != 2 {
		t.Error(opened, diff)
	}
	fresh, _, api := provingEnv(t, nil, func(w http.ResponseWriter, _ *http.Request) { demand(w, http.StatusUnauthorized, "rs-1") })
	call.URL, opened = api, 0
	_, err = fresh.Stream(t.Context(), call, secret.New("opaque"), func() (io.Reader, error) {
		if opened++; opened > 1 {
			return nil, grant.ErrSpent
		}
		return strings.NewReader("once"), nil
	})
	if p := problem.As(err); p.Kind != problem.Provider || p.Code != "oauth.use_dpop_nonce" || p.Hint != "give the body as a file, which can be read twice: -d @FILE" {
		t.Errorf("%+v", p)
	}
	if errors.Is(err, grant.ErrSpent) {
		t.Error("the sentinel is for the one who opens the body")
	}
}

// TestCertificateThumbprint is the example of RFC 8705 appendix A.
func TestCertificateThumbprint(t *testing.T) {
	der, err := base64.StdEncoding.DecodeString("MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAxODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UE" +
		"AwwEbXRsczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwIDSQAwRgIhAP0RC1E+" +
		"vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOVbUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=")
	if err != nil {
		t.Fatal(err)
	}
	if got := grant.CertificateThumbprint(der); got != "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" {
		t.Error(got)
	}
	if got := grant.CertificateThumbprint(nil); got != "" {
		t.Error(got)
	}
}
