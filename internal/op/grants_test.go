package op

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCodeOnce(t *testing.T) {
	w := newWorld(t, nil)
	form := changed(redemption, "code", w.authorize().Get("code"))
	first := w.token(form)
	again := w.token(form)
	if str(again, "error_description") != "this code was used before; the tokens issued for it are now revoked (RFC 6749 section 4.1.2)" {
		t.Error(again.Body)
	}
	info := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(first, "access_token"))
	if info.Status != 401 || str(info, "error_description") != "this access token is revoked: its code was used twice" {
		t.Error(info.Status, info.Body)
	}
	refreshed := w.token(url.Values{"grant_type": {"refresh_token"}, "client_id": {"cli"}, "refresh_token": {str(first, "refresh_token")}})
	if str(refreshed, "error_description") != "this refresh token is revoked: its code was used twice" {
		t.Error(refreshed.Body)
	}
	late := changed(redemption, "code", w.authorize().Get("code"))
	w.advance(70 * time.Second)
	if got := w.token(late); str(got, "error_description") != "this code expired 10s ago; codes live 1m0s" {
		t.Error(got.Body)
	}
	failed := changed(redemption, "code", w.authorize().Get("code"))
	w.token(changed(failed, "code_verifier", "-"))
	if got := w.token(failed); str(got, "error") != "invalid_grant" {
		t.Error("a code can be tried twice", got.Body)
	}
}

// TestDowngrade covers a verifier without a challenge, which shows that somebody took the challenge away.
func TestDowngrade(t *testing.T) {
	w := newWorld(t, nil)
	code := w.authorize("client_id", "web", "code_challenge", "-", "code_challenge_method", "-").Get("code")
	form := changed(redemption, "code", code, "client_id", "web", "client_secret", w.clients["web"].Secret.Reveal())
	if got := w.token(form); str(got, "error_description") != "code_verifier was sent, but the authorization request had no code_challenge" {
		t.Error(got.Body)
	}
	code = w.authorize("client_id", "web", "code_challenge", "-", "code_challenge_method", "-").Get("code")
	if got := w.token(changed(form, "code", code, "code_verifier", "-")); got.Status != 200 {
		t.Error(got.Body)
	}
}

func TestRefresh(t *testing.T) {
	w := newWorld(t, nil)
	first := w.redeem("resource", "https://one.test")
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {"cli"}, "refresh_token": {str(first, "refresh_token")}}
	w.advance(time.Minute)
	if got := w.token(changed(form, "scope", "openid api:read")); str(got, "error") != "invalid_scope" {
		t.Error(got.Body)
	}
	if got := w.token(changed(form, "resource", "https://two.test")); str(got, "error") != "invalid_target" {
		t.Error(got.Body)
	}
	if got := w.token(changed(form, "client_id", "web", "client_secret", w.clients["web"].Secret.Reveal())); str(got, "error") != "invalid_grant" {
		t.Error(got.Body)
	}
	second := w.token(changed(form, "scope", "openid email"))
	now, access := float64(w.now().Unix()), str(second, "access_token")
	want := map[string]any{
		"iss": testIssuer, "sub": "user-alice-7f3a", "aud": "cli", "iat": now, "exp": now + 3600, "auth_time": now - 60,
		"amr": []any{"pwd"}, "at_hash": hashClaim("RS256", access),
	}
	if diff := cmp.Diff(want, part(t, str(second, "id_token"), 1)); diff != "" {
		t.Error(diff)
	}
	if claims := part(t, access, 1); claims["scope"] != "openid email" || claims["aud"] != "https://one.test" {
		t.Error(claims)
	}
	if part(t, access, 1)["jti"] == part(t, str(first, "access_token"), 1)["jti"] {
		t.Error("two tokens have one jti")
	}
	if str(second, "refresh_token") == str(first, "refresh_token") {
		t.Error("not rotated")
	}
	third := w.token(changed(form, "refresh_token", str(second, "refresh_token")))
	if str(third, "scope") != "openid profile email offline_access" {
		t.Error("a narrowed refresh narrowed the grant", third.Body)
	}
	reused := w.token(form)
	if str(reused, "error_description") != "this refresh token was used before; all tokens of this login are now revoked (RFC 9700 section 4.14.2)" {
		t.Error(reused.Body)
	}
	last := w.token(changed(form, "refresh_token", str(third, "refresh_token")))
	if str(last, "error_description") != "this refresh token is revoked: one of its refresh tokens was used twice" {
		t.Error(last.Body)
	}
}

func TestCredentials(t *testing.T) {
	w := newWorld(t, nil)
	form := url.Values{"grant_type": {"client_credentials"}}
	header := []string{"Authorization", basic("service", w.clients["service"].Secret.Reveal())}
	got := w.token(form, header...)
	want := map[string]any{
		"access_token": str(got, "access_token"), "token_type": "Bearer", "expires_in": 3600.0, "scope": "api:read api:write",
	}
	if diff := cmp.Diff(want, got.JSON); diff != "" {
		t.Error(diff)
	}
	claims, now := part(t, str(got, "access_token"), 1), float64(w.now().Unix())
	wantClaims := map[string]any{
		"iss": testIssuer, "sub": "service", "client_id": "service", "aud": DefaultAudience, "iat": now, "exp": now + 3600,
		"jti": claims["jti"], "scope": "api:read api:write",
	}
	if diff := cmp.Diff(wantClaims, claims); diff != "" {
		t.Error(diff)
	}
	form.Add("resource", "https://one.test")
	form.Add("audience", "two")
	if got := part(t, str(w.token(form, header...), "access_token"), 1)["aud"]; !cmp.Equal(got, []any{"https://one.test", "two"}) {
		t.Error(got)
	}
	if e := w.events[0]; e.AuthMethod != authBasic || e.ClientID != "service" || e.GrantType != grantCredentials || e.Status != 200 {
		t.Errorf("%+v", e)
	}
}
