package cmd

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

// TestNoSecretIsPrinted runs a login and a refresh with -v and --trace, good and refused, and looks through all of
// stderr for every secret that was used.
func TestNoSecretIsPrinted(t *testing.T) {
	server, err := op.Start(t.Context(), "127.0.0.1:0", op.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	issuer := server.Issuer()
	secrets := map[string]string{"client secret": webSecret, "client secret, encoded": url.QueryEscape(webSecret), "password": "wonderland"}
	var printed strings.Builder
	keep := func(r run) run {
		printed.WriteString(r.stderr)
		return r
	}
	loud := []string{"--issuer", issuer, "--client-id", "web", "-v", "--trace", "-o", "json"}
	login := keep(play(t, "", append([]string{"token", "auth-code", "-s", "openid offline_access"}, loud...)...))
	var tokens map[string]any
	if err := json.Unmarshal([]byte(login.stdout), &tokens); err != nil {
		t.Fatalf("%v\n%s", err, login.stderr)
	}
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		secrets[name] = tokens[name].(string)
	}
	refresh := append([]string{"token", "refresh", "--refresh-token-file", "-"}, loud...)
	keep(play(t, secrets["refresh_token"], refresh...))
	if again := keep(play(t, secrets["refresh_token"], refresh...)); again.code != 7 {
		t.Errorf("a refresh token used twice: exit %d", again.code)
	}
	keep(play(t, secrets["access_token"], "userinfo", "--issuer", issuer, "--token-file", "-", "-v", "--trace"))
	keep(play(t, secrets["access_token"], "jwt", "verify", "--issuer", issuer, "-v", "--trace"))
	keep(play(t, secrets["access_token"], "call", "--token-file", "-", issuer+"/userinfo", "-v", "--trace"))
	for _, about := range []string{"introspect", "revoke", "introspect"} {
		keep(play(t, secrets["access_token"], about, "--issuer", issuer, "--client-id", "web", "--token-file", "-", "-v", "--trace"))
	}
	refused := keep(play(t, secrets["access_token"], "call", "--token-file", "-", issuer+"/userinfo", "-v", "--trace"))
	if refused.code != 3 {
		t.Errorf("a call with a revoked token: exit %d", refused.code)
	}

	text := printed.String()
	if !strings.Contains(text, "code_verifier=[redacted:") {
		t.Error("the trace does not show the token request")
	}
	for name, value := range secrets {
		if strings.Contains(text, value) {
			t.Errorf("the %s was printed", name)
		}
		if signature := value[strings.LastIndexByte(value, '.')+1:]; len(signature) > 30 && strings.Contains(text, signature) {
			t.Errorf("the signature of the %s was printed", name)
		}
	}
}

// TestEchoedSecretIsHidden lets the provider repeat the secret, the code and the verifier in its error.
func TestEchoedSecretIsHidden(t *testing.T) {
	config := op.DefaultConfig()
	config.Faults = []string{"tok-error-echo"}
	server, err := op.Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	for _, format := range []string{"json", "token"} {
		got := play(t, "", "token", "auth-code", "--issuer", server.Issuer(), "--client-id", "web", "-o", format)
		if got.code != 3 || strings.Contains(got.stderr, webSecret) || !strings.Contains(got.stderr, "[redacted:") {
			t.Errorf("-o %s: exit %d\n%s", format, got.code, got.stderr)
		}
	}
}

// TestEchoedSpellingIsHidden lets a server repeat the secret as its own JSON writer spells it, where the answer is shown as
// it came, and as what a terminal must not get is escaped.
func TestEchoedSpellingIsHidden(t *testing.T) {
	for given, said := range map[string][]string{
		"k3y/with+base64==":       {`{"error":["bad k3y\/with+base64=="]}`, `{"error":{"x":{"y":"bad k3y/with\u002Bbase64=="}}}`, `{"error":"x","y":"k3y\/with+base64==`},
		"k3y of \U0001f469\u200d": {`{"error":"x","error_description":"bad k3y of \ud83d\udc69\u200d"}`, `{"error":["k3y of \ud83d\udc69\u200d"]}`, "<p>k3y of \U0001f469\u200d</p>"},
		"k3y\twith \u00e4\u00ad!": {`{"error":"k3y\twith \u00e4\u00ad!"}`, `{"error":["k3y\twith ä\u00ad!"]}`},
	} {
		file := saved(t, "secret", given)
		for _, body := range said {
			server := site(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, body)
			})
			for _, flags := range [][]string{{"-o", "json"}, {"-v"}, {"--trace"}} {
				got := play(t, "", append([]string{"token", "client-credentials", "--endpoint", "token=" + server + "/token", "--client-id", "web", "--client-secret-file", file}, flags...)...)
				if got.code == 0 || strings.Contains(got.stderr, "k3y") {
					t.Errorf("%s %v: exit %d\n%s", body, flags, got.code, got.stderr)
				}
			}
		}
	}
}

// TestProxyPasswordIsHidden lets a proxy repeat in its refusal what it was sent.
func TestProxyPasswordIsHidden(t *testing.T) {
	proxy := strings.TrimPrefix(socket(t, func(c net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = fmt.Fprintf(c, "HTTP/1.1 502 %s\r\nContent-Length: 0\r\n\r\n", r.Header.Get("Proxy-Authorization"))
		}
	}), "http://")
	basic := base64.StdEncoding.EncodeToString([]byte("me:pr0xy-password"))
	for name, flags := range map[string][]string{"json": {"-o", "json"}, "trace": {"--trace", "-v"}} {
		got := play(t, "", append([]string{"discover", "https://id.example", "--proxy", "http://me:pr0xy-password@" + proxy}, flags...)...)
		if got.code != 5 || strings.Contains(got.stderr, basic) || !strings.Contains(got.stderr, "502 Basic [redacted:") {
			t.Errorf("%s: exit %d\n%s", name, got.code, got.stderr)
		}
	}
}

// TestEchoedHeaderIsHidden lets a server repeat what authenticated the client, as debug pages of proxies do.
func TestEchoedHeaderIsHidden(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_client", "error_description": "got " + r.Header.Get("Authorization")})
	}))
	defer server.Close()
	for _, format := range []string{"json", "token"} {
		got := play(t, "", "token", "client-credentials", "--endpoint", "token="+server.URL+"/token", "--client-id", "web", "-o", format)
		basic := base64.StdEncoding.EncodeToString([]byte("web:" + webSecret))
		if got.code != 3 || strings.Contains(got.stderr, basic) || !strings.Contains(got.stderr, "got Basic [redacted:") {
			t.Errorf("-o %s: exit %d\n%s", format, got.code, got.stderr)
		}
	}
}

// TestEchoedSecretIsCut lets a server repeat a token at the very place where its words are cut: what is left is hidden too.
func TestEchoedSecretIsCut(t *testing.T) {
	token := "the-beginning-of-" + strings.Repeat("a-long-token-", 30)
	for name, answer := range map[string]func(http.ResponseWriter){
		"a page": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "<p>"+strings.Repeat("x", 150)+token)
		},
		"a page of it": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, token)
		},
		"a description": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request", "error_description": strings.Repeat("x", 950) + token})
		},
		"a challenge": func(w http.ResponseWriter) {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+strings.Repeat("x", 900)+token+`"`)
			w.WriteHeader(http.StatusUnauthorized)
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w) }))
		t.Cleanup(server.Close)
		for _, args := range [][]string{
			{"introspect", "--endpoint", "introspection=" + server.URL, "--client-id", "web", "--token-file", "-"},
			{"userinfo", "--endpoint", "userinfo=" + server.URL, "--token-file", "-"},
		} {
			for _, format := range []string{"json", "text"} {
				got := play(t, token, append(args, "-o", format)...)
				if got.code == 0 || strings.Contains(got.stderr, "the-beginning") {
					t.Errorf("%s, %s -o %s: exit %d\n%s", name, args[0], format, got.code, got.stderr)
				}
			}
		}
	}
}

// falling is a network that breaks down with what it was to carry.
type falling struct{ fault func(*http.Request) }

func (f falling) RoundTrip(r *http.Request) (*http.Response, error) {
	f.fault(r)
	return nil, http.ErrServerClosed
}

// TestPanicShowsNoValues makes a command panic with a secret in its hands: it ends as any failure does, says where, and
// leaves nothing half written.
func TestPanicShowsNoValues(t *testing.T) {
	folder := t.TempDir()
	for name, fault := range map[string]func(*http.Request){
		"a panic of type string":                              func(r *http.Request) { panic("sending " + r.Header.Get("Authorization")) },
		"a panic of type *url.URL":                            func(r *http.Request) { panic(&url.URL{Scheme: "https", User: url.UserPassword("web", webSecret)}) },
		"runtime error: index out of range [9] with length 0": func(r *http.Request) { panic(strings.Fields(" ")[len(webSecret)-27]) },
		"a panic of type *fmt.wrapError":                      func(r *http.Request) { panic(fmt.Errorf("with %s: %w", webSecret, http.ErrBodyNotAllowed)) },
	} {
		for _, format := range []string{"json", "token"} {
			var out, errs bytes.Buffer
			app := &App{
				In: strings.NewReader(""), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now, Transport: falling{fault},
				Environ: []string{"HOME=" + folder, "OAUTHCTL_CLIENT_SECRET=" + webSecret},
			}
			code := execute(t.Context(), app, []string{
				"token", "client-credentials", "--endpoint", "token=https://op.example/token", "--client-id", "web", "-o", format, "-v", "--trace",
				"--output-file", filepath.Join(folder, "tokens"), "--har", filepath.Join(folder, "exchange.har"),
			})
			text := errs.String()
			basic := base64.StdEncoding.EncodeToString([]byte("web:" + webSecret))
			if code != 1 || out.Len() > 0 || strings.Contains(text, webSecret) || strings.Contains(text, basic) {
				t.Errorf("%s: exit %d, stdout %q\n%s", name, code, out.String(), text)
			}
			if !strings.Contains(text, "this is a bug of oauthctl: "+name) || !strings.Contains(text, "  at wire.(*Client).once (client.go:") {
				t.Errorf("%s: it is not said what happened, and where:\n%s", name, text)
			}
			if format == "json" && errorCode(errs.Bytes()) != "internal.panic" {
				t.Errorf("%s: the last line is no error object:\n%s", name, text)
			}
			archive, err := os.ReadFile(filepath.Join(folder, "exchange.har"))
			if err != nil || strings.Contains(string(archive), basic) {
				t.Errorf("%s: %v\n%s", name, err, archive)
			}
			checkArchive(t, name, archive)
			if left, _ := filepath.Glob(filepath.Join(folder, "*")); len(left) != 1 {
				t.Errorf("%s: left behind: %v", name, left)
			}
			if left, _ := filepath.Glob(filepath.Join(folder, ".oauthctl-*")); len(left) != 0 {
				t.Errorf("%s: left behind: %v", name, left)
			}
		}
	}
}

// TestHintsAreQuoted: a hint is copied without being read, so that what others say is one word in its commands.
func TestHintsAreQuoted(t *testing.T) {
	documents := site(t, saying(`{"issuer":"https://id.example/;id"}`))
	got := play(t, "", "discover", "--metadata-url", documents+"/m", "-o", "json")
	if !strings.Contains(got.stderr, "--expect-issuer 'https://id.example/;id'") {
		t.Errorf("metadata: exit %d\n%s", got.code, got.stderr)
	}
	registers := site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"client_id":"c","redirect_uris":["http://127.0.0.1/cb"],"token_endpoint_auth_method":"none;id"}`)
	})
	got = play(t, "", "client", "register", "--endpoint", "registration="+registers, "--redirect-uri", "http://127.0.0.1/cb", "--metadata", `{"token_endpoint_auth_method":"none"}`)
	if !strings.Contains(got.stderr, "--auth-method 'none;id'") {
		t.Errorf("registration: exit %d\n%s", got.code, got.stderr)
	}
}
