package interop

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestFAPI2: a login as the Security Profile wants it, by one switch: pushed, with a key for the client and one for the
// tokens.
func TestFAPI2(t *testing.T) {
	t.Parallel()
	p := independent(t)
	p.Issuer = p.FAPI
	for _, alg := range []string{"PS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			key := generate(t, alg)
			id := register(t, p.Issuer, app(t, key, map[string]any{"id_token_signed_response_alg": alg}))
			shown, r := visit(t, p, pushedOnly(approve), "login", "--fapi2", "--issuer", p.Issuer, "--client-id", id, "--client-key", key,
				"--scope", "openid profile", "--trace")
			settled(t, p, shown, r, 0)
			if !strings.Contains(r.stdout, "alice") {
				t.Errorf("the summary does not name who signed in: %s", r.stdout)
			}
			if demands(r) != 1 {
				t.Errorf("a nonce was asked for %d times, want once", demands(r))
			}
		})
	}
}

// TestFAPI2Life: userinfo and a refresh with the key of the login; the refresh token stays the same (FAPI 2.0 Security
// Profile §5.3.2.1).
func TestFAPI2Life(t *testing.T) {
	t.Parallel()
	p := independent(t)
	p.Issuer = p.FAPI
	key, dpop := generate(t, "PS256"), generate(t, "ES256")
	id := register(t, p.Issuer, app(t, key, nil))
	client := []string{"--fapi2", "--issuer", p.Issuer, "--client-id", id, "--client-key", key, "--dpop-key", dpop}
	_, r := visit(t, p, pushedOnly(approve), append([]string{"token", "auth-code", "--scope", "openid profile offline_access", "--prompt", "consent", "-o", "json"}, client...)...)
	var have, renewed tokens
	if err := json.Unmarshal([]byte(r.stdout), &have); err != nil || r.exit != 0 || have.Refresh == "" {
		t.Fatalf("exit %d, %v", r.exit, err)
	}
	me := []string{"userinfo", "--issuer", p.Issuer, "--token-file", write(t, have.Access), "--expect-sub", "alice"}
	if r := oauthctl(t, "", append(me, "--dpop-key", dpop)...); r.exit != 0 || !strings.Contains(r.stdout, "alice of Interop") {
		t.Errorf("userinfo: exit %d, stdout %q", r.exit, r.stdout)
	}
	refused(t, oauthctl(t, "", me...), "invalid_token")
	r = oauthctl(t, "", append([]string{"token", "refresh", "--refresh-token-file", write(t, have.Refresh), "--id-token-file", write(t, have.ID), "-o", "json"}, client...)...)
	if err := json.Unmarshal([]byte(r.stdout), &renewed); err != nil || r.exit != 0 || renewed.Access == have.Access || renewed.Refresh != have.Refresh {
		t.Errorf("refresh: exit %d, %v, another refresh token: %v", r.exit, err, renewed.Refresh != have.Refresh)
	}
}

// TestFAPI2Certificate: a certificate is the client's proof, and what its tokens are bound to.
func TestFAPI2Certificate(t *testing.T) {
	t.Parallel()
	p := independent(t)
	p.Issuer = p.FAPI
	own := client(t, nil, "fapi2")
	jwk := public(t, own.key)
	jwk["x5c"] = own.x5c()
	metadata := app(t, own.key, map[string]any{
		"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": map[string]any{"keys": []any{jwk}},
		"tls_client_certificate_bound_access_tokens": true, "dpop_bound_access_tokens": false,
	})
	args := []string{"token", "auth-code", "--fapi2", "--issuer", p.Issuer, "--client-id", register(t, p.Issuer, metadata), "--auth-method", "self_signed_tls_client_auth", "--scope", "openid"}
	_, r := visit(t, p, pushedOnly(approve), append(args, own.flags(p.CA)...)...)
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	me := append([]string{"userinfo", "--issuer", p.Issuer, "--token-file", write(t, strings.TrimSpace(r.stdout)), "--expect-sub", "alice"}, own.flags(p.CA)...)
	if r := oauthctl(t, "", me...); r.exit != 0 || !strings.Contains(r.stdout, "alice") {
		t.Errorf("userinfo: exit %d, stdout %q", r.exit, r.stdout)
	}
	refused(t, oauthctl(t, "", append(args, client(t, nil, "other").flags(p.CA)...)...), "invalid_client")
}

// TestFAPI2Refused: what the profile forbids is refused here, though the provider would take it.
func TestFAPI2Refused(t *testing.T) {
	t.Parallel()
	p := independent(t)
	rsa, ec := generate(t, "RS256"), generate(t, "ES256")
	login := []string{"login", "--fapi2", "--issuer", p.Issuer, "--client-id"}
	for name, args := range map[string][]string{
		"a client secret": append([]string{"basic"}, secretFlags(t, p)...),
		"a public client": {"public"},
		"RS256":           {register(t, p.Issuer, app(t, rsa, nil)), "--client-key", rsa, "--client-key-alg", "RS256"},
		"not pushed":      {register(t, p.Issuer, app(t, ec, nil)), "--client-key", ec, "--par", "never"},
		"bearer tokens":   {register(t, p.Issuer, app(t, ec, nil)), "--client-key", ec, "--dpop=none"},
		"a front channel": {register(t, p.Issuer, app(t, ec, nil)), "--client-key", ec, "--response-type", "code id_token"},
		"other PKCE":      {register(t, p.Issuer, app(t, ec, nil)), "--client-key", ec, "--pkce", "plain"},
	} {
		t.Run(name, func(t *testing.T) {
			if r := oauthctl(t, "", append(login, args...)...); r.exit != 2 || r.stdout != "" || !strings.Contains(r.stderr, "FAPI") {
				t.Errorf("exit %d, stdout %q; want 2", r.exit, r.stdout)
			}
		})
	}
	t.Run("an ID token with RS256", func(t *testing.T) {
		shown, r := visit(t, p, pushedOnly(approve), append(login, register(t, p.Issuer, app(t, ec, nil)), "--client-key", ec)...)
		settled(t, p, shown, r, 4)
		if r.stdout != "" || !strings.Contains(r.stderr, "RS256") {
			t.Errorf("stdout %q", r.stdout)
		}
	})
	t.Run("not signed where it must be", func(t *testing.T) {
		id := register(t, p.Signing, app(t, ec, nil))
		r := oauthctl(t, "", "login", "--fapi2", "--issuer", p.Signing, "--client-id", id, "--client-key", ec, "--response-mode", "jwt")
		if r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, "--request-object") {
			t.Errorf("exit %d, stdout %q; want 4", r.exit, r.stdout)
		}
	})
}

// TestFAPI2MessageSigning: the request, the answer and the introspection of the token are signed.
func TestFAPI2MessageSigning(t *testing.T) {
	t.Parallel()
	p := independent(t)
	p.Issuer = p.Signing
	for _, alg := range []string{"PS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			key := generate(t, alg)
			more := map[string]any{}
			for _, what := range []string{"id_token", "authorization", "introspection"} {
				more[what+"_signed_response_alg"] = alg
			}
			id := register(t, p.Issuer, app(t, key, maps.Clone(more)))
			client := []string{"--fapi2=message-signing", "--issuer", p.Issuer, "--client-id", id, "--client-key", key}
			_, r := visit(t, p, pushedOnly(approve), slices.Concat([]string{"token", "auth-code", "--scope", "openid", "--trace", "--show-secrets"}, client)...)
			if r.exit != 0 || !strings.Contains(r.stderr, "request=ey") || !strings.Contains(r.stderr, "client_assertion=ey") {
				t.Fatalf("exit %d, want 0 and a signed request", r.exit)
			}
			r = oauthctl(t, "", slices.Concat([]string{"introspect", "--token-file", write(t, strings.TrimSpace(r.stdout))}, client)...)
			if out := introspected(t, r, true); out["sub"] != "alice" || out["token_type"] != "DPoP" {
				t.Errorf("the answer is %v", out)
			}
		})
	}
}
