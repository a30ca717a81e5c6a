package cmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

// target is a login that waits, as another process on the machine sees it.
type target struct {
	callback string // where it listens
	state    string // what only the two sides know
	issuer   string
	address  string // of the authorization request
}

// knock sends a request to the waiting login and returns the status of the answer, 0 without one.
func (g target) knock(method, query, body string, change func(*http.Request)) int {
	r, err := http.NewRequestWithContext(context.Background(), method, g.callback+query, strings.NewReader(body))
	if err != nil {
		return 0
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 2 * time.Minute}
	res, err := client.Do(r)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// get is knock with what a page or a process that does not know the state sends.
func (g target) get(query string) int { return g.knock(http.MethodGet, query, "", nil) }

// disturb runs a login, and the attack before alice gets to sign in.
func disturb(t *testing.T, attack func(target)) run {
	t.Helper()
	server, err := op.Start(t.Context(), "127.0.0.1:0", op.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(""), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now, Environ: []string{"HOME=" + t.TempDir()},
		Browser: func(ctx context.Context, address string) {
			go func() {
				u, _ := url.Parse(address)
				request := u.Query()
				attack(target{request.Get("redirect_uri"), request.Get("state"), server.Issuer(), address})
				_, _ = op.SignIn(ctx, address, "alice", "wonderland")
			}()
		},
	}
	code := execute(t.Context(), app, []string{
		"token", "auth-code", "--issuer", server.Issuer(), "--client-id", "cli", "-s", "openid", "-o", "json", "--wait", "3m",
	})
	return run{code, out.String(), errs.String()}
}

// TestLocalAdversaries lets pages and other processes get at the callback first. None of it ends, wins or delays the
// login; only who knows its state can, and gains nothing by it.
func TestLocalAdversaries(t *testing.T) {
	t.Parallel()
	origin := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Origin", value) }
	}
	for name, test := range map[string]struct {
		attack func(target) int
		status int
		shown  string // on stderr
	}{
		"a code of another login":   {func(g target) int { return g.get("?code=stolen&state=other") }, 400, "ignored (1): "},
		"a code without state":      {func(g target) int { return g.get("?code=stolen") }, 400, "ignored (1): "},
		"an empty state":            {func(g target) int { return g.get("?code=stolen&state=") }, 400, "ignored (1): "},
		"the state twice":           {func(g target) int { return g.get("?code=x&state=" + g.state + "&state=" + g.state) }, 400, "ignored (1): "},
		"an error of another login": {func(g target) int { return g.get("?error=access_denied&state=other") }, 400, "ignored (1): "},
		"an error without state":    {func(g target) int { return g.get("?error=server_error&error_description=%1b[2J%e2%80%ae") }, 400, "ignored (1): "},
		"a foreign name for loopback": {func(g target) int {
			return g.knock("GET", "?code=x&state="+g.state, "", func(r *http.Request) { r.Host = "rebound.example:" + r.URL.Port() })
		}, 421, ""},
		"a script of a page": {func(g target) int {
			return g.knock("GET", "?code=x&state="+g.state, "", origin("https://evil.example"))
		}, 403, ""},
		"a form where a query is due": {func(g target) int {
			return g.knock("POST", "", "code=x&state="+g.state, origin("https://evil.example"))
		}, 405, ""},
		"a prefetch": {func(g target) int {
			return g.knock("GET", "?code=x&state="+g.state, "", func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") })
		}, 403, ""},
		"a fragment, as nothing comes": {func(g target) int { return g.get("") }, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status := 0
			got := disturb(t, func(g target) { status = test.attack(g) })
			if got.code != 0 || !strings.Contains(got.stdout, `"access_token"`) {
				t.Errorf("the login did not survive: exit %d\n%s", got.code, got.stderr)
			}
			if status != test.status || !strings.Contains(got.stderr, test.shown) {
				t.Errorf("the answer was %d, want %d\n%s", status, test.status, got.stderr)
			}
			if strings.ContainsAny(got.stderr, "\x1b\u202e") || strings.Contains(got.stderr, "stolen") {
				t.Errorf("it reached the terminal: %q", got.stderr)
			}
		})
	}
}

// TestCallbackFlood lets another process send a thousand callbacks and hold three hundred connections open.
func TestCallbackFlood(t *testing.T) {
	t.Parallel()
	got := disturb(t, func(g target) {
		u, err := url.Parse(g.callback)
		if err != nil {
			t.Error(err)
			return
		}
		for range 300 {
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			_, _ = io.WriteString(conn, "GET /callback HTTP/1.1\r\nHost: ")
		}
		var group sync.WaitGroup
		for worker := range 20 {
			group.Go(func() {
				for i := range 50 {
					g.get(fmt.Sprintf("?code=x&state=%d-%d", worker, i))
				}
			})
		}
		group.Wait()
	})
	if got.code != 0 || !strings.Contains(got.stdout, `"access_token"`) {
		t.Errorf("the login did not survive: exit %d\n%.2000s", got.code, got.stderr)
	}
	if lines := strings.Count(got.stderr, "ignored ("); lines == 0 || lines > 50 {
		t.Errorf("%d lines for a thousand callbacks", lines)
	}
}

// codeOfMallory is the code of another login of the same client, with another verifier.
func (g target) codeOfMallory(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(g.address)
	if err != nil {
		t.Error(err)
		return ""
	}
	request := u.Query()
	request.Set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
	u.RawQuery = request.Encode()
	robot := &op.Robot{StopAt: g.callback}
	outcome, err := robot.SignIn(context.Background(), u.String(), "alice", "wonderland")
	if err != nil {
		t.Error(err)
		return ""
	}
	back, err := url.Parse(outcome.URL)
	if err != nil || back.Query().Get("code") == "" {
		t.Errorf("no code: %v, %s", err, outcome.URL)
		return ""
	}
	return back.Query().Get("code")
}

// TestStateIsNotEnough gives the attacker the state too, as one who reads the process list has it. A code of the
// attacker's own login is bound to another verifier, and nothing comes of it.
func TestStateIsNotEnough(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"a guessed code": "guessed", "a code of somebody else": ""} {
		got := disturb(t, func(g target) {
			if code == "" {
				code = g.codeOfMallory(t)
			}
			g.get("?code=" + url.QueryEscape(code) + "&state=" + url.QueryEscape(g.state) + "&iss=" + url.QueryEscape(g.issuer))
		})
		if got.code != 3 || got.stdout != "" || !strings.Contains(got.stderr, "invalid_grant") {
			t.Errorf("%s: exit %d, stdout %q\n%s", name, got.code, got.stdout, got.stderr)
		}
	}
}
