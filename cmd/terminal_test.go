package cmd

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/oauthctl/oauthctl/internal/op"
)

// poison would retitle, clear, move and reorder a terminal, forge a line, and hide what follows.
const poison = "\x1b]0;owned\x07\x1b[2J\u009b2J\u202e\u2066\u200f\u2028\r\nforged: line\x00\x08\u200b"

// hostileIn returns what in a text could change a terminal; empty where nothing does.
func hostileIn(text string) string {
	i := strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028')
	})
	if i < 0 {
		if i = strings.Index(text, "\nforged: line"); i < 0 {
			return ""
		}
	}
	return fmt.Sprintf("%q", text[max(i-80, 0):min(i+40, len(text))])
}

// poisoner is a network on which one string of the answers from a path is poisoned, or what replace makes of them.
type poisoner struct {
	path    string // its end
	leaf    int    // the number of the string
	leaves  int    // that there are
	met     bool   // an answer from the path was spoilt
	replace func(*http.Response)
}

// RoundTrip sends the request and spoils the answer.
func (p *poisoner) RoundTrip(r *http.Request) (*http.Response, error) {
	network := &http.Transport{DisableKeepAlives: true}
	res, err := network.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, p.path) {
		return res, err
	}
	p.met = true
	if p.replace != nil {
		p.replace(res)
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	var value any
	if json.Unmarshal(body, &value) == nil {
		p.leaves = 0
		if body, err = json.Marshal(p.spoil(value)); err != nil {
			return nil, err
		}
	}
	setBody(res, string(body))
	return res, nil
}

func setBody(res *http.Response, body string) {
	res.Body, res.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
}

// spoil counts the strings of a value, the first alone of an array, and poisons the one whose turn it is. A member with
// a poisoned name comes last.
func (p *poisoner) spoil(value any) any {
	switch v := value.(type) {
	case string:
		p.leaves++
		if p.leaves == p.leaf {
			return v + poison
		}
	case []any:
		if len(v) > 0 {
			v[0] = p.spoil(v[0])
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			v[name] = p.spoil(v[name])
		}
		p.leaves++
		if p.leaves == p.leaf {
			v["x"+poison] = poison
		}
	}
	return value
}

// replaced are answers that any endpoint may give instead of its own.
func replaced() map[string]func(*http.Response) {
	answer := func(status int, contentType, body string) func(*http.Response) {
		return func(res *http.Response) {
			res.StatusCode, res.Status = status, fmt.Sprint(status, " ", poison)
			res.Header.Set("Content-Type", contentType)
			setBody(res, body)
		}
	}
	quoted, _ := json.Marshal(poison)
	refusal := func(code string) string {
		return fmt.Sprintf(`{"error":%s,"error_description":%s,"error_uri":%s,%s:%s}`, code, quoted, `"https://x.example/`+string(quoted[1:]), quoted, quoted)
	}
	return map[string]func(*http.Response){
		"an error":            answer(400, "application/json", refusal(`"invalid_grant"`)),
		"an error of its own": answer(400, "application/json", refusal(string(quoted))),
		"a challenge": func(res *http.Response) {
			answer(401, "application/json", refusal(`"invalid_token"`))(res)
			res.Header["Www-Authenticate"] = []string{
				`Bearer realm="` + poison + `", error="insufficient_user_authentication", error_description="` + poison + `", acr_values="` + poison +
					`", scope="` + poison + `", resource_metadata="` + poison + `"`, poison, `DPoP algs="` + poison + `"`,
			}
		},
		"headers": func(res *http.Response) {
			for _, name := range []string{"Server", "Set-Cookie", "Dpop-Nonce", "Warning", "Date", "Retry-After"} {
				res.Header[name] = []string{"a=" + poison + "; b=" + poison}
			}
		},
		"a type": func(res *http.Response) { res.Header["Content-Type"] = []string{"text/" + poison} },
		"a redirect": func(res *http.Response) {
			res.StatusCode = 307
			res.Header["Location"] = []string{"https://x.example/" + poison}
		},
		"a page":         answer(503, "text/html", "<title>"+poison+"</title><script>alert(1)</script>"),
		"no JSON at all": answer(200, "application/json", poison),
		"broken JSON":    answer(200, "application/json", `{"access_token":`+string(quoted)+`,`+poison),
		"a JWT":          answer(200, "application/jwt", forgedJWT()),
	}
}

// forgedJWT is a token, signed by nobody, each part of which is poisoned.
func forgedJWT() string {
	quoted, _ := json.Marshal("x" + poison)
	part := func(json string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(json, "POISON", string(quoted))))
	}
	return part(`{"alg":"RS256","kid":POISON,"typ":POISON,POISON:POISON}`) + "." +
		part(`{"iss":POISON,"aud":[POISON],"sub":POISON,"nonce":POISON,"scope":POISON,"exp":4102444800,"iat":1,"acr":POISON,"cnf":{"jkt":POISON},"act":{"sub":POISON},POISON:[POISON]}`) +
		"." + part("POISON")
}

// TestNothingReachesTheTerminal poisons one string after the other of what a provider answers to each command, and
// then whole answers and header fields. Whatever the command makes of it, stdout, stderr and the HAR file are clean.
func TestNothingReachesTheTerminal(t *testing.T) {
	t.Parallel()
	config := op.DefaultConfig()
	config.AutoApprove, config.PollInterval = true, time.Second
	server, err := op.Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	issuer := server.Issuer()
	secrets := make(map[string]string)
	for _, c := range server.Info().Clients {
		secrets[c.ID] = c.Secret
	}
	device := words("token device --client-id device --wait 3m -o summary --no-browser")
	for _, test := range []struct {
		name, path string
		args       []string
		client     string
	}{
		{"discover", "configuration", words("discover -o text"), "web"},
		{"discover as JSON", "configuration", words("discover -o json"), "web"},
		{"jwks", "jwks", words("jwks -o text"), "web"},
		{"userinfo", "userinfo", words("userinfo --token-file -"), "web"},
		{"introspect", "introspect", words("introspect --client-id web --token-file -"), "web"},
		{"revoke", "revoke", words("revoke --client-id web --token-file -"), "web"},
		{"call", "userinfo", append(words("call --token-file -"), issuer+"/userinfo"), "web"},
		{"a code", "token", words("token auth-code --client-id web -s openid -o summary --wait 3m"), "web"},
		{"a code, its person", "userinfo", words("login --client-id web --wait 3m"), "web"},
		{"a pushed request", "par", words("token auth-code --client-id web --par always -o claims --wait 3m"), "web"},
		{"client credentials", "token", words("token client-credentials --client-id service -o json"), "service"},
		{"a device", "device_authorization", device, "none"},
		{"a backchannel request", "bc-authorize", words("token ciba --client-id ciba --login-hint alice --wait 3m -o summary"), "ciba"},
		{"a registration", "register", words("client register --name X --grant-type client_credentials"), "none"},
		{"a client's document", "client.json", words("client metadata " + issuer + "/client.json -o text"), "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := test.args
			if !slices.Contains([]string{"client", "call"}, args[0]) || args[1] == "register" {
				args = append(args, "--issuer", issuer)
			}
			token := play(t, "", "token", "auth-code", "--issuer", issuer, "--client-id", "web", "-s", "openid profile email").stdout
			spoilt := &poisoner{path: test.path, leaves: 1}
			if code := drink(t, "nothing spoilt", spoilt, secrets[test.client], token, args); code != 0 {
				t.Errorf("without poison: exit %d", code)
			}
			spoilt.leaf = 1
			for ; spoilt.leaf <= spoilt.leaves; spoilt.leaf++ {
				drink(t, fmt.Sprint("string ", spoilt.leaf), spoilt, secrets[test.client], token, args)
			}
			for name, replace := range replaced() {
				drink(t, name, &poisoner{path: test.path, replace: replace}, secrets[test.client], token, args)
			}
			if !spoilt.met {
				t.Errorf("nothing came from %s", test.path)
			}
		})
	}
	for _, command := range []string{"jwt decode", "jwt decode -o json", "jwt verify -o json --kind id", "jwt verify -o text --kind access"} {
		args := words(command)
		if args[1] == "verify" {
			args = append(args, "--issuer", issuer)
		}
		drink(t, command, &poisoner{path: "nothing", leaf: 0}, "", forgedJWT(), args)
	}
}

// drink runs a command against the poison, and looks at all that it printed and wrote.
func drink(t *testing.T, name string, network http.RoundTripper, secret, stdin string, args []string) int {
	t.Helper()
	var out, errs bytes.Buffer
	archive := filepath.Join(t.TempDir(), "exchange.har")
	app := &App{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now, Transport: network,
		Environ: []string{"HOME=" + t.TempDir()},
		Browser: func(ctx context.Context, url string) {
			go func() { _, _ = op.SignIn(ctx, url, "alice", "wonderland") }()
		},
	}
	if secret != "" {
		app.Environ = append(app.Environ, "OAUTHCTL_CLIENT_SECRET="+secret)
	}
	code := execute(t.Context(), app, slices.Concat(args, words("-v --trace --timeout 60s --har"), []string{archive}))
	har, err := os.ReadFile(archive)
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, errs.String())
	}
	printed := map[string]string{"stdout": out.String(), "stderr": errs.String(), "the HAR file": string(har)}
	if args[0] == "call" {
		delete(printed, "stdout") // an API's answer is handed on as it came
	}
	for where, text := range printed {
		if found := hostileIn(text); found != "" {
			t.Errorf("%s: exit %d, %s has %s", name, code, where, found)
		}
	}
	if code == 1 {
		t.Errorf("%s: an internal error:\n%s", name, errs.String())
	}
	return code
}
