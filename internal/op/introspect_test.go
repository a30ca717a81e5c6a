package op

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const inactive = "{\"active\":false}\n"

// as sends a form with the secret of a client.
func (w *world) as(client, path string, form url.Values) reply {
	w.t.Helper()
	return w.do("POST", path, form, "Authorization", basic(client, w.clients[client].Secret.Reveal()))
}

// tokensOf signs alice in with a client that has a secret.
func (w *world) tokensOf(client string, changes ...string) reply {
	w.t.Helper()
	code := w.authorize(append([]string{"client_id", client}, changes...)...).Get("code")
	got := w.as(client, "/token", changed(redemption, "code", code, "client_id", "-"))
	if got.Status != http.StatusOK {
		w.t.Fatal(got.Body)
	}
	return got
}

func TestIntrospection(t *testing.T) {
	for _, client := range []string{"web", "web-opaque", "web-hs256-access"} {
		t.Run(client, func(t *testing.T) {
			w := newWorld(t, nil)
			tokens, now := w.tokensOf(client, "audience", "api"), float64(w.now().Unix())
			w.advance(time.Minute)
			got := w.as(client, "/introspect", url.Values{"token": {str(tokens, "access_token")}})
			want := map[string]any{
				"active": true, "client_id": client, "scope": "openid profile email offline_access", "username": "alice", "sub": "user-alice-7f3a",
				"iss": testIssuer, "iat": now, "exp": now + 3600, "token_type": "Bearer", "aud": "api", "jti": got.JSON["jti"],
			}
			if diff := cmp.Diff(want, got.JSON); diff != "" || str(got, "jti") == "" {
				t.Error(diff)
			}
			refreshed := w.as(client, "/introspect", url.Values{"token": {str(tokens, "refresh_token")}, "token_type_hint": {"access_token"}})
			want = map[string]any{
				"active": true, "client_id": client, "scope": "openid profile email offline_access", "username": "alice", "sub": "user-alice-7f3a",
				"iss": testIssuer, "iat": now, "exp": now + 30*24*3600,
			}
			if diff := cmp.Diff(want, refreshed.JSON); diff != "" {
				t.Error(diff)
			}
			if resource := w.as("api", "/introspect", url.Values{"token": {str(tokens, "access_token")}}); !cmp.Equal(resource.JSON["active"], any(true)) {
				t.Error(resource.Body)
			}
			if other := w.as("web-rs384", "/introspect", url.Values{"token": {str(tokens, "access_token")}}); other.Body != inactive {
				t.Error(other.Body)
			}
		})
	}
	w := newWorld(t, func(c *Config) {
		for i := range c.Clients {
			if c.Clients[i].ID == "api" {
				c.Clients[i].Introspects = RightOwn // then only what is meant for it
			}
		}
	})
	for audience, want := range map[string]bool{"api": true, "other": false} {
		tokens := w.tokensOf("web", "audience", audience)
		if got := w.as("api", "/introspect", url.Values{"token": {str(tokens, "access_token")}}); got.JSON["active"] != want {
			t.Error(audience, got.Body)
		}
	}
}

// TestInactive lists what is not active: the answer says no more.
func TestInactive(t *testing.T) {
	tests := []struct {
		name  string
		token func(w *world) string
	}{
		{"unknown", func(*world) string { return "x" }},
		{"ID token", func(w *world) string { return str(w.tokensOf("web"), "id_token") }},
		{"expired", func(w *world) string { t := str(w.tokensOf("web"), "access_token"); w.advance(time.Hour); return t }},
		{"used refresh token", func(w *world) string {
			t := str(w.tokensOf("web"), "refresh_token")
			w.as("web", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t}})
			return t
		}},
		{"revoked", func(w *world) string {
			t := str(w.tokensOf("web"), "access_token")
			w.as("web", "/revoke", url.Values{"token": {t}})
			return t
		}},
		{"revoked with the refresh token", func(w *world) string {
			tokens := w.tokensOf("web")
			w.as("web", "/revoke", url.Values{"token": {str(tokens, "refresh_token")}})
			return str(tokens, "access_token")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			got := w.as("web", "/introspect", url.Values{"token": {test.token(w)}})
			if got.Status != http.StatusOK || got.Body != inactive {
				t.Error(got.Status, got.Body)
			}
		})
	}
}

func TestRevocation(t *testing.T) {
	w := newWorld(t, nil)
	tokens := w.tokensOf("web")
	access, refresh := str(tokens, "access_token"), str(tokens, "refresh_token")
	for _, token := range []string{access, access, "never issued"} {
		if got := w.as("web", "/revoke", url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}); got.Status != http.StatusOK || got.Body != "" {
			t.Error(got.Status, got.Body)
		}
	}
	info := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+access)
	if str(info, "error_description") != "this access token is revoked: its client revoked it" {
		t.Error(info.Body)
	}
	if _, ok := w.verified(access); !ok {
		t.Error("the signature of a revoked token still holds")
	}
	again := w.as("web", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
	if again.Status != http.StatusOK {
		t.Error("revoking an access token ended the login", again.Body)
	}
	w.as("web", "/revoke", url.Values{"token": {str(again, "refresh_token")}})
	gone := w.as("web", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {str(again, "refresh_token")}})
	if str(gone, "error_description") != "this refresh token is revoked: its client revoked the refresh token" {
		t.Error(gone.Body)
	}
	public := w.redeem()
	if got := w.do("POST", "/revoke", url.Values{"client_id": {"cli"}, "token": {str(public, "access_token")}}); got.Status != http.StatusOK {
		t.Error(got.Body)
	}
	admin := newWorld(t, func(c *Config) { c.Clients[2].Revokes = RightAny })
	token := str(admin.tokensOf("web"), "access_token")
	admin.as("service", "/revoke", url.Values{"token": {token}})
	if got := admin.as("web", "/introspect", url.Values{"token": {token}}); got.Body != inactive {
		t.Error(got.Body)
	}
}

func TestTokenLifeRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Clients[2].Introspects, c.Clients[2].Revokes = RightNone, RightNone })
	tokens := w.tokensOf("web")
	access, id := str(tokens, "access_token"), str(tokens, "id_token")
	tests := []struct {
		name, path, client string
		form               url.Values
		status             int
		code, want         string
	}{
		{"public introspection", "/introspect", "", url.Values{"client_id": {"cli"}, "token": {"x"}}, 401, "invalid_client", "client 'cli' is public, and anybody can use its name: the introspection endpoint wants a client that authenticates"},
		{"nobody", "/introspect", "", url.Values{"token": {"x"}}, 401, "invalid_client", "no client authenticated: send client_id in the body, or Basic credentials"},
		{"no token to introspect", "/introspect", "web", url.Values{}, 400, "invalid_request", "token is missing"},
		{"two tokens", "/introspect", "web", url.Values{"token": {"a", "b"}}, 400, "invalid_request", "sent more than once: token"},
		{"no right", "/introspect", "service", url.Values{"token": {"x"}}, 403, "unauthorized_client", "client 'service' may not introspect tokens"},
		{"nobody revokes", "/revoke", "", url.Values{"token": {"x"}}, 401, "invalid_client", "no client authenticated: send client_id in the body, or Basic credentials"},
		{"no token to revoke", "/revoke", "web", url.Values{}, 400, "invalid_request", "token is missing"},
		{"no right to revoke", "/revoke", "service", url.Values{"token": {"x"}}, 400, "unauthorized_client", "client 'service' may not revoke tokens"},
		{"another's token", "/revoke", "web-rs384", url.Values{"token": {access}}, 400, "unauthorized_client", "this token was issued to another client than 'web-rs384', which alone may revoke it (RFC 7009 section 2.1)"},
		{"ID token", "/revoke", "web", url.Values{"token": {id}}, 400, "unsupported_token_type", "an ID token cannot be revoked; revoke the access or the refresh token, or end the session"},
		{"query", "/revoke?token=x", "web", url.Values{}, 400, "invalid_request", "parameters belong in the body, never in the query of the revocation endpoint"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got reply
			if test.client == "" {
				got = w.do("POST", test.path, test.form)
			} else {
				got = w.as(test.client, test.path, test.form)
			}
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != test.status {
				t.Error(got.Status, diff)
			}
		})
	}
}

// TestFormats shows what access tokens of the other formats are, and that they work.
func TestFormats(t *testing.T) {
	w := newWorld(t, nil)
	opaque := str(w.tokensOf("web-opaque"), "access_token")
	if strings.Contains(opaque, ".") || len(opaque) != 43 {
		t.Error(opaque)
	}
	symmetric := str(w.tokensOf("web-hs256-access"), "access_token")
	if header := part(t, symmetric, 0); header["alg"] != "HS256" || header["kid"] != nil {
		t.Error(header)
	}
	if w.clients["web-hs256-access"].Secret.Reveal() == string(w.realm[:]) {
		t.Error("signed with the client's secret")
	}
	for _, token := range []string{opaque, symmetric} {
		if got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+token); got.Status != http.StatusOK {
			t.Error(got.Body)
		}
	}
}

// TestClientLifetimes gives one client lifetimes of its own, longer and shorter ones.
func TestClientLifetimes(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Clients[0].Lifetimes = Lifetimes{AccessToken: 2 * time.Hour, IDToken: 5 * time.Minute, RefreshToken: time.Hour}
	})
	tokens, now := w.tokensOf("web"), float64(w.now().Unix())
	if tokens.JSON["expires_in"] != 7200.0 || part(t, str(tokens, "id_token"), 1)["exp"] != now+300 {
		t.Error(tokens.Body)
	}
	w.advance(time.Hour)
	late := w.as("web", "/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {str(tokens, "refresh_token")}})
	if str(late, "error_description") != "this refresh token expired 0s ago; it lived 1h0m0s" {
		t.Error(late.Body)
	}
	if got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(tokens, "access_token")); got.Status != http.StatusOK {
		t.Error(got.Body)
	}
	w.advance(time.Hour)
	expired := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(tokens, "access_token"))
	if str(expired, "error_description") != "this access token expired 0s ago" {
		t.Error(expired.Body)
	}
}
