package op

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEncryptedUserInfo is signed within, unless the client registered for encryption alone.
func TestEncryptedUserInfo(t *testing.T) {
	w := newWorld(t, nil)
	got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(w.tokensOf("web-encrypted", "scope", "openid"), "access_token"))
	e := w.clients["web-encrypted"].UserInfoEncryption
	inner := opened(t, got.Body, e, w.decryptionKey("web-encrypted", e))
	if _, ok := w.verified(inner); !ok || got.Header.Get("Content-Type") != "application/jwt" {
		t.Error(got)
	}
	want := map[string]any{"sub": "user-alice-7f3a", "iss": testIssuer, "aud": "web-encrypted"}
	if diff := cmp.Diff(want, part(t, inner, 1)); diff != "" {
		t.Error(diff)
	}
	w.clients["web-encrypted"].UserInfoAlg = ""
	got = w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(w.tokensOf("web-encrypted", "scope", "openid"), "access_token"))
	if plain := opened(t, got.Body, e, w.decryptionKey("web-encrypted", e)); plain != `{"sub":"user-alice-7f3a"}` {
		t.Error(plain)
	}
	if diff := cmp.Diff([]any{nil}, headers(t, got.Body, "cty")); diff != "" {
		t.Error(diff)
	}
}

// TestSignedIntrospection is a JWT only where the client asks for one (RFC 9701 §4).
func TestSignedIntrospection(t *testing.T) {
	const mediaType = "application/token-introspection+jwt"
	w := newWorld(t, nil)
	ask := func(client, token, accept string) reply {
		return w.do("POST", "/introspect", url.Values{"token": {token}},
			"Authorization", basic(client, w.clients[client].Secret.Reveal()), "Accept", accept)
	}
	for _, client := range []string{"web", "web-encrypted"} {
		t.Run(client, func(t *testing.T) {
			token := str(w.tokensOf(client), "access_token")
			plain := ask(client, token, "application/json, */*")
			if plain.Header.Get("Content-Type") != "application/json" || !cmp.Equal(plain.JSON["active"], any(true)) {
				t.Error(plain)
			}
			for _, test := range []struct {
				token string
				want  map[string]any
			}{{token, plain.JSON}, {"unknown", map[string]any{"active": false}}} {
				got := ask(client, test.token, "application/json;q=0.1, "+mediaType)
				inner := got.Body
				if e := w.clients[client].IntrospectionEncryption; e.Alg != "" {
					inner = opened(t, inner, e, w.decryptionKey(client, e))
				}
				if alg, ok := w.verified(inner); !ok || alg != "RS256" || got.Header.Get("Content-Type") != mediaType {
					t.Error(got)
				}
				if diff := cmp.Diff([]any{"token-introspection+jwt"}, headers(t, inner, "typ")); diff != "" {
					t.Error(diff)
				}
				want := map[string]any{"iss": testIssuer, "aud": client, "iat": float64(w.now().Unix()), "token_introspection": test.want}
				if diff := cmp.Diff(want, part(t, inner, 1)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	w.clients["web"].IntrospectionAlg = "ES256"
	if alg, ok := w.verified(ask("web", "x", mediaType).Body); !ok || alg != "ES256" {
		t.Error(alg)
	}
}

// TestAnswersOff is a provider without what its clients registered for: it says so, and sends nothing in the clear.
func TestAnswersOff(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Features = []Feature{FeatureIntrospection} })
	code := w.authorize("client_id", "web-encrypted").Get("code")
	got := w.as("web-encrypted", "/token", changed(redemption, "code", code, "client_id", "-"))
	if got.Status != http.StatusInternalServerError ||
		str(got, "error_description") != "client 'web-encrypted' is registered for encryption, which is off" {
		t.Error(got)
	}
	got = w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(w.tokensOf("web-signed"), "access_token"))
	if str(got, "error_description") != "client 'web-signed' is registered for signed_userinfo, which is off" {
		t.Error(got)
	}
	got = w.do("POST", "/introspect", url.Values{"token": {"x"}}, "Authorization", basic("web", w.clients["web"].Secret.Reveal()),
		"Accept", "application/token-introspection+jwt")
	if got.Body != inactive {
		t.Error(got)
	}
}
