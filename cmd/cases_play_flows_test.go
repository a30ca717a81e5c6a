package cmd

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// What single cases of the table do: flows, answers, what is on this machine.

var noPassword secret.Secret

func hmacSHA256(key []byte, input string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(input))
	return h.Sum(nil)
}

// flows runs a flow against a provider without faults.
func flows(flow string) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		server, _ := provider(t, nil)
		return flowOf(t, flow, server.Issuer(), patient)
	})
}

// worksAt runs the flow of a fault that shows only later.
func worksAt(name string) proof {
	return holds(func(t *testing.T) {
		t.Helper()
		if _, got, _ := playFault(t, name, patient); got.code != 0 || got.stdout == "" {
			t.Errorf("exit %d\n%s", got.code, got.stderr)
		}
	})
}

// loginTo is the command line of a login at a server, or at one that is made for it.
func loginTo(t *testing.T, server *op.Server, flags ...string) []string {
	t.Helper()
	if server == nil {
		server, _ = provider(t, nil)
	}
	return append([]string{
		"token", "auth-code", "--issuer", server.Issuer(), "--client-id", "web", "-s", "openid profile", "--wait", "3m", "-o", "json",
	}, flags...)
}

// logsIn is such a login.
func logsIn(flags ...string) proof {
	return does(func(t *testing.T) run {
		t.Helper()
		return play(t, "", loginTo(t, nil, flags...)...)
	})
}

// aliased runs a client that shows a certificate: it must use the endpoints that are for it.
func aliased() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		server, seen := provider(t, nil)
		got := flowOf(t, op.FlowCertificate, server.Issuer(), patient)
		for _, e := range seen.seen() {
			if e.Endpoint == "token" && e.AuthMethod != "tls_client_auth" {
				t.Errorf("at %s by %s", e.Path, e.AuthMethod)
			}
		}
		return got
	})
}

// oneMethod looks at how a client authenticates: by one method, in the header or in the form.
func oneMethod() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		var got run
		for _, method := range []string{"client_secret_basic", "client_secret_post"} {
			address := site(t, func(w http.ResponseWriter, r *http.Request) {
				if err := r.ParseForm(); err != nil {
					t.Error(err)
				}
				_, _, basic := r.BasicAuth()
				form := r.PostForm.Get("client_secret") != ""
				if basic == form || basic != (method == "client_secret_basic") || r.URL.RawQuery != "" {
					t.Errorf("%s: in the header %t, in the form %t", method, basic, form)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer","expires_in":1}`))
			})
			got = play(t, "", "token", "client-credentials", "--endpoint", "token="+address, "--client-id", "web", "--auth-method", method, "-o", "json")
		}
		return got
	})
}

// refreshedTwice uses the newest of the rotating refresh tokens, and then one that is spent.
func refreshedTwice() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		server, _ := provider(t, nil)
		token := func(got run) string {
			var answer struct {
				RefreshToken string `json:"refresh_token"`
			}
			if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
				t.Fatalf("%v\n%s", err, got.stderr)
			}
			return answer.RefreshToken
		}
		refresh := func(with string) run {
			return play(t, with, "token", "refresh", "--issuer", server.Issuer(), "--client-id", "web", "--refresh-token-file", "-", "-o", "json")
		}
		first := token(play(t, "", loginTo(t, server, "-s", "offline_access")...))
		second := token(refresh(first))
		third := token(refresh(second))
		if third == second || second == first {
			t.Error("it does not rotate")
		}
		if got := refresh(first); got.code != 7 || got.stdout != "" {
			t.Errorf("a spent one: exit %d", got.code)
		}
	})
}

// challenged calls an API that answers 401 with a challenge.
func challenged(challenge, says string) proof {
	return holds(func(t *testing.T) {
		t.Helper()
		api := site(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["WWW-Authenticate"] = []string{strings.ReplaceAll(challenge, "\x1b", "\u009b")}
			w.WriteHeader(http.StatusUnauthorized)
		})
		got := play(t, "opaque", "call", api+"/x", "--token-file", "-")
		if got.code != 3 || !strings.Contains(got.stderr, says) || strings.ContainsAny(got.stderr, "\x1b\u009b") || len(got.stderr) > 8<<10 {
			t.Errorf("exit %d\n%.2000s", got.code, got.stderr)
		}
	})
}

// bearerHeader looks at where an access token is sent.
func bearerHeader() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		address := site(t, func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			if r.Header.Get("Authorization") != "Bearer opaque" || r.URL.RawQuery != "" || len(r.Form) > 0 {
				t.Errorf("%s %s: %v", r.Method, r.RequestURI, r.Header)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"sub":"alice"}`))
		})
		if got := play(t, "opaque", "userinfo", "--endpoint", "userinfo="+address, "--token-file", "-", "-o", "json"); got.code != 0 {
			t.Error(got.stderr)
		}
	})
}

func portTaken() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		return play(t, "", loginTo(t, nil, "--redirect-uri", "http://"+l.Addr().String()+"/callback")...)
	})
}

// skewedClock logs in where this machine is ten minutes ahead: a token that has expired by that clock is refused, and
// the clock is named.
func skewedClock() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		server, _ := provider(t, func(c *op.Config) { c.Lifetimes.IDToken = 5 * time.Minute })
		p := player{secret: webSecret, now: func() time.Time { return time.Now().Add(10 * time.Minute) }}
		got := p.play(t, loginTo(t, server)...)
		if code := errorCode([]byte(got.stderr)); got.code != 4 || code != "jwt.exp" || got.stdout != "" {
			t.Errorf("exit %d, %s", got.code, code)
		}
		if !regexp.MustCompile(`this machine's clock is 10m\d+s ahead of the provider's Date`).MatchString(got.stderr) {
			t.Error(got.stderr) // the seconds are those between the provider's answer and its check
		}
	})
}

// stdinTwice names stdin for two files.
func stdinTwice() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		return play(t, "x", "token", "client-credentials", "--issuer", forgedIssuer, "--client-id", "x", "--client-secret-file", "-", "--cert", "-", "-o", "json")
	})
}

// namesNoFile gives names that would be paths.
func namesNoFile() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		for _, name := range []string{"../../.ssh/x", "a\x01b", "CON", strings.Repeat("x", 300)} {
			for _, flag := range []string{"--profile", "--provider"} {
				if got := play(t, "", "token", "client-credentials", flag, name); got.code != 2 || got.stdout != "" {
					t.Errorf("%s %.20q: exit %d\n%s", flag, name, got.code, got.stderr)
				}
			}
		}
	})
}

// filePerms writes a token over a file that all can read.
func filePerms() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := play(t, "", loginTo(t, nil, "--output-file", path)...); got.code != 0 {
			t.Fatal(got.stderr)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(info.Mode(), err)
		}
	})
}

func argvWarned() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		server, _ := provider(t, nil)
		args := append(loginTo(t, server), "--client-secret", webSecret)
		if got := playAs(t, "", "", args...); got.code != 0 || !strings.Contains(got.stderr, "warning: ") || strings.Contains(got.stderr, webSecret) {
			t.Errorf("exit %d\n%s", got.code, got.stderr)
		}
		return play(t, "", loginTo(t, server)...)
	})
}

// wantedBrowser has a BROWSER with shell commands, which must not run.
func wantedBrowser() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		touched := filepath.Join(t.TempDir(), "touched")
		app := &App{Environ: []string{"PATH=" + os.Getenv("PATH")}, GOOS: "linux", Err: &strings.Builder{}, state: state{ring: secret.NewRing()}}
		app.runBrowsers(t.Context(), "true %s; touch "+touched, "https://id.example.com/$(touch "+touched+")")
		if _, err := os.Stat(touched); err == nil {
			t.Error("a shell ran")
		}
	})
}

// appleSecret authenticates with a JWT in place of a secret.
func appleSecret() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		_, made := forge(t, jose.ES256, []func(*forged){claim("aud", "https://appleid.apple.com")})
		server, _ := provider(t, func(c *op.Config) {
			for i := range c.Clients {
				if c.Clients[i].ID == "web" {
					c.Clients[i].Secret = secret.New(made)
				}
			}
		})
		return playAs(t, made, "", loginTo(t, server)...)
	})
}
