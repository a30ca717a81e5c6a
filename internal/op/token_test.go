package op

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// verified checks a signature with go-jose, which shares no code with this program.
func (w *world) verified(compact string) (alg string, ok bool) {
	w.t.Helper()
	algs := []gojose.SignatureAlgorithm{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256",
	}
	token, err := gojose.ParseSignedCompact(compact, algs)
	if err != nil {
		return "", false
	}
	alg = token.Signatures[0].Header.Algorithm
	if alg == "HS256" {
		_, err = token.Verify([]byte(w.clients["web-hs256"].Secret.Reveal()))
		return alg, err == nil
	}
	keys := w.do("GET", "/jwks", nil)
	var set gojose.JSONWebKeySet
	if err := json.Unmarshal([]byte(keys.Body), &set); err != nil {
		w.t.Fatal(err)
	}
	for _, key := range set.Key(token.Signatures[0].Header.KeyID) {
		if _, err := token.Verify(key); err == nil {
			return alg, true
		}
	}
	return alg, false
}

func TestCode(t *testing.T) {
	w := newWorld(t, nil)
	got := w.redeem("audience", "api-one")
	now := float64(w.now().Unix())
	access, refresh, id := str(got, "access_token"), str(got, "refresh_token"), str(got, "id_token")
	want := map[string]any{
		"access_token": access, "refresh_token": refresh, "id_token": id,
		"token_type": "Bearer", "expires_in": 3600.0, "scope": "openid profile email offline_access",
	}
	if diff := cmp.Diff(want, got.JSON); diff != "" {
		t.Error(diff)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Cache-Control": "no-store",
		"Access-Control-Allow-Origin": "*",
	} {
		if got.Header.Get(name) != value {
			t.Error(name, got.Header)
		}
	}
	wantID := map[string]any{
		"iss": testIssuer, "sub": "user-alice-7f3a", "aud": "cli", "iat": now, "exp": now + 3600, "auth_time": now,
		"amr": []any{"pwd"}, "nonce": "no", "at_hash": hashClaim("RS256", access),
	}
	if diff := cmp.Diff(wantID, part(t, id, 1)); diff != "" {
		t.Error(diff)
	}
	claims := part(t, access, 1)
	wantAccess := map[string]any{
		"iss": testIssuer, "sub": "user-alice-7f3a", "aud": "api-one", "client_id": "cli", "iat": now, "exp": now + 3600,
		"jti": claims["jti"], "scope": "openid profile email offline_access", "auth_time": now, "amr": []any{"pwd"},
	}
	if diff := cmp.Diff(wantAccess, claims); diff != "" {
		t.Error(diff)
	}
	wantHeader := map[string]any{"alg": "RS256", "kid": "test-rsa", "typ": "at+jwt"}
	if diff := cmp.Diff(wantHeader, part(t, access, 0)); diff != "" {
		t.Error(diff)
	}
	info := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+access)
	wantInfo := map[string]any{
		"sub": "user-alice-7f3a", "name": "Alice Liddell", "given_name": "Alice", "family_name": "Liddell",
		"preferred_username": "alice", "email": "alice@example.test", "email_verified": true,
	}
	if diff := cmp.Diff(wantInfo, info.JSON); diff != "" {
		t.Error(diff)
	}
}

// TestHashClaim is the example of OpenID Connect Core §A.3.
func TestHashClaim(t *testing.T) {
	if got := hashClaim("RS256", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"); got != "77QmUPtjPfzWtF2AnpK9RQ" {
		t.Error(got)
	}
}

func TestAlgorithms(t *testing.T) {
	w := newWorld(t, nil)
	for _, client := range w.config.Clients {
		if !strings.HasPrefix(client.ID, "web") || client.AuthMethod != "" || client.AccessToken == FormatOpaque || client.AccessTokenAlg == "HS256" ||
			client.IDTokenEncryption.Alg != "" {
			continue
		}
		t.Run(client.ID, func(t *testing.T) {
			code := w.authorize("client_id", client.ID).Get("code")
			got := w.token(changed(redemption, "code", code, "client_id", "-"), "Authorization", basic(client.ID, client.Secret.Reveal()))
			for token, want := range map[string]string{
				str(got, "id_token"): string(client.IDTokenAlg), str(got, "access_token"): string(client.AccessTokenAlg),
			} {
				if want == "Ed25519" { // RFC 9864; go-jose does not know it
					key, _ := w.keys.keys["test-ed25519"].Public().(ed25519.PublicKey)
					cut := strings.LastIndexByte(token, '.')
					signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
					if err != nil || part(t, token, 0)["alg"] != want || !ed25519.Verify(key, []byte(token[:cut]), signature) {
						t.Error(token)
					}
				} else if alg, ok := w.verified(token); !ok || alg != want {
					t.Errorf("signed with %q (%v), not %q: %s", alg, ok, want, got.Body)
				}
			}
		})
	}
}

func TestScopes(t *testing.T) {
	w := newWorld(t, nil)
	tests := []struct {
		name    string
		changes []string
		want    []string // scope, then which tokens came
	}{
		{"reduced", []string{"scope", "openid admin email"}, []string{"openid email", "access_token", "id_token"}},
		{"none", []string{"scope", "-"}, []string{"api:read api:write", "access_token"}},
		{"plain OAuth", []string{"scope", "api:read offline_access"}, []string{"api:read offline_access", "access_token", "refresh_token"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reply := w.redeem(test.changes...)
			got := []string{str(reply, "scope")}
			for _, name := range []string{"access_token", "id_token", "refresh_token"} {
				if str(reply, name) != "" {
					got = append(got, name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	always := newWorld(t, func(c *Config) { c.Clients[1].Refresh = RefreshAlways })
	if got := always.redeem("scope", "openid"); str(got, "refresh_token") == "" {
		t.Error(got.Body)
	}
}

func TestTokenRefusals(t *testing.T) {
	w := newWorld(t, nil)
	webSecret := w.clients["web"].Secret.Reveal()
	service := w.clients["service"]
	credentials := url.Values{"grant_type": {"client_credentials"}}
	code := func(changes ...string) url.Values {
		return changed(redemption, append([]string{"code", w.authorize().Get("code")}, changes...)...)
	}
	tests := []struct {
		name   string
		form   url.Values
		header []string
		status int
		code   string
		want   string
	}{
		{"grant missing", changed(redemption, "grant_type", "-"), nil, 400, "invalid_request", "grant_type is missing"},
		{
			"grant unknown", changed(redemption, "grant_type", "magic"), nil, 400, "unsupported_grant_type",
			"grant_type 'magic' is not supported here; 'authorization_code', 'refresh_token', 'client_credentials', '" + grantDevice + "', '" +
				grantCIBA + "', '" + grantExchange + "', '" + grantJWTBearer + "' and 'password' are",
		},
		{
			"grant not allowed", changed(redemption, "grant_type", "client_credentials"), nil, 400, "unauthorized_client",
			"client 'cli' may not use client_credentials; it may use: authorization_code refresh_token",
		},
		{"twice", url.Values{"code": {"a", "b"}, "grant_type": {"a", "b"}}, nil, 400, "invalid_request", "sent more than once: code, grant_type"},

		{"nobody", credentials, nil, 401, "invalid_client", "no client authenticated: send client_id in the body, or Basic credentials"},
		{"unknown", changed(credentials, "client_id", "servise"), nil, 401, "invalid_client", "no client 'servise' is registered; is service meant?"},
		{
			"no secret", changed(credentials, "client_id", "service"), nil, 401, "invalid_client",
			"client 'service' authenticated by none, but is registered for client_secret_basic or client_secret_post",
		},
		{"wrong post", changed(credentials, "client_id", "service", "client_secret", "x"), nil, 401, "invalid_client", "the secret of client 'service' is wrong"},
		{"wrong basic", credentials, []string{"Authorization", basic("service", "x")}, 401, "invalid_client", "the secret of client 'service' is wrong"},
		{
			"unencoded basic", credentials,
			[]string{"Authorization", "Basic " + b64std("service:"+service.Secret.Reveal())},
			401, "invalid_client",
			"the secret inside Basic is not form-encoded: encode client_id and client_secret before they are joined by a colon (RFC 6749 section 2.3.1)",
		},
		{"no colon", credentials, []string{"Authorization", "Basic " + b64std("service")}, 401, "invalid_client", "there is no colon inside Basic"},
		{"no base64", credentials, []string{"Authorization", "Basic ***"}, 401, "invalid_client", "what follows Basic is not base64"},
		{"no scheme", credentials, []string{"Authorization", "hush"}, 401, "invalid_client", "the Authorization header has no scheme"},
		{"bearer", credentials, []string{"Authorization", "Bearer x"}, 401, "invalid_client", "the Authorization scheme 'Bearer' is not supported here; Basic is"},
		{
			"public with secret", changed(redemption, "client_secret", "x"), nil, 401, "invalid_client",
			"client 'cli' is public and has no secret; send client_id in the body alone",
		},
		{
			"both", changed(credentials, "client_id", "web", "client_secret", webSecret),
			[]string{"Authorization", basic("web", webSecret)},
			400, "invalid_request",
			"more than one client authentication: an Authorization header, client_secret in the body; use exactly one (RFC 6749 section 2.3)",
		},
		{
			"two clients", changed(credentials, "client_id", "cli"),
			[]string{"Authorization", basic("web", webSecret)},
			400, "invalid_request",
			"client_id is 'cli' in the body, but 'web' inside Basic",
		},
		{
			"assertion", changed(credentials, "client_assertion", "x"), nil, 400, "invalid_request",
			"client_assertion_type is '', not 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'",
		},

		{"no code", redemption, nil, 400, "invalid_request", "code is missing"},
		{"wrong code", changed(redemption, "code", "x"), nil, 400, "invalid_grant", "this code was never issued, or long ago"},
		{
			"other client", code("client_id", "-"),
			[]string{"Authorization", basic("web", webSecret)},
			400, "invalid_grant",
			"this code was issued to another client than 'web'",
		},
		{
			"redirect", code("redirect_uri", "http://127.0.0.1:4712/callback"), nil, 400, "invalid_grant",
			"redirect_uri is 'http://127.0.0.1:4712/callback', but was 'http://127.0.0.1:4711/callback' in the authorization request",
		},
		{
			"no redirect", code("redirect_uri", "-"), nil, 400, "invalid_grant",
			"redirect_uri is '', but was 'http://127.0.0.1:4711/callback' in the authorization request",
		},
		{"no verifier", code("code_verifier", "-"), nil, 400, "invalid_grant", "code_verifier is missing; the authorization request had a code_challenge"},
		{"short verifier", code("code_verifier", "x"), nil, 400, "invalid_grant", "code_verifier has 1 characters; 43 to 128 of A-Z a-z 0-9 - . _ ~ are allowed"},
		{
			"wrong verifier", code("code_verifier", verifier+"x"), nil, 400, "invalid_grant",
			"code_verifier does not match: its SHA-256 is not the code_challenge of the authorization request",
		},
		{"audience", code("audience", "api"), nil, 400, "invalid_target", "the authorization request was for https://api.example.test, not for api"},

		{"no refresh token", url.Values{"grant_type": {"refresh_token"}, "client_id": {"cli"}}, nil, 400, "invalid_request", "refresh_token is missing"},
		{
			"wrong refresh token",
			url.Values{"grant_type": {"refresh_token"}, "client_id": {"cli"}, "refresh_token": {"x"}},
			nil, 400, "invalid_grant",
			"this refresh token was never issued, or expired (they live 720h0m0s)",
		},
		{
			"service scope", changed(credentials, "scope", "openid"),
			[]string{"Authorization", basic("service", service.Secret.Reveal())},
			400, "invalid_scope",
			"client 'service' may have none of the scopes 'openid'; it may have: api:read api:write",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.token(test.form, test.header...)
			want := map[string]any{"error": test.code, "error_description": test.want}
			if diff := cmp.Diff(want, got.JSON); diff != "" || got.Status != test.status {
				t.Error(got.Status, diff)
			}
			challenge := ""
			if test.status == 401 {
				challenge = `Basic realm="http://op.test", charset="UTF-8"`
			}
			if got.Header.Get("WWW-Authenticate") != challenge || got.Header.Get("Cache-Control") != "no-store" {
				t.Error(got.Header)
			}
		})
	}
}

func b64std(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestTokenTransport shows what is refused before a form is read.
func TestTokenTransport(t *testing.T) {
	w := newWorld(t, nil)
	tests := []struct {
		name   string
		do     func() reply
		status int
		want   string
	}{
		{"GET", func() reply { return w.do("GET", "/token", nil) }, 405, "the token endpoint takes POST\n"},
		{
			"JSON", func() reply { return w.do("POST", "/token", nil, "Content-Type", "application/json") }, 400,
			`{"error":"invalid_request","error_description":"the body must be application/x-www-form-urlencoded, not 'application/json'"}` + "\n",
		},
		{
			"query", func() reply { return w.do("POST", "/token?code=x", redemption) }, 400,
			`{"error":"invalid_request","error_description":"parameters belong in the body, never in the query of the token endpoint"}` + "\n",
		},
		{
			"huge", func() reply { return w.token(url.Values{"code": {strings.Repeat("x", maxBody)}}) }, 413,
			`{"error":"invalid_request","error_description":"the body is larger than 64 KiB"}` + "\n",
		},
		{
			"elsewhere", func() reply { return w.do("GET", "/nothing", nil) }, 404,
			"nothing is here; see http://op.test/.well-known/openid-configuration\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.do()
			if diff := cmp.Diff(test.want, got.Body); diff != "" || got.Status != test.status {
				t.Error(got.Status, diff)
			}
		})
	}
	preflight := w.do("OPTIONS", "/token", nil, "Origin", "https://spa.test")
	want := http.Header{
		"Access-Control-Allow-Methods": {"POST"}, "Access-Control-Allow-Headers": {"Authorization, Content-Type, DPoP"},
		"Access-Control-Max-Age": {"600"}, "Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"WWW-Authenticate, DPoP-Nonce"},
	}
	if diff := cmp.Diff(want, preflight.Header); diff != "" || preflight.Status != 204 {
		t.Error(preflight.Status, diff)
	}
	if got := w.do("OPTIONS", "/authorize", nil); got.Status != 405 || got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error(got)
	}
}
