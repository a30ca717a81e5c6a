package op

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJWTBearer(t *testing.T) {
	w := newWorld(t, nil)
	tests := []struct {
		name, subject string
		authenticated bool
		want          string // sub
		scope         string
	}{
		{"by name", "alice", false, "user-alice-7f3a", "api:read api:write"},
		{"by sub", "user-bob-91c4", false, "user-bob-91c4", "api:read api:write"},
		{"itself", "web-jwt", false, "web-jwt", "api:read api:write"},
		{"authenticated too", "alice", true, "user-alice-7f3a", "api:read api:write"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			form := url.Values{"grant_type": {grantJWTBearer}, "assertion": {signedBy(t, "PS256", w.claims("sub", test.subject))}}
			if test.authenticated {
				form.Set("client_assertion_type", assertionType)
				form.Set("client_assertion", signedBy(t, "ES256", w.claims()))
			}
			got := w.token(form)
			if got.Status != http.StatusOK {
				t.Fatal(got.Body)
			}
			claims := part(t, str(got, "access_token"), 1)
			if claims["sub"] != test.want || claims["client_id"] != "web-jwt" || claims["scope"] != test.scope || claims["auth_time"] != nil {
				t.Error(claims)
			}
		})
	}
	named := w.token(url.Values{"grant_type": {grantJWTBearer}, "client_id": {"web-jwt"}, "assertion": {signedBy(t, "ES256", w.claims("sub", "alice"))}})
	if named.Status != http.StatusOK {
		t.Error(named.Body)
	}
	person := w.token(url.Values{"grant_type": {grantJWTBearer}, "scope": {"openid email"}, "assertion": {signedBy(t, "PS256", w.claims("sub", "alice"))}})
	if claims := part(t, str(person, "id_token"), 1); claims["sub"] != "user-alice-7f3a" || claims["amr"] != nil {
		t.Error("nobody signed in", claims)
	}
}

func TestJWTBearerRefusals(t *testing.T) {
	w := newWorld(t, nil)
	used := signedBy(t, "ES256", w.claims("sub", "alice", "jti", "used"))
	w.token(url.Values{"grant_type": {grantJWTBearer}, "assertion": {used}})
	refused := func(why string) string { return "the assertion is refused: " + why }
	tests := []struct {
		name      string
		assertion string
		changes   []string
		status    int
		code      string
		want      string
	}{
		{"none", "", []string{"assertion", "-"}, 400, "invalid_request", "assertion is missing"},
		{"no JWT", "x", nil, 400, "invalid_grant", "the assertion cannot be read: it is no signed JWT of three parts"},
		{"unknown iss", signedBy(t, "ES256", w.claims("iss", "web-jwtt")), nil, 400, "invalid_grant", "the iss of the assertion is 'web-jwtt', which is no client here; is web-jwt meant?"},
		{"a client without the grant", signedBy(t, "ES256", w.claims("iss", "web")), nil, 400, "unauthorized_client", "client 'web' may not use " + grantJWTBearer + "; it may use: authorization_code refresh_token"},
		{"another client_id", used, []string{"client_id", "web"}, 400, "invalid_request", "client_id is 'web', but the iss of the assertion is 'web-jwt'"},
		{"a client that authenticates wrongly", used, []string{"client_id", "web-jwt", "client_secret", "x"}, 401, "invalid_client", "client 'web-jwt' authenticated by client_secret_post, but is registered for private_key_jwt"},
		{"other's key", signWith(t, "ES256", "", w.keys.keys["test-p256"], "", w.claims()), nil, 400, "invalid_grant", refused("its signature by ES256 fits no key of client 'web-jwt'")},
		{"expired", signedBy(t, "ES256", w.claims("exp", w.now().Add(-time.Hour).Unix())), nil, 400, "invalid_grant", refused("it expired 1h0m0s ago")},
		{"replayed", used, nil, 400, "invalid_grant", refused("its jti was used before: make a new one for every request")},
		{"no sub", signedBy(t, "ES256", w.claims("sub", nil)), nil, 400, "invalid_grant", "the assertion has no sub, which says whom the token is about"},
		{"nobody", signedBy(t, "ES256", w.claims("sub", "carol")), nil, 400, "invalid_grant", "the sub of the assertion is 'carol', which is neither a user's name or sub nor the client"},
		{"scope", signedBy(t, "ES256", w.claims("sub", "alice")), []string{"scope", "admin"}, 400, "invalid_scope", "client 'web-jwt' may have none of the scopes 'admin'; it may have: openid profile email offline_access api:read api:write"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.token(changed(url.Values{"grant_type": {grantJWTBearer}, "assertion": {test.assertion}}, test.changes...))
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != test.status {
				t.Error(got.Status, diff)
			}
		})
	}
}

func TestPasswordGrant(t *testing.T) {
	w := newWorld(t, nil)
	form := url.Values{"grant_type": {grantPassword}, "username": {"alice"}, "password": {"wonderland"}, "scope": {"openid offline_access"}}
	good := w.as("legacy", "/token", form)
	if claims := part(t, str(good, "id_token"), 1); claims["sub"] != "user-alice-7f3a" || claims["aud"] != "legacy" || str(good, "refresh_token") == "" {
		t.Error(good.Body)
	}
	tests := []struct {
		name       string
		changes    []string
		code, want string
	}{
		{"wrong password", []string{"password", "x"}, "invalid_grant", "wrong username or password"},
		{"wrong name", []string{"username", "x"}, "invalid_grant", "wrong username or password"},
		{"nothing", []string{"username", "-", "password", "-"}, "invalid_request", "missing: username, password"},
		{"scope", []string{"scope", "admin"}, "invalid_scope", "client 'legacy' may have none of the scopes 'admin'; it may have: openid profile email offline_access api:read api:write"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.as("legacy", "/token", changed(form, test.changes...))
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != http.StatusBadRequest {
				t.Error(got.Status, diff)
			}
		})
	}
}
