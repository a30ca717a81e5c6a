package cmd

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

// roundTrip is a transport that is one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestNothingSignedIsSentTwice pushes a signed request to a provider that wants its nonce in the DPoP proof: what is sent
// again is signed again, as a server may take each identifier once only.
func TestNothingSignedIsSentTwice(t *testing.T) {
	t.Parallel()
	config := op.DefaultConfig()
	config.DPoPNonce = time.Minute
	server, err := op.Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	kid, pem := op.TestClientKey("ES256")
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	sent := make(map[string][]string)
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(""), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now, Environ: []string{"HOME=" + t.TempDir()},
		Browser: func(ctx context.Context, url string) {
			go func() { _, _ = op.SignIn(ctx, url, "alice", "wonderland") }()
		},
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/par") {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				form, _ := url.ParseQuery(string(body))
				sent["request"] = append(sent["request"], form.Get("request"))
				sent["client_assertion"] = append(sent["client_assertion"], form.Get("client_assertion"))
				sent["proof"] = append(sent["proof"], r.Header.Get("DPoP"))
			}
			return http.DefaultTransport.RoundTrip(r)
		}),
	}
	code := execute(t.Context(), app, []string{
		"login", "--issuer", server.Issuer(), "--client-id", "web-jwt", "--client-key", key, "--client-key-id", kid,
		"--par", "always", "--request-object", "--dpop", "-s", "openid",
	})
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, errs.String())
	}
	for _, name := range []string{"request", "client_assertion", "proof"} {
		if got := sent[name]; len(got) != 2 || got[0] == "" || got[1] == "" || got[0] == got[1] {
			t.Errorf("%s: %d were sent, which must be two that differ", name, len(got))
		}
	}
}
