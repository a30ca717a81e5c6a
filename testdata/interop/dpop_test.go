package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// thumbprint has oauthctl say how a key is named in tokens (RFC 7638).
func thumbprint(t *testing.T, key string) string {
	t.Helper()
	r := oauthctl(t, "", "key", "thumbprint", key)
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	return strings.TrimSpace(r.stdout)
}

// demands counts how often the provider turned a request of a traced run away, as it does for want of its nonce: with 400
// or, where a token is shown, 401.
func demands(r result) int { return strings.Count(r.stderr, "\n< HTTP/1.1 40") }

// TestDPoP: the provider refuses a proof without its nonce, and says in the token to which key it is bound.
func TestDPoP(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, alg := range []string{"ES256", "RS256", "PS256", "EdDSA", "Ed25519"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			key := generate(t, alg)
			args := credentials(p, "service", append(secretFlags(t, p), "--dpop-key", key)...)
			r := oauthctl(t, "", append(args, "--trace")...)
			out := jwtFrom(t, p, r, es256API)
			if cnf, _ := out.Claims["cnf"].(map[string]any); cnf["jkt"] != thumbprint(t, key) {
				t.Errorf("the token is bound to %v", cnf)
			}
			if demands(r) != 1 {
				t.Errorf("a nonce was asked for %d times, want once", demands(r))
			}
		})
	}
	t.Run("a key made on the spot", func(t *testing.T) {
		r := oauthctl(t, "", credentials(p, "dpop-only", append(secretFlags(t, p), "--dpop", "-o", "header")...)...)
		if r.exit != 0 || !strings.HasPrefix(r.stdout, "Authorization: DPoP ") {
			t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
		}
	})
	t.Run("required, and not used", func(t *testing.T) {
		r := oauthctl(t, "", credentials(p, "dpop-only", secretFlags(t, p)...)...)
		if r.exit == 0 || r.stdout != "" || !strings.Contains(r.stderr, "invalid_grant") {
			t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
		}
	})
}

// TestDPoPDowngrade: a provider that knows no DPoP answers with a bearer token.
func TestDPoPDowngrade(t *testing.T) {
	t.Parallel()
	p := independent(t)
	p.Issuer = p.Pushed
	args := credentials(p, "service", append(secretFlags(t, p), "--dpop")...)
	r := oauthctl(t, "", args...)
	if r.exit != 4 || r.stdout != "" || !strings.Contains(r.stderr, "--dpop-optional") {
		t.Errorf("exit %d, stdout %q; want 4 and a hint", r.exit, r.stdout)
	}
	if r := oauthctl(t, "", append(args, "--dpop-optional")...); r.exit != 0 || strings.Count(r.stdout, ".") != 2 {
		t.Errorf("with --dpop-optional: exit %d", r.exit)
	}
}

// TestDPoPLife: one key from the pushed request to the last refresh, at the endpoints of the provider and at an API.
func TestDPoPLife(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key, other := generate(t, "ES256"), generate(t, "ES256")
	_, r := visit(t, p, pushedOnly(approve), "token", "auth-code", "--issuer", p.Issuer, "--client-id", "public", "--par", "always",
		"--scope", "openid profile offline_access", "--prompt", "consent", "--dpop-key", key, "-o", "json", "--trace")
	var have struct {
		tokens
		Type string `json:"token_type"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &have); err != nil || r.exit != 0 || have.Type != "DPoP" || demands(r) != 1 {
		t.Fatalf("exit %d, %v, token type %s, a nonce was asked for %d times, want once", r.exit, err, have.Type, demands(r))
	}
	token := write(t, have.Access)
	me := map[string][]string{
		"userinfo": {"userinfo", "--issuer", p.Issuer, "--token-file", token, "--expect-sub", "alice"},
		"call":     {"call", "--token-file", token, p.Issuer + "/me?scope=openid"},
	}
	for name, args := range me {
		t.Run(name, func(t *testing.T) {
			r := oauthctl(t, "", append(args, "--dpop-key", key, "--trace")...)
			if r.exit != 0 || !strings.Contains(r.stdout, "alice") || demands(r) != 1 {
				t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
			}
			for of, more := range map[string][]string{"another key": {"--dpop-key", other}, "no key": nil} {
				r := oauthctl(t, "", slices.Concat(args, more)...)
				if r.exit != 3 || strings.Contains(r.stdout, "alice") || !strings.Contains(r.stderr, "invalid_token") {
					t.Errorf("%s: exit %d, stdout %q; want 3 and invalid_token", of, r.exit, r.stdout)
				}
			}
		})
	}
	t.Run("refresh", func(t *testing.T) {
		refresh := []string{"token", "refresh", "--issuer", p.Issuer, "--client-id", "public", "--refresh-token-file", write(t, have.Refresh), "--id-token-file", write(t, have.ID)}
		for of, more := range map[string][]string{"another key": {"--dpop-key", other}, "no key": nil} {
			r := oauthctl(t, "", slices.Concat(refresh, more)...)
			if r.exit != 7 || r.stdout != "" || !strings.Contains(r.stderr, "invalid_grant") {
				t.Errorf("%s: exit %d, stdout %q; want 7", of, r.exit, r.stdout)
			}
		}
		r := oauthctl(t, "", append(refresh, "--dpop-key", key, "-o", "header")...)
		if r.exit != 0 || !strings.HasPrefix(r.stdout, "Authorization: DPoP ") {
			t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
		}
	})
}

// TestDPoPJKT: the code is for the key that the authorization request named (RFC 9449 §10).
func TestDPoPJKT(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key := generate(t, "ES256")
	named := func(t *testing.T, b *tab, issuer, url string) final {
		t.Helper()
		if !strings.Contains(url, "dpop_jkt="+thumbprint(t, key)) {
			t.Errorf("the address is %s, want dpop_jkt", url)
		}
		return approve(t, b, issuer, url)
	}
	_, r := visit(t, p, named, "token", "auth-code", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid read", "--resource", es256API, "--dpop-key", key)
	if out := jwtFrom(t, p, r, es256API); out.Claims["cnf"] == nil {
		t.Error("the token is bound to nothing")
	}
}
