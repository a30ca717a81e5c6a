package op

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// TestForms shows that no page of another origin or browser can send our forms.
func TestForms(t *testing.T) {
	w := newWorld(t, nil)
	begun := w.do("GET", "/authorize?"+login.Encode(), nil)
	cookie := strings.Split(begun.Header.Get("Set-Cookie"), ";")[0]
	location := strings.TrimPrefix(begun.Header.Get("Location"), testIssuer)
	u, _ := url.Parse(location)
	id := u.Query().Get("interaction")
	page := w.do("GET", location, nil, "Cookie", cookie)
	_, after, _ := strings.Cut(page.Body, `name="token" value="`)
	token, _, _ := strings.Cut(after, `"`)
	good := url.Values{"interaction": {id}, "token": {token}, "username": {"alice"}, "password": {"wonderland"}}
	tests := []struct {
		name, path, cookie string
		form               url.Values
		status             int
		want               string
	}{
		{"no cookie", "/login", "a=b", good, 403, "This sign-in belongs to another browser"},
		{"another cookie", "/login", browserCookie + w.mark + "=x", good, 403, "This sign-in belongs to another browser"},
		{"no token", "/login", cookie, changed(good, "token", "-"), 403, "This form did not come from here"},
		{"wrong token", "/login", cookie, changed(good, "token", "x"), 403, "This form did not come from here"},
		{"another interaction", "/login", cookie, changed(good, "interaction", "x"), 400, "This sign-in is over"},
		{"consent unsigned", "/consent", cookie, changed(good, "decision", "allow"), 403, "You are no longer signed in"},
		{"wrong password", "/login", cookie, changed(good, "password", "x"), 422, "Wrong username or password."},
		{"unknown user", "/login", cookie, changed(good, "username", "x"), 422, "Wrong username or password."},
		{"good", "/login", cookie, good, 303, ""},
		{"cancel", "/login", cookie, changed(good, "decision", "cancel"), 303, ""},
		{"after the cancel", "/login", cookie, good, 400, "This sign-in is over"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := w.do("POST", test.path, test.form, "Cookie", test.cookie)
			if got.Status != test.status || !strings.Contains(got.Body, test.want) {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + digest(styleCSS) + "'; script-src 'none'; img-src data:; " +
			"base-uri 'none'; frame-ancestors 'none'; form-action 'self' http://127.0.0.1:4711",
	} {
		if got := page.Header.Get(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if !strings.Contains(begun.Header.Get("Set-Cookie"), "; Path=/; HttpOnly; SameSite=Lax") {
		t.Error(begun.Header)
	}
}

func pageOf(t *testing.T, body io.Reader) *htmlPage {
	t.Helper()
	source, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := readPage(string(source))
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestConsentOfAnother has one person at the consent page while another signs in, in the same browser.
func TestConsentOfAnother(t *testing.T) {
	w := newWorld(t, nil)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: w, Jar: jar}
	fetch := func(method, target string, form url.Values) (int, url.Values, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		page := pageOf(t, response.Body)
		v := &visit{robot: new(Robot), fields: map[string]string{"username": "alice", "password": "wonderland"}, asked: make(map[string]bool)}
		step, _ := v.fill(page, response.Request.URL)
		return response.StatusCode, step.form, page.text
	}
	_, alice, _ := fetch("GET", testIssuer+"/authorize?"+login.Encode(), nil)
	_, consent, _ := fetch("POST", testIssuer+"/login", alice)
	_, bob, _ := fetch("GET", testIssuer+"/authorize?"+changed(login, "prompt", "login").Encode(), nil)
	fetch("POST", testIssuer+"/login", changed(bob, "username", "bob", "password", "builder"))
	status, _, text := fetch("POST", testIssuer+"/consent", consent)
	if status != http.StatusForbidden || !strings.Contains(text, "You are no longer signed in") {
		t.Error(status, text)
	}
	if n := len(w.state.sessions.index); n != 1 {
		t.Errorf("one browser has %d sessions", n)
	}
}

func TestCSPOrigin(t *testing.T) {
	for uri, want := range map[string]string{
		"http://127.0.0.1:5/cb": "http://127.0.0.1:5", "http://[::1]:5/cb": "http:", "com.myapp://callback": "com.myapp:",
		"com.myapp:/callback": "com.myapp:", "https://a.test/x?y": "https://a.test",
	} {
		if got := cspOrigin(uri); got != want {
			t.Errorf("%s: %s", uri, got)
		}
	}
}
