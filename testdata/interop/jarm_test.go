package interop

import (
	"strings"
	"testing"
)

// TestJARM: the answer comes in a token of the provider's, wherever it comes.
func TestJARM(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, mode := range []string{"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"} {
		t.Run(mode, func(t *testing.T) {
			args := []string{"login", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid profile", "--response-mode", mode}
			b := open(t)
			shown, r := b.visit(t, p.Issuer, approve, args...)
			settled(t, p, shown, r, 0)
			if !strings.Contains(r.stdout, "alice") {
				t.Errorf("the summary does not name who signed in: %s", r.stdout)
			}
			shown, r = b.visit(t, p.Issuer, refuseAgain, args...)
			settled(t, p, shown, r, 3)
			refused(t, r, "access_denied")
		})
	}
	t.Run("code id_token", func(t *testing.T) {
		shown, r := visit(t, p, approve, "login", "--issuer", p.Issuer, "--client-id", "hybrid", "--scope", "openid profile",
			"--response-type", "code id_token", "--response-mode", "jwt")
		settled(t, p, shown, r, 0)
	})
	t.Run("not supported", func(t *testing.T) {
		at := p
		at.Issuer = p.FAPI
		key := generate(t, "ES256")
		args := []string{"login", "--issuer", at.Issuer, "--client-id", register(t, at.Issuer, app(t, key, nil)), "--client-key", key, "--dpop", "--response-mode", "jwt"}
		refused(t, oauthctl(t, "", args...), "unsupported_response_mode")
	})
}

// TestJARMAlgorithms: the client has registered with which algorithm.
func TestJARMAlgorithms(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, alg := range []string{"PS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			key := generate(t, "ES256")
			metadata := app(t, key, map[string]any{"authorization_signed_response_alg": alg})
			shown, r := visit(t, p, approve, "login", "--issuer", p.Issuer, "--client-id", register(t, p.Issuer, metadata), "--client-key", key,
				"--scope", "openid profile", "--response-mode", "jwt")
			settled(t, p, shown, r, 0)
		})
	}
	t.Run("HS256", func(t *testing.T) {
		metadata := app(t, generate(t, "ES256"), map[string]any{"authorization_signed_response_alg": "HS256", "token_endpoint_auth_method": "client_secret_basic"})
		id, secret := registerSecret(t, p.Issuer, metadata)
		shown, r := visit(t, p, approve, "login", "--issuer", p.Issuer, "--client-id", id, "--client-secret-file", write(t, secret),
			"--scope", "openid profile", "--response-mode", "jwt", "--algs", "HS256,RS256")
		settled(t, p, shown, r, 0)
	})
}
