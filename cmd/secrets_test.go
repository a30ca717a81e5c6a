package cmd

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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
