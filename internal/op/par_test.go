package op

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// push pushes the login of web.
func (w *world) push(changes ...string) reply {
	w.t.Helper()
	form := changed(login, append([]string{"client_id", "web", "client_secret", w.clients["web"].Secret.Reveal()}, changes...)...)
	return w.do("POST", "/par", form)
}

func TestPAR(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.RequirePAR = true })
	given := w.push("nonce", "pushed")
	if given.Status != http.StatusCreated || !strings.HasPrefix(str(given, "request_uri"), requestURIPrefix) || given.JSON["expires_in"] != 90.0 {
		t.Fatal(given.Status, given.Body)
	}
	query := url.Values{"client_id": {"web"}, "request_uri": {str(given, "request_uri")}, "nonce": {"not pushed"}}
	outcome, err := w.SignIn(t.Context(), testIssuer+"/authorize?"+query.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(outcome.URL)
	tokens := w.token(changed(redemption, "code", u.Query().Get("code"), "client_id", "web", "client_secret", w.clients["web"].Secret.Reveal()))
	if part(t, str(tokens, "id_token"), 1)["nonce"] != "pushed" || u.Query().Get("state") != "st" {
		t.Error(u, tokens.Body)
	}
	// Basic names the client, so the body may leave it out.
	basicOnly := w.do("POST", "/par", changed(login, "client_id", "-"), "Authorization", basic("web", w.clients["web"].Secret.Reveal()))
	if basicOnly.Status != http.StatusCreated {
		t.Error(basicOnly.Body)
	}
	if public := w.do("POST", "/par", login); public.Status != http.StatusCreated {
		t.Error(public.Body)
	}
}

func TestPARRefusals(t *testing.T) {
	w := newWorld(t, nil)
	tests := []struct {
		name    string
		changes []string
		status  int
		code    string
		want    string
	}{
		{"secret", []string{"client_secret", "x"}, 401, "invalid_client", "the secret of client 'web' is wrong"},
		{"nested", []string{"request_uri", "urn:x"}, 400, "invalid_request", "request_uri cannot be pushed; push the parameters themselves (RFC 9126 section 2.1)"},
		{"redirect", []string{"redirect_uri", "https://evil.test/"}, 400, "invalid_request", "redirect_uri 'https://evil.test/' is not registered for client 'web'. Registered: " + strings.Join(w.clients["web"].RedirectURIs, " ")},
		{"scope", []string{"scope", "admin"}, 400, "invalid_scope", "client 'web' may have none of the scopes 'admin'; it may have: openid profile email offline_access api:read api:write"},
		{"PKCE", []string{"code_challenge_method", "plain"}, 400, "invalid_request", "code_challenge_method 'plain' is not supported; only S256 is"},
		{"type", []string{"response_type", "-"}, 400, "invalid_request", "response_type is missing; send response_type=code"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.push(test.changes...)
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != test.status {
				t.Error(got.Status, diff)
			}
		})
	}
}

// TestRequestURI shows what becomes of a request_uri that is no good: the person is told, and the client where it is known.
func TestRequestURI(t *testing.T) {
	tests := []struct {
		name    string
		wait    time.Duration
		changes []string
		before  int // uses
		error   string
		want    string
	}{
		{"unknown", 0, []string{"request_uri", "urn:x"}, 0, "", "this request_uri was never issued, or long ago; they live 1m30s"},
		{"no client", 0, []string{"client_id", "-"}, 0, "", "client_id is missing beside request_uri (RFC 9126 section 4)"},
		{"other client", 0, []string{"client_id", "cli"}, 0, "", "this request_uri was pushed by another client than 'cli'"},
		{"expired", 91 * time.Second, nil, 0, "invalid_request_uri", "this request_uri expired 1s ago; they live 1m30s"},
		{"used", 0, nil, 1, "invalid_request_uri", "this request_uri was used before; push the request anew"},
		{"long ago", time.Hour, nil, 0, "", "this request_uri was never issued, or long ago; they live 1m30s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			query := changed(url.Values{"client_id": {"web"}, "request_uri": {str(w.push(), "request_uri")}}, test.changes...)
			for range test.before {
				w.do("GET", "/authorize?"+query.Encode(), nil)
			}
			w.advance(test.wait)
			got := w.do("GET", "/authorize?"+query.Encode(), nil)
			event := w.events[len(w.events)-1]
			if event.Description != test.want {
				t.Error(event)
			}
			u, _ := url.Parse(got.Header.Get("Location"))
			if test.error == "" && got.Status != http.StatusBadRequest || u.Query().Get("error") != test.error {
				t.Error(got.Status, u)
			}
		})
	}
	w := newWorld(t, func(c *Config) { c.RequirePAR = true })
	got := w.authorize()
	want := "this provider wants authorization requests pushed to http://op.test/par first (RFC 9126 section 5)"
	if got.Get("error") != "invalid_request" || got.Get("error_description") != want {
		t.Error(got)
	}
}
