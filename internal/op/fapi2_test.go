package op

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// TestFAPI2Configuration shows that no provider can be made that calls itself strict and is not.
func TestFAPI2Configuration(t *testing.T) {
	for section, change := range map[string]func(*Config){
		"§5.3.2.1-11":          func(c *Config) { c.Lifetimes.Code = 61 * time.Second },
		"§5.3.2.2-12":          func(c *Config) { c.Lifetimes.PAR = 600 * time.Second },
		"§5.3.2.2-3":           func(c *Config) { c.RequirePAR = false },
		"password (§5.3.2)":    func(c *Config) { c.Features = append(c.Features, FeaturePassword) },
		"hybrid (§5.3.2)":      func(c *Config) { c.Features = append(c.Features, FeatureHybrid) },
		"proofs by RS256":      func(c *Config) { c.DPoPAlgs = []string{"RS256"} },
		"§5.3.2.1-3":           func(c *Config) { c.Clients[0] = Client{ID: "x"} },
		"§5.3.2.1-6":           func(c *Config) { c.Clients[0] = Client{ID: "x", Secret: secret.New("s")} },
		"§5.3.2.1-4":           func(c *Config) { c.Clients[0].DPoPBound = false },
		"signatures by RS256":  func(c *Config) { c.Clients[0].IDTokenAlg = jose.RS256 },
		"signatures by ES384":  func(c *Config) { c.Clients[0].AuthorizationAlg = "ES384" },
		"http://app.test/back": func(c *Config) { c.Clients[0].RedirectURIs = []string{"http://app.test/back"} },
	} {
		config := fapi2()
		config.Issuer = testIssuer
		change(&config)
		_, err := New(config)
		if p := problem.As(err); err == nil || p.Code != "serve.fapi2" || !strings.Contains(p.Message, section) {
			t.Errorf("%s: %v", section, err)
		}
	}
}

// TestFAPI2Metadata shows what the strict provider advertises of what it could do.
func TestFAPI2Metadata(t *testing.T) {
	doc := fetched(t, played(t, "fapi2"), "http://127.0.0.1:9400/.well-known/openid-configuration")
	for member, value := range doc {
		list, _ := value.([]any)
		switch {
		case strings.HasSuffix(member, "_signing_alg_values_supported"):
			if diff := cmp.Diff([]any{"PS256", "ES256", "EdDSA", "Ed25519"}, list); diff != "" {
				t.Error(member, diff)
			}
		case strings.HasSuffix(member, "_auth_methods_supported"):
			if diff := cmp.Diff([]any{"private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}, list); diff != "" {
				t.Error(member, diff)
			}
		}
	}
	if diff := cmp.Diff([]any{"code"}, doc["response_types_supported"]); diff != "" {
		t.Error(diff)
	}
}

// TestFAPI2Refusals are what the strict provider refuses of a pushed request, beyond what every one does.
func TestFAPI2Refusals(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		strict := fapi2Signing()
		strict.Issuer, strict.Now, strict.DPoPNonce, strict.RequireSignedRequest = c.Issuer, c.Now, 0, false
		*c = strict
	})
	assertion := func(alg jose.Algorithm, aud any) []string {
		return []string{"client_id", "web-jwt", "client_assertion_type", assertionType, "client_assertion", signedBy(t, alg, map[string]any{
			"iss": "web-jwt", "sub": "web-jwt", "aud": aud, "jti": random(), "exp": w.now().Add(time.Minute).Unix(),
		})}
	}
	good := append(assertion("ES256", testIssuer), "response_mode", "jwt")
	for _, test := range []struct {
		change []string
		want   string
	}{
		{good, "request_uri"},
		{append(assertion("RS256", testIssuer), "response_mode", "jwt"), "its alg is 'RS256'; the FAPI 2.0 Security Profile allows"},
		{append(assertion("ES256", []string{testIssuer}), "response_mode", "jwt"), "its aud is not the string"},
		{append(assertion("ES256", testIssuer+"/token"), "response_mode", "jwt"), "its aud is not the string"},
		{append(assertion("ES256", testIssuer), "response_mode", "jwt", "code_challenge", "-", "code_challenge_method", "-"), "requires PKCE with S256"},
		{append(assertion("ES256", testIssuer), "response_mode", "jwt", "redirect_uri", "-"), "redirect_uri"},
		{assertion("ES256", testIssuer), "FAPI 2.0 Message Signing requires jwt here"},
	} {
		if got := w.do("POST", "/par", changed(changed(login, "client_id", "web-jwt"), test.change...)); !strings.Contains(got.Body, test.want) {
			t.Errorf("%s: %s", test.want, got.Body)
		}
	}
}

// TestFAPI2Refresh shows that a refresh token stays: the profile forbids rotation.
func TestFAPI2Refresh(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		for i := range c.Clients {
			if c.Clients[i].ID != "web-fapi2" {
				continue
			}
			c.Clients, c.FAPI2, c.RequirePAR = c.Clients[i:i+1], true, true
			break
		}
		c.Features = fapi2().Features
	})
	ask := func(path string, form url.Values) reply {
		form = changed(form, "client_id", "web-fapi2", "client_assertion_type", assertionType, "client_assertion", signedBy(t, "ES256", map[string]any{
			"iss": "web-fapi2", "sub": "web-fapi2", "aud": testIssuer, "jti": random(), "exp": w.now().Add(time.Minute).Unix(),
		}))
		return w.do("POST", path, form, "DPoP", w.proving("POST", path, "").compact(t))
	}
	pushed := str(ask("/par", login), "request_uri")
	outcome, err := w.SignIn(t.Context(), testIssuer+"/authorize?"+url.Values{"client_id": {"web-fapi2"}, "request_uri": {pushed}}.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	back, _ := url.Parse(outcome.URL)
	token := str(ask("/token", changed(redemption, "code", back.Query().Get("code"))), "refresh_token")
	for range 2 {
		got := ask("/token", url.Values{"grant_type": {grantRefresh}, "refresh_token": {token}})
		if got.Status != 200 || str(got, "access_token") == "" || str(got, "refresh_token") != "" {
			t.Error(got.Status, got.Body)
		}
	}
}
