package op

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// begin asks for a device code, and returns the answer and the form that asks for tokens.
func (w *world) begin(changes ...string) (reply, url.Values) {
	w.t.Helper()
	got := w.do("POST", "/device_authorization", changed(url.Values{"client_id": {"device"}, "scope": {"openid offline_access"}}, changes...))
	return got, url.Values{"grant_type": {grantDevice}, "client_id": {"device"}, "device_code": {str(got, "device_code")}}
}

func TestDevice(t *testing.T) {
	w := newWorld(t, nil)
	given, form := w.begin()
	userCode := str(given, "user_code")
	want := map[string]any{
		"device_code": str(given, "device_code"), "user_code": userCode, "verification_uri": testIssuer + "/device",
		"verification_uri_complete": testIssuer + "/device?user_code=" + userCode, "expires_in": 600.0, "interval": 5.0,
	}
	if diff := cmp.Diff(want, given.JSON); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile("^[" + userCodeLetters + "]{4}-[" + userCodeLetters + "]{4}$").MatchString(userCode) {
		t.Error(userCode)
	}
	outcome, err := w.Device(t.Context(), testIssuer+"/device", " "+strings.ToLower(strings.ReplaceAll(userCode, "-", "")), "alice", "wonderland")
	if err != nil || !strings.HasPrefix(outcome.Text, "Your device is signed in") {
		t.Fatalf("%+v %v", outcome, err)
	}
	tokens := w.token(form)
	if part(t, str(tokens, "id_token"), 1)["sub"] != "user-alice-7f3a" || str(tokens, "refresh_token") == "" {
		t.Error(tokens.Body)
	}
	refreshed := w.token(url.Values{"grant_type": {"refresh_token"}, "client_id": {"device"}, "refresh_token": {str(tokens, "refresh_token")}})
	if refreshed.Status != http.StatusOK {
		t.Error(refreshed.Body)
	}
}

// TestDeviceComplete opens verification_uri_complete: the code is there, the person compares and agrees.
func TestDeviceComplete(t *testing.T) {
	w := newWorld(t, nil)
	w.redeem() // alice is signed in, and consented to another client
	given, form := w.begin()
	shown := w.do("GET", strings.TrimPrefix(str(given, "verification_uri_complete"), testIssuer), nil)
	if !strings.Contains(shown.Body, `value="`+str(given, "user_code")+`"`) {
		t.Error(shown.Body)
	}
	w.events = nil
	outcome, err := w.Device(t.Context(), str(given, "verification_uri_complete"), "", "alice", "wonderland")
	if err != nil || outcome.Status != http.StatusOK {
		t.Fatalf("%+v %v", outcome, err)
	}
	var pages []string
	for _, e := range w.events {
		pages = append(pages, e.Method+" "+e.Endpoint)
	}
	want := []string{"GET device_page", "POST device_page", "GET consent", "POST consent"} // no login
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Error(diff)
	}
	if got := w.token(form); got.Status != http.StatusOK {
		t.Error(got.Body)
	}
}

func TestDeviceAutoApprove(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoApprove = true })
	_, form := w.begin()
	if got := w.token(form); got.Status != http.StatusOK || part(t, str(got, "id_token"), 1)["sub"] != "user-alice-7f3a" {
		t.Error(got.Body)
	}
	given, form := w.begin()
	if outcome, err := w.Device(t.Context(), str(given, "verification_uri_complete"), "", "", ""); err != nil || outcome.Status != http.StatusOK {
		t.Errorf("%+v %v", outcome, err)
	}
	if got := w.token(form); got.Status != http.StatusOK {
		t.Error(got.Body)
	}
}

func TestDeviceAuthorizationRefusals(t *testing.T) {
	w := newWorld(t, nil)
	tests := []struct {
		name    string
		changes []string
		status  int
		code    string
		want    string
	}{
		{"nobody", []string{"client_id", "-"}, 401, "invalid_client", "no client authenticated: send client_id in the body, or Basic credentials"},
		{"other client", []string{"client_id", "cli"}, 400, "unauthorized_client", "client 'cli' may not use " + grantDevice + "; it may use: authorization_code refresh_token"},
		{"scope", []string{"scope", "admin"}, 400, "invalid_scope", "client 'device' may have none of the scopes 'admin'; it may have: openid profile email offline_access api:read api:write"},
		{"resource", []string{"resource", "api"}, 400, "invalid_target", "resource 'api' is not an absolute URI without fragment"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _ := w.begin(test.changes...)
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != test.status {
				t.Error(got.Status, diff)
			}
		})
	}
}

func TestPoll(t *testing.T) {
	confirm := func(w *world, given reply, deny bool) {
		w.Deny = deny
		if _, err := w.Device(w.t.Context(), str(given, "verification_uri"), str(given, "user_code"), "alice", "wonderland"); err != nil {
			w.t.Fatal(err)
		}
	}
	const waiting, slow = "nobody has agreed yet; ask again in 5s", "wait 10s between requests from now on"
	tests := []struct {
		name    string
		before  func(w *world, given reply, form url.Values)
		changes []string
		code    string
		want    string
	}{
		{"pending", nil, nil, "authorization_pending", waiting},
		{"no code", nil, []string{"device_code", "-"}, "invalid_request", "device_code is missing"},
		{"wrong code", nil, []string{"device_code", "x"}, "invalid_grant", "this device code was never issued, or long ago"},
		{
			"pending again", func(w *world, _ reply, form url.Values) { w.token(form); w.advance(5 * time.Second) }, nil,
			"authorization_pending", waiting,
		},
		{
			"too early", func(w *world, _ reply, form url.Values) { w.token(form); w.advance(4 * time.Second) }, nil,
			"slow_down", "asked 1s too early; " + slow,
		},
		{
			"too early again", func(w *world, _ reply, form url.Values) {
				w.token(form)
				w.token(form)
				w.advance(9 * time.Second)
			}, nil, "slow_down", "asked 1s too early; wait 15s between requests from now on",
		},
		{
			"slow enough", func(w *world, _ reply, form url.Values) {
				w.token(form)
				w.token(form)
				w.advance(10 * time.Second)
			}, nil, "authorization_pending", "nobody has agreed yet; ask again in 10s",
		},
		{
			"expired", func(w *world, _ reply, _ url.Values) { w.advance(601 * time.Second) }, nil,
			"expired_token", "this device code expired 1s ago; device codes live 10m0s",
		},
		{"denied", func(w *world, given reply, _ url.Values) { confirm(w, given, true) }, nil, "access_denied", "the user refused"},
		{
			"fetched before", func(w *world, given reply, form url.Values) { confirm(w, given, false); w.token(form) }, nil,
			"invalid_grant", "the tokens for this device code were fetched before",
		},
		{
			"other client", nil, []string{"client_id", "tv"}, "invalid_grant", "this device code was issued to another client than 'tv'",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				c.Clients = append(c.Clients, Client{ID: "tv", GrantTypes: []string{grantDevice}, Scopes: []string{"api:read"}})
			})
			given, form := w.begin()
			if test.before != nil {
				test.before(w, given, form)
			}
			got := w.token(changed(form, test.changes...))
			if diff := cmp.Diff(map[string]any{"error": test.code, "error_description": test.want}, got.JSON); diff != "" || got.Status != http.StatusBadRequest {
				t.Error(got.Status, diff)
			}
		})
	}
}

// TestDevicePage shows what the person is told of codes that do not work, and that no other page can send one.
func TestDevicePage(t *testing.T) {
	tests := []struct {
		name   string
		code   func(w *world, given reply) string
		status int
		want   string
	}{
		{"wrong", func(*world, reply) string { return "BBBB-BBBB" }, 422, "This is no code of a device that waits."},
		{"expired", func(w *world, given reply) string { w.advance(11 * time.Minute); return str(given, "user_code") }, 422, "This code has expired."},
		{"used", func(w *world, given reply) string {
			if _, err := w.Device(w.t.Context(), testIssuer+"/device", str(given, "user_code"), "alice", "wonderland"); err != nil {
				w.t.Fatal(err)
			}
			return str(given, "user_code")
		}, 422, "This code was used before."},
		{"too many", func(w *world, given reply) string {
			for range maxGuesses {
				if _, err := w.Device(w.t.Context(), testIssuer+"/device", "BBBB-BBBB", "", ""); err != nil {
					w.t.Fatal(err)
				}
			}
			return str(given, "user_code")
		}, 429, "Too many wrong codes"},
		{"and a minute later", func(w *world, given reply) string {
			for range maxGuesses {
				if _, err := w.Device(w.t.Context(), testIssuer+"/device", "BBBB-BBBB", "", ""); err != nil {
					w.t.Fatal(err)
				}
			}
			w.advance(time.Minute)
			return str(given, "user_code")
		}, 200, "Your device is signed in"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			given, _ := w.begin()
			outcome, err := w.Device(t.Context(), testIssuer+"/device", test.code(w, given), "alice", "wonderland")
			if err != nil || outcome.Status != test.status || !strings.Contains(outcome.Text, test.want) {
				t.Errorf("%+v %v", outcome, err)
			}
		})
	}
	w := newWorld(t, nil)
	given, _ := w.begin()
	form := url.Values{"user_code": {str(given, "user_code")}, "token": {"x"}}
	for _, cookie := range []string{"", browserCookie + w.mark + "=" + strings.Repeat("x", 43)} {
		if got := w.do("POST", "/device", form, "Cookie", cookie); got.Status != http.StatusForbidden {
			t.Errorf("%q: %d", cookie, got.Status)
		}
	}
}
