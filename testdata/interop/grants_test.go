package interop

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// ask runs a token command for the API whose tokens are JWTs.
func ask(p provider, grant, id string, more ...string) []string {
	return append([]string{"token", grant, "--issuer", p.Issuer, "--client-id", id, "--resource", es256API, "--scope", "read"}, more...)
}

// tokenOf runs a token command that must succeed.
func tokenOf(t *testing.T, args ...string) string {
	t.Helper()
	r := oauthctl(t, "", args...)
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	return strings.TrimSpace(r.stdout)
}

// aliceToken signs alice in and returns her access token, which is opaque.
func aliceToken(t *testing.T, p provider) string {
	t.Helper()
	_, r := visit(t, p, approve, "token", "auth-code", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid profile")
	if r.exit != 0 {
		t.Fatalf("exit %d", r.exit)
	}
	return strings.TrimSpace(r.stdout)
}

// TestTokenExchange: as far as grants.mjs goes, which says how far that is.
func TestTokenExchange(t *testing.T) {
	p := independent(t)
	alice := write(t, aliceToken(t, p))
	service := write(t, tokenOf(t, append([]string{"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service"}, secretFlags(t, p)...)...))
	args := ask(p, "exchange", "exchanger", append(secretFlags(t, p), "--audience", "https://es256.api.example")...)

	t.Run("impersonation", func(t *testing.T) {
		out := jwtFrom(t, p, oauthctl(t, "", append(args, "--subject-token-file", alice)...), es256API)
		if out.Claims["sub"] != "alice" || out.Claims["act"] != nil {
			t.Errorf("sub %v, act %v", out.Claims["sub"], out.Claims["act"])
		}
	})
	t.Run("delegation", func(t *testing.T) {
		delegation := slices.Concat(args, []string{"--subject-token-file", alice, "--actor-token-file", service, "--requested-token-type", "access_token"})
		out := jwtFrom(t, p, oauthctl(t, "", delegation...), es256API)
		if act := map[string]any{"sub": "service"}; out.Claims["sub"] != "alice" || !reflect.DeepEqual(out.Claims["act"], act) {
			t.Errorf("sub %v, act %v", out.Claims["sub"], out.Claims["act"])
		}
		if shown := oauthctl(t, "", append(delegation, "-o", "summary")...); shown.exit != 0 || !strings.Contains(shown.stdout, "service") {
			t.Errorf("exit %d, want 0 and the actor in the summary", shown.exit)
		}
	})
	t.Run("unknown subject token", func(t *testing.T) {
		refused(t, oauthctl(t, "", append(args, "--subject-token-file", write(t, "never-issued"))...), "invalid_request")
	})
	t.Run("another type of token", func(t *testing.T) {
		refused(t, oauthctl(t, "", append(args, "--subject-token-file", alice, "--subject-token-type", "saml2")...), "invalid_request")
	})
	t.Run("another client", func(t *testing.T) {
		other := append(ask(p, "exchange", "service", secretFlags(t, p)...), "--subject-token-file", alice)
		refused(t, oauthctl(t, "", other...), "not allowed for this client")
	})
}

// TestJWTBearer: the grant's own rules are those of grants.mjs.
func TestJWTBearer(t *testing.T) {
	p := independent(t)
	key := generate(t, "PS256")
	metadata := machine("private_key_jwt", public(t, key))
	metadata["grant_types"] = []string{"urn:ietf:params:oauth:grant-type:jwt-bearer"}
	id := register(t, p.Issuer, metadata)
	args := ask(p, "jwt-bearer", id, "--client-key", key)

	out := jwtFrom(t, p, oauthctl(t, "", append(args, "--subject", "bob")...), es256API)
	if out.Claims["sub"] != "bob" || out.Claims["scope"] != "read" {
		t.Errorf("sub %v, scope %v", out.Claims["sub"], out.Claims["scope"])
	}
	forged := "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJ4Iiwic3ViIjoiYm9iIn0." + strings.Repeat("A", 342)
	refused(t, oauthctl(t, "", append(args, "--assertion-file", write(t, forged))...), "invalid_grant")
}

// TestPassword: the grant's own rules are those of grants.mjs.
func TestPassword(t *testing.T) {
	p := independent(t)
	args := ask(p, "password", "legacy", append(secretFlags(t, p), "--username", "alice", "--password-file")...)
	r := oauthctl(t, "", append(args, write(t, "correct horse"))...)
	if out := jwtFrom(t, p, r, es256API); out.Claims["sub"] != "alice" || !strings.Contains(r.stderr, "warning") {
		t.Errorf("sub %v, want alice's and a warning", out.Claims["sub"])
	}
	const wrong = "battery staple"
	r = oauthctl(t, "", append(args, write(t, wrong), "--trace")...)
	refused(t, r, "invalid_grant")
	if strings.Contains(r.stderr, wrong) || strings.Contains(r.stderr, strings.ReplaceAll(wrong, " ", "+")) {
		t.Error("the password was shown")
	}
}

// TestCustom reaches a grant by its name alone.
func TestCustom(t *testing.T) {
	p := independent(t)
	args := ask(p, "custom", "legacy", append(secretFlags(t, p), "--grant-type", "password", "--token-param", "username=alice", "--token-param")...)
	if out := jwtFrom(t, p, oauthctl(t, "", append(args, "password=correct horse")...), es256API); out.Claims["sub"] != "alice" {
		t.Errorf("sub %v", out.Claims["sub"])
	}
	refused(t, oauthctl(t, "", append(args, "password=x")...), "invalid_grant")
	unknown := ask(p, "custom", "legacy", append(secretFlags(t, p), "--grant-type", "urn:example:unknown")...)
	refused(t, oauthctl(t, "", unknown...), "unsupported_grant_type")
}

func TestImplicit(t *testing.T) {
	p := independent(t)
	args := []string{"token", "implicit", "--issuer", p.Issuer, "--client-id", "implicit", "--scope", "openid profile", "-o", "json"}
	shown, r := visit(t, p, approve, args...)
	settled(t, p, shown, r, 0)
	var tokens map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &tokens); err != nil || tokens["access_token"] == nil || !strings.Contains(r.stderr, "warning") {
		t.Fatalf("%v, tokens %v, want both and a warning", err, tokens)
	}
	verify := []string{"jwt", "verify", "--issuer", p.Issuer, "--client-id", "implicit", "--kind", "id", "-o", "json"}
	if out := verified(t, oauthctl(t, tokens["id_token"].(string), verify...), 0); out.Claims["at_hash"] == nil || out.Claims["sub"] != "alice" {
		t.Errorf("claims %v, want alice's and an at_hash", out.Claims)
	}
	shown, r = visit(t, p, refuse, args...)
	settled(t, p, shown, r, 3)
	refused(t, r, "access_denied")
}

// TestImplicitOtherClient: what is registered for codes gets no tokens from the authorization endpoint.
func TestImplicitOtherClient(t *testing.T) {
	p := independent(t)
	_, r := visit(t, p, look, "token", "implicit", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid")
	if r.exit != 3 || r.stdout != "" {
		t.Errorf("exit %d, want 3 and nothing on stdout", r.exit)
	}
}
