package interop

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// look opens the address, and finds oauthctl's own page there without having done anything.
func look(t *testing.T, b *tab, _, url string) final {
	t.Helper()
	b.do(t, chromedp.Navigate(url))
	return b.outcome(t)
}

// stay opens the address, and finds a page of the provider there that leads nowhere.
func stay(t *testing.T, b *tab, _, url string) final {
	t.Helper()
	b.do(t, chromedp.Navigate(url))
	return final{b.read(t, chromedp.Location()), b.read(t, chromedp.Title()), b.read(t, chromedp.Text(chromedp.CSS("body")))}
}

const requestURI = "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A"

// pushedOnly demands an address that says nothing but whose request it refers to.
func pushedOnly(who person) person {
	return func(t *testing.T, b *tab, issuer, url string) final {
		t.Helper()
		if !strings.Contains(url, requestURI) || strings.Contains(url, "code_challenge") || strings.Count(url, "&") != 1 {
			t.Errorf("the address is %s, want client_id and request_uri alone", url)
		}
		return who(t, b, issuer, url)
	}
}

func TestPAR(t *testing.T) {
	t.Parallel()
	p := independent(t)
	key := generate(t, "ES256")
	metadata := machine("private_key_jwt", public(t, key))
	metadata["application_type"], metadata["redirect_uris"] = "native", []string{"http://127.0.0.1/callback"}
	metadata["grant_types"], metadata["response_types"] = []string{"authorization_code"}, []string{"code"}
	for _, test := range []struct {
		name   string
		issuer string
		args   []string
	}{
		{"public client", p.Issuer, []string{"--client-id", "public", "--par", "always"}},
		{"client secret", p.Issuer, append([]string{"--client-id", "basic", "--par", "always"}, secretFlags(t, p)...)},
		{"private_key_jwt", p.Issuer, []string{"--client-id", register(t, p.Issuer, metadata), "--client-key", key, "--par", "always"}},
		{"form_post", p.Issuer, []string{"--client-id", "public", "--par", "always", "--response-mode", "form_post"}},
		{"required, so auto pushes", p.Pushed, []string{"--client-id", "public"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := p
			at.Issuer = test.issuer
			args := append([]string{"login", "--issuer", at.Issuer, "--scope", "openid profile"}, test.args...)
			shown, r := visit(t, at, pushedOnly(approve), args...)
			settled(t, at, shown, r, 0)
			if !strings.Contains(r.stdout, "alice") {
				t.Errorf("the summary does not name who signed in: %s", r.stdout)
			}
		})
	}
}

// TestPARRefused: the request is refused before any browser is opened.
func TestPARRefused(t *testing.T) {
	p := independent(t)
	for name, args := range map[string][]string{
		"redirect URI": {"--client-id", "public", "--redirect-uri", "http://127.0.0.1:0/other"},
		"wrong secret": {"--client-id", "basic", "--client-secret-file", write(t, "not the secret")},
		"resource":     {"--client-id", "public", "--resource", "not-absolute"},
	} {
		t.Run(name, func(t *testing.T) {
			r := oauthctl(t, "", append([]string{"login", "--issuer", p.Issuer, "--par", "always"}, args...)...)
			refused(t, r, "pushing")
			if strings.Contains(r.stderr, "open: ") {
				t.Error("a browser was to be opened")
			}
		})
	}
}

// TestPARNotPushed: a provider that requires it refuses what was not pushed.
func TestPARNotPushed(t *testing.T) {
	p := independent(t)
	p.Issuer = p.Pushed
	shown, r := visit(t, p, look, "login", "--issuer", p.Issuer, "--client-id", "public", "--par", "never")
	settled(t, p, shown, r, 3)
	refused(t, r, "Pushed Authorization Request must be used")
}

// TestPARUnknown: a request_uri that expired, was used or never was given leads to an error page of the provider, from
// which no browser comes back.
func TestPARUnknown(t *testing.T) {
	p := independent(t)
	unknown := func(t *testing.T, b *tab, issuer, url string) final {
		t.Helper()
		return stay(t, b, issuer, url+"-and-more")
	}
	shown, r := visit(t, p, pushedOnly(unknown), "login", "--issuer", p.Issuer, "--client-id", "public", "--par", "always", "--wait", "2s")
	if !strings.Contains(shown.text, "request_uri is invalid, expired, or was already used") {
		t.Errorf("the provider says %q", shown.text)
	}
	if r.exit != 6 || r.stdout != "" {
		t.Errorf("exit %d, want 6", r.exit)
	}
}

// popup opens the start page of a login whose answer comes as a message, and returns the provider's window.
func (b *tab) popup(t *testing.T, url string) *tab {
	t.Helper()
	b.do(t, chromedp.Navigate(url), chromedp.WaitVisible(state("idle")), chromedp.Click(button))
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(b.loaded(t, "Sign-in"))) // who comes while it loads is turned out again
	t.Cleanup(cancel)
	return &tab{ctx: ctx}
}

// free is a loopback address at which nobody listens. Its port lies below those that the system gives to servers and
// clients that name none, or one of them might have it by the time that it is used.
func free(t *testing.T) string {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000)))
		if err == nil {
			defer func() { _ = listener.Close() }()
			return listener.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// TestWebMessage: the provider's own page posts the answer to ours.
func TestWebMessage(t *testing.T) {
	p := independent(t)
	redirect := "http://" + free(t) + "/callback"
	id := register(t, p.Issuer, map[string]any{ // of a native client, whose port may be any, it always asks the person
		"application_type": "web", "redirect_uris": []string{redirect}, "token_endpoint_auth_method": "none",
	})
	args := []string{"login", "--issuer", p.Issuer, "--client-id", id, "--redirect-uri", redirect, "--scope", "openid profile", "--response-mode", "web_message"}
	popup := func(t *testing.T, b *tab, press chromedp.CSS) (final, result) {
		t.Helper()
		r := begin(t, args...)
		window := b.popup(t, r.url)
		window.signInHere(t)
		_ = chromedp.Do(window.ctx, chromedp.Click(press)) // the window goes with the click
		shown := b.outcome(t)
		b.peaceful(t, p.Issuer)
		return shown, r.finish()
	}
	frame := func(t *testing.T, b *tab) (final, result) {
		t.Helper()
		r := begin(t, append(args, "--prompt", "none")...)
		b.do(t, chromedp.Navigate(r.url))
		shown := b.outcome(t)
		return shown, r.finish()
	}

	t.Run("refused", func(t *testing.T) {
		shown, r := popup(t, open(t), cancel)
		settled(t, p, shown, r, 3)
		refused(t, r, "access_denied")
	})
	t.Run("in a frame, not signed in", func(t *testing.T) {
		shown, r := frame(t, open(t))
		if r.exit == 0 || r.stdout != "" || !strings.Contains(r.stderr, "login_required") || !strings.Contains(shown.text, "login_required") {
			t.Errorf("exit %d, want login_required", r.exit)
		}
	})
	t.Run("approved, then in a frame", func(t *testing.T) {
		b := open(t)
		shown, r := popup(t, b, submit)
		settled(t, p, shown, r, 0)
		if !strings.Contains(r.stdout, "alice") {
			t.Errorf("the summary does not name who signed in: %s", r.stdout)
		}
		shown, r = frame(t, b)
		settled(t, p, shown, r, 0)
	})
}

func TestFragment(t *testing.T) {
	t.Parallel()
	p := independent(t)
	args := []string{"login", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid profile", "--response-mode", "fragment"}
	shown, r := visit(t, p, approve, args...)
	settled(t, p, shown, r, 0)
	shown, r = visit(t, p, refuse, args...)
	settled(t, p, shown, r, 3)
	refused(t, r, "access_denied")
}

// TestFormPostDenied: an error comes by form_post too.
func TestFormPostDenied(t *testing.T) {
	p := independent(t)
	shown, r := visit(t, p, refuse, "login", "--issuer", p.Issuer, "--client-id", "public", "--response-mode", "form_post")
	settled(t, p, shown, r, 3)
	refused(t, r, "access_denied")
}

// TestResource: the token is for the API that was named, in the code flow too; one that cannot be is refused.
func TestResource(t *testing.T) {
	t.Parallel()
	p := independent(t)
	args := []string{"token", "auth-code", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid read", "--resource"}
	_, r := visit(t, p, approve, append(args, es256API)...)
	if out := jwtFrom(t, p, r, es256API); out.Claims["scope"] != "read" || out.Claims["sub"] != "alice" {
		t.Errorf("scope %v, sub %v", out.Claims["scope"], out.Claims["sub"])
	}
	_, r = visit(t, p, look, append(args, "https://es256.api.example#fragment")...)
	refused(t, r, "invalid_target")
}

// TestClaims: what the claims parameter asks of the ID token is in it (OpenID Connect Core §5.5).
func TestClaims(t *testing.T) {
	p := independent(t)
	_, r := visit(t, p, approve, "token", "auth-code", "--issuer", p.Issuer, "--client-id", "public", "--scope", "openid",
		"--claims", `{"id_token":{"email":{"essential":true},"auth_time":{"essential":true}}}`, "--max-age", "600", "-o", "claims")
	if r.exit != 0 || !strings.Contains(r.stdout, "alice@example.com") || !strings.Contains(r.stdout, "auth_time") {
		t.Errorf("exit %d, want email and auth_time", r.exit)
	}
}
