package op

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func start(t *testing.T, config Config) *Server {
	t.Helper()
	s, err := Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// callback is a client's loopback server that shows what it was sent.
func callback(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		_, _ = fmt.Fprintf(w, "<title>x</title>%s got state=%s", r.Method, r.Form.Get("state"))
	})}
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() { _ = server.Close(); done.Wait() })
	return "http://" + listener.Addr().String() + "/callback"
}

func TestSignIn(t *testing.T) {
	s := start(t, DefaultConfig())
	redirect := callback(t)
	at := func(changes ...string) string {
		return s.Issuer() + "/authorize?" + changed(login, append([]string{"redirect_uri", redirect}, changes...)...).Encode()
	}
	tests := []struct {
		name     string
		play     func(context.Context, string, string, string) (*Outcome, error)
		url      string
		password string
		want     string // beginning of the URL, status, text
	}{
		{"query", SignIn, at(), "wonderland", redirect + "?code= 200 GET got state=st"},
		{"form_post", SignIn, at("response_mode", "form_post"), "wonderland", redirect + " 200 POST got state=st"},
		{"denied", Deny, at(), "wonderland", redirect + "?error=access_denied 200 GET got state=st"},
		{"custom scheme", SignIn, at("redirect_uri", "com.myapp://callback"), "wonderland", "com.myapp://callback?code= 0 "},
		{"wrong password", SignIn, at(), "x", s.Issuer() + "/login 422 Sign in to continue to Example CLI at " +
			strings.TrimSuffix(strings.TrimPrefix(redirect, "http://"), "/callback") + " Wrong username or password."},
		{"refused", SignIn, at("client_id", "x"), "wonderland", s.Issuer() + "/authorize 400 This sign-in cannot start"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := test.play(t.Context(), test.url, "alice", test.password)
			if err != nil {
				t.Fatal(err)
			}
			beginning, rest, _ := strings.Cut(test.want, " ")
			if !strings.HasPrefix(outcome.URL, beginning) || !strings.HasPrefix(fmt.Sprintf("%d %s", outcome.Status, outcome.Text), rest) {
				t.Errorf("%+v", outcome)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		if outcome, err := SignIn(t.Context(), "http://127.0.0.1:1/", "alice", "x"); err == nil {
			t.Errorf("%+v", outcome)
		}
	})
}

// TestClosing covers a request that comes while the server closes: it gets no answer, and no empty one with status 200.
func TestClosing(t *testing.T) {
	s := start(t, DefaultConfig())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	defer func() {
		if r := recover(); r != any(http.ErrAbortHandler) {
			t.Errorf("%v; an answer: %d", r, w.Code)
		}
	}()
	s.serveCounted(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, s.Issuer()+"/", nil))
}

// TestRobotEnds covers pages that send a browser in circles.
func TestRobotEnds(t *testing.T) {
	w := newWorld(t, nil)
	w.Transport = circle{}
	_, err := w.SignIn(t.Context(), testIssuer+"/", "alice", "wonderland")
	if p := problem.As(err); p.Code != "op.robot" || p.Message != "the sign-in did not end within 20 steps; the last was http://op.test/again" {
		t.Error(err)
	}
}

type circle struct{}

func (circle) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusSeeOther, Header: http.Header{"Location": {"/again"}}, Body: http.NoBody, Request: r}, nil
}

// TestPathIssuer finds a provider below a path where both specifications look.
func TestPathIssuer(t *testing.T) {
	config := DefaultConfig()
	config.Issuer = "/realms/a%2Fb"
	s := start(t, config)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	origin, _, _ := strings.Cut(s.Issuer(), "/realms")
	for _, location := range []string{
		s.Issuer() + "/.well-known/openid-configuration",
		origin + "/.well-known/openid-configuration/realms/a%2Fb",
		origin + "/.well-known/oauth-authorization-server/realms/a%2Fb",
	} {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, location, nil)
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		var doc struct {
			Issuer string `json:"issuer"`
		}
		if json.Unmarshal(body, &doc) != nil || doc.Issuer != s.Issuer() {
			t.Errorf("%s: %s", location, body)
		}
	}
	outcome, err := (&Robot{StopAt: testRedirect}).SignIn(t.Context(), s.Issuer()+"/authorize?"+login.Encode(), "alice", "wonderland")
	if err != nil || !strings.HasPrefix(outcome.URL, testRedirect+"?code=") {
		t.Errorf("%+v %v", outcome, err)
	}
}

// TestCloseAtOnce ends a server that is about to answer never.
func TestCloseAtOnce(t *testing.T) {
	reached := make(chan struct{})
	config := DefaultConfig()
	config.Faults = []string{"disc-slow"}
	config.Observe = func(Event) { close(reached) }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := Start(ctx, "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Issuer()+"/.well-known/openid-configuration", nil)
		transport := &http.Transport{DisableKeepAlives: true}
		response, err := transport.RoundTrip(request)
		if err == nil {
			err = response.Body.Close()
		}
		ended <- err
	}()
	<-reached
	cancel() // the context alone ends it
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("the client sees %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Start(t.Context(), "127.0.0.1:-1", config); problem.As(err).Code != "serve.listen" {
		t.Error(err)
	}
}

// TestOneWinner redeems one code, and one refresh token, many times at once.
func TestOneWinner(t *testing.T) {
	w := newWorld(t, nil)
	race := func(form url.Values) (won int) {
		var all sync.WaitGroup
		results := make(chan int, 16)
		for range cap(results) {
			all.Go(func() { results <- w.token(form).Status })
		}
		all.Wait()
		close(results)
		for status := range results {
			if status == http.StatusOK {
				won++
			}
		}
		return won
	}
	if won := race(changed(redemption, "code", w.authorize().Get("code"))); won != 1 {
		t.Errorf("%d redeemed the code", won)
	}
	token := str(w.redeem(), "refresh_token")
	if won := race(url.Values{"grant_type": {"refresh_token"}, "client_id": {"cli"}, "refresh_token": {token}}); won != 1 {
		t.Errorf("%d used the refresh token", won)
	}
}

func TestShelf(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newShelf[int](time.Minute, 3)
	has := func() (out []int) {
		for i := range 9 {
			if v, ok := s.get(fmt.Sprint(i), now); ok {
				out = append(out, v)
			}
		}
		return out
	}
	check := func(want ...int) {
		t.Helper()
		if diff := cmp.Diff(want, has()); diff != "" {
			t.Error(diff)
		}
	}
	for i := range 5 {
		s.put(fmt.Sprint(i), i, now)
	}
	check(2, 3, 4)
	s.put("2", 2, now) // comes anew
	s.put("5", 5, now)
	check(2, 4, 5)
	s.remove("4")
	check(2, 5)
	now = now.Add(time.Minute)
	check()
	s.put("6", 6, now)
	if s.order.Len() != 1 || len(s.index) != 1 {
		t.Error("what expired is kept")
	}
}

func TestHosts(t *testing.T) {
	w := newWorld(t, nil)
	for host, want := range map[string]bool{
		"op.test": true, "OP.test": true, "127.0.0.1:80": true, "[::1]:80": true, "[::1]": true, "localhost": true, "127.9.9.9": true,
		"evil.test": false, "op.test:81": false, "127.0.0.1.evil.test": false, "": false,
	} {
		if got := w.ourHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://evil.test/", nil)
	response, _ := w.RoundTrip(request)
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Error(response.Status)
	}
}

// TestMetadata holds the document to what the provider does.
func TestMetadata(t *testing.T) {
	w := newWorld(t, nil)
	got := w.do("GET", "/.well-known/oauth-authorization-server", nil)
	want := w.do("GET", "/.well-known/openid-configuration", nil)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, endpoint := range map[string]string{"jwks_uri": atKeys, "token_endpoint": atToken, "authorization_endpoint": atAuthorization, "userinfo_endpoint": atUserInfo} {
		w.do("HEAD", strings.TrimPrefix(str(got, name), testIssuer), nil)
		if e := w.events[len(w.events)-1]; e.Endpoint != endpoint {
			t.Errorf("%s leads to %s", name, e.Endpoint)
		}
	}
	if got.Header.Get("Access-Control-Allow-Origin") != "*" || got.JSON["issuer"] != testIssuer {
		t.Error(got)
	}
	if home := w.do("GET", "/", nil); home.Status != 200 || !strings.Contains(home.Body, "Client web-eddsa") {
		t.Error(home)
	}
}

// TestRedirectFaults shows that a client which follows gets on, and is seen.
func TestRedirectFaults(t *testing.T) {
	for _, name := range []string{"tok-307-host", "disc-redirect-host"} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var stray []string
			config := DefaultConfig()
			config.Faults = []string{name}
			config.Observe = func(e Event) {
				mu.Lock()
				defer mu.Unlock()
				if e.Endpoint == atStray {
					stray = append(stray, fmt.Sprint(e.Method, " ", e.Path, " ", e.Status, " ", e.ClientID))
				}
			}
			s := start(t, config)
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			var response *http.Response
			var err error
			want := []string{"GET /stray/discovery 200 "}
			if name == "tok-307-host" {
				want = []string{"POST /stray/token 200 web"}
				web := DefaultConfig().Clients[0]
				outcome, signInErr := (&Robot{StopAt: testRedirect}).SignIn(t.Context(), s.Issuer()+"/authorize?"+changed(login, "client_id", "web").Encode(), "alice", "wonderland")
				if signInErr != nil {
					t.Fatal(signInErr)
				}
				u, _ := url.Parse(outcome.URL)
				form := changed(redemption, "client_id", "web", "client_secret", web.Secret.Reveal(), "code", u.Query().Get("code"))
				response, err = client.PostForm(s.Issuer()+"/token", form)
			} else {
				response, err = client.Get(s.Issuer() + "/.well-known/openid-configuration")
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(want, stray); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEvents shows that nobody can change a terminal through what observers print.
func TestEvents(t *testing.T) {
	w := newWorld(t, nil)
	w.do("GET", "/x%1b%5b2J", nil)
	w.do("GET", "/authorize?client_id=%1b%5b2J", nil)
	w.token(url.Values{"client_id": {"cli"}, "grant_type": {"\x1b[2J"}})
	var got []string
	for _, e := range w.events {
		got = append(got, fmt.Sprint(e.Method, " ", e.Path, " ", e.Status, " ", e.ClientID, " ", e.GrantType, " ", e.Error))
	}
	want := []string{
		"GET /x%1b%5b2J 404   ",
		`GET /authorize 400 \x1b[2J  invalid_request`,
		`POST /token 400 cli \x1b[2J unsupported_grant_type`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
