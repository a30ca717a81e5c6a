package op

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// asking sends a backchannel request of the client ciba.
func (w *world) asking(changes ...string) reply {
	return w.do("POST", "/bc-authorize", changed(url.Values{"scope": {"openid offline_access"}, "login_hint": {"alice"}}, changes...),
		"Authorization", basic("ciba", w.clients["ciba"].Secret.Reveal()))
}

func (w *world) pollAs(client, id string) reply {
	return w.token(url.Values{"grant_type": {grantCIBA}, "auth_req_id": {id}}, "Authorization", basic(client, w.clients[client].Secret.Reveal()))
}

func TestBackchannel(t *testing.T) {
	w := newWorld(t, nil)
	given := w.asking("binding_message", "pay 42", "acr_values", "platinum gold", "requested_expiry", "60")
	id := str(given, "auth_req_id")
	if diff := cmp.Diff(map[string]any{"auth_req_id": id, "expires_in": 60.0, "interval": 5.0}, given.JSON); diff != "" || len(id) < 27 {
		t.Error(diff)
	}
	if want := "confirm as alice: " + testIssuer + "/ciba (message: pay 42)"; w.events[len(w.events)-1].Confirm != want {
		t.Error(w.events[len(w.events)-1].Confirm)
	}
	if got := w.pollAs("ciba", id); str(got, "error") != "authorization_pending" {
		t.Error(got.Body)
	}
	if got := w.pollAs("ciba", id); str(got, "error") != "slow_down" {
		t.Error(got.Body)
	}
	w.advance(10 * time.Second)
	if page, err := w.Backchannel(t.Context(), testIssuer+"/ciba", "bob", "builder"); err != nil || !strings.Contains(page.Text, "Nothing waits for you") {
		t.Errorf("%+v %v", page, err)
	}
	page, err := w.Backchannel(t.Context(), testIssuer+"/ciba", "alice", "wonderland")
	if err != nil || !strings.HasPrefix(page.Text, "You have agreed") {
		t.Fatalf("%+v %v", page, err)
	}
	tokens := w.pollAs("ciba", id)
	claims := part(t, str(tokens, "id_token"), 1)
	if claims["sub"] != "user-alice-7f3a" || claims["acr"] != "gold" || claims["auth_time"] == nil || str(tokens, "refresh_token") == "" {
		t.Error(tokens.Body)
	}
	w.advance(10 * time.Second)
	if got := w.pollAs("ciba", id); str(got, "error") != "invalid_grant" {
		t.Error(got.Body)
	}
}

// TestBackchannelIsPersonal lets nobody but the one who is asked agree, or refuse.
func TestBackchannelIsPersonal(t *testing.T) {
	w := newWorld(t, nil)
	id := str(w.asking(), "auth_req_id")
	robot := &Robot{Transport: w, StopAt: "none"}
	page, err := robot.browse(t.Context(), testIssuer+"/ciba", map[string]string{"login_hint": "alice", "username": "bob", "password": "builder"})
	if err != nil || page.Status != http.StatusForbidden || !strings.HasPrefix(page.Text, "Somebody else is asked") {
		t.Errorf("%+v %v", page, err)
	}
	if got := w.pollAs("ciba", id); str(got, "error") != "authorization_pending" {
		t.Error(got.Body)
	}
	w.advance(3 * time.Minute)
	if got := w.pollAs("ciba", id); str(got, "error") != "expired_token" {
		t.Error(got.Body)
	}
}

func TestBackchannelApproves(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoApprove, c.ApproveAfter = true, 2 })
	id := str(w.asking("login_hint", "bob@example.test"), "auth_req_id")
	for _, want := range []string{"authorization_pending", "authorization_pending", ""} {
		w.advance(5 * time.Second)
		got := w.pollAs("ciba", id)
		if str(got, "error") != want {
			t.Error(got.Body)
		}
		if want == "" && part(t, str(got, "id_token"), 1)["sub"] != "user-bob-91c4" {
			t.Error(got.Body)
		}
	}
}

func TestBackchannelRefusals(t *testing.T) {
	w := newWorld(t, nil)
	idToken := str(w.redeem(), "id_token")
	hint := func(changes ...any) string {
		return signedAs(t, "ES256", "", w.claims(append([]any{"iss", "ciba", "sub", "alice"}, changes...)...))
	}
	request := func(changes ...any) string {
		return signedAs(t, "ES256", "", w.claims(append([]any{
			"iss", "ciba", "sub", nil, "nbf", w.clock.Unix(), "scope", "openid", "login_hint", "alice", "requested_expiry", 30, "jti", random(),
		}, changes...)...))
	}
	for name, test := range map[string]struct {
		changes     []string
		code, words string
	}{
		"no hint":             {[]string{"login_hint", "-"}, "invalid_request", "not 0 of them"},
		"two hints":           {[]string{"id_token_hint", idToken}, "invalid_request", "not 2 of them"},
		"nobody":              {[]string{"login_hint", "carol"}, "unknown_user_id", "nobody here is 'carol'"},
		"ID token":            {[]string{"login_hint", "-", "id_token_hint", idToken}, "", ""},
		"no ID token":         {[]string{"login_hint", "-", "id_token_hint", "x"}, "invalid_request", notOurIDToken},
		"no openid":           {[]string{"scope", "profile"}, "invalid_scope", "openid is missing"},
		"message too long":    {[]string{"binding_message", strings.Repeat("x", 65)}, "invalid_binding_message", "64 characters"},
		"message with escape": {[]string{"binding_message", "\x1b[2J"}, "invalid_binding_message", "64 characters"},
		"user code":           {[]string{"user_code", "4711"}, "invalid_request", "user_code is not supported"},
		"expiry of words":     {[]string{"requested_expiry", "soon"}, "invalid_request", "'soon' is no positive whole number"},
		"expiry zero":         {[]string{"requested_expiry", "0"}, "invalid_request", "'0' is no positive"},
		"request_uri":         {[]string{"request_uri", "https://x.test"}, "invalid_request", "request_uri has no meaning"},

		"hint token":                {[]string{"login_hint", "-", "login_hint_token", hint("jti", "1")}, "", ""},
		"hint token, not JWT":       {[]string{"login_hint", "-", "login_hint_token", "x"}, "invalid_request", "no signed JWT"},
		"hint token, expired":       {[]string{"login_hint", "-", "login_hint_token", hint("exp", w.clock.Add(-time.Minute).Unix())}, "expired_login_hint_token", "expired"},
		"hint token, wrong issuer":  {[]string{"login_hint", "-", "login_hint_token", hint("iss", "web")}, "invalid_request", "its iss is 'web'"},
		"hint token, other server":  {[]string{"login_hint", "-", "login_hint_token", hint("aud", "https://x.test")}, "invalid_request", "its aud is 'https://x.test'"},
		"hint token, nobody":        {[]string{"login_hint", "-", "login_hint_token", hint("sub", "carol", "jti", "2")}, "unknown_user_id", "carol"},
		"hint token, bad signature": {[]string{"login_hint", "-", "login_hint_token", changedSignature(hint())}, "invalid_request", "fits no key"},

		"signed":                 {[]string{"scope", "-", "login_hint", "-", "request", request()}, "", ""},
		"signed, beside":         {[]string{"scope", "-", "request", request()}, "invalid_request", "login_hint stands beside it"},
		"signed, no nbf":         {[]string{"scope", "-", "login_hint", "-", "request", request("nbf", nil)}, "invalid_request", "it has no nbf"},
		"signed, wrong issuer":   {[]string{"scope", "-", "login_hint", "-", "request", request("iss", "web")}, "invalid_request", "its iss is 'web'"},
		"signed, other server":   {[]string{"scope", "-", "login_hint", "-", "request", request("aud", "https://x.test")}, "invalid_request", "its aud is"},
		"signed, expired":        {[]string{"scope", "-", "login_hint", "-", "request", request("exp", w.clock.Add(-time.Hour).Unix())}, "invalid_request", "it expired"},
		"signed, object claim":   {[]string{"scope", "-", "login_hint", "-", "request", request("login_hint", map[string]any{})}, "invalid_request", "its login_hint is neither"},
		"signed, bad signature":  {[]string{"scope", "-", "login_hint", "-", "request", changedSignature(request())}, "invalid_request", "fits no key"},
		"signed, no person":      {[]string{"scope", "-", "login_hint", "-", "request", request("login_hint", nil)}, "invalid_request", "not 0 of them"},
		"signed by another form": {[]string{"scope", "-", "login_hint", "-", "request", "x"}, "invalid_request", "no signed JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.asking(test.changes...)
			if str(got, "error") != test.code || !strings.Contains(str(got, "error_description"), test.words) {
				t.Errorf("%d %s", got.Status, got.Body)
			}
			if test.code == "" && got.Status != http.StatusOK {
				t.Error(got.Status)
			}
		})
	}
	symmetric := signWith(t, "HS256", "", []byte(w.clients["ciba"].Secret.Reveal()), "", w.claims("iss", "ciba", "nbf", w.clock.Unix()))
	if got := w.asking("scope", "-", "login_hint", "-", "request", symmetric); !strings.Contains(got.Body, "an asymmetric one is wanted") {
		t.Error(got.Body)
	}
	if got := w.do("POST", "/bc-authorize", url.Values{"client_id": {"device"}, "scope": {"openid"}, "login_hint": {"alice"}}); str(got, "error") != "unauthorized_client" {
		t.Error(got.Body)
	}
	if got := w.pollAs("web", str(w.asking(), "auth_req_id")); str(got, "error") != "unauthorized_client" {
		t.Error(got.Body)
	}
}
