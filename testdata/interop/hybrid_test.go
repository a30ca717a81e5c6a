package interop

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestHybrid: what the browser brings is checked before the code is redeemed (OpenID Connect Core §3.3.2.9).
func TestHybrid(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, kind := range []string{"code id_token", "code token", "code id_token token"} {
		t.Run(kind, func(t *testing.T) {
			args := []string{"token", "auth-code", "--issuer", p.Issuer, "--client-id", "hybrid", "--scope", "openid profile", "--response-type", kind, "-o", "json", "-v"}
			b := open(t)
			shown, r := b.visit(t, p.Issuer, approve, args...)
			settled(t, p, shown, r, 0)
			var have tokens
			if err := json.Unmarshal([]byte(r.stdout), &have); err != nil || have.Access == "" || have.ID == "" {
				t.Fatalf("exit %d, %v: want an access token and an ID token", r.exit, err)
			}
			if strings.Contains(kind, "id_token") && !strings.Contains(r.stderr, "c_hash") {
				t.Errorf("nothing says that c_hash was checked: %s", r.stderr)
			}
			verify := []string{"jwt", "verify", "--issuer", p.Issuer, "--client-id", "hybrid", "--kind", "id", "-o", "json"}
			if out := verified(t, oauthctl(t, have.ID, verify...), 0); out.Claims["sub"] != "alice" {
				t.Errorf("signed in as %v", out.Claims["sub"])
			}
			shown, r = b.visit(t, p.Issuer, refuseAgain, args...)
			settled(t, p, shown, r, 3)
			refused(t, r, "access_denied")
		})
	}
	t.Run("form_post", func(t *testing.T) {
		shown, r := visit(t, p, approve, "login", "--issuer", p.Issuer, "--client-id", "hybrid", "--scope", "openid profile",
			"--response-type", "code id_token", "--response-mode", "form_post")
		settled(t, p, shown, r, 0)
	})
	t.Run("not registered", func(t *testing.T) {
		shown, r := visit(t, p, look, "login", "--issuer", p.Issuer, "--client-id", "public", "--response-type", "code id_token")
		settled(t, p, shown, r, 3)
		refused(t, r, "not allowed for this client")
	})
}

// refuseAgain cancels where somebody is signed in already, so that the first page asks for consent.
func refuseAgain(t *testing.T, b *tab, _, url string) final {
	t.Helper()
	b.do(t, chromedp.Navigate(url), complete(consent))
	return b.leave(t, cancel)
}
