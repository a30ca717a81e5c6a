package op

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// exchanging exchanges a token by the client exchange.
func (w *world) exchanging(subject string, changes ...string) reply {
	w.t.Helper()
	form := url.Values{"grant_type": {grantExchange}, "subject_token": {subject}, "subject_token_type": {typeAccess}}
	return w.as("exchange", "/token", changed(form, changes...))
}

func TestImpersonation(t *testing.T) {
	w := newWorld(t, nil)
	subject := str(w.redeem("scope", "openid email api:read offline_access"), "access_token")
	w.advance(50 * time.Minute)
	got := w.exchanging(subject, "audience", "https://backend.test", "scope", "api:read")
	access := str(got, "access_token")
	want := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 600.0, "scope": "api:read", "issued_token_type": typeAccess,
	}
	if diff := cmp.Diff(want, got.JSON); diff != "" {
		t.Error(diff)
	}
	now, claims := float64(w.now().Unix()), part(t, access, 1)
	wantClaims := map[string]any{
		"iss": testIssuer, "sub": "user-alice-7f3a", "aud": "https://backend.test", "client_id": "exchange", "iat": now, "exp": now + 600,
		"jti": claims["jti"], "scope": "api:read", "auth_time": now - 3000, "amr": []any{"pwd"},
	}
	if diff := cmp.Diff(wantClaims, claims); diff != "" {
		t.Error(diff)
	}
	whole := w.exchanging(subject)
	if scope := str(whole, "scope"); scope != "openid email api:read" || str(whole, "refresh_token") != "" || str(whole, "id_token") != "" {
		t.Error(whole.Body)
	}
	// What was exchanged ends with what it was exchanged for.
	w.do("POST", "/token", url.Values{"grant_type": {"refresh_token"}})
	for _, s := range []*found{w.lookUp(subject)} {
		s.grant.revoked = "the test says so"
	}
	info := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+str(whole, "access_token"))
	if str(info, "error_description") != "this access token is revoked: the test says so" {
		t.Error(info.Body)
	}
}

// lookUp finds a token.
func (w *world) lookUp(token string) *found {
	x := &exchange{p: w.Provider, now: w.Provider.now()}
	t, ok := x.find(token)
	if !ok {
		w.t.Fatal("no such token")
	}
	return &t
}

func TestDelegation(t *testing.T) {
	w := newWorld(t, nil)
	alice := str(w.redeem("scope", "openid api:read"), "access_token")
	service := str(w.as("service", "/token", url.Values{"grant_type": {grantCredentials}}), "access_token")
	first := str(w.exchanging(alice, "actor_token", service, "actor_token_type", typeAccess), "access_token")
	if diff := cmp.Diff(map[string]any{"sub": "service"}, part(t, first, 1)["act"]); diff != "" {
		t.Error(diff)
	}
	gateway := str(w.as("exchange", "/token", url.Values{"grant_type": {grantCredentials}}), "access_token")
	second := str(w.exchanging(first, "actor_token", gateway, "actor_token_type", typeJWT), "access_token")
	want := map[string]any{"sub": "exchange", "act": map[string]any{"sub": "service"}}
	if diff := cmp.Diff(want, part(t, second, 1)["act"]); diff != "" {
		t.Error(diff)
	}
	if got := w.as("exchange", "/introspect", url.Values{"token": {second}}); !cmp.Equal(got.JSON["act"], any(want)) {
		t.Error(got.Body)
	}
	machine := str(w.exchanging(service, "scope", "api:read"), "access_token")
	if claims := part(t, machine, 1); claims["sub"] != "service" || claims["client_id"] != "exchange" || claims["auth_time"] != nil {
		t.Error(claims)
	}
}

func TestExchangedTypes(t *testing.T) {
	w := newWorld(t, nil)
	tokens := w.redeem("scope", "openid email")
	w.advance(10 * time.Minute)
	id := w.exchanging(str(tokens, "id_token"), "subject_token_type", typeID, "requested_token_type", typeID)
	compact := str(id, "access_token")
	want := map[string]any{"access_token": compact, "issued_token_type": typeID, "token_type": "N_A", "expires_in": 3000.0}
	if diff := cmp.Diff(want, id.JSON); diff != "" {
		t.Error(diff)
	}
	now := float64(w.now().Unix())
	wantClaims := map[string]any{
		"iss": testIssuer, "sub": "user-alice-7f3a", "aud": "exchange", "iat": now, "exp": now + 3000, "auth_time": now - 600, "amr": []any{"pwd"},
		"email": "alice@example.test", "email_verified": true,
	}
	if diff := cmp.Diff(wantClaims, part(t, compact, 1)); diff != "" {
		t.Error(diff)
	}
	jwt := w.exchanging(str(tokens, "access_token"), "subject_token_type", typeJWT, "requested_token_type", typeJWT)
	if str(jwt, "issued_token_type") != typeJWT || part(t, str(jwt, "access_token"), 1)["client_id"] != "exchange" {
		t.Error(jwt.Body)
	}
}

func TestExchangeRefusals(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		for i := range c.Clients {
			if c.Clients[i].ID == "web-opaque" {
				c.Clients[i].GrantTypes = append(c.Clients[i].GrantTypes, grantExchange)
			}
		}
	})
	tokens := w.redeem()
	alice, refresh := str(tokens, "access_token"), str(tokens, "refresh_token")
	plain := str(w.redeem("scope", "api:read"), "access_token")
	revoked := str(w.tokensOf("web"), "access_token")
	w.as("web", "/revoke", url.Values{"token": {revoked}})
	own := w.tokensOf("web-opaque")
	types := only([]string{typeAccess, typeRefresh, typeID, typeJWT})
	tests := []struct {
		name    string
		subject string
		changes []string
		code    string
		want    string
	}{
		{"no subject", "", nil, "invalid_request", "subject_token is missing"},
		{"no type", alice, []string{"subject_token_type", "-"}, "invalid_request", "subject_token_type is missing"},
		{"odd type", alice, []string{"subject_token_type", "urn:x"}, "invalid_request", "subject_token_type 'urn:x' is not supported; " + types},
		{"wrong type", alice, []string{"subject_token_type", typeID}, "invalid_request", "subject_token is of the type " + typeAccess + ", not " + typeID},
		{"unknown", "x", nil, "invalid_request", "subject_token is not one of this provider's, or ran out long ago"},
		{"revoked", revoked, nil, "invalid_request", "subject_token is revoked: its client revoked it"},
		{"refresh token of another", refresh, []string{"subject_token_type", typeRefresh}, "invalid_request", "subject_token was issued to another client than 'exchange': a refresh token is for its own client alone"},
		{"actor without type", alice, []string{"actor_token", alice}, "invalid_request", "actor_token_type is missing"},
		{"type without actor", alice, []string{"actor_token_type", typeAccess}, "invalid_request", "actor_token_type was sent without actor_token"},
		{"wrong actor", alice, []string{"actor_token", "x", "actor_token_type", typeAccess}, "invalid_request", "actor_token is not one of this provider's, or ran out long ago"},
		{"requested", alice, []string{"requested_token_type", "urn:x"}, "invalid_request", "requested_token_type 'urn:x' is not supported; " + only([]string{typeAccess, typeJWT, typeID})},
		{"scope", plain, []string{"scope", "api:read api:write"}, "invalid_scope", "scope 'api:read api:write' goes beyond what the subject token and client 'exchange' have in common: api:read"},
		{"resource", alice, []string{"resource", "api"}, "invalid_target", "resource 'api' is not an absolute URI without fragment"},
		{"ID token without openid", plain, []string{"requested_token_type", typeID}, "invalid_request", "there is no ID token without a person and the scope openid; the subject token has: api:read"},
		{"ID token with an actor", alice, []string{"requested_token_type", typeID, "actor_token", plain, "actor_token_type", typeAccess}, "invalid_request", "an ID token says nothing of actors; request " + typeAccess},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.exchanging(test.subject, test.changes...)
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != http.StatusBadRequest {
				t.Error(got.Status, diff)
			}
		})
	}
	opaque := w.as("web-opaque", "/token", url.Values{
		"grant_type": {grantExchange}, "subject_token": {str(own, "refresh_token")}, "subject_token_type": {typeRefresh}, "requested_token_type": {typeJWT},
	})
	if str(opaque, "error_description") != "client 'web-opaque' gets opaque access tokens; request "+typeAccess {
		t.Error(opaque.Body)
	}
	w.advance(time.Hour)
	if got := w.exchanging(alice); str(got, "error_description") != "subject_token expired 0s ago" {
		t.Error(got.Body)
	}
	public := w.token(url.Values{"grant_type": {grantExchange}, "client_id": {"cli"}})
	if !strings.HasPrefix(str(public, "error_description"), "client 'cli' may not use "+grantExchange) {
		t.Error(public.Body)
	}
}
