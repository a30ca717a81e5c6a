package op

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMatches(t *testing.T) {
	tests := []struct {
		registered, requested string
		want                  bool
	}{
		{"https://a.test/cb", "https://a.test/cb", true},
		{"https://a.test/cb", "https://a.test/cb/", false},
		{"https://a.test/cb", "https://a.test:443/cb", false},
		{"https://a.test/cb", "HTTPS://a.test/cb", false},
		{"https://a.test/cb", "https://a.test/cb?x=1", false},
		{"https://a.test/cb", "https://a.test/CB", false},
		{"https://a.test/cb", "https://a.test/%63b", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", true},
		{"http://127.0.0.1:80/cb", "http://127.0.0.1:5000/cb", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/cb?x", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/cb#x", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/%63b", false},
		{"http://127.0.0.1/cb", "https://127.0.0.1:5000/cb", false},
		{"http://127.0.0.1/cb", "HTTP://127.0.0.1:5000/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.2:5000/cb", false},
		{"http://127.0.0.1/cb", "http://localhost:5000/cb", false},
		{"http://127.0.0.1/cb", "http://u@127.0.0.1:5000/cb", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000@evil.test/cb", false},
		{"http://[::1]/cb", "http://[::1]:5000/cb", true},
		{"http://[::1]/cb", "http://127.0.0.1:5000/cb", false},
		{"http://localhost/cb", "http://localhost:5000/cb", true},
		{"http://localhost:80/cb", "http://localhost:5000/cb", false},
		{"https://127.0.0.1/cb", "https://127.0.0.1:5000/cb", false},
		{"com.myapp://callback", "com.myapp://callback", true},
		{"com.myapp://callback", "com.myapp://callback/x", false},
		{"https://a.test/apps/*", "https://a.test/apps/one?x=1", true},
		{"https://a.test/apps/*", "https://a.test/apps/", true},
		{"https://a.test/apps/*", "https://a.test/app", false},
		{"https://a.test/apps/*", "https://a.test.evil.test/apps/x", false},
		{"https://a.test/apps/*", "https://a.test/apps/../x", false},
		{"https://a.test/apps/*", "https://a.test/apps/%2e%2e/x", false},
		{"https://a.test/apps/*", `https://a.test/apps/..\x`, false},
		{"https://a.test/apps/*", "https://a.test/apps/x#y", false},
		{"http://127.0.0.1/apps/*", "http://127.0.0.1:5000/apps/x", true},
		{"http://127.0.0.1/apps/*", "http://127.0.0.1:5000@evil.test/apps/x", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000@127.0.0.1:5000/cb", false},
		{"https://a.test/apps/*", "https://u@a.test/apps/x", false},
		{"https://127.0.0.1/apps/*", "https://127.0.0.1:5000/apps/x", false},
	}
	for _, test := range tests {
		if got := matches(test.registered, test.requested); got != test.want {
			t.Errorf("matches(%q, %q) = %v", test.registered, test.requested, got)
		}
	}
}

// TestAuthorizePage shows what only the person is told, because no client can be.
func TestAuthorizePage(t *testing.T) {
	tests := []struct {
		name    string
		changes []string
		want    string
	}{
		{"no client", []string{"client_id", "-"}, "client_id is missing"},
		{"unknown client", []string{"client_id", "clii"}, "no client 'clii' is registered; is cli meant?"},
		{"hostile", []string{"client_id", "a\x1b[31m\u009b\u202e"}, "no client 'a?[31m??' is registered. Registered: web cli service"},
		{"nothing like it", []string{"client_id", "<b>"}, "no client '<b>' is registered. Registered: web cli service"},
		{
			"other URI",
			[]string{"redirect_uri", "http://127.0.0.1:1/other"},
			"redirect_uri 'http://127.0.0.1:1/other' is not registered for client 'cli'. Registered: " +
				"http://127.0.0.1/callback http://[::1]/callback http://localhost/callback com.myapp://callback",
		},
		{"no URI", []string{"redirect_uri", "-"}, "redirect_uri is missing, and client 'cli' has several: " +
			"http://127.0.0.1/callback http://[::1]/callback http://localhost/callback com.myapp://callback"},
		{"request URI", []string{"request_uri", "x"}, "this request_uri was never issued, or long ago; they live 1m30s"},
		{"no web at all", []string{"client_id", "service"}, "client 'service' has no redirect URI: it may use client_credentials only"},
	}
	w := newWorld(t, func(c *Config) { c.Clients = c.Clients[:3] })
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.do("GET", "/authorize?"+changed(login, test.changes...).Encode(), nil)
			event := w.events[len(w.events)-1]
			if got.Status != http.StatusBadRequest || got.Header.Get("Location") != "" || event.Description != test.want {
				t.Errorf("%d %v\n got %s\nwant %s", got.Status, got.Header, event.Description, test.want)
			}
			if strings.Contains(got.Body, "<b>") || strings.ContainsAny(got.Body, "\x1b\u009b\u202e") {
				t.Error("not escaped")
			}
		})
	}
	t.Run("client twice", func(t *testing.T) {
		got := w.do("GET", "/authorize?client_id=web&"+login.Encode(), nil)
		if !strings.Contains(got.Body, "client_id or redirect_uri was sent more than once") {
			t.Error(got.Body)
		}
	})
}

const allTypes = "'code', 'token', 'id_token', 'id_token token', 'code id_token', 'code token' and 'code id_token token' are"

// TestAuthorizeRedirected shows what the client is told.
func TestAuthorizeRedirected(t *testing.T) {
	tests := []struct {
		name    string
		changes []string
		code    string
		want    string
	}{
		{"no type", []string{"response_type", "-"}, "invalid_request", "response_type is missing; send response_type=code"},
		{"type", []string{"response_type", "code cookie"}, "unsupported_response_type", "response_type 'code cookie' is not supported; " + allTypes},
		{"type of another client", []string{"response_type", "token"}, "unauthorized_client", "client 'cli' may not use implicit; it may use: authorization_code refresh_token"},
		{"mode", []string{"response_mode", "pigeon"}, "invalid_request", "response_mode 'pigeon' is not supported; 'query', 'form_post', 'form_post.jwt', 'fragment', 'fragment.jwt', 'jwt', 'query.jwt' and 'web_message' are"},
		{
			"message to no origin",
			[]string{"response_mode", "web_message", "redirect_uri", "com.myapp://callback"},
			"invalid_request",
			"response_mode 'web_message' needs a redirect_uri of http or https, whose origin gets the message",
		},
		{"request object", []string{"request", "x"}, "invalid_request_object", "the request object is refused: it is no signed JWT of three parts"},
		{"no PKCE", []string{"code_challenge", "-", "code_challenge_method", "-"}, "invalid_request", "code_challenge is missing; client 'cli' is public and must use PKCE with S256"},
		{"half PKCE", []string{"code_challenge", "-"}, "invalid_request", "code_challenge_method was sent without code_challenge"},
		{"no method", []string{"code_challenge_method", "-"}, "invalid_request", "code_challenge_method is missing, which means plain; send code_challenge_method=S256"},
		{"plain", []string{"code_challenge_method", "plain"}, "invalid_request", "code_challenge_method 'plain' is not supported; only S256 is"},
		{"short", []string{"code_challenge", "abc"}, "invalid_request", "code_challenge has 3 characters; S256 makes 43 of base64url without padding"},
		{"scope", []string{"scope", "admin"}, "invalid_scope", "client 'cli' may have none of the scopes 'admin'; it may have: openid profile email offline_access api:read api:write"},
		{"prompt", []string{"prompt", "create"}, "invalid_request", "prompt 'create' is not supported; none, login, consent and select_account are"},
		{"prompts", []string{"prompt", "none login"}, "invalid_request", "prompt=none cannot be combined with another prompt"},
		{"nobody", []string{"prompt", "none"}, "login_required", "prompt=none was sent, but nobody is signed in here, or the login is too old or another one's"},
		{"max_age", []string{"max_age", "-1"}, "invalid_request", "max_age '-1' is not a whole number of seconds"},
		{"hint", []string{"id_token_hint", "a.b.c"}, "invalid_request", "id_token_hint is no ID token that this provider issued of late"},
		{"resource", []string{"resource", "api"}, "invalid_target", "resource 'api' is not an absolute URI without fragment"},
		{"quoted", []string{"response_type", "\"\\é\n"}, "unsupported_response_type", "response_type '''??' is not supported; " + allTypes},
	}
	w := newWorld(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := url.Values{"error": {test.code}, "error_description": {test.want}, "state": {"st"}, "iss": {testIssuer}}
			if diff := cmp.Diff(want, w.authorize(test.changes...)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		got := w.do("GET", "/authorize?nonce=x&"+login.Encode(), nil)
		if !strings.Contains(got.Header.Get("Location"), url.QueryEscape("sent more than once: nonce")) {
			t.Error(got.Header)
		}
	})
	t.Run("grant", func(t *testing.T) {
		w := newWorld(t, func(c *Config) { c.Clients[1].GrantTypes = []string{grantRefresh} })
		if got := w.authorize().Get("error"); got != "unauthorized_client" {
			t.Error(got)
		}
	})
}

func TestAuthorizeAnswers(t *testing.T) {
	w := newWorld(t, nil)
	for _, changes := range [][]string{{}, {"response_mode", "query"}, {"response_mode", "form_post"}, {"response_mode", "fragment"}, {"response_mode", "web_message"}} {
		got := w.authorize(changes...)
		if len(got.Get("code")) != 43 {
			t.Error(got)
		}
		want := url.Values{"code": got["code"], "state": {"st"}, "iss": {testIssuer}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(changes, diff)
		}
	}
	if got := w.authorize("state", "-"); got.Has("state") {
		t.Error(got)
	}
}

func TestSessions(t *testing.T) {
	w := newWorld(t, nil)
	pages := func(changes ...string) (events []string, answer url.Values) {
		w.events = nil
		answer = w.authorize(changes...)
		for _, e := range w.events {
			events = append(events, e.Method+" "+e.Endpoint)
		}
		return events, answer
	}
	authTime := func(answer url.Values) time.Duration {
		got := w.token(changed(redemption, "code", answer.Get("code")))
		at, _ := part(t, str(got, "id_token"), 1)["auth_time"].(float64)
		return w.now().Sub(time.Unix(int64(at), 0))
	}
	start := "GET authorization"
	log, consent := []string{"GET login", "POST login"}, []string{"GET consent", "POST consent"}
	join := func(parts ...[]string) []string {
		out := []string{start}
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	tests := []struct {
		name    string
		changes []string
		wait    time.Duration
		want    []string
		error   string
		age     time.Duration
	}{
		{"first", nil, 0, join(log, consent), "", 0},
		{"again", nil, time.Minute, join(), "", time.Minute},
		{"none", []string{"prompt", "none"}, 0, join(), "", time.Minute},
		{"more scopes, none", []string{"prompt", "none", "scope", "openid api:read"}, 0, join(), "consent_required", 0},
		{"more scopes", []string{"scope", "openid api:read"}, 0, join(consent), "", time.Minute},
		{"max_age kept", []string{"max_age", "60"}, 0, join(), "", time.Minute},
		{"max_age exceeded, none", []string{"max_age", "59", "prompt", "none"}, 0, join(), "login_required", 0},
		{"max_age exceeded", []string{"max_age", "59", "scope", "openid"}, 0, join(log, consent), "", 0},
		{"max_age zero", []string{"max_age", "0", "scope", "openid"}, 0, join(log, consent), "", 0},
		{"login", []string{"prompt", "login", "scope", "openid"}, time.Minute, join(log, consent), "", 0},
		{"consent", []string{"prompt", "consent", "scope", "openid"}, 0, join(consent), "", 0},
		{"select_account", []string{"prompt", "select_account", "scope", "openid"}, 0, join(log, consent), "", 0},
		{"session over", []string{"prompt", "none", "scope", "openid"}, 13 * time.Hour, join(), "login_required", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.advance(test.wait)
			got, answer := pages(test.changes...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if answer.Get("error") != test.error {
				t.Fatal(answer)
			}
			if test.error == "" {
				if age := authTime(answer); age != test.age {
					t.Errorf("auth_time is %v ago, not %v", age, test.age)
				}
			}
		})
	}
}

func TestHints(t *testing.T) {
	w := newWorld(t, nil)
	hint := str(w.redeem(), "id_token")
	bob := newWorld(t, nil)
	bob.Provider = w.Provider
	bob.Transport = bob
	outcome, err := bob.SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "id_token_hint", hint).Encode(), "bob", "builder")
	if err != nil || !strings.Contains(outcome.URL, "error=login_required") {
		t.Errorf("%+v %v", outcome, err)
	}
	if got := w.authorize("id_token_hint", hint, "prompt", "none"); !got.Has("code") {
		t.Error(got)
	}
	got := newWorld(t, nil)
	outcome, err = got.SignIn(t.Context(), testIssuer+"/authorize?"+changed(login, "login_hint", `"alice"`).Encode(), "alice", "wrong")
	if err != nil || outcome.Status != http.StatusUnprocessableEntity || !strings.Contains(outcome.Text, "Wrong username or password.") {
		t.Errorf("%+v %v", outcome, err)
	}
	page := w.do("GET", "/authorize?"+changed(login, "login_hint", `"alice"`).Encode(), nil)
	location := strings.TrimPrefix(page.Header.Get("Location"), testIssuer)
	shown := w.do("GET", location, nil, "Cookie", strings.Split(page.Header.Get("Set-Cookie"), ";")[0])
	if !strings.Contains(shown.Body, `name="username" value="&#34;alice&#34;"`) {
		t.Error(shown.Body)
	}
	for acr, want := range map[string]any{"gold": "gold", "platinum silver": "silver", "platinum": "bronze", "-": nil} {
		if got := part(t, str(w.redeem("acr_values", acr), "id_token"), 1)["acr"]; got != want {
			t.Errorf("acr_values %s gives %v", acr, got)
		}
	}
}

func TestDeny(t *testing.T) {
	w := newWorld(t, nil)
	w.Deny = true
	want := url.Values{"error": {"access_denied"}, "error_description": {"the user refused"}, "state": {"st"}, "iss": {testIssuer}}
	if diff := cmp.Diff(want, w.authorize()); diff != "" {
		t.Error(diff)
	}
}

func TestAutoApprove(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.AutoApprove = true })
	got := w.do("GET", "/authorize?"+changed(login, "login_hint", "bob").Encode(), nil)
	u, _ := url.Parse(got.Header.Get("Location"))
	tokens := w.token(changed(redemption, "code", u.Query().Get("code")))
	if sub := part(t, str(tokens, "id_token"), 1)["sub"]; got.Status != http.StatusSeeOther || sub != "user-bob-91c4" {
		t.Error(got.Status, sub)
	}
	if got := w.authorize("prompt", "none"); got.Get("error") != "login_required" {
		t.Error(got)
	}
}
