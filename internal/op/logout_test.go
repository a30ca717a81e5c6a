package op

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// signedIn says whether the browser of a world has a session.
func (w *world) signedIn() bool {
	return w.authorize("prompt", "none").Get("error") != "login_required"
}

func TestLogout(t *testing.T) {
	hint := func(w *world) string { return str(w.redeem(), "id_token") }
	tests := []struct {
		name   string
		query  func(w *world) url.Values
		deny   bool
		pages  int
		ends   bool
		url    string // beginning
		text   string
		status int
	}{
		{
			"hint and redirect", func(w *world) url.Values {
				return url.Values{"id_token_hint": {hint(w)}, "post_logout_redirect_uri": {testRedirect + "?x=1"}, "state": {"st"}}
			}, false, 1, true, testIssuer + "/logout", "This sign-out cannot be done post_logout_redirect_uri 'http://127.0.0.1:4711/callback?x=1' is not registered", 400,
		},
		{"redirect", func(w *world) url.Values {
			return url.Values{"id_token_hint": {hint(w)}, "post_logout_redirect_uri": {testRedirect}, "state": {"st"}, "client_id": {"cli"}}
		}, false, 1, true, testRedirect + "?state=st", "", 0},
		{"custom scheme", func(w *world) url.Values {
			return url.Values{"id_token_hint": {hint(w)}, "post_logout_redirect_uri": {"com.myapp://callback"}}
		}, false, 1, true, "com.myapp://callback", "", 0},
		{"hint alone", func(w *world) url.Values { return url.Values{"id_token_hint": {hint(w)}} }, false, 1, true, testIssuer + "/logout", "You are signed out", 200},
		{"client alone", func(w *world) url.Values {
			hint(w)
			return url.Values{"client_id": {"cli"}, "post_logout_redirect_uri": {testRedirect}}
		}, false, 2, true, testRedirect, "", 0},
		{"nothing", func(w *world) url.Values { hint(w); return url.Values{} }, false, 2, true, testIssuer + "/logout", "You are signed out", 200},
		{"nothing, and stays", func(w *world) url.Values { hint(w); return url.Values{} }, true, 2, false, testIssuer + "/logout", "You stay signed in", 200},
		{"hint of another", func(w *world) url.Values {
			other := hint(w)
			outcome, err := w.SignIn(w.t.Context(), testIssuer+"/authorize?"+changed(login, "prompt", "login").Encode(), "bob", "builder")
			if err != nil || !strings.Contains(outcome.URL, "code=") {
				w.t.Fatalf("%+v %v", outcome, err)
			}
			return url.Values{"id_token_hint": {other}}
		}, true, 2, false, testIssuer + "/logout", "You stay signed in", 200},
		{"nobody signed in", func(*world) url.Values {
			return url.Values{"client_id": {"cli"}, "post_logout_redirect_uri": {testRedirect}, "state": {"st"}}
		}, false, 1, true, testRedirect + "?state=st", "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, nil)
			query := test.query(w)
			w.events, w.Deny = nil, test.deny
			outcome, err := w.Open(t.Context(), testIssuer+"/logout?"+query.Encode())
			if err != nil || !strings.HasPrefix(outcome.URL, test.url) || !strings.HasPrefix(outcome.Text, test.text) || outcome.Status != test.status {
				t.Errorf("%+v %v", outcome, err)
			}
			if len(w.events) != test.pages {
				t.Error(w.events)
			}
			if ended := !w.signedIn(); ended != (test.ends && test.status != http.StatusBadRequest) {
				t.Error("the session has ended:", ended)
			}
		})
	}
	w := newWorld(t, func(c *Config) { c.AutoApprove = true })
	w.redeem()
	if outcome, err := w.Open(t.Context(), testIssuer+"/logout"); err != nil || !strings.HasPrefix(outcome.Text, "You are signed out") {
		t.Errorf("%+v %v", outcome, err)
	}
}

func TestLogoutRefusals(t *testing.T) {
	w := newWorld(t, nil)
	hint := str(w.redeem(), "id_token")
	tests := []struct {
		name  string
		query url.Values
		want  string
	}{
		{"hint", url.Values{"id_token_hint": {"x"}}, notOurIDToken},
		{"client", url.Values{"client_id": {"clii"}}, "no client 'clii' is registered; is cli meant?"},
		{"another client", url.Values{"id_token_hint": {hint}, "client_id": {"web"}}, "client_id is 'web', but id_token_hint was issued to 'cli'"},
		{"whose", url.Values{"post_logout_redirect_uri": {testRedirect}}, "post_logout_redirect_uri was sent, but neither id_token_hint nor client_id says whose it is"},
		{
			"redirect",
			url.Values{"client_id": {"cli"}, "post_logout_redirect_uri": {"https://evil.test/"}},
			"post_logout_redirect_uri 'https://evil.test/' is not registered for client 'cli'. Registered: " + strings.Join(w.clients["cli"].RedirectURIs, " "),
		},
		{"twice", url.Values{"state": {"a", "b"}}, "sent more than once: state"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.do("GET", "/logout?"+test.query.Encode(), nil)
			if e := w.events[len(w.events)-1]; got.Status != http.StatusBadRequest || e.Description != test.want {
				t.Errorf("%d\n got %s\nwant %s", got.Status, e.Description, test.want)
			}
		})
	}
	if !w.signedIn() {
		t.Error("a refused logout ended the session")
	}
}

// TestLogoutForm shows that no other page can sign somebody out.
func TestLogoutForm(t *testing.T) {
	w := newWorld(t, nil)
	w.redeem()
	client := &http.Client{Transport: w, Jar: w.jar}
	response, err := client.Get(testIssuer + "/logout")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page := pageOf(t, response.Body)
	v := &visit{robot: new(Robot), asked: make(map[string]bool)}
	step, _ := v.fill(page, response.Request.URL)
	for name, test := range map[string]struct {
		form   url.Values
		method string
		status int
	}{
		"no token":          {changed(step.form, "token", "-"), "POST", 403},
		"wrong token":       {changed(step.form, "token", "x"), "POST", 403},
		"another browser":   {step.form, "POST", 403},
		"another logout":    {changed(step.form, "interaction", "x"), "POST", 400},
		"by GET it is anew": {step.form, "GET", 200},
	} {
		path := "/logout"
		if test.method == "GET" {
			path += "?" + test.form.Encode()
		}
		if got := w.do(test.method, path, test.form); got.Status != test.status {
			t.Error(name, got.Status, got.Body)
		}
	}
	if !w.signedIn() {
		t.Error("signed out")
	}
}
