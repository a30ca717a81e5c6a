package op

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUserInfo(t *testing.T) {
	w := newWorld(t, nil)
	token := str(w.redeem(), "access_token")
	plain := str(w.redeem("scope", "api:read"), "access_token")
	const realm = `Bearer realm="http://op.test"`
	tests := []struct {
		name      string
		got       reply
		status    int
		challenge string
	}{
		{"header", w.do("GET", "/userinfo", nil, "Authorization", "bearer "+token), 200, ""},
		{"form", w.do("POST", "/userinfo", url.Values{"access_token": {token}}), 200, ""},
		{"none", w.do("GET", "/userinfo", nil), 401, realm},
		{"basic", w.do("GET", "/userinfo", nil, "Authorization", basic("a", "b")), 401, realm},
		{
			"query", w.do("GET", "/userinfo?access_token="+token, nil), 400,
			realm + `, error="invalid_request", error_description="an access token in the query ends up in logs; send it in the Authorization header"`,
		},
		{
			"both", w.do("POST", "/userinfo", url.Values{"access_token": {token}}, "Authorization", "Bearer "+token), 400,
			realm + `, error="invalid_request", error_description="the access token was sent more than once"`,
		},
		{
			"unknown", w.do("GET", "/userinfo", nil, "Authorization", "Bearer x"), 401,
			realm + `, error="invalid_token", error_description="this access token is not one of this provider's, or expired (they live 1h0m0s)"`,
		},
		{
			"scope", w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+plain), 403,
			realm + `, error="insufficient_scope", error_description="userinfo needs the scope openid; this access token has: api:read", scope="openid"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.got.Status != test.status {
				t.Error(test.got.Status, test.got.Body)
			}
			if diff := cmp.Diff(test.challenge, test.got.Header.Get("WWW-Authenticate")); diff != "" {
				t.Error(diff)
			}
		})
	}
	w.advance(time.Hour)
	if got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+token); got.Status != 401 {
		t.Error("an expired token is accepted", got.Body)
	}
}

func TestSignedUserInfo(t *testing.T) {
	w := newWorld(t, nil)
	secret := w.clients["web-signed"].Secret.Reveal()
	code := w.authorize("client_id", "web-signed", "scope", "openid").Get("code")
	tokens := w.token(changed(redemption, "code", code, "client_id", "web-signed", "client_secret", secret))
	got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(tokens, "access_token"))
	if _, ok := w.verified(got.Body); !ok || got.Header.Get("Content-Type") != "application/jwt" {
		t.Error(got)
	}
	want := map[string]any{"sub": "user-alice-7f3a", "iss": testIssuer, "aud": "web-signed"}
	if diff := cmp.Diff(want, part(t, got.Body, 1)); diff != "" {
		t.Error(diff)
	}
}
