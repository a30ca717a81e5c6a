package interop

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// tokens are what a login with offline_access leaves.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
}

// signedIn signs alice in at the client basic, in this browser, and returns her tokens.
func (b *tab) signedIn(t *testing.T, p provider) tokens {
	t.Helper()
	args := []string{"token", "auth-code", "--issuer", p.Issuer, "--client-id", "basic", "--prompt", "consent", "-o", "json"}
	_, r := b.visit(t, p.Issuer, approve, append(append(args, "--scope", "openid offline_access"), secretFlags(t, p)...)...)
	var out tokens
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || out.Refresh == "" || out.ID == "" {
		t.Fatalf("exit %d, %v: want three tokens", r.exit, err)
	}
	return out
}

// about runs introspect or revoke as the client basic.
func about(p provider, command string, more ...string) []string {
	return append([]string{command, "--issuer", p.Issuer, "--client-id", "basic"}, more...)
}

// introspected demands an answer that says whether the token is active.
func introspected(t *testing.T, r result, active bool) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || out["active"] != active || r.exit == 0 != active || r.exit != 0 && r.exit != 4 {
		t.Errorf("exit %d, %v, %v: want active %v", r.exit, err, out, active)
	}
	return out
}

func TestIntrospect(t *testing.T) {
	p := independent(t)
	token := write(t, tokenOf(t, append([]string{
		"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service", "--resource", "https://opaque.api.example", "--scope", "read",
	}, secretFlags(t, p)...)...))
	args := about(p, "introspect", secretFlags(t, p)...)
	out := introspected(t, oauthctl(t, "", append(args, "--token-file", token)...), true)
	if out["client_id"] != "service" || out["scope"] != "read" || out["aud"] != "https://opaque.api.example" {
		t.Errorf("the answer is %v", out)
	}
	introspected(t, oauthctl(t, "", append(args, "--token-file", write(t, "never-issued"))...), false)

	wrong := about(p, "introspect", "--client-secret-file", write(t, "not the secret"), "--token-file", token)
	refused(t, oauthctl(t, "", wrong...), "invalid_client")
}

// TestIntrospectByOthers: with a client's own key, and with its certificate at the alias for mTLS.
func TestIntrospectByOthers(t *testing.T) {
	p := independent(t)
	token := tokenOf(t, append([]string{"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service"}, secretFlags(t, p)...)...)
	key := generate(t, "EdDSA")
	for name, args := range map[string][]string{
		"private_key_jwt": {"--client-id", register(t, p.Issuer, machine("private_key_jwt", public(t, key))), "--client-key", key},
		"tls_client_auth": append([]string{"--client-id", "tls"}, client(t, p.CA, "tls-client").flags(p.CA)...),
	} {
		t.Run(name, func(t *testing.T) {
			args = append([]string{"introspect", "--issuer", p.Issuer, "--token-file", write(t, token)}, args...)
			introspected(t, oauthctl(t, "", args...), true)
		})
	}
}

// TestIntrospectJWT: the provider says nothing of JWTs, which is its refusal and not an answer.
func TestIntrospectJWT(t *testing.T) {
	p := independent(t)
	token := write(t, tokenOf(t, credentials(p, "service", secretFlags(t, p)...)...))
	for _, command := range []string{"introspect", "revoke"} {
		t.Run(command, func(t *testing.T) {
			refused(t, oauthctl(t, "", append(about(p, command, secretFlags(t, p)...), "--token-file", token)...), "unsupported_token_type")
		})
	}
}

// TestRevoke: an access token and a refresh token are inactive afterwards, and of no use.
func TestRevoke(t *testing.T) {
	p := independent(t)
	b := open(t)
	have := b.signedIn(t, p)
	access, refresh := write(t, have.Access), write(t, have.Refresh)
	secret := secretFlags(t, p)
	introspect := about(p, "introspect", secret...)
	revoke := about(p, "revoke", secret...)
	introspected(t, oauthctl(t, "", append(introspect, "--token-file", access)...), true)
	introspected(t, oauthctl(t, "", append(introspect, "--refresh-token-file", refresh)...), true)

	if r := oauthctl(t, "", append(revoke, "--refresh-token-file", refresh)...); r.exit != 0 || r.stdout != "" {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	introspected(t, oauthctl(t, "", append(introspect, "--refresh-token-file", refresh)...), false)
	introspected(t, oauthctl(t, "", append(introspect, "--token-file", access)...), false) // the grant went with it
	dead := append([]string{"token", "refresh", "--issuer", p.Issuer, "--client-id", "basic", "--refresh-token-file", refresh}, secret...)
	if r := oauthctl(t, "", dead...); r.exit != 7 || r.stdout != "" {
		t.Errorf("a revoked refresh token: exit %d, want 7", r.exit)
	}

	r := oauthctl(t, "", append(revoke, "--token-file", write(t, "never-issued"), "-o", "json")...)
	if r.exit != 0 || !strings.Contains(r.stdout, `"revoked":true`) {
		t.Errorf("an unknown token: exit %d, want 0 (RFC 7009 §2.2)", r.exit)
	}
	service := write(t, tokenOf(t, append([]string{"token", "client-credentials", "--issuer", p.Issuer, "--client-id", "service"}, secret...)...))
	refused(t, oauthctl(t, "", append(revoke, "--token-file", service)...), "not authorized to revoke")
}

// TestCall has userinfo stand for an API.
func TestCall(t *testing.T) {
	p := independent(t)
	token := aliceToken(t, p)
	if r := oauthctl(t, "", "call", "--token-file", write(t, token), p.Issuer+"/me"); r.exit != 0 || !strings.Contains(r.stdout, `"sub":"alice"`) {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	if r := oauthctl(t, "", "call", "--token-file", write(t, token), "-i", "-X", "POST", p.Issuer+"/me"); r.exit != 0 || !strings.HasPrefix(r.stdout, "HTTP/1.1 200") {
		t.Errorf("exit %d, stdout %q", r.exit, r.stdout)
	}
	revoked := oauthctl(t, "", "revoke", "--issuer", p.Issuer, "--client-id", "public", "--token-file", write(t, token))
	r := oauthctl(t, "", "call", "--token-file", write(t, token), p.Issuer+"/me")
	if revoked.exit != 0 || r.exit != 3 || !strings.Contains(r.stdout, "invalid_token") || !strings.Contains(r.stderr, "invalid_token") {
		t.Errorf("exit %d, then %d; want 0, then 3 with the body on stdout and the challenge explained", revoked.exit, r.exit)
	}
	if strings.Contains(r.stderr, token) {
		t.Error("the token was shown")
	}
}

// TestStepUp: a token that no person signed in for does not do, and the login that the API asks for is made.
func TestStepUp(t *testing.T) {
	t.Parallel()
	p := independent(t)
	weak := tokenOf(t, credentials(p, "service", append(secretFlags(t, p), "--scope", "read")...)...)
	args := []string{"call", "--token-file", write(t, weak), "--issuer", p.Issuer, "--client-id", "public", p.API + "/orders"}
	r := oauthctl(t, "", args...)
	if r.exit != 3 || !strings.Contains(r.stderr, "insufficient_user_authentication") || !strings.Contains(r.stderr, "--max-age 600") {
		t.Errorf("exit %d, want 3 and the login that is wanted", r.exit)
	}
	args = append(args, "--step-up", "--resource", es256API, "--scope", "openid read")
	shown, r := visit(t, p, approve, args...)
	settled(t, p, shown, r, 0)
	if r.stdout != `{"sub":"alice"}` {
		t.Errorf("stdout %q", r.stdout)
	}
	shown, r = visit(t, p, refuse, args...)
	settled(t, p, shown, r, 3)
	refused(t, r, "access_denied")
}

const (
	yes = chromedp.CSS(`button[name="logout"]`)
	no  = chromedp.CSS(`button[form="op.logoutForm"]:not([name])`)
)

// press answers the provider's question whether to sign out, which must say whose session it is about.
func press(answer chromedp.CSS) person {
	return func(t *testing.T, b *tab, _, url string) final {
		t.Helper()
		if !strings.Contains(url, "id_token_hint=ey") || !strings.Contains(url, "state=") {
			t.Errorf("the address is %s, want id_token_hint and state", url)
		}
		b.do(t, chromedp.Navigate(url), complete(answer))
		return b.leave(t, answer)
	}
}

// TestLogout: the ID token says whose session ends, the browser comes back, and the tokens are revoked.
func TestLogout(t *testing.T) {
	p := independent(t)
	b := open(t)
	have := b.signedIn(t, p)
	secret := secretFlags(t, p)
	logout := append([]string{"logout", "--issuer", p.Issuer, "--client-id", "basic", "--id-token-file", write(t, have.ID), "-o", "json"}, secret...)

	shown, r := b.visit(t, p.Issuer, press(no), logout...) // the session stays, and the browser comes back all the same
	settled(t, p, shown, r, 0)
	shown, r = b.visit(t, p.Issuer, press(yes), append(logout, "--refresh-token-file", write(t, have.Refresh))...)
	settled(t, p, shown, r, 0)
	if !strings.Contains(r.stdout, `"session":"returned"`) || !strings.Contains(r.stdout, `"refresh_token"`) {
		t.Errorf("the report is %s", r.stdout)
	}
	introspected(t, oauthctl(t, "", append(about(p, "introspect", secret...), "--refresh-token-file", write(t, have.Refresh))...), false)

	// Who has signed out must sign in again, in the same browser.
	if b.signedIn(t, p).ID == have.ID {
		t.Error("the ID token is the old one")
	}
}

// TestLogoutRefused: a redirect URI that is not registered leads to an error page of the provider, and that the browser
// never came back is no failure of ours.
func TestLogoutRefused(t *testing.T) {
	p := independent(t)
	b := open(t)
	have := b.signedIn(t, p)
	shown, r := b.visit(t, p.Issuer, stay, "logout", "--issuer", p.Issuer, "--client-id", "basic", "--id-token-file", write(t, have.ID),
		"--post-logout-redirect-uri", "http://127.0.0.1:0/other", "--wait", "2s")
	if !strings.Contains(shown.text, "post_logout_redirect_uri not registered") || r.exit != 0 || !strings.Contains(r.stderr, "did not come back") {
		t.Errorf("exit %d, the provider says %q", r.exit, shown.text)
	}
}
