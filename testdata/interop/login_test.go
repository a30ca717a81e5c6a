package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// secretFlags authenticate a confidential client.
func secretFlags(t *testing.T, p provider) []string {
	t.Helper()
	return []string{"--client-secret-file", write(t, p.Secret)}
}

// settled fails the test unless the run ended with the exit code, its page keeps no parameters in the address bar,
// and nothing that it printed holds the client's secret.
func settled(t *testing.T, p provider, shown final, r result, exit int) {
	t.Helper()
	if r.exit != exit {
		t.Errorf("exit %d, want %d", r.exit, exit)
	}
	if strings.ContainsAny(shown.url, "?#") || !strings.HasSuffix(shown.url, "/callback") {
		t.Errorf("the last page is at %s, want the callback without parameters", shown.url)
	}
	if strings.Contains(r.stderr+r.stdout+shown.text, p.Secret) {
		t.Error("the client secret was shown")
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	p := independent(t)
	tests := []struct {
		name string
		args []string
	}{
		{"public client", []string{"--client-id", "public"}},
		{"public client on localhost", []string{"--client-id", "public", "--redirect-uri", "http://localhost:0/callback"}},
		{"public client, form_post", []string{"--client-id", "public", "--response-mode", "form_post"}},
		{"confidential client, basic", append([]string{"--client-id", "basic"}, secretFlags(t, p)...)},
		{"confidential client, post", append([]string{"--client-id", "post", "--auth-method", "client_secret_post"}, secretFlags(t, p)...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"login", "--issuer", p.Issuer, "--scope", "openid profile"}, test.args...)
			shown, r := visit(t, p, approve, args...)
			settled(t, p, shown, r, 0)
			if !strings.Contains(shown.text, "You can close this") {
				t.Errorf("the page says %q, want that it can be closed", shown.text)
			}
			if !strings.Contains(r.stdout, "alice") {
				t.Errorf("the summary does not name who signed in: %s", r.stdout)
			}
		})
	}
}

func TestDenied(t *testing.T) {
	p := independent(t)
	shown, r := visit(t, p, refuse, "login", "--issuer", p.Issuer, "--client-id", "public")
	settled(t, p, shown, r, 3)
	if r.stdout != "" {
		t.Errorf("stdout is %q, want nothing", r.stdout)
	}
	for where, text := range map[string]string{"page": shown.text, "stderr": r.stderr} {
		if !strings.Contains(text, "access_denied") || !strings.Contains(text, "End-User aborted interaction") {
			t.Errorf("the %s does not repeat what the provider said: %s", where, text)
		}
	}
}

// TestWrongSecretAtLogin: the browser must not be told of success before the code was redeemed.
func TestWrongSecretAtLogin(t *testing.T) {
	p := independent(t)
	shown, r := visit(t, p, approve, "login", "--issuer", p.Issuer, "--client-id", "basic", "--client-secret-file", write(t, "not the secret"))
	settled(t, p, shown, r, 3)
	if !strings.Contains(shown.text, "invalid_client") {
		t.Errorf("the page says %q, want invalid_client", shown.text)
	}
}

func TestIDTokens(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA", "Ed25519"} {
		t.Run(alg, func(t *testing.T) {
			client := "public-" + alg
			shown, r := visit(t, p, approve, "token", "auth-code", "--issuer", p.Issuer, "--client-id", client, "--scope", "openid", "-o", "id-token")
			settled(t, p, shown, r, 0)
			report := verified(t, oauthctl(t, r.stdout, "jwt", "verify", "--issuer", p.Issuer, "--client-id", client, "--kind", "id", "-o", "json"), 0)
			if report.Kind != "id" || report.Key.Alg != alg || report.Claims["sub"] != "alice" {
				t.Errorf("kind %s, alg %s, sub %v", report.Kind, report.Key.Alg, report.Claims["sub"])
			}
			other := oauthctl(t, r.stdout, "jwt", "verify", "--issuer", p.Issuer, "--client-id", "another", "--kind", "id", "-o", "json")
			if failed := verified(t, other, 4).failed(); !slices.Contains(failed, "jwt.aud") {
				t.Errorf("for another client %q failed, want jwt.aud among them", failed)
			}
		})
	}
}

func TestRefreshAndUserInfo(t *testing.T) {
	p := independent(t)
	_, r := visit(t, p, approve, "token", "auth-code", "--issuer", p.Issuer, "--client-id", "public",
		"--scope", "openid profile email offline_access", "--prompt", "consent", "-o", "json")
	var first, second struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &first); err != nil || first.RefreshToken == "" {
		t.Fatalf("%v, refresh token %q", err, first.RefreshToken)
	}

	info := oauthctl(t, "", "userinfo", "--issuer", p.Issuer, "--token-file", write(t, first.AccessToken), "--expect-sub", "alice", "-o", "json")
	var claims map[string]any
	if err := json.Unmarshal([]byte(info.stdout), &claims); err != nil || info.exit != 0 || claims["name"] != "alice of Interop" {
		t.Errorf("%v, exit %d, claims %v", err, info.exit, claims)
	}

	refresh := []string{
		"token", "refresh", "--issuer", p.Issuer, "--client-id", "public", "-o", "json",
		"--refresh-token-file", write(t, first.RefreshToken), "--id-token-file", write(t, first.IDToken),
	}
	again := oauthctl(t, "", refresh...)
	if err := json.Unmarshal([]byte(again.stdout), &second); err != nil || again.exit != 0 {
		t.Fatalf("%v, exit %d", err, again.exit)
	}
	if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken || second.IDToken == "" {
		t.Error("the refreshed tokens are the old ones")
	}
	if used := oauthctl(t, "", refresh...); used.exit != 7 || used.stdout != "" || !strings.Contains(used.stderr, "invalid_grant") {
		t.Errorf("a used refresh token: exit %d, want 7 and invalid_grant", used.exit)
	}
}
