package op

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImplicit(t *testing.T) {
	w := newWorld(t, nil)
	ask := func(changes ...string) url.Values {
		return w.authorize(append([]string{"client_id", "legacy", "code_challenge", "-", "code_challenge_method", "-"}, changes...)...)
	}
	both := ask("response_type", "token id_token", "scope", "openid email")
	access, id := both.Get("access_token"), both.Get("id_token")
	want := url.Values{
		"access_token": {access}, "token_type": {"Bearer"}, "expires_in": {"3600"}, "scope": {"openid email"}, "id_token": {id},
		"state": {"st"}, "iss": {testIssuer},
	}
	if diff := cmp.Diff(want, both); diff != "" {
		t.Error(diff)
	}
	if claims := part(t, id, 1); claims["at_hash"] != hashClaim("RS256", access) || claims["nonce"] != "no" || claims["email"] != nil {
		t.Error(claims)
	}
	if got := w.do("GET", "/userinfo", nil, "Authorization", "Bearer "+access); str(got, "email") != "alice@example.test" {
		t.Error(got.Body)
	}
	alone := ask("response_type", "id_token", "scope", "openid email")
	if claims := part(t, alone.Get("id_token"), 1); claims["at_hash"] != nil || claims["email"] != "alice@example.test" || alone.Has("access_token") {
		t.Error(claims, alone)
	}
	if token := ask("response_type", "token", "nonce", "-"); token.Get("access_token") == "" || token.Has("id_token") || token.Has("refresh_token") {
		t.Error(token)
	}
	posted := ask("response_type", "token", "response_mode", "form_post")
	if posted.Get("access_token") == "" {
		t.Error(posted)
	}
	tests := []struct {
		name    string
		changes []string
		code    string
		want    string
	}{
		{"query", []string{"response_type", "token", "response_mode", "query"}, "invalid_request", "response_mode 'query' would leave tokens in logs and histories; 'fragment' is for them"},
		{"no nonce", []string{"response_type", "id_token", "nonce", "-"}, "invalid_request", "nonce is missing; response_type 'id_token' needs one"},
		{"no openid", []string{"response_type", "id_token token", "scope", "email"}, "invalid_scope", "response_type 'id_token token' needs the scope openid"},
		{"code", nil, "unauthorized_client", "client 'legacy' may not use authorization_code; it may use: password implicit refresh_token"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := url.Values{"error": {test.code}, "error_description": {test.want}, "state": {"st"}, "iss": {testIssuer}}
			if diff := cmp.Diff(want, ask(test.changes...)); diff != "" {
				t.Error(diff)
			}
		})
	}
	got := w.do("GET", "/authorize?"+changed(login, "client_id", "legacy", "response_type", "token", "scope", "admin").Encode(), nil)
	if location := got.Header.Get("Location"); !strings.HasPrefix(location, testRedirect+"#error=invalid_scope") {
		t.Error("an error about tokens goes into the fragment:", location)
	}
}

// TestWebMessage shows who may read the message: the origin of the redirect URI, and nobody else.
func TestWebMessage(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoApprove = true })
	query := changed(login, "response_mode", "web_message", "state", "<st>'")
	got := w.do("GET", "/authorize?"+query.Encode(), nil)
	if got.Status != http.StatusOK {
		t.Fatal(got.Status, got.Body)
	}
	if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'sha256-"+digest(messageScript)+"'") ||
		!strings.Contains(policy, "frame-ancestors http://127.0.0.1:4711;") || !strings.Contains(got.Body, "<script>"+messageScript+"</script>") {
		t.Error(policy)
	}
	if got.Header.Get("X-Frame-Options") != "" || got.Header.Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("the page cannot reach who opened it", got.Header)
	}
	if strings.Contains(got.Body, "<st>") || !strings.Contains(got.Body, ` data-origin="http://127.0.0.1:4711" `) {
		t.Error(got.Body)
	}
	_, data, _ := strings.Cut(got.Body, `data-message="`)
	data, _, _ = strings.Cut(data, `"`)
	var message struct {
		Type     string            `json:"type"`
		Response map[string]string `json:"response"`
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(data)), &message); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"code": message.Response["code"], "state": "<st>'", "iss": testIssuer}
	if diff := cmp.Diff(want, message.Response); diff != "" || message.Type != "authorization_response" || len(want["code"]) != 43 {
		t.Error(diff, message.Type)
	}
	outcome, err := (&Robot{Transport: w}).SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "response_mode", "web_message", "prompt", "none").Encode(), "", "")
	if err != nil || outcome.MessageOrigin != "http://127.0.0.1:4711" || outcome.Form.Get("error") != "login_required" {
		t.Errorf("%+v %v", outcome, err)
	}
}

func TestOrigin(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:5/cb": "http://127.0.0.1:5", "http://[::1]:5/cb": "http://[::1]:5", "http://A.test:80/": "http://a.test",
		"https://a.test:443/x": "https://a.test", "https://a.test:80": "https://a.test:80", "com.myapp://callback": "", "%": "",
	} {
		if got := origin(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// TestFragment puts a code into the fragment where that is asked for.
func TestFragment(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoApprove = true })
	got := w.do("GET", "/authorize?"+changed(login, "response_mode", "fragment").Encode(), nil)
	if location := got.Header.Get("Location"); !strings.HasPrefix(location, testRedirect+"#code=") {
		t.Error(location)
	}
}
